// SPDX-License-Identifier: BSD-2-Clause
// For each connection that is opened: until when do peers stay that became idle since the one
// before was? What lasts longest of them all tells whether one is idle.
#include "judge/pool_use.h"

#include "judge/keyed.h"
#include "judge/time_index.h"

struct pool_opens {
    struct pool_use *use;
    int64_t *times, *idle_until; // [count], in order
    uint32_t count;
    int64_t last;   // the latest time so far: a clock may have gone back
    int64_t always; // from here on one is idle to the end
    struct time_index index;
};

struct pool_opens *pool_opens_new(size_t most, struct pool_use *use)
{
    struct pool_opens *opens = g_new0(struct pool_opens, 1);
    opens->use = use;
    opens->last = INT64_MIN;
    opens->always = INT64_MAX;
    opens->times = g_new(int64_t, most + 1);
    opens->idle_until = g_new(int64_t, most + 1);
    return opens;
}

void pool_opens_add(struct pool_opens *opens, const struct record *record)
{
    opens->last = MAX(opens->last, record->at[AT_START].time);
    if (!record_has(record, FACT_SYN) || !record_has(record, FACT_ESTABLISHED))
        return;
    opens->idle_until[opens->count] = INT64_MIN;
    opens->times[opens->count++] = opens->last;
}

void pool_opens_end(struct pool_opens *opens)
{
    opens->index = time_index_new(opens->times, opens->count);
}

static void note_idle(struct pool_opens *opens, const struct stay *stay)
{
    size_t open = time_index_find(&opens->index, stay->start);
    if (open < opens->count)
        opens->idle_until[open] = MAX(opens->idle_until[open], stay_kept_until(stay));
    if (stay->how == STAY_OPEN)
        opens->always = stay->start;
}

void pool_opens_take(struct pool_opens *opens, const struct stay *stay)
{
    struct pool_use *use = opens->use;
    if (stay->is_at_once)
        return;
    if (stay->start < opens->always)
        note_idle(opens, stay);
    if (stay->is_first)
        return;
    bool is_kept = stay->how != STAY_OPEN || !use->is_lossy;
    use->kept_after_empty += is_kept && !stay->has_body;
    use->kept_after_body += is_kept && stay->has_body;
    use->kept_for_sure += stay->how != STAY_OPEN;
}

void pool_opens_free(struct pool_opens *opens)
{
    int64_t idle_until = INT64_MIN;
    opens->use->opens += opens->count;
    for (uint32_t i = 0; i < opens->count; i++) {
        idle_until = MAX(idle_until, opens->idle_until[i]);
        opens->use->opens_with_idle += idle_until > opens->times[i];
    }
    time_index_free(&opens->index);
    g_free(opens->idle_until);
    g_free(opens->times);
    g_free(opens);
}

struct pool_kept pool_kept_over(const struct pool *pool, uint32_t limit)
{
    struct stays stays = {NULL, 0, 0};
    struct pool_kept kept = {0, 0};
    for (size_t k = 0; k < pool->list.count; k++)
        stays_append(&stays, pool->log, pool->records, pool->list.items[k], pool->leg);
    struct keyed *begins = g_new(struct keyed, stays.count + 1); // item: whether it is the first
    int64_t *leaves = g_new(int64_t, stays.count + 1);
    uint32_t count = 0, left = 0;
    for (size_t i = 0; i < stays.count; i++) {
        if (stays.items[i].is_at_once)
            continue;
        begins[count] = (struct keyed){stays.items[i].start, stays.items[i].is_first};
        leaves[count++] = stay_kept_until(&stays.items[i]);
    }
    keyed_sort(begins, count);
    keyed_sort_values(leaves, count);
    for (uint32_t begun = 0; begun < count; begun++) {
        while (left < count && leaves[left] < begins[begun].key)
            left++;
        kept.all += !begins[begun].item;
        kept.over += !begins[begun].item && MIN(begun - left, KEPT_AT - 1) > limit;
    }
    g_free(leaves);
    g_free(begins);
    g_free(stays.items);
    return kept;
}
