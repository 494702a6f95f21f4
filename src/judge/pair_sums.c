// SPDX-License-Identifier: BSD-2-Clause
// What the connections of each pair add up to.
#include "base/crew.h"
#include "judge/keyed.h"
#include "judge/pair.h"
#include "judge/setting_samples.h"
#include "judge/socket_waits.h"

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

// Most have the first one.
static void add_name(uint32_t *list, uint32_t name)
{
    if (name != list[0])
        pair_add_name(list, name);
}

// When the connections of a pair were open: up to the first close.
struct lives {
    int64_t *starts, *ends, *handshakes; // handshakes: from SYN to the ACK of the SYN-ACK
    size_t count, handshake_count;
};

static struct lives lives_new(size_t most)
{
    return (struct lives){g_new(int64_t, most + 1), g_new(int64_t, most + 1),
                          g_new(int64_t, most + 1), 0, 0};
}

static void lives_free(struct lives *lives)
{
    g_free(lives->starts);
    g_free(lives->ends);
    g_free(lives->handshakes);
}

// A clock that went back measured no handshake.
static void lives_add(struct lives *lives, const struct record *r)
{
    int64_t handshake = moment_between(r->at[AT_START], r->at[AT_ESTABLISHED]);
    if (record_has(r, FACT_SYN) && handshake >= 0)
        lives->handshakes[lives->handshake_count++] = handshake;
    if (!record_has(r, FACT_ESTABLISHED))
        return;
    struct moment close = record_close(r);
    lives->starts[lives->count] = r->at[AT_START].time;
    lives->ends[lives->count++] = moment_is_set(close) ? close.time : INT64_MAX;
}

static int64_t median_handshake(struct lives *lives)
{
    keyed_sort_values(lives->handshakes, lives->handshake_count);
    return lives->handshake_count ? lives->handshakes[(lives->handshake_count - 1) / 2]
                                  : NANOS_UNKNOWN;
}

// The most connections that were open at one time.
static uint32_t most_concurrent(struct lives *lives)
{
    size_t ended = 0, most = 0;
    keyed_sort_values(lives->starts, lives->count);
    keyed_sort_values(lives->ends, lives->count);
    for (size_t i = 0; i < lives->count; i++) {
        while (ended < lives->count && lives->ends[ended] <= lives->starts[i])
            ended++;
        if (i + 1 > ended && i + 1 - ended > most)
            most = i + 1 - ended;
    }
    return (uint32_t)most;
}

static void add_activity(struct pair *pair, const struct record *r)
{
    int64_t start = r->at[AT_START].time;
    if (record_has(r, FACT_SYN) && record_has(r, FACT_ESTABLISHED)) {
        pair->first_open = MIN(pair->first_open, start);
        pair->last_open = MAX(pair->last_open, start);
    }
    if (moment_is_set(r->at[AT_LAST_REQUEST]))
        pair->last_use = MAX(pair->last_use, r->at[AT_LAST_REQUEST].time);
}

static void sum_up(struct pair *pair, const struct sums *sums)
{
    struct tally *tally = tally_new();
    struct lives lives = lives_new(sums->count);
    pair->is_probe = sums->count > 0;
    pair->is_telling = pair->is_probed = pair->has_waits = false;
    pair->first_open = INT64_MAX;
    pair->last_open = pair->last_use = INT64_MIN;
    for (size_t i = 0; i < sums->count; i++) {
        const struct record *r = &sums->records[sums->members[i]];
        const struct verdict *verdict = &sums->verdicts[sums->members[i]];
        pair->is_probe &= verdict->is_probe;
        pair->is_telling |= setting_samples_in(r);
        pair->is_probed |= record_has(r, FACT_PROBED);
        pair->has_waits |= wait_may_last(r);
        add_name(pair->hosts, r->names[NAME_HOST]);
        add_name(pair->agents, r->names[NAME_AGENT]);
        add_name(pair->servers, r->names[NAME_SOFTWARE]);
        tally_add(tally, r, verdict);
        lives_add(&lives, r);
        add_activity(pair, r);
    }
    tally_totals(tally, &pair->totals);
    pair->causes = tally_causes(tally);
    pair->spread = tally_spread(tally);
    pair->handshake = median_handshake(&lives);
    pair->peak_concurrent = most_concurrent(&lives);
    lives_free(&lives);
    tally_free(tally);
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

bool pairs_have(const GArray *pairs, uint64_t causes)
{
    uint64_t all = 0;
    for (guint p = 0; p < pairs->len; p++) {
        const GArray *rows = g_array_index(pairs, struct pair, p).causes;
        for (guint i = 0; rows && i < rows->len; i++)
            all |= UINT64_C(1) << g_array_index(rows, struct cause_row, i).cause;
    }
    return (all & causes) != 0;
}
