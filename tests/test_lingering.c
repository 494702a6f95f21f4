// SPDX-License-Identifier: BSD-2-Clause
// Closed connections and what comes late: in captures, and live, where records are told sooner.
#include <CUnit/Basic.h>

#include "engine/engine.h"
#include "engine/waiting.h"

#define AT(seconds) ((int64_t)((seconds)*1e9))

struct late {
    struct limits limits;
    struct names *names;
    struct engine *engine;
    uint32_t frame;
};

static struct late late_begin(int64_t tell_ns)
{
    struct late late = {.limits = limits_default, .names = names_new(&limits_default)};
    late.limits.tell_ns = tell_ns;
    late.engine = engine_new(&late.limits, late.names, NULL);
    return late;
}

static void late_end(struct late *late)
{
    engine_free(late->engine);
    names_free(late->names);
}

static void send_from(struct late *late, uint16_t port, double time, enum side from, uint8_t flags,
                      uint32_t seq, uint32_t length)
{
    static const uint8_t bytes[100] = "late";
    struct endpoint ends[2] = {{{{[15] = 1}}, port}, {{{[15] = 2}}, 80}};
    const struct segment segment = {.from = ends[from],
                                    .to = ends[!from],
                                    .payload = {bytes, length},
                                    .payload_length = length,
                                    .time = AT(time),
                                    .clock = AT(time),
                                    .frame = ++late->frame,
                                    .seq = seq,
                                    .ack = 1,
                                    .flags = flags,
                                    .window = 1000,
                                    .window_shift = WINDOW_SHIFT_NONE};
    engine_take(late->engine, &segment, 1);
}

static void send(struct late *late, double time, enum side from, uint8_t flags, uint32_t seq,
                 uint32_t length)
{
    send_from(late, 40000, time, from, flags, seq, length);
}

// A connection that is reset at 1 s.
static void send_connection(struct late *late)
{
    send(late, 0, CLIENT, TCP_SYN, 99, 0);
    send(late, 0.1, SERVER, TCP_SYN | TCP_ACK, 0, 0);
    send(late, 0.2, CLIENT, TCP_ACK, 100, 0);
    send(late, 1, CLIENT, TCP_RST, 100, 0);
}

static uint32_t count_records(struct late *late)
{
    struct record record;
    uint32_t count = 0;
    while (engine_next(late->engine, &record))
        count++;
    return count;
}

static uint32_t count_at_end(struct late *late)
{
    engine_finish(late->engine);
    return count_records(late);
}

static void records_wait_a_minute_for_late_segments(void)
{
    struct late late = late_begin(0);
    send_connection(&late);
    engine_wait(late.engine, AT(60.9));
    CU_ASSERT_EQUAL(count_records(&late), 0);
    send(&late, 60.9, SERVER, TCP_ACK | TCP_PSH, 1, 10);
    engine_wait(late.engine, AT(61.1));
    CU_ASSERT_EQUAL(count_records(&late), 1);
    send(&late, 61.2, SERVER, TCP_ACK | TCP_PSH, 1, 10); // later: another one
    CU_ASSERT_EQUAL(count_at_end(&late), 1);
    late_end(&late);
}

static void records_that_are_told_sooner_keep_their_late_segments(void)
{
    struct late late = late_begin(AT(2));
    send_connection(&late);
    engine_wait(late.engine, AT(2.9));
    CU_ASSERT_EQUAL(count_records(&late), 0);
    engine_wait(late.engine, AT(3.1));
    CU_ASSERT_EQUAL(count_records(&late), 1);
    for (double time = 4; time < 60; time += 5) {
        uint32_t place = ENGINE_BEGIN;
        struct record record;
        send(&late, time, SERVER, TCP_ACK | TCP_PSH, 1, 10);
        send(&late, time, CLIENT, TCP_RST, 100, 0);
        CU_ASSERT_EQUAL(count_records(&late), 0);
        CU_ASSERT_FALSE(engine_peek(late.engine, &place, &record));
    }
    CU_ASSERT_EQUAL(engine_counts(late.engine).strays, 0);
    send(&late, 61.2, SERVER, TCP_ACK | TCP_PSH, 1, 10); // later: another one
    CU_ASSERT_EQUAL(count_at_end(&late), 1);
    late_end(&late);
}

