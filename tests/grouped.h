// SPDX-License-Identifier: BSD-2-Clause
// Connections made by hand, judged alone and in their groups.
#pragma once

#include <CUnit/Basic.h>
#include <stdio.h>

#include "analysis_by_hand.h"
#include "judge/groups.h"
#include "judge/hosts.h"

// Judges what was put in, alone and in groups; `last` is the capture's end.
static inline void settle(struct by_hand *hand, int64_t last)
{
    struct record *records = (struct record *)(void *)hand->records->data;
    struct verdict *verdicts = (struct verdict *)(void *)hand->verdicts->data;
    size_t count = hand->records->len;
    uint32_t *pair_of = g_new0(uint32_t, count + 1);
    struct host_marks *marks = g_new(struct host_marks, count + 1);
    GArray *pairs = pairs_new(records, count, pair_of, marks);
    struct known_defaults *known = known_defaults_embedded();
    struct hosts hosts;
    struct members by_pair = members_new(pair_of, count, pairs->len);
    bool is_split = hosts_split(&hosts, marks, &by_pair, pairs, pair_of);
    struct groups given = {.records = records,
                           .verdicts = verdicts,
                           .count = count,
                           .names = hand->names,
                           .known = known,
                           .pairs = is_split ? hosts.pairs : pairs,
                           .pair_of = is_split ? hosts.pair_of : pair_of,
                           .by_pair = is_split ? hosts.by_pair : by_pair,
                           .last = at_ms(last),
                           .log = by_hand_log(hand)};
    struct groups *groups = groups_new(&given);
    groups_settle(groups);
    groups_free(groups);
    exchange_log_free(&given.log);
    if (is_split)
        hosts_free(&hosts);
    members_free(&by_pair);
    known_defaults_free(known);
    pairs_free(pairs);
    g_free(marks);
    g_free(pair_of);
}

static inline struct verdict *verdict_at(struct by_hand *hand, guint i)
{
    return &g_array_index(hand->verdicts, struct verdict, i);
}

static inline struct record *record_at(struct by_hand *hand, guint i)
{
    return &g_array_index(hand->records, struct record, i);
}

static inline void says(struct by_hand *hand, guint i, enum cause cause, enum confidence confidence)
{
    const struct verdict *v = verdict_at(hand, i);
    if (v->cause != cause || v->confidence != confidence)
        printf("\n    connection %u: %s, %s instead of %s, %s", i, cause_key((enum cause)v->cause),
               confidence_key((enum confidence)v->confidence), cause_key(cause),
               confidence_key(confidence));
    CU_ASSERT_EQUAL(v->cause, cause);
    CU_ASSERT_EQUAL(v->confidence, confidence);
}

static inline void each_says(struct by_hand *hand, guint from, guint to, enum cause cause,
                             enum confidence confidence)
{
    for (guint i = from; i < to; i++)
        says(hand, i, cause, confidence);
}

// A connection with one request and a body of 100 bytes, answered at `end`, not closed.
static inline struct record *served(struct by_hand *hand, int64_t open, int64_t end)
{
    struct record r = opened(1, (uint16_t)(2000 + hand->records->len), open);
    asked(&r, 1, open + 2, end);
    r.received = r.expected = 100;
    exchanged(hand, &r, open + 2, end);
    judged(hand, r, CAUSE_OPEN);
    g_array_index(hand->exchanges, struct exchange, hand->exchanges->len - 1).has_body = true;
    return record_at(hand, hand->records->len - 1);
}

static inline struct record *served_and_closed(struct by_hand *hand, int64_t open, int64_t end,
                                               enum side side, int64_t gap)
{
    struct record *r = served(hand, open, end);
    closed(r, side, end + gap, end + gap + 1);
    answered(r, !side, end + gap + 1, end + gap + 2);
    return r;
}

// Turns the last exchange into a request without any response.
static inline void unanswered(struct record *r)
{
    r->phase = PHASE_AWAITING;
    r->outstanding = 1;
    r->responses = r->responses_complete = 0;
    r->gap = NANOS_UNKNOWN;
}

// The first eight connections of a pool that keeps two: each becomes idle 70 to 130 ms after the
// one before, and when a third does, the one that was idle longest is closed.
static inline void evict_oldest(struct by_hand *hand)
{
    int64_t ends[8];
    for (int i = 0; i < 8; i++)
        ends[i] = 100 + i * 100 + i * i % 3 * 15;
    for (int i = 0; i < 6; i++)
        served_and_closed(hand, ends[i] - 50, ends[i], CLIENT, ends[i + 2] - ends[i] + 1);
    served(hand, ends[6] - 50, ends[6]);
    served(hand, ends[7] - 50, ends[7]);
}
