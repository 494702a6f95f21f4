// SPDX-License-Identifier: BSD-2-Clause
// Bursts: many connections of one host closed by it within a moment. Is it a shutdown, or did they
// all become idle together and time out?
#include "judge/bursts.h"

#include <string.h>

#include "judge/burst_run.h"
#include "judge/host_times.h"
#include "judge/thresholds.h"
#include "judge/when.h"

struct spread {
    int64_t low, high;
};

static void widen(struct spread *spread, int64_t value)
{
    if (value < spread->low)
        spread->low = value;
    if (value > spread->high)
        spread->high = value;
}

static struct spread times_of(const struct sample *samples, size_t count)
{
    struct spread times = {INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < count; i++)
        widen(&times, samples[i].time);
    return times;
}

static int64_t width(struct spread spread)
{
    return spread.high - spread.low;
}

static enum burst weigh(struct spread starts, struct spread closes, struct spread gaps)
{
    if (width(starts) >= STARTS_APART) {
        if (width(closes) * SPREAD_PARTS < width(starts))
            return BURST_SHUTDOWN;
        bool equal = width(gaps) * SPREAD_PARTS < width(starts) && gaps.low >= IDLE_FROM;
        return equal ? BURST_TIMEOUT : BURST_NONE;
    }
    return gaps.low >= IDLE_FROM ? BURST_UNDECIDED : BURST_NONE;
}

enum burst burst_weigh(const struct sample *samples, size_t count)
{
    struct spread starts = {INT64_MAX, INT64_MIN}, closes = starts, gaps = starts;
    for (size_t i = 0; i < count; i++) {
        widen(&closes, samples[i].time);
        widen(&gaps, samples[i].value);
        widen(&starts, samples[i].time - samples[i].value);
    }
    return count ? weigh(starts, closes, gaps) : BURST_NONE;
}

// Whether no gap is that of half of them.
static bool are_scattered(const struct groups *groups, const struct sample *samples, size_t count)
{
    struct sample *gaps = g_new(struct sample, count + 1);
    size_t n = 0;
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t gap = groups->records[samples[i].record].gap;
        if (gap != NANOS_UNKNOWN)
            gaps[n++] = (struct sample){gap, samples[i].time, samples[i].record, 0};
    }
    GArray *clusters = clusters_new(gaps, n, cluster_tight);
    for (guint c = 0; c < clusters->len; c++)
        most = MAX(most, g_array_index(clusters, struct cluster, c).n);
    g_array_free(clusters, TRUE);
    g_free(gaps);
    return most * 2 < n;
}

// Whether connections that began before the capture may be as old as the others, or as each other.
static bool may_be_aged(const struct groups *groups, const struct sample *samples, size_t count)
{
    int64_t low = INT64_MAX, high = INT64_MIN, hidden = NANOS_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &groups->records[samples[i].record];
        int64_t seen = record_close(r).time - r->at[AT_START].time;
        if (when_begin_seen(r)) {
            low = MIN(low, seen);
            high = MAX(high, seen);
        } else {
            hidden = MAX(hidden, seen);
        }
    }
    bool are_equal = low > high || (high - low <= cluster_tight(low) && hidden <= high);
    return hidden != NANOS_UNKNOWN && are_equal;
}

static void mark(struct groups *groups, const struct sample *samples, size_t count,
                 enum burst burst)
{
    struct spread times = times_of(samples, count);
    struct burst_found found = {
        .what = burst, .size = (uint32_t)count, .begin = times.low, .end = times.high};
    found.may_be_aged = may_be_aged(groups, samples, count);
    found.is_scattered = burst == BURST_SHUTDOWN && are_scattered(groups, samples, count);
    g_array_append_val(groups->bursts, found);
    for (size_t i = 0; i < count; i++)
        groups->burst_of[samples[i].record] = groups->bursts->len - 1;
}

// What a closed connection was doing: idle, waiting for a response, in the midst of it.
static uint32_t state_of(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    switch (groups->outlines[i].phase) {
    case PHASE_IDLE:
        return groups->outlines[i].is_late ? 1 : 0;
    case PHASE_REQUEST:
    case PHASE_AWAITING:
    case PHASE_ANSWERING:
        return 2;
    case PHASE_HEAD:
    case PHASE_BODY: {
        // Right after the head it is the reader's own choice.
        int64_t since = moment_between(r->at[AT_RESPONSE_BEGIN], record_close(r));
        return since != NANOS_UNKNOWN && since > AT_ONCE ? 4 : 0;
    }
    default:
        return 0;
    }
}

// Closes of a host or pair, by time.
struct closes {
    struct sample *samples; // value and time: when
    size_t count;
    uint32_t states; // bits: state_of() any
};

