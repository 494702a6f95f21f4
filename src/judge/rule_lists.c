// SPDX-License-Identifier: BSD-2-Clause
// Lists of rows, made when their combination is met, and made anew when another took their place.
#include "judge/rule_lists.h"

#include <glib.h>

#define LISTS     64  // a power of two
#define ROWS_MOST 256 // whose numbers are bytes

// In the table's order, up to the first row that asks for nothing more.
struct rule_list {
    uint64_t facts;
    uint8_t close_by, phase;
    bool is_made;
    uint8_t rows[ROWS_MOST];
};

struct rule_lists {
    struct rule_list lists[LISTS];
};

struct rule_lists *rule_lists_new(void)
{
    g_assert(rules_count <= ROWS_MOST);
    return g_new0(struct rule_lists, 1);
}

void rule_lists_free(struct rule_lists *lists)
{
    g_free(lists);
}

static void make(struct rule_list *list, const struct record *record)
{
    size_t count = 0;
    *list = (struct rule_list){record->facts, record->close_by, record->phase, true, {0}};
    for (size_t i = 0; i < rules_count; i++) {
        if (!rule_fits(&rules[i], record))
            continue;
        list->rows[count++] = (uint8_t)i;
        if (!rules[i].when)
            break; // the table's last row is such a one
    }
}

static const struct rule_list *list_of(struct rule_lists *lists, const struct record *record)
{
    uint64_t key = record->facts ^ (uint64_t)record->close_by << 56 ^ (uint64_t)record->phase << 60;
    uint64_t place = key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (LISTS - 1);
    struct rule_list *list = &lists->lists[place];
    if (!list->is_made || list->facts != record->facts || list->close_by != record->close_by ||
        list->phase != record->phase)
        make(list, record);
    return list;
}

struct verdict rule_lists_judge(struct rule_lists *lists, const struct record *record)
{
    const uint8_t *row = list_of(lists, record)->rows;
    while (rules[*row].when && !rules[*row].when(record))
        row++;
    return rule_verdict(&rules[*row], record);
}
