// SPDX-License-Identifier: BSD-2-Clause
// Cuts sorted values into the densest windows, in n log n.
#include "judge/cluster.h"

#include <string.h>

#include "judge/keyed.h"
#include "judge/thresholds.h"

int64_t cluster_tight(int64_t value)
{
    int64_t share = value / TIGHT_SHARE;
    return share > TIGHT ? share : TIGHT;
}

int64_t cluster_near(int64_t value)
{
    return MAX(INSTANT, value / NEAR_SHARE);
}

int64_t cluster_burst(int64_t value)
{
    (void)value;
    return BURST;
}

int64_t cluster_instant(int64_t value)
{
    (void)value;
    return INSTANT;
}

static bool are_sorted(const struct sample *samples, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (samples[i - 1].value > samples[i].value)
            return false;
    return true;
}

void samples_sort(struct sample *samples, size_t count)
{
    if (are_sorted(samples, count))
        return;
    int64_t *values = g_new(int64_t, count + 1);
    uint32_t *order = g_new(uint32_t, count + 1);
    struct sample *sorted = g_new(struct sample, count + 1);
    for (size_t i = 0; i < count; i++)
        values[i] = samples[i].value;
    keyed_order(values, order, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = samples[order[i]];
    memcpy(samples, sorted, count * sizeof(*samples));
    g_free(sorted);
    g_free(order);
    g_free(values);
}

// Most clusters are: no need to sort them.
static bool are_one_moment(const struct sample *samples, size_t count)
{
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        low = MIN(low, samples[i].time);
        high = MAX(high, samples[i].time);
    }
    return count > 0 && high - low <= MOMENTS_APART;
}

uint32_t cluster_moments(const struct sample *samples, size_t count)
{
    if (count < 2 || are_one_moment(samples, count))
        return count > 0;
    int64_t *times = g_new(int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        times[i] = samples[i].time;
    keyed_sort_values(times, count);
    uint32_t moments = 1;
    for (size_t i = 1, last = 0; i < count; i++) {
        if (times[i] - times[last] <= MOMENTS_APART)
            continue;
        moments++;
        last = i;
    }
    g_free(times);
    return moments;
}

bool cluster_is_whole(int64_t value)
{
    int64_t over = (value + TIMER_EARLY) % NANOS_PER_SECOND;
    return value >= NANOS_PER_SECOND - TIMER_EARLY && over <= TIMER_EARLY + SECOND_LATE;
}

bool cluster_ticks(const struct sample *samples, size_t count)
{
    int64_t low = INT64_MAX, high = INT64_MIN, first = samples[0].time;
    for (size_t k = 0; k < count; k++) {
        int64_t phase = (samples[k].time - first) % NANOS_PER_SECOND;
        if (phase < -NANOS_PER_SECOND / 2)
            phase += NANOS_PER_SECOND;
        else if (phase >= NANOS_PER_SECOND / 2)
            phase -= NANOS_PER_SECOND;
        low = MIN(low, phase);
        high = MAX(high, phase);
    }
    return high - low <= INSTANT;
}

// How many samples lie in the window that begins at each.
static uint32_t *reaches_new(const struct sample *samples, size_t count,
                             int64_t (*tolerance)(int64_t value))
{
    uint32_t *reach = g_new(uint32_t, count + 1);
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t width = tolerance(samples[i].value);
        if (end < i)
            end = i;
        while (end < count && samples[end].value - samples[i].value < width)
            end++;
        reach[i] = (uint32_t)(end - i);
    }
    return reach;
}

static void append(GArray *clusters, struct sample *samples, size_t first, size_t count)
{
    if (count == 0)
        return;
    struct cluster cluster = {
        .low = samples[first].value,
        .high = samples[first + count - 1].value,
        .centre = samples[first + (count - 1) / 2].value,
        .first = (uint32_t)first,
        .n = (uint32_t)count,
        .moments = cluster_moments(samples + first, count),
    };
    for (size_t i = 0; i < count; i++)
        samples[first + i].cluster = clusters->len;
    g_array_append_val(clusters, cluster);
}

GArray *clusters_new(struct sample *samples, size_t count, int64_t (*tolerance)(int64_t value))
{
    samples_sort(samples, count);
    uint32_t *reach = reaches_new(samples, count, tolerance);
    GArray *clusters = g_array_new(FALSE, FALSE, sizeof(struct cluster));
    for (size_t i = 0; i < count;) {
        // Of the windows that begin within the first one, the fullest; what lies before it stays
        // a cluster of its own.
        size_t best = i;
        for (size_t start = i; start < i + reach[i]; start++) {
            if (reach[start] > reach[best])
                best = start;
        }
        append(clusters, samples, i, best - i);
        append(clusters, samples, best, reach[best]);
        i = best + reach[best];
    }
    g_free(reach);
    return clusters;
}

// How many lie as near to it on both sides as its own tolerance.
static size_t neighbours(const struct cluster *cluster, const struct sample *sorted, size_t count)
{
    size_t first = cluster->first, end = first + cluster->n;
    int64_t room = cluster_tight(cluster->low);
    while (first > 0 && sorted[first - 1].value >= cluster->low - room)
        first--;
    while (end < count && sorted[end].value <= cluster->high + room)
        end++;
    return end - first - cluster->n;
}

bool cluster_is_telling(const struct cluster *cluster, const struct sample *sorted, size_t count)
{
    if (cluster->n < 2 || cluster->n * 4 >= count * 3)
        return cluster->n >= 2;
    // Where values lie densely anyway, the densest place is no timer.
    if (cluster->n < 2 + 3 * (neighbours(cluster, sorted, count) / 2))
        return false;
    double spread = (double)MAX(cluster->high - cluster->low, CLUSTER_GRAIN);
    double range = (double)(sorted[count - 1].value - sorted[0].value) + spread;
    double share = spread / range, all = (double)count;
    if (cluster->n == 2)
        return all * all * share <= 1.0 / (double)CHANCE_PARTS;
    return cluster->n >= 2 + 3 * all * share;
}

// The first of n values may be any; the others lie within the spread of it: n C(count, n)
// share^(n-1).
double cluster_by_chance(const struct cluster *cluster, const struct sample *sorted, size_t count)
{
    double spread = (double)MAX(cluster->high - cluster->low, CLUSTER_GRAIN);
    double range = (double)(sorted[count - 1].value - sorted[0].value) + spread;
    double expected = (double)count;
    for (uint32_t i = 1; i < cluster->n; i++)
        expected *= (double)(count - i) / (double)i * (spread / range);
    return expected;
}

double cluster_moments_by_chance(const struct cluster *cluster, const struct sample *sorted,
                                 size_t count)
{
    struct cluster apart = *cluster;
    apart.n = cluster->moments; // what is closed together may have been used together
    if (apart.n > CHANCE_MOST || cluster->n * 4 >= count * 3)
        return 0;
    return cluster_by_chance(&apart, sorted, count);
}
