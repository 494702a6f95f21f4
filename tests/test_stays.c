// SPDX-License-Identifier: BSD-2-Clause
// Idle stays of a connection, and what a group's connections have in common.
#include <CUnit/Basic.h>

#include "analysis_by_hand.h"
#include "judge/thresholds.h"
#include "judge/traits.h"

// "start-end" of each stay in ms, of the one connection that is there.
static void expect(struct by_hand *hand, int64_t leg, const char *expected)
{
    struct exchange_log log = by_hand_log(hand);
    struct stays stays = {NULL, 0, 0};
    GString *text = g_string_new(NULL);
    stays_append(&stays, &log, (const struct record *)(void *)hand->records->data, 0,
                 leg * NANOS_PER_MS);
    for (size_t i = 0; i < stays.count; i++) {
        g_string_append_printf(text, "%s%d-", i ? ", " : "",
                               (int)((stays.items[i].start - BEGIN) / NANOS_PER_MS));
        if (stays.items[i].end != INT64_MAX)
            g_string_append_printf(text, "%d", (int)((stays.items[i].end - BEGIN) / NANOS_PER_MS));
    }
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    g_string_free(text, TRUE);
    g_free(stays.items);
    exchange_log_free(&log);
    by_hand_clear(hand);
}

static struct record used_twice(struct by_hand *hand, int64_t first)
{
    struct record r = opened(1, 1000, 0);
    asked(&r, 2, 500, 520);
    exchanged(hand, &r, first, first + 10);
    exchanged(hand, &r, 500, 520);
    return r;
}

static void a_connection_is_idle_between_its_uses_and_until_its_close(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record r = used_twice(&hand, 100);
    closed(&r, CLIENT, 900, 901);
    judged(&hand, r, CAUSE_OPEN);
    expect(&hand, 5, "1-100, 115-500, 520-900"); // the close is told by the client's own clock
    by_hand_init(&hand);
    judged(&hand, used_twice(&hand, 20), CAUSE_OPEN); // at once after its handshake
    expect(&hand, 0, "30-500, 520-");
}

static void a_delayed_acknowledgement_tells_no_beginning(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record r = used_twice(&hand, 20);
    closed(&r, CLIENT, 900, 901);
    r.gap = 340 * NANOS_PER_MS;
    judged(&hand, r, CAUSE_OPEN);
    expect(&hand, 5, "35-500, 525-900");
}

static void a_request_that_crossed_the_close_ends_no_stay(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record r = used_twice(&hand, 20);
    closed(&r, SERVER, 400, 401);
    r.at[AT_RESPONSE_END].time = at_ms(30);
    r.gap = 370 * NANOS_PER_MS;
    judged(&hand, r, CAUSE_OPEN);
    expect(&hand, 0, "30-400");
}

static struct traits traits_of(const struct record *records, size_t count)
{
    static const struct verdict verdict = {.cause = CAUSE_OPEN};
    struct traits *all = traits_new(1), traits;
    for (size_t i = 0; i < count; i++)
        traits_add(all, &records[i], &verdict);
    traits = *all;
    g_free(all);
    return traits;
}

static void the_last_closes_are_a_wave_unless_one_stays_open(void)
{
    struct record records[2] = {opened(1, 1000, 0), opened(1, 1001, 100)};
    closed(&records[0], CLIENT, 5000, 5001);
    struct traits traits = traits_of(records, 2);
    CU_ASSERT_EQUAL(traits_end_wave(&traits), INT64_MAX);
    closed(&records[1], SERVER, 4000, 4001);
    traits = traits_of(records, 2);
    CU_ASSERT_EQUAL(traits_end_wave(&traits), at_ms(5000) - BURST);
    records[1].at[AT_START].time = at_ms(4990);
    traits = traits_of(records, 2);
    CU_ASSERT_EQUAL(traits_end_wave(&traits), at_ms(4990));
}

