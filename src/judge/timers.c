// SPDX-License-Identifier: BSD-2-Clause
// Fits waits to timers: by their own length, or by that of the whole connection.
#include "judge/timers.h"

#include "judge/thresholds.h"

static void fit_range(struct timers *timers, const struct cluster *cluster, enum fit fit)
{
    for (size_t k = cluster->first; k < (size_t)cluster->first + cluster->n; k++) {
        if (timers->fit[k] == FIT_TIMER)
            continue;
        timers->of[k] = cluster;
        timers->fit[k] = fit;
    }
}

static bool has_timer(const struct timers *timers, const struct cluster *cluster)
{
    for (size_t k = cluster->first; k < (size_t)cluster->first + cluster->n; k++) {
        if (timers->fit[k] == FIT_TIMER)
            return true;
    }
    return false;
}

// The first sample of at least this value; count: there is none.
static size_t sample_from(const struct sample *samples, size_t count, int64_t value)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (samples[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// A timer over the whole exchange starts before the connection is made: the wait of a first request
// is shorter by the handshake.
static void fit_from_dial(struct timers *timers, const struct record *r,
                          const struct sample *samples, size_t count, size_t k)
{
    int64_t total = moment_between(r->at[AT_START], record_close(r));
    if (timers->fit[k] == FIT_TIMER || r->requests != 1 || total == NANOS_UNKNOWN)
        return;
    size_t like = sample_from(samples, count, total - CLUSTER_GRAIN);
    if (like == count || samples[like].value > total + CLUSTER_GRAIN ||
        timers->fit[like] != FIT_TIMER || timers->of[like]->low > samples[like].value)
        return;
    timers->of[k] = timers->of[like];
    timers->fit[k] = FIT_TIMER;
}

struct timers timers_new(const struct record *records, struct sample *samples, size_t count)
{
    struct timers timers = {.tight = clusters_new(samples, count, cluster_tight),
                            .near = clusters_new(samples, count, cluster_near),
                            .of = g_new0(const struct cluster *, count + 1),
                            .fit = g_new0(enum fit, count + 1)};
    for (guint c = 0; c < timers.near->len; c++) {
        const struct cluster *near = &g_array_index(timers.near, struct cluster, c);
        if (cluster_is_telling(near, samples, count))
            fit_range(&timers, near, FIT_TIMER);
    }
    for (guint c = 0; c < timers.tight->len; c++) {
        const struct cluster *tight = &g_array_index(timers.tight, struct cluster, c);
        bool is_telling = cluster_is_telling(tight, samples, count);
        fit_range(&timers, tight,
                  has_timer(&timers, tight) ? FIT_BESIDE
                  : is_telling              ? FIT_TIMER
                                            : FIT_NONE);
    }
    for (size_t k = 0; k < count; k++)
        fit_from_dial(&timers, &records[samples[k].record], samples, count, k);
    return timers;
}

void timers_free(struct timers *timers)
{
    g_array_free(timers->near, TRUE);
    g_array_free(timers->tight, TRUE);
    g_free(timers->of);
    g_free(timers->fit);
}