static void a_new_connection_on_told_ends_is_another_one(void)
{
    struct late late = late_begin(AT(2));
    send_connection(&late);
    engine_wait(late.engine, AT(3.1));
    CU_ASSERT_EQUAL(count_records(&late), 1);
    send(&late, 10, CLIENT, TCP_SYN, 5000, 0);
    CU_ASSERT_EQUAL(count_records(&late), 0);
    CU_ASSERT_EQUAL(count_at_end(&late), 1);
    late_end(&late);
}

static void a_told_connection_is_no_record_at_the_end(void)
{
    struct late late = late_begin(AT(2));
    send_connection(&late);
    engine_wait(late.engine, AT(3.1));
    CU_ASSERT_EQUAL(count_records(&late), 1);
    CU_ASSERT_EQUAL(count_at_end(&late), 0);
    late_end(&late);
}

// Every third connection is never answered.
static uint64_t count_dropped(unsigned connections, unsigned most)
{
    struct late late = late_begin(0);
    late.limits.half_open = most;
    struct engine *engine = engine_new(&late.limits, late.names, NULL);
    engine_free(late.engine);
    late.engine = engine;
    for (unsigned i = 0; i < connections; i++) {
        send_from(&late, (uint16_t)(1000 + i), i * 1e-4, CLIENT, TCP_SYN, 99, 0);
        if (i % 3 > 0)
            send_from(&late, (uint16_t)(1000 + i), i * 1e-4, SERVER, TCP_SYN | TCP_ACK, 0, 0);
    }
    uint64_t dropped = engine_counts(late.engine).evicted;
    CU_ASSERT_EQUAL(count_at_end(&late), connections);
    late_end(&late);
    return dropped;
}

static void connections_that_opened_are_not_among_the_half_open(void)
{
    CU_ASSERT_EQUAL(count_dropped(4500, 2000), 0);
    CU_ASSERT_EQUAL(count_dropped(60000, 25000), 0);
    CU_ASSERT_TRUE(count_dropped(9000, 2000) >= 1000);
    CU_ASSERT_TRUE(count_dropped(9000, 900) >= 2100);
}

static void a_queue_keeps_its_order_as_it_widens(void)
{
    struct waiting_queue queue;
    uint32_t in = 0, out = 0, wrong = 0;
    waiting_init(&queue);
    for (uint32_t round = 1; round <= 200; round++) {
        for (uint32_t i = 0; i < 37 * round; i++, in++)
            *waiting_add(&queue) = (struct waiting){.since = in};
        if (round % 16 == 0)
            waiting_widen(&queue);
        for (uint32_t i = 0; i < 29 * round; i++, out++)
            wrong += waiting_take(&queue).since != out;
    }
    CU_ASSERT_EQUAL(queue.count, in - out);
    CU_ASSERT_EQUAL(waiting_due(&queue, 5), out + 5);
    CU_ASSERT_EQUAL(wrong, 0);
    waiting_clear(&queue);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("lingering", NULL, NULL);
    CU_ADD_TEST(suite, records_wait_a_minute_for_late_segments);
    CU_ADD_TEST(suite, records_that_are_told_sooner_keep_their_late_segments);
    CU_ADD_TEST(suite, a_new_connection_on_told_ends_is_another_one);
    CU_ADD_TEST(suite, a_told_connection_is_no_record_at_the_end);
    CU_ADD_TEST(suite, connections_that_opened_are_not_among_the_half_open);
    CU_ADD_TEST(suite, a_queue_keeps_its_order_as_it_widens);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
