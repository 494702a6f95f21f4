// SPDX-License-Identifier: BSD-2-Clause
// Captures that follow each other: seams that fit, and holes.
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "capture/decode.h"
#include "capture/source.h"
#include "engine/engine.h"
#include "engine/exchanges.h"
#include "judge/analysis.h"
#include "judge/holes.h"

struct run {
    struct names *names;
    struct engine *engine;
    struct analysis *analysis;
};

// A sample as two captures: packets up to `end`, and those from `begin` on.
static void run_begin(struct run *run, const char *sample, uint32_t end, uint32_t begin)
{
    const char *top = getenv("top_srcdir");
    char *path = g_build_filename(top ? top : ".", "samples", sample, NULL);
    struct source *source = source_open(path, &limits_default, NULL);
    struct decoder *decoder = decoder_new(&limits_default);
    struct packet packet;
    struct segment segment;
    int64_t first = NANOS_UNKNOWN, last = NANOS_UNKNOWN;
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    run->names = names_new(&limits_default);
    run->engine = engine_new(&limits_default, run->names, NULL);
    while (source_next(source, &packet, 1) == 1) {
        bool is_missing = packet.frame > end && packet.frame < begin;
        if (is_missing || decode_packet(decoder, &packet, &segment) != DECODE_TCP)
            continue;
        first = first == NANOS_UNKNOWN ? packet.time : first;
        last = packet.time;
        segment.clock = packet.time;
        segment.part = packet.frame > end;
        engine_take(run->engine, &segment, 1);
    }
    engine_finish(run->engine);
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct record));
    for (struct record record; engine_next(run->engine, &record);)
        g_array_append_val(records, record);
    struct analysis_input input = {.names = run->names, .first = first, .last = last};
    input.record_count = records->len;
    input.records = (struct record *)g_array_free(records, FALSE);
    const struct exchanges *log = engine_exchanges(run->engine);
    struct exchange *exchanges = g_new(struct exchange, log->count);
    exchanges_copy(log, exchanges, log->count);
    input.exchanges = exchanges;
    input.exchange_count = log->count;
    input.seams = engine_seams(run->engine, &input.seam_count);
    run->analysis = analysis_new(&input);
    g_free(exchanges);
    decoder_free(decoder);
    source_free(source);
    g_free(path);
}

static void run_end(struct run *run)
{
    analysis_free(run->analysis);
    engine_free(run->engine);
    names_free(run->names);
}

static const struct seam *seam_of(const struct run *run)
{
    CU_ASSERT_EQUAL_FATAL(run->analysis->seams->len, 1);
    return &g_array_index(run->analysis->seams, struct seam, 0);
}

static uint32_t count_hidden(const struct run *run)
{
    uint32_t hidden = 0;
    for (size_t i = 0; i < run->analysis->record_count; i++) {
        const struct verdict *v = &run->analysis->verdicts[i];
        bool is_marked = record_has(&run->analysis->records[i], FACT_HOLE_AFTER);
        hidden += is_marked;
        CU_ASSERT_TRUE(!is_marked || v->cause != CAUSE_OPEN);
        CU_ASSERT_TRUE(!is_marked || v->cause != CAUSE_CLOSE_WAIT_LEAK);
        CU_ASSERT_TRUE(!is_marked || v->cause != CAUSE_LEAKED_CONNECTION);
        CU_ASSERT_TRUE(v->cause != CAUSE_UNATTRIBUTED || v->reason != REASON_NO_RULE);
    }
    return hidden;
}

static const char busy[] = "pool-limit-total-3-nginx.pcap"; // 238 packets on 21 connections

static void connections_go_on_over_a_seam_without_a_jump(void)
{
    for (uint32_t end = 20; end < 230; end += 7) {
        struct run run;
        run_begin(&run, busy, end, end + 1);
        CU_ASSERT_EQUAL(seam_of(&run)->jumping, 0);
        CU_ASSERT_EQUAL(seam_of(&run)->bytes, 0);
        CU_ASSERT_FALSE(hole_is_proven(seam_of(&run)));
        CU_ASSERT_EQUAL(count_hidden(&run), 0);
        run_end(&run);
    }
}

static void missing_packets_between_captures_hide_closes(void)
{
    struct run run;
    run_begin(&run, busy, 119, 199);
    CU_ASSERT_TRUE(seam_of(&run)->jumping > 0);
    CU_ASSERT_TRUE(seam_of(&run)->bytes > 0);
    CU_ASSERT_TRUE(hole_is_proven(seam_of(&run)));
    CU_ASSERT_EQUAL(count_hidden(&run), 5);
    run_end(&run);
}

static void one_capture_has_no_seam(void)
{
    struct run run;
    run_begin(&run, busy, UINT32_MAX, 0);
    CU_ASSERT_EQUAL(run.analysis->seams->len, 0);
    CU_ASSERT_EQUAL(count_hidden(&run), 0);
    run_end(&run);
}

static struct record open_record(uint32_t frame, int64_t end, uint32_t outstanding)
{
    struct record r = {.outstanding = outstanding, .close_how = CLOSE_OPEN};
    r.at[AT_START] = r.at[AT_END] = (struct moment){end, frame};
    return r;
}

static void connections_that_break_off_prove_a_hole(void)
{
    for (uint32_t stopped = 0; stopped < 6; stopped++) {
        struct record records[7];
        GArray *seams = g_array_new(FALSE, FALSE, sizeof(struct seam));
        const struct seam seam = {.part = 1, .frame = 100, .going_on = 20};
        g_array_append_val(seams, seam);
        for (uint32_t i = 0; i < 7; i++)
            records[i] = open_record(i == 6 ? 200 : 90 + i, NANOS_PER_SECOND, i < stopped);
        holes_mark(seams, records, 7, 10 * NANOS_PER_SECOND);
        const struct seam *counted = &g_array_index(seams, struct seam, 0);
        CU_ASSERT_EQUAL(counted->stopped, stopped);
        CU_ASSERT_EQUAL(hole_is_proven(counted), stopped >= 3);
        for (uint32_t i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(record_has(&records[i], FACT_HOLE_AFTER), stopped >= 3);
        CU_ASSERT_FALSE(record_has(&records[6], FACT_HOLE_AFTER)); // goes on behind it
        g_array_free(seams, TRUE);
    }
}

static void a_single_loss_at_a_seam_is_no_hole(void)
{
    CU_ASSERT_FALSE(hole_is_proven(&(struct seam){.going_on = 100, .jumping = 2}));
    CU_ASSERT_TRUE(hole_is_proven(&(struct seam){.going_on = 100, .jumping = 30}));
    CU_ASSERT_FALSE(hole_is_proven(&(struct seam){.going_on = 0}));
    CU_ASSERT_FALSE(hole_is_proven(&(struct seam){.going_on = 1000, .stopped = 5}));
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("holes", NULL, NULL);
    CU_ADD_TEST(suite, connections_go_on_over_a_seam_without_a_jump);
    CU_ADD_TEST(suite, missing_packets_between_captures_hide_closes);
    CU_ADD_TEST(suite, one_capture_has_no_seam);
    CU_ADD_TEST(suite, connections_that_break_off_prove_a_hole);
    CU_ADD_TEST(suite, a_single_loss_at_a_seam_is_no_hole);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
