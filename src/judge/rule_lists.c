// SPDX-License-Identifier: BSD-2-Clause
// One list of rows per closer and phase, in the table's order.
#include "judge/rule_lists.h"

#include <glib.h>

#define CLOSERS (CLOSE_BY_SERVER + 1)
#define PHASES  (PHASE_LOST + 1)

struct rule_lists {
    const struct rule **rows; // [CLOSERS * PHASES][rules_count]
};

struct rule_lists *rule_lists_new(void)
{
    struct rule_lists *lists = g_new(struct rule_lists, 1);
    lists->rows = g_new(const struct rule *, CLOSERS *PHASES *rules_count);
    for (unsigned closer = 0; closer < CLOSERS; closer++) {
        for (unsigned phase = 0; phase < PHASES; phase++) {
            const struct rule **row = lists->rows + (closer * PHASES + phase) * rules_count;
            for (size_t i = 0; i < rules_count; i++)
                if (rules[i].closers >> closer & 1 && rules[i].phases >> phase & 1)
                    *row++ = &rules[i];
        }
    }
    return lists;
}

void rule_lists_free(struct rule_lists *lists)
{
    g_free(lists->rows);
    g_free(lists);
}

struct verdict rule_lists_judge(const struct rule_lists *lists, const struct record *record)
{
    const struct rule **row =
        lists->rows + ((size_t)record->close_by * PHASES + record->phase) * rules_count;
    while (!rule_holds(*row, record))
        row++; // the table's last row holds for all
    return rule_verdict(*row, record);
}
