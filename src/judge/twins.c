// SPDX-License-Identifier: BSD-2-Clause
// Connections captured under two names.
#include "judge/twins.h"

#include <glib.h>
#include <string.h>

#include "base/pages.h"
#include "judge/keyed.h"
#include "judge/repeats.h"
#include "judge/thresholds.h"

static bool is_same_end(const struct record *a, const struct record *b, enum side side)
{
    return a->end[side].port == b->end[side].port &&
           memcmp(&a->end[side].address, &b->end[side].address, sizeof(struct address)) == 0;
}

static bool are_twins(const struct record *a, const struct record *b)
{
    return a->initial_seq == b->initial_seq && a->client_clock == b->client_clock &&
           ABS(a->at[AT_START].time - b->at[AT_START].time) <= TWINS_WITHIN &&
           a->end[CLIENT].bytes == b->end[CLIENT].bytes &&
           a->end[SERVER].bytes == b->end[SERVER].bytes &&
           !(is_same_end(a, b, CLIENT) && is_same_end(a, b, SERVER));
}

// By initial sequence numbers; what can't be a twin has a number of its own.
static uint64_t key_of(const struct record *records, const struct host_marks *marks, size_t i)
{
    if (marks && marks[i].initial_seq)
        return marks[i].initial_seq;
    return twins_may_be(&records[i]) ? records[i].initial_seq : (uint64_t)(i + 1) << 32;
}

static GArray *find_alike(const struct record *records, const struct host_marks *marks,
                          size_t count)
{
    uint64_t *keys = pages_array(uint64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        keys[i] = key_of(records, marks, i);
    GArray *alike = repeats_find(keys, count);
    g_free(keys);
    return alike;
}

uint32_t *twins_find(const struct record *records, const struct host_marks *marks, size_t count,
                     uint64_t *twins)
{
    GArray *alike = find_alike(records, marks, count);
    const struct keyed *by_seq = (const struct keyed *)(const void *)alike->data;
    uint32_t *twin_of = NULL;
    *twins = 0;
    for (guint k = 1; k < alike->len; k++) {
        uint32_t first = by_seq[k - 1].item, second = by_seq[k].item;
        if (by_seq[k].key != by_seq[k - 1].key || !are_twins(&records[first], &records[second]))
            continue;
        if (!twin_of) {
            twin_of = g_new(uint32_t, count);
            memset(twin_of, 0xff, count * sizeof *twin_of);
        }
        if (twin_of[first] == TWIN_NONE)
            twin_of[first] = second;
        twin_of[second] = first;
        ++*twins;
    }
    g_array_free(alike, TRUE);
    return twin_of;
}