// Those of idle connections by `side`, and such as broke something off.
static struct closes closes_new(const struct groups *groups, struct member_list list,
                                enum side side)
{
    enum close_by closer = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    struct closes closes = {.samples = g_new(struct sample, list.count + 1)};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        if (groups->outlines[i].close_by != closer)
            continue;
        uint32_t state = state_of(groups, i);
        if (state <= 1 && !groups_is_idle_close(groups, i, side))
            continue;
        int64_t time = groups->lives[i].close;
        closes.samples[closes.count++] = (struct sample){time, time, i, 0};
        closes.states |= state;
    }
    samples_sort(closes.samples, closes.count);
    return closes;
}

static bool are_mixed(uint32_t states)
{
    return (states & (states - 1)) != 0;
}

// Of those the idle ones.
static size_t list_idle(const struct groups *groups, const struct closes *closes,
                        struct sample *samples)
{
    size_t n = 0;
    for (size_t i = 0; i < closes->count; i++)
        if (groups->outlines[closes->samples[i].record].phase == PHASE_IDLE)
            samples[n++] = closes->samples[i];
    return n;
}

// Whether this window closes at least so many percent of those that were open before it.
static bool covers(const struct groups *groups, const struct host_times *times,
                   const struct sample *samples, size_t count, size_t percent)
{
    size_t members = 0;
    int64_t begin = samples[0].value;
    for (size_t i = 0; i < count; i++)
        members += groups->lives[samples[i].record].start < begin;
    return members * 100 >= host_times_open_at(times, begin) * percent;
}

// A busy host closes as many in any moment: such a burst doesn't stand out.
static bool is_usual(const struct host_times *times, const struct sample *samples, size_t count)
{
    struct spread own = times_of(samples, count);
    return host_times_are_usual(times, own.low, MAX(own.high, own.low + BURST));
}

// A pool that holds too many closes those that were idle longest and keeps the others: an end, or a
// drop of all that is idle, takes no notice of that.
static bool is_eviction(const struct groups *groups, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct peers *peers = &groups->peers[samples[i].record];
        int64_t gap = groups->records[samples[i].record].gap;
        if (gap == NANOS_UNKNOWN || gap >= IDLE_FROM || peers->older != 0 || peers->younger == 0)
            return false;
    }
    return true;
}

// Whether what is closed in this window may be an end: at least half of what is open.
static bool may_be_end(const struct groups *groups, const struct host_times *times,
                       const struct sample *samples, size_t count)
{
    return covers(groups, times, samples, count, 50) && !is_usual(times, samples, count) &&
           !is_eviction(groups, samples, count);
}

static void find_mixed(struct groups *groups, const struct host_times *times,
                       struct sample *samples, size_t count)
{
    GArray *clusters = clusters_new(samples, count, cluster_instant);
    for (guint c = 0; c < clusters->len; c++) {
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, c);
        const struct sample *own = samples + cluster->first;
        uint32_t states = 0;
        for (uint32_t i = 0; i < cluster->n; i++)
            states |= state_of(groups, own[i].record);
        if (cluster->n >= BURST_LEAST && are_mixed(states) &&
            groups_burst(groups, own->record)->what == BURST_NONE &&
            may_be_end(groups, times, own, cluster->n))
            mark(groups, own, cluster->n, BURST_SHUTDOWN);
    }
    g_array_free(clusters, TRUE);
}

// A host that ends with many connections takes longer to close them: the run is one moment, however
// long, as long as they follow each other as densely as one host closes. Connections that just
// finished are closed for their own reasons.
static void find_runs(struct groups *groups, const struct host_times *times, struct sample *samples,
                      size_t count)
{
    size_t slow = 0;
    for (size_t i = 0; i < count; i++)
        if (state_of(groups, samples[i].record) != 0)
            samples[slow++] = samples[i];
    samples_sort(samples, slow);
    for (size_t first = 0, next; first < slow; first = next) {
        next = first + 1;
        while (next < slow && samples[next].time - samples[next - 1].time <= RUN_PAUSE)
            next++;
        size_t n = burst_run_weigh(groups->records, samples + first, next - first);
        if (n > 0 && may_be_end(groups, times, samples + first, next - first))
            mark(groups, samples + first, n, BURST_SHUTDOWN);
    }
}

// Moves the samples whose gap is at most AT_ONCE behind the others; returns how many remain.
static size_t put_prompt_last(struct sample *samples, size_t count)
{
    size_t slow = 0;
    for (size_t i = 0; i < count; i++) {
        if (samples[i].value <= AT_ONCE)
            continue;
        struct sample swap = samples[slow];
        samples[slow++] = samples[i];
        samples[i] = swap;
    }
    return slow;
}

