// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time are what a look at every span of every connection counts.
#include <CUnit/Basic.h>

#include "by_hand.h"
#include "judge/socket_usual.h"
#include "judge/sockets.h"

#define MOST   60    // connections
#define LATEST 90000 // ms; longer than a TIME_WAIT

struct drawing {
    struct record records[MOST];
    struct analysis analysis;
    struct sockets *sockets;
};

static void draw(struct drawing *d, size_t count, int64_t first)
{
    d->analysis = (struct analysis){
        .records = d->records, .record_count = count, .first = first, .last = at_ms(LATEST)};
    struct host_marks *marks = g_new(struct host_marks, count + 1);
    d->analysis.pair_of = g_new(uint32_t, count + 1);
    d->analysis.pairs = pairs_new(d->records, count, d->analysis.pair_of, marks);
    d->sockets = sockets_new(&d->analysis, marks);
    g_free(marks);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d->sockets);
}

static void clear(struct drawing *d)
{
    sockets_free(d->sockets);
    pairs_free(d->analysis.pairs);
    g_free(d->analysis.pair_of);
}

static bool is_same_tuple(const struct record *a, const struct record *b)
{
    return memcmp(&a->end[CLIENT].address, &b->end[CLIENT].address, sizeof(struct address)) == 0 &&
           memcmp(&a->end[SERVER].address, &b->end[SERVER].address, sizeof(struct address)) == 0 &&
           a->end[CLIENT].port == b->end[CLIENT].port && a->end[SERVER].port == b->end[SERVER].port;
}

static struct socket_bounds bounds_of(const struct drawing *d, size_t index)
{
    struct socket_bounds bounds = {d->sockets->first, SPAN_OPEN};
    for (size_t i = d->analysis.record_count; i-- > index + 1;)
        if (is_same_tuple(&d->records[i], &d->records[index]))
            bounds.reused = d->records[i].at[AT_START].time;
    return bounds;
}

// How many ends of a host are in each state then.
static void count_then(const struct drawing *d, const struct address *host, int64_t time,
                       uint32_t counts[TCP_STATES])
{
    struct socket_end ends[2];
    memset(counts, 0, TCP_STATES * sizeof(*counts));
    for (size_t i = 0; i < d->analysis.record_count; i++) {
        socket_spans(&d->records[i], bounds_of(d, i), ends);
        for (enum side side = CLIENT; side <= SERVER; side++) {
            bool is_own = memcmp(&d->records[i].end[side].address, host, sizeof *host) == 0;
            for (unsigned k = 0; k < ends[side].count && is_own; k++)
                counts[ends[side].spans[k].state] +=
                    ends[side].spans[k].from <= time && time < ends[side].spans[k].to;
        }
    }
}

