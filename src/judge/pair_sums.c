// SPDX-License-Identifier: BSD-2-Clause
// What the connections of each pair add up to.
#include "base/crew.h"
#include "judge/keyed.h"
#include "judge/pair.h"

struct sums {
    const struct record *records;
    const struct verdict *verdicts;
    const uint32_t *members;
    size_t count;
};

void pair_add_name(uint32_t *list, uint32_t name)
{
    for (int i = 0; name && i < PAIR_NAMES; i++) {
        if (list[i] == name)
            return;
        if (list[i] == 0) {
            list[i] = name;
            return;
        }
    }
}

// The median time from SYN to the ACK of the SYN-ACK; a clock that went back measured none.
static int64_t median_handshake(const struct sums *sums)
{
    int64_t *times = g_new(int64_t, sums->count + 1), median = NANOS_UNKNOWN;
    size_t n = 0;
    for (size_t i = 0; i < sums->count; i++) {
        const struct record *r = &sums->records[sums->members[i]];
        int64_t time = moment_between(r->at[AT_START], r->at[AT_ESTABLISHED]);
        if (record_has(r, FACT_SYN) && time >= 0)
            times[n++] = time;
    }
    if (n) {
        keyed_sort_values(times, n);
        median = times[(n - 1) / 2];
    }
    g_free(times);
    return median;
}

// The most connections that were open at one time. A connection is open up to the first close.
static uint32_t most_concurrent(const struct sums *sums)
{
    int64_t *ends = g_new(int64_t, sums->count + 1), *starts = g_new(int64_t, sums->count + 1);
    size_t n = 0, ended = 0;
    for (size_t i = 0; i < sums->count; i++) {
        const struct record *r = &sums->records[sums->members[i]];
        if (!record_has(r, FACT_ESTABLISHED))
            continue;
        struct moment close = record_close(r);
        starts[n] = r->at[AT_START].time;
        ends[n++] = moment_is_set(close) ? close.time : INT64_MAX;
    }
    keyed_sort_values(starts, n);
    keyed_sort_values(ends, n);
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        while (ended < n && ends[ended] <= starts[i])
            ended++;
        if (i + 1 > ended && i + 1 - ended > most)
            most = (uint32_t)(i + 1 - ended);
    }
    g_free(starts);
    g_free(ends);
    return most;
}

static void sum_up(struct pair *pair, const struct sums *sums)
{
    struct tally *tally = tally_new();
    pair->is_probe = sums->count > 0;
    for (size_t i = 0; i < sums->count; i++) {
        const struct record *r = &sums->records[sums->members[i]];
        const struct verdict *verdict = &sums->verdicts[sums->members[i]];
        pair->is_probe &= verdict->is_probe;
        pair_add_name(pair->hosts, r->names[NAME_HOST]);
        pair_add_name(pair->agents, r->names[NAME_AGENT]);
        pair_add_name(pair->servers, r->names[NAME_SOFTWARE]);
        tally_add(tally, r, verdict);
    }
    tally_totals(tally, &pair->totals);
    pair->causes = tally_causes(tally);
    pair->spread = tally_spread(tally);
    tally_free(tally);
    pair->handshake = median_handshake(sums);
    pair->peak_concurrent = most_concurrent(sums);
}

// Pairs that threads sum up, each by itself.
struct summing {
    struct pieces pieces;
    GArray *pairs;
    const struct members *members;
    const struct record *records;
    const struct verdict *verdicts;
};

static gpointer sum_up_pairs(gpointer work)
{
    struct summing *summing = work;
    size_t p;
    while (pieces_take(&summing->pieces, &p)) {
        struct member_list list = members_of(summing->members, (uint32_t)p);
        struct sums sums = {summing->records, summing->verdicts, list.items, list.count};
        sum_up(&g_array_index(summing->pairs, struct pair, p), &sums);
    }
    return NULL;
}

void pairs_sum_up(GArray *pairs, const struct members *members, const struct record *records,
                  const struct verdict *verdicts, unsigned threads)
{
    struct summing summing = {{0, (gint)pairs->len}, pairs, members, records, verdicts};
    crew_run(MIN(threads, pairs->len), sum_up_pairs, &summing);
}

uint64_t pair_closes(const struct pair *pair, enum cause cause)
{
    uint64_t closes = 0;
    for (guint i = 0; pair->causes && i < pair->causes->len; i++) {
        const struct cause_row *row = &g_array_index(pair->causes, struct cause_row, i);
        closes += row->cause == cause ? row->connections : 0;
    }
    return closes;
}