// What lies between a response and a close, less what the client's own segments say.
static void closes_tell_how_far_the_client_is(void)
{
    struct record r = opened(1, 1000, 0);
    asked(&r, 1, 10, 20);
    closed(&r, CLIENT, 100, 101);
    r.rtt_us = 30000;
    struct traits traits = traits_of(&r, 1);
    CU_ASSERT_EQUAL(traits_client_leg(&traits), 0);
    r.gap -= 12 * NANOS_PER_MS;
    traits = traits_of(&r, 1);
    CU_ASSERT_EQUAL(traits_client_leg(&traits), 12 * NANOS_PER_MS);
    r.gap -= 40 * NANOS_PER_MS; // no longer than the handshake took
    traits = traits_of(&r, 1);
    CU_ASSERT_EQUAL(traits_client_leg(&traits), 30 * NANOS_PER_MS);
    r.gap = 200 * NANOS_PER_MS; // a clock that went back tells nothing
    traits = traits_of(&r, 1);
    CU_ASSERT_EQUAL(traits.client_leg, INT64_MAX);
    CU_ASSERT_EQUAL(traits_client_leg(&traits), 0);
}

#define RECORDS   3000
#define EXCHANGES 300000 // enough for several threads

// Of connections that began with every other frame; those of the frames between are of none.
static struct exchange *many_exchanges(void)
{
    struct exchange *exchanges = g_new0(struct exchange, EXCHANGES);
    uint32_t random = 1;
    for (size_t i = 0; i < EXCHANGES; i++) {
        random = random * 1664525 + 1013904223;
        exchanges[i].connection = (random >> 16) % (2 * RECORDS);
        exchanges[i].begin = (int64_t)i - (random >> 8) % 64;
        exchanges[i].end = (int64_t)i;
    }
    return exchanges;
}

static void threads_that_group_exchanges_change_nothing(void)
{
    uint32_t frames[RECORDS];
    for (uint32_t i = 0; i < RECORDS; i++)
        frames[i] = 2 * i;
    struct exchange *exchanges = many_exchanges();
    struct exchange_log one = exchange_log_new(frames, RECORDS, exchanges, EXCHANGES, 1);
    size_t seen = 0;
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct exchange_list own = exchanges_of(&one, i);
        for (size_t k = 0; k < own.count; k++, seen++) {
            CU_ASSERT_EQUAL(own.items[k].connection, frames[i]);
            CU_ASSERT_TRUE(k == 0 || own.items[k - 1].begin <= own.items[k].begin);
        }
    }
    CU_ASSERT_TRUE(seen > EXCHANGES / 3 && seen < EXCHANGES);
    for (unsigned threads = 2; threads <= 4; threads++) {
        struct exchange_log log = exchange_log_new(frames, RECORDS, exchanges, EXCHANGES, threads);
        CU_ASSERT_EQUAL(memcmp(log.first, one.first, (RECORDS + 1) * sizeof *one.first), 0);
        CU_ASSERT_EQUAL(memcmp(log.owner, one.owner, EXCHANGES * sizeof *one.owner), 0);
        CU_ASSERT_EQUAL(memcmp(log.by_record, one.by_record, seen * sizeof *one.by_record), 0);
        exchange_log_free(&log);
    }
    exchange_log_free(&one);
    g_free(exchanges);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("stays and traits", NULL, NULL);
    CU_ADD_TEST(suite, a_connection_is_idle_between_its_uses_and_until_its_close);
    CU_ADD_TEST(suite, a_delayed_acknowledgement_tells_no_beginning);
    CU_ADD_TEST(suite, a_request_that_crossed_the_close_ends_no_stay);
    CU_ADD_TEST(suite, the_last_closes_are_a_wave_unless_one_stays_open);
    CU_ADD_TEST(suite, threads_that_group_exchanges_change_nothing);
    CU_ADD_TEST(suite, closes_tell_how_far_the_client_is);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
