// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for the engine and the judge: whatever segments come, each connection has a sound
// record and a verdict, and how many segments are handed over at once changes nothing.
//
// The first byte chooses the limits (limits_of()); the rest is orders.
#include "../engine_judged.h"
#include "../orders.h"
#include "judge/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define ON_PORTS 64  // of the first byte: the server's port is said to be HTTP's
#define JUDGED   128 // the analysis, too, which costs more than all the rest

static void check_counts(const struct record *r)
{
    g_assert_true(r->responses_complete <= r->responses);
    // A request that was not captured, or whose head was cut, is not counted.
    bool is_uncounted = record_has(r, FACT_HEAD_CUT) || !record_has(r, FACT_CLIENT_SEEN);
    g_assert_true(r->outstanding <= r->requests || (r->outstanding == 1 && is_uncounted));
    g_assert_true(r->gap == NANOS_UNKNOWN || r->close_how != CLOSE_OPEN);
    g_assert_true(r->received >= 0 && r->expected >= LENGTH_UNKNOWN);
    g_assert_true(r->phase <= PHASE_LOST && r->close_how <= CLOSE_RST &&
                  r->close_by <= CLOSE_BY_SERVER);
    g_assert_true((r->close_by == CLOSE_BY_NOBODY) == (r->close_how == CLOSE_OPEN));
    g_assert_true(r->close_how == CLOSE_OPEN || moment_is_set(record_close(r)));
}

static void check_record(const struct record *r, const struct names *names, uint32_t frames)
{
    check_counts(r);
    g_assert_true(moment_is_set(r->at[AT_START]) && moment_is_set(r->at[AT_END]));
    for (int i = 0; i < MOMENTS; i++)
        g_assert_true(r->at[i].frame <= frames);
    for (size_t i = 0; i < G_N_ELEMENTS(r->names); i++)
        g_assert_true(r->names[i] <= names_count(names));
    for (int side = CLIENT; side <= SERVER; side++) {
        g_assert_true(r->end[side].retransmitted <= r->end[side].packets);
        g_assert_true(r->end[side].lost <= r->end[side].bytes);
        g_assert_true(r->end[side].state < TCP_STATES);
    }
    struct verdict verdict = rules_judge(r);
    g_assert_true(verdict.cause != CAUSE_NONE && verdict.cause < CAUSES &&
                  verdict.runner_up <= CAUSES);
    g_assert_true(verdict.confidence < CONFIDENCES && verdict.reason < REASONS);
}

static void check_analysis(GArray *records, struct engine *engine, const struct names *names,
                           int64_t last)
{
    struct analysis_input input = {.names = names, .first = 0, .last = last};
    struct analysis *analysis = engine_judged(engine, g_array_copy(records), input);
    uint64_t sum = 0;
    for (guint i = 0; i < analysis->causes->len; i++)
        sum += g_array_index(analysis->causes, struct cause_row, i).connections;
    g_assert_true(sum <= records->len && analysis->record_count == records->len);
    analysis_free(analysis);
}

static struct limits limits_of(uint32_t choice)
{
    struct limits limits = limits_default;
    limits.connections_open = 1000; // memory is cleared for all of them
    if (choice & 1)
        limits.parked_segments = 4;
    if (choice & 2)
        limits.connections_open = 2;
    if (choice & 4)
        limits.parked_total = limits.parked_bytes = 300;
    if (choice & 8)
        limits.head_bytes = 100;
    if (choice & 16)
        limits.pipelined = 5, limits.exchanges = 3;
    if (choice & 32)
        limits.names = 2, limits.names_bytes = 10;
    return limits;
}

// The records of all segments, handed over `at_once` at a time.
static GArray *run(const struct orders *orders, uint32_t choice, size_t at_once)
{
    static const uint16_t http_ports[] = {80, 0};
    const struct engine_options options = {choice & ON_PORTS ? http_ports : NULL};
    const struct segment *segments = (const struct segment *)(void *)orders->segments->data;
    const size_t count = orders->segments->len;
    const struct limits limits = limits_of(choice);
    struct names *names = names_new(&limits);
    struct engine *engine = engine_new(&limits, names, &options);
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct record));
    struct record record;
    for (size_t i = 0; i < count; i += at_once)
        engine_take(engine, segments + i, MIN(at_once, count - i));
    engine_finish(engine);
    while (engine_next(engine, &record)) {
        check_record(&record, names, (uint32_t)count);
        g_array_append_val(records, record);
    }
    g_assert_true(engine_counts(engine).segments == count);
    if (choice & JUDGED && at_once == 1)
        check_analysis(records, engine, names, orders->last);
    engine_free(engine);
    names_free(names);
    return records;
}

static void compare(const GArray *one, const GArray *other)
{
    g_assert_true(one->len == other->len);
    for (guint i = 0; i < one->len; i++)
        g_assert_true(memcmp(&g_array_index(one, struct record, i),
                             &g_array_index(other, struct record, i), sizeof(struct record)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    struct orders orders = orders_obey(slice_of(bytes + 1, length - 1));
    GArray *one = run(&orders, bytes[0], 1);
    GArray *other = run(&orders, bytes[0], ORDERS_SEGMENTS_MOST);
    compare(one, other);
    g_array_free(one, TRUE);
    g_array_free(other, TRUE);
    orders_clear(&orders);
    return 0;
}
