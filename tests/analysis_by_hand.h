// SPDX-License-Identifier: BSD-2-Clause
// An analysis made by hand: records with the verdict that the test gives them, and their pairs.
#pragma once

#include "by_hand.h"
#include "judge/analysis.h"
#include "judge/sockets.h"
#include "judge/members.h"
#include "judge/stays.h"
#include "judge/what_if.h"

struct by_hand {
    struct names *names;
    GArray *records;   // struct record
    GArray *verdicts;  // struct verdict
    GArray *exchanges; // struct exchange
    struct analysis analysis;
};

static inline void by_hand_init(struct by_hand *hand)
{
    memset(hand, 0, sizeof *hand);
    hand->names = names_new(&limits_default);
    hand->records = g_array_new(FALSE, FALSE, sizeof(struct record));
    hand->verdicts = g_array_new(FALSE, FALSE, sizeof(struct verdict));
    hand->exchanges = g_array_new(FALSE, FALSE, sizeof(struct exchange));
}

static inline uint32_t name(struct by_hand *hand, const char *text)
{
    return names_intern(hand->names, slice_of(text, strlen(text)), 128);
}

static inline struct verdict *judged(struct by_hand *hand, struct record record, enum cause cause)
{
    struct verdict verdict = {
        .kept_peers = UINT32_MAX,
        .cause = (uint8_t)cause,
        .runner_up = CAUSE_NONE,
        .confidence = CONFIDENCE_STRONG,
    };
    g_array_append_val(hand->records, record);
    g_array_append_val(hand->verdicts, verdict);
    return &g_array_index(hand->verdicts, struct verdict, hand->verdicts->len - 1);
}

static inline void exchanged(struct by_hand *hand, const struct record *record, int64_t begin,
                             int64_t end)
{
    struct exchange exchange = {
        .begin = at_ms(begin),
        .end = end < 0 ? NANOS_UNKNOWN : at_ms(end),
        .connection = record->at[AT_START].frame,
        .has_body = true,
        .is_idempotent = true,
    };
    g_array_append_val(hand->exchanges, exchange);
}

// To be freed with exchange_log_free().
static inline struct exchange_log by_hand_log(const struct by_hand *hand)
{
    uint32_t *frames = g_new(uint32_t, hand->records->len + 1);
    for (guint i = 0; i < hand->records->len; i++)
        frames[i] = g_array_index(hand->records, struct record, i).at[AT_START].frame;
    struct exchange_log log = exchange_log_new(
        frames, hand->records->len, (const struct exchange *)(const void *)hand->exchanges->data,
        hand->exchanges->len, 1);
    g_free(frames);
    return log;
}

// The analysis so far, with pairs summed up; the groups' results are empty.
static inline struct analysis *by_hand_settle(struct by_hand *hand, int64_t last)
{
    struct analysis *a = &hand->analysis;
    a->names = hand->names;
    a->records = (struct record *)(void *)hand->records->data;
    a->verdicts = (struct verdict *)(void *)hand->verdicts->data;
    a->record_count = hand->records->len;
    a->pair_of = g_new0(uint32_t, a->record_count + 1);
    a->first = BEGIN;
    a->last = at_ms(last);
    a->pairs = pairs_new(a->records, a->record_count, a->pair_of, NULL);
    struct members members = members_new(a->pair_of, a->record_count, a->pairs->len);
    pairs_sum_up(a->pairs, &members, a->records, a->verdicts, 1);
    members_free(&members);
    struct tally *tally = tally_new();
    for (size_t i = 0; i < a->record_count; i++)
        tally_add(tally, &a->records[i], &a->verdicts[i]);
    tally_totals(tally, &a->totals);
    a->causes = tally_causes(tally);
    tally_free(tally);
    return a;
}

static inline void by_hand_clear(struct by_hand *hand)
{
    struct analysis *a = &hand->analysis;
    g_array_free(hand->records, TRUE);
    g_array_free(hand->verdicts, TRUE);
    g_array_free(hand->exchanges, TRUE);
    names_free(hand->names);
    g_free(a->pair_of);
    pairs_free(a->pairs);
    if (a->causes)
        g_array_free(a->causes, TRUE);
    if (a->settings)
        g_array_free(a->settings, TRUE);
    if (a->conflicts)
        g_array_free(a->conflicts, TRUE);
    if (a->what_ifs)
        g_array_free(a->what_ifs, TRUE);
    if (a->findings)
        g_array_free(a->findings, TRUE);
    sockets_free(a->sockets);
}

static inline void by_hand_replay(struct analysis *a, const struct by_hand *hand, unsigned threads)
{
    struct exchange_log log = by_hand_log(hand);
    struct replay_input *input = replay_input_new(a, &log);
    a->what_ifs = what_ifs_new(input, threads);
    replay_input_free(input);
    exchange_log_free(&log);
}