static void check(const struct drawing *d)
{
    uint32_t wrong = 0, counts[TCP_STATES];
    for (guint h = 0; h < d->sockets->hosts->len; h++) {
        const struct socket_host *host = &g_array_index(d->sockets->hosts, struct socket_host, h);
        for (uint32_t step = 0; step < d->sockets->steps; step++) {
            count_then(d, &host->address, d->sockets->first + step * d->sockets->step, counts);
            for (int state = TCP_SYN_SENT; state < TCP_STATES; state++) {
                uint32_t drawn = host->counts[(uint32_t)state * d->sockets->steps + step];
                wrong += drawn != counts[state] || host->peak[state] < counts[state];
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

// Few times and few ports, so that much happens at once, and ports are taken again.
static struct record any(GRand *random)
{
    int64_t open = g_rand_int_range(random, 0, 300) * 100;
    int64_t fin = open + g_rand_int_range(random, 0, 30) * 50;
    int64_t other = fin + g_rand_int_range(random, 0, 5) * 20000;
    enum side side = g_rand_boolean(random) ? SERVER : CLIENT;
    struct record r = opened((uint8_t)g_rand_int_range(random, 1, 4),
                             (uint16_t)g_rand_int_range(random, 1000, 1010), open);
    r.end[SERVER].address = ipv4(10, 0, (uint8_t)g_rand_int_range(random, 0, 2), 1);
    if (g_rand_int_range(random, 0, 4))
        closed(&r, side, fin, fin + g_rand_int_range(random, 0, 2));
    if (r.close_how && g_rand_int_range(random, 0, 4))
        answered(&r, !side, other, other + g_rand_int_range(random, 0, 3));
    if (!g_rand_int_range(random, 0, 8))
        reset(&r, side, fin + g_rand_int_range(random, 0, 3) * 1000);
    static const enum fact facts[] = {FACT_SYN_ACK,   FACT_ESTABLISHED, FACT_CLIENT_SEEN,
                                      FACT_MIDSTREAM, FACT_CLOSE_BOTH,  FACT_HALF_CLOSE};
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++)
        if (!g_rand_int_range(random, 0, 8))
            r.facts ^= UINT64_C(1) << facts[i];
    return r;
}

static void check_any(int64_t first)
{
    GRand *random = g_rand_new_with_seed(5);
    for (int round = 0; round < 40; round++) {
        struct drawing d;
        size_t count = (size_t)g_rand_int_range(random, 0, MOST + 1);
        for (size_t i = 0; i < count; i++)
            d.records[i] = any(random);
        draw(&d, count, first);
        check(&d);
        clear(&d);
    }
    g_rand_free(random);
}

static void counts_are_those_of_the_spans(void)
{
    check_any(BEGIN);
}

// A window begins with its first record, and a clock may go back after that.
static void what_came_before_the_first_packet_counts_as_then(void)
{
    check_any(at_ms(20000));
}

static bool is_same_order(const struct event_order *a, const struct event_order *b)
{
    return a->count == b->count && memcmp(a->words, b->words, a->count * sizeof *a->words) == 0;
}

// Closed in few ms, now and then by a side that waits for a minute, so that moments coincide.
static struct record any_usual(GRand *random)
{
    static const int64_t waits[] = {0, 1, 3, 1500, 59999, 60000, 60001};
    int64_t open = g_rand_int_range(random, 0, 20), fin = open + g_rand_int_range(random, 1, 5);
    int64_t ack = fin + g_rand_int_range(random, 0, 3);
    int64_t other = ack + waits[g_rand_int_range(random, 0, (int32_t)G_N_ELEMENTS(waits))];
    enum side side = g_rand_boolean(random) ? SERVER : CLIENT;
    struct record r = opened(1, 1000, open);
    if (g_rand_int_range(random, 0, 4))
        closed(&r, side, fin, ack);
    if (r.close_how && g_rand_int_range(random, 0, 8))
        answered(&r, !side, other, other + g_rand_int_range(random, 0, 3));
    if (!g_rand_int_range(random, 0, 8))
        reset(&r, side, other);
    return r;
}

// What the short way adds, in a slab of 30 s or in all, is what spans do.
static void the_usual_changes_are_those_of_the_spans(void)
{
    static const uint32_t hosts[] = {3, SOCKET_NO_HOST};
    GRand *random = g_rand_new_with_seed(9);
    unsigned usuals = 0, closed = 0, wrong = 0;
    for (int round = 0; round < 4000; round++) {
        struct record r = any_usual(random);
        struct event_order by_spans = event_order_new(at_ms(2), at_ms(LATEST), EVENT_ORDER_ROOM);
        struct event_order by_usual = event_order_new(at_ms(2), at_ms(LATEST), EVENT_ORDER_ROOM);
        int64_t from = at_ms(round % 2 ? 2 : 30000), to = at_ms(round % 3 ? LATEST : 60000);
        struct socket_usual usual;
        struct socket_end ends[2];
        socket_spans(&r, (struct socket_bounds){at_ms(2), SPAN_OPEN}, ends);
        socket_changes_put(&(struct socket_slab){from, to, &by_spans}, ends, hosts);
        CU_ASSERT_FALSE(socket_usual_find(&r, at_ms(LATEST), &usual));
        if (socket_usual_find(&r, SPAN_OPEN, &usual)) {
            socket_usual_put(&(struct socket_slab){from, to, &by_usual}, &usual, hosts);
            wrong += !is_same_order(&by_spans, &by_usual);
            usuals++;
            closed += usual.count == USUAL_STEPS;
        }
        event_order_free(&by_spans);
        event_order_free(&by_usual);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(usuals > 1000 && closed > 500);
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sockets over time, counted one by one", NULL, NULL);
    CU_ADD_TEST(suite, counts_are_those_of_the_spans);
    CU_ADD_TEST(suite, what_came_before_the_first_packet_counts_as_then);
    CU_ADD_TEST(suite, the_usual_changes_are_those_of_the_spans);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