// Connections that just finished close for their own reasons; they belong to the burst when they
// closed together although they finished apart, or when most of it had been idle.
static void weigh_window(struct groups *groups, const struct sample *window, size_t count)
{
    struct sample *gaps = g_new(struct sample, count);
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &groups->records[window[i].record];
        gaps[i] = (struct sample){r->gap, window[i].time, window[i].record, 0};
    }
    size_t slow = put_prompt_last(gaps, count), prompt = count - slow;
    bool prompt_too = prompt == 0 || burst_weigh(gaps + slow, prompt) == BURST_SHUTDOWN ||
                      (slow >= BURST_LEAST - 1 && slow >= prompt);
    size_t taken = prompt_too ? count : slow;
    enum burst burst = burst_weigh(gaps, taken);
    bool is_enough = taken >= BURST_LEAST || (burst == BURST_TIMEOUT && taken >= 2);
    if (burst != BURST_NONE && is_enough) {
        for (size_t i = 0; i < taken; i++)
            gaps[i].value = gaps[i].time;
        mark(groups, gaps, taken, burst);
    }
    g_free(gaps);
}

static void find_idle(struct groups *groups, const struct host_times *times, struct sample *samples,
                      size_t count)
{
    GArray *clusters = clusters_new(samples, count, cluster_burst);
    for (guint c = 0; c < clusters->len; c++) {
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, c);
        const struct sample *own = samples + cluster->first;
        if (cluster->n >= 2 && groups_burst(groups, own->record)->what == BURST_NONE &&
            may_be_end(groups, times, own, cluster->n))
            weigh_window(groups, own, cluster->n);
    }
    g_array_free(clusters, TRUE);
}

// Most of what ends together had been used again, and nothing was opened later.
static bool may_be_last(const struct groups *groups, const struct sample *samples, size_t count,
                        int64_t last_open)
{
    size_t reused = 0;
    if (count < BURST_LEAST || samples[0].value < last_open)
        return false;
    for (size_t i = 0; i < count; i++)
        reused += groups->records[samples[i].record].requests > 1;
    return reused * 2 > count;
}

// The end of a program: nearly all that the pair had open.
static void find_last(struct groups *groups, struct member_list list, const struct traits *traits,
                      struct sample *samples, size_t count)
{
    GArray *clusters = clusters_new(samples, count, cluster_burst);
    struct host_times times = {0};
    for (guint c = 0; c < clusters->len && traits->last_established != INT64_MIN; c++) {
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, c);
        const struct sample *own = samples + cluster->first;
        if (!may_be_last(groups, own, cluster->n, traits->last_established))
            continue;
        if (!times.starts)
            times = host_times_new(groups, list, CLIENT);
        if (!covers(groups, &times, own, cluster->n, 90))
            continue;
        for (uint32_t i = 0; i < cluster->n; i++)
            if (groups_burst(groups, own[i].record)->what == BURST_NONE)
                groups->burst_of[own[i].record] = groups->bursts->len;
        const struct burst_found found = {
            .what = BURST_LAST, .size = cluster->n, .begin = cluster->low, .end = cluster->high};
        g_array_append_val(groups->bursts, found);
    }
    host_times_free(&times);
    g_array_free(clusters, TRUE);
}

static bool has_closes(const struct traits *traits, enum side side)
{
    enum close_by closer = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    return (traits->closes >> (unsigned)closer * 16 & 0xffff) != 0;
}

static void find_of_host(struct groups *groups, struct member_list list, enum side side)
{
    struct closes closes = closes_new(groups, list, side);
    if (closes.count >= 2) {
        struct sample *samples = g_memdup2(closes.samples, closes.count * sizeof(*samples));
        struct host_times times = host_times_new(groups, list, side);
        find_runs(groups, &times, samples, closes.count);
        memcpy(samples, closes.samples, closes.count * sizeof(*samples));
        if (are_mixed(closes.states))
            find_mixed(groups, &times, samples, closes.count);
        find_idle(groups, &times, samples, list_idle(groups, &closes, samples));
        host_times_free(&times);
        g_free(samples);
    }
    g_free(closes.samples);
}

static void find_of_pair(struct groups *groups, uint32_t pair)
{
    struct member_list list = members_of(&groups->by_pair, pair);
    struct closes closes = closes_new(groups, list, CLIENT);
    size_t count = list_idle(groups, &closes, closes.samples);
    if (count >= (size_t)BURST_LEAST)
        find_last(groups, list, &groups->of_pair[pair], closes.samples, count);
    g_free(closes.samples);
}

void bursts_find(struct groups *groups)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (uint32_t h = 0; h < groups->by_host[side].groups; h++)
            if (has_closes(&groups->of_host[side][h], side))
                find_of_host(groups, members_of(&groups->by_host[side], h), side);
    }
    for (uint32_t p = 0; p < groups->by_pair.groups; p++)
        if (traits_have_idle_close(&groups->of_pair[p], CLIENT) &&
            groups->of_pair[p].most_requests > 1)
            find_of_pair(groups, p);
}
