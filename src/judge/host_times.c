// SPDX-License-Identifier: BSD-2-Clause
// When the connections of a host or pair were opened and closed, sorted, to count them by time.
#include "judge/host_times.h"

#include "judge/keyed.h"
#include "judge/thresholds.h"

struct host_times host_times_new(const struct groups *groups, struct member_list list,
                                 enum side side)
{
    enum close_by closer = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    struct host_times times = {.starts = g_new(int64_t, list.count + 1),
                               .ends = g_new(int64_t, list.count + 1),
                               .own = g_new(int64_t, list.count + 1)};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        struct outline outline = groups->outlines[i];
        if (!outline.is_established)
            continue;
        bool is_open = outline.close_by == CLOSE_BY_NOBODY;
        struct life life = is_open ? life_of(&groups->records[i]) : groups->lives[i];
        times.starts[times.count] = life.start;
        times.ends[times.count++] = is_open ? INT64_MAX : life.close;
        if (outline.close_by == closer)
            times.own[times.own_count++] = life.close;
    }
    keyed_sort_values(times.starts, times.count);
    keyed_sort_values(times.ends, times.count);
    keyed_sort_values(times.own, times.own_count);
    return times;
}

void host_times_free(struct host_times *times)
{
    g_free(times->starts);
    g_free(times->ends);
    g_free(times->own);
}

size_t host_times_open_at(const struct host_times *times, int64_t time)
{
    return keyed_values_below(times->starts, times->count, time) -
           keyed_values_below(times->ends, times->count, time);
}

static double rate(const struct host_times *times, int64_t begin, int64_t end)
{
    size_t closes = keyed_values_below(times->own, times->own_count, end) -
                    keyed_values_below(times->own, times->own_count, begin);
    return (double)closes / (double)(end - begin);
}

bool host_times_are_usual(const struct host_times *times, int64_t begin, int64_t end)
{
    if (times->count == 0)
        return false;
    // Only as far as the host is seen at work.
    int64_t first = MAX(times->starts[0], begin - USUAL_WITHIN);
    int64_t last = MIN(times->starts[times->count - 1], end + USUAL_WITHIN);
    if (begin - first < BURST || last - end < BURST)
        return false;
    double least = rate(times, begin, end + 1) / USUAL_PARTS;
    return rate(times, first, begin) >= least && rate(times, end + 1, last + 1) >= least;
}
