// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time from hand-made records: states, TIME_WAIT, orphans, ports and rates.
#include <CUnit/Basic.h>
#include <math.h>

#include "judge/socket_spans.h"
#include "judge/sockets.h"
#include "by_hand.h"

static const struct socket_host *host_of(const struct sockets *sockets, struct address address)
{
    for (guint i = 0; i < sockets->hosts->len; i++) {
        const struct socket_host *host = &g_array_index(sockets->hosts, struct socket_host, i);
        if (memcmp(&host->address, &address, sizeof address) == 0)
            return host;
    }
    CU_FAIL_FATAL("host is drawn");
    return NULL;
}

static uint32_t count_at(const struct sockets *sockets, const struct socket_host *host,
                         enum tcp_state state, int64_t ms)
{
    int64_t step = (at_ms(ms) - sockets->first) / sockets->step;
    return host->counts[state * sockets->steps + (uint32_t)step];
}

static void expect_spans(const struct record *r, enum side side, const char *expected)
{
    static const char *const names[TCP_STATES] = {
        "CLOSED",    "SYN_SENT",   "SYN_RECV", "ESTABLISHED", "FIN_WAIT1",
        "FIN_WAIT2", "CLOSE_WAIT", "CLOSING",  "LAST_ACK",    "TIME_WAIT"};
    struct socket_end ends[2];
    socket_spans(r, (struct socket_bounds){BEGIN, SPAN_OPEN}, ends);
    const struct socket_span *spans = ends[side].spans;
    unsigned count = ends[side].count;
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++) {
        g_string_append_printf(text, "%s%s %d-", i ? ", " : "", names[spans[i].state],
                               (int)((spans[i].from - BEGIN) / NANOS_PER_MS));
        if (spans[i].to != SPAN_OPEN)
            g_string_append_printf(text, "%d", (int)((spans[i].to - BEGIN) / NANOS_PER_MS));
    }
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    if (strcmp(text->str, expected) != 0)
        printf("\n    expected %s\n    found    %s\n", expected, text->str);
    g_string_free(text, TRUE);
}

static void active_closer_keeps_time_wait_for_60_seconds(void)
{
    struct record r = opened(1, 1000, 10);
    asked(&r, 1, 20, 30);
    closed(&r, CLIENT, 100, 101);
    answered(&r, SERVER, 105, 106);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 10-11, ESTABLISHED 11-100, FIN_WAIT1 100-101, FIN_WAIT2 101-105, "
                 "TIME_WAIT 105-60105");
    expect_spans(&r, SERVER,
                 "SYN_RECV 10-11, ESTABLISHED 11-100, CLOSE_WAIT 100-105, LAST_ACK 105-106");
}

static void a_clock_that_goes_back_makes_no_second_socket(void)
{
    struct record r = opened(1, 1000, 10);
    asked(&r, 1, 20, 30);
    closed(&r, CLIENT, 100, 40);
    answered(&r, SERVER, 105, 106);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 10-11, ESTABLISHED 11-100, FIN_WAIT2 100-105, TIME_WAIT 105-60105");
}

static void server_that_closes_first_has_the_time_wait(void)
{
    struct record r = opened(1, 1000, 10);
    closed(&r, SERVER, 100, 101);
    answered(&r, CLIENT, 101, 102);
    expect_spans(&r, SERVER,
                 "SYN_RECV 10-11, ESTABLISHED 11-100, FIN_WAIT1 100-101, TIME_WAIT 101-60101");
    expect_spans(&r, CLIENT,
                 "SYN_SENT 10-11, ESTABLISHED 11-100, CLOSE_WAIT 100-101, LAST_ACK 101-102");
}

static void orphaned_fin_wait2_ends_after_60_seconds_without_time_wait(void)
{
    struct record r = opened(1, 1000, 0);
    closed(&r, CLIENT, 100, 101);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 0-1, ESTABLISHED 1-100, FIN_WAIT1 100-101, FIN_WAIT2 101-60101");
    expect_spans(&r, SERVER, "SYN_RECV 0-1, ESTABLISHED 1-100, CLOSE_WAIT 100-");
    answered(&r, SERVER, 90000, 90001);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 0-1, ESTABLISHED 1-100, FIN_WAIT1 100-101, FIN_WAIT2 101-60101");
    fact(&r, FACT_HALF_CLOSE);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 0-1, ESTABLISHED 1-100, FIN_WAIT1 100-101, FIN_WAIT2 101-90000, "
                 "TIME_WAIT 90000-150000");
}

static void no_state_outlives_a_reset(void)
{
    struct record r = opened(1, 1000, 0);
    closed(&r, CLIENT, 100, 101);
    reset(&r, CLIENT, 200);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 0-1, ESTABLISHED 1-100, FIN_WAIT1 100-101, FIN_WAIT2 101-200");
    expect_spans(&r, SERVER, "SYN_RECV 0-1, ESTABLISHED 1-100, CLOSE_WAIT 100-200");
    struct record at_once = opened(1, 1001, 0);
    reset(&at_once, SERVER, 50);
    expect_spans(&at_once, CLIENT, "SYN_SENT 0-1, ESTABLISHED 1-50");
}

static void both_sides_close_at_once_and_both_wait(void)
{
    struct record r = opened(1, 1000, 0);
    fact(&r, FACT_CLOSE_BOTH);
    closed(&r, CLIENT, 100, 104);
    answered(&r, SERVER, 102, 103);
    expect_spans(&r, CLIENT,
                 "SYN_SENT 0-1, ESTABLISHED 1-100, FIN_WAIT1 100-102, CLOSING 102-104, "
                 "TIME_WAIT 104-60104");
    expect_spans(&r, SERVER,
                 "SYN_RECV 0-1, ESTABLISHED 1-100, CLOSED 100-102, CLOSING 102-103, "
                 "TIME_WAIT 103-60103");
}

static void unanswered_syn_lasts_until_the_next_one_is_overdue(void)
{
    struct record r = opened(1, 1000, 0);
    r.facts = UINT64_C(1) << FACT_SYN | UINT64_C(1) << FACT_CLIENT_SEEN;
    r.at[AT_ESTABLISHED] = (struct moment){0, 0};
    expect_spans(&r, CLIENT, "SYN_SENT 0-1000");
    expect_spans(&r, SERVER, "");
    r.syn_retransmits = 2;
    expect_spans(&r, CLIENT, "SYN_SENT 0-7000");
    reset(&r, SERVER, 500);
    expect_spans(&r, CLIENT, "SYN_SENT 0-500");
}

static void midstream_connections_were_there_before(void)
{
    struct record r = opened(1, 1000, 500);
    r.facts &= ~(UINT64_C(1) << FACT_SYN | UINT64_C(1) << FACT_SYN_ACK);
    fact(&r, FACT_MIDSTREAM);
    expect_spans(&r, CLIENT, "ESTABLISHED 0-");
    expect_spans(&r, SERVER, "ESTABLISHED 0-");
}

static void one_direction_invents_no_close_wait(void)
{
    struct record r = opened(1, 1000, 0);
    r.facts &= ~(UINT64_C(1) << FACT_CLIENT_SEEN);
    r.close_how = CLOSE_FIN;
    r.close_by = CLOSE_BY_SERVER;
    happens(&r, AT_SERVER_FIN, 100);
    expect_spans(&r, CLIENT, "SYN_SENT 0-1, ESTABLISHED 1-100");
    expect_spans(&r, SERVER, "SYN_RECV 0-1, ESTABLISHED 1-100, TIME_WAIT 100-60100");
}

static struct sockets *drawn(struct record *records, size_t count, int64_t first, int64_t last)
{
    struct analysis a = {.records = records, .record_count = count, .first = first, .last = last};
    a.pair_of = g_new(uint32_t, count + 1);
    a.pairs = pairs_new(records, count, a.pair_of, NULL);
    struct sockets *sockets = sockets_new(&a, NULL);
    pairs_free(a.pairs);
    g_free(a.pair_of);
    return sockets;
}

static void steady_closes_fill_time_wait_to_rate_times_60(void)
{
    enum { COUNT = 1200 }; // one every 100 ms for two minutes
    struct record *records = g_new(struct record, COUNT);
    for (int i = 0; i < COUNT; i++) {
        records[i] = opened(1, (uint16_t)(1000 + i), i * 100);
        closed(&records[i], CLIENT, i * 100 + 20, i * 100 + 21);
        answered(&records[i], SERVER, i * 100 + 21, i * 100 + 22);
    }
    struct sockets *s = drawn(records, COUNT, BEGIN, at_ms(120000));
    const struct socket_host *client = host_of(s, ipv4(10, 0, 0, 1));
    const struct socket_host *server = host_of(s, ipv4(10, 0, 1, 1));
    CU_ASSERT_EQUAL(client->peak[TCP_TIME_WAIT], 600);
    CU_ASSERT_EQUAL(server->peak[TCP_TIME_WAIT], 0);
    CU_ASSERT_DOUBLE_EQUAL(client->close_rate * 60, 600, 0.001);
    CU_ASSERT_EQUAL(count_at(s, client, TCP_TIME_WAIT, 30000), 300);
    CU_ASSERT_EQUAL(count_at(s, client, TCP_TIME_WAIT, 119000), 600);
    CU_ASSERT_EQUAL(client->ports_peak, 601);
    CU_ASSERT_TRUE(isnan(client->exhaustion_seconds));
    CU_ASSERT_TRUE(client->is_client && !client->is_server);
    CU_ASSERT_TRUE(s->steps <= SOCKET_STEPS && s->steps > SOCKET_STEPS / 3);
    sockets_free(s);
    g_free(records);
}

static void closes_that_a_reset_follows_leave_no_time_wait(void)
{
    struct record records[20];
    for (int i = 0; i < 20; i++) {
        records[i] = opened(1, (uint16_t)(1000 + i), i * 100);
        closed(&records[i], SERVER, i * 100 + 20, i * 100 + 21);
        answered(&records[i], CLIENT, i * 100 + 21, i * 100 + 22);
        if (i % 2)
            happens(&records[i], AT_RST, i * 100 + 25);
    }
    struct sockets *s = drawn(records, 20, BEGIN, at_ms(2000));
    CU_ASSERT_DOUBLE_EQUAL(host_of(s, ipv4(10, 0, 1, 1))->close_rate, 5, 0.001);
    sockets_free(s);
}

static void peaks_between_steps_are_found(void)
{
    struct record records[50];
    for (int i = 0; i < 50; i++) {
        records[i] = opened(1, (uint16_t)(1000 + i), 30001);
        reset(&records[i], CLIENT, 30004);
    }
    struct sockets *s = drawn(records, 50, BEGIN, at_ms(3600000));
    const struct socket_host *client = host_of(s, ipv4(10, 0, 0, 1));
    CU_ASSERT_EQUAL(client->peak[TCP_ESTABLISHED], 50);
    CU_ASSERT_EQUAL(client->peak[TCP_TIME_WAIT], 0);
    CU_ASSERT_EQUAL(client->ports_peak, 50);
    sockets_free(s);
}

static struct sockets *rush(uint8_t client, bool loopback, struct record *records, int count)
{
    for (int i = 0; i < count; i++) {
        records[i] = opened(client, (uint16_t)(1000 + i), i);
        if (loopback)
            records[i].end[CLIENT].address = records[i].end[SERVER].address = ipv4(127, 0, 0, 1);
        closed(&records[i], CLIENT, i + 1, i + 1);
        answered(&records[i], SERVER, i + 1, i + 2);
    }
    return drawn(records, (size_t)count, BEGIN, at_ms(count));
}

static void ports_run_out_at_1000_closes_a_second_but_not_on_loopback(void)
{
    struct record *records = g_new(struct record, 5000);
    struct sockets *s = rush(1, false, records, 5000);
    const struct socket_host *client = host_of(s, ipv4(10, 0, 0, 1));
    CU_ASSERT_DOUBLE_EQUAL(client->exhaustion_seconds, 28.232, 0.1);
    CU_ASSERT_TRUE(isnan(host_of(s, ipv4(10, 0, 1, 1))->exhaustion_seconds));
    sockets_free(s);
    s = rush(1, true, records, 5000);
    const struct socket_host *host = host_of(s, ipv4(127, 0, 0, 1));
    CU_ASSERT_TRUE(isnan(host->exhaustion_seconds));
    CU_ASSERT_TRUE(host->is_client && host->is_server);
    sockets_free(s);
    g_free(records);
}

static void waits_for_programs_are_told_per_peer(void)
{
    struct record records[3];
    for (int i = 0; i < 3; i++) {
        records[i] = opened(1, (uint16_t)(1000 + i), 0);
        closed(&records[i], CLIENT, 100, 101);
        answered(&records[i], SERVER, 601 + i * 1000, 602 + i * 1000);
    }
    struct sockets *s = drawn(records, 3, BEGIN, at_ms(5000));
    GArray *client = host_of(s, ipv4(10, 0, 0, 1))->waits;
    GArray *server = host_of(s, ipv4(10, 0, 1, 1))->waits;
    CU_ASSERT_EQUAL_FATAL(client->len, 1);
    CU_ASSERT_EQUAL_FATAL(server->len, 1);
    const struct socket_wait *wait = &g_array_index(client, struct socket_wait, 0);
    CU_ASSERT_EQUAL(wait->state, TCP_FIN_WAIT2);
    CU_ASSERT_EQUAL(wait->connections, 2); // 500 ms is none
    CU_ASSERT_EQUAL(wait->mean, 2000 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(wait->longest, 2500 * NANOS_PER_MS);
    CU_ASSERT_NOT_EQUAL(wait->peer.port, 0);
    wait = &g_array_index(server, struct socket_wait, 0);
    CU_ASSERT_EQUAL(wait->state, TCP_CLOSE_WAIT);
    CU_ASSERT_EQUAL(wait->connections, 2);
    CU_ASSERT_EQUAL(wait->longest, 2501 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(wait->peer.port, 0);
    sockets_free(s);
}

// Most of the capture is silent: what was seen counts, not its mean rate.
static void ports_that_ran_out_tell_when(void)
{
    struct record *records = g_new(struct record, PORTS_LIMIT);
    sockets_free(rush(1, false, records, PORTS_LIMIT));
    struct sockets *s = drawn(records, PORTS_LIMIT, at_ms(-50000), at_ms(85000));
    const struct socket_host *client = host_of(s, ipv4(10, 0, 0, 1));
    CU_ASSERT_EQUAL(client->ports_peak, PORTS_LIMIT);
    CU_ASSERT_DOUBLE_EQUAL(client->exhaustion_seconds, 28.231, 0.001);
    sockets_free(s);
    g_free(records);
}

static void growth_runs_out_of_ports_but_a_filled_pool_does_not(void)
{
    struct record leaks[100], pool[100];
    for (int i = 0; i < 100; i++) {
        leaks[i] = opened(1, (uint16_t)(1000 + i), i * 100);
        pool[i] = opened(1, (uint16_t)(1000 + i), i * 10);
    }
    struct sockets *s = drawn(leaks, 100, BEGIN, at_ms(10000));
    const struct socket_host *client = host_of(s, ipv4(10, 0, 0, 1));
    CU_ASSERT_DOUBLE_EQUAL(client->exhaustion_seconds, 2823, 60);
    CU_ASSERT_EQUAL(count_at(s, client, TCP_ESTABLISHED, 9990), 100);
    sockets_free(s);
    s = drawn(pool, 100, BEGIN, at_ms(10000));
    CU_ASSERT_TRUE(isnan(host_of(s, ipv4(10, 0, 0, 1))->exhaustion_seconds));
    sockets_free(s);
}

static void port_reuse_ends_the_old_socket(void)
{
    struct record records[2] = {opened(1, 1000, 0), opened(1, 1000, 5000)};
    closed(&records[0], CLIENT, 100, 101);
    answered(&records[0], SERVER, 101, 102);
    struct sockets *s = drawn(records, 2, BEGIN, at_ms(10000));
    const struct socket_host *client = host_of(s, ipv4(10, 0, 0, 1));
    CU_ASSERT_EQUAL(count_at(s, client, TCP_TIME_WAIT, 4000), 1);
    CU_ASSERT_EQUAL(count_at(s, client, TCP_TIME_WAIT, 6000), 0);
    CU_ASSERT_EQUAL(client->ports_peak, 1);
    sockets_free(s);
}

static void nothing_gives_nothing(void)
{
    CU_ASSERT_PTR_NULL(drawn(NULL, 0, NANOS_UNKNOWN, NANOS_UNKNOWN));
    struct sockets *s = drawn(NULL, 0, BEGIN, BEGIN);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s);
    CU_ASSERT_EQUAL(s->hosts->len, 0);
    CU_ASSERT_EQUAL(s->steps, 1);
    sockets_free(s);
}

static void only_the_busiest_hosts_are_drawn(void)
{
    struct record *records = g_new(struct record, 300);
    for (int i = 0; i < 300; i++)
        records[i] = opened((uint8_t)(i % 200), (uint16_t)(1000 + i), i);
    struct sockets *s = drawn(records, 300, BEGIN, at_ms(1000));
    CU_ASSERT_EQUAL(s->hosts->len, SOCKET_HOSTS);
    CU_ASSERT_EQUAL(g_array_index(s->hosts, struct socket_host, 0).ends, 300);
    CU_ASSERT_EQUAL(g_array_index(s->hosts, struct socket_host, 1).ends, 2);
    sockets_free(s);
    g_free(records);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sockets over time", NULL, NULL);
    CU_ADD_TEST(suite, active_closer_keeps_time_wait_for_60_seconds);
    CU_ADD_TEST(suite, server_that_closes_first_has_the_time_wait);
    CU_ADD_TEST(suite, orphaned_fin_wait2_ends_after_60_seconds_without_time_wait);
    CU_ADD_TEST(suite, no_state_outlives_a_reset);
    CU_ADD_TEST(suite, both_sides_close_at_once_and_both_wait);
    CU_ADD_TEST(suite, unanswered_syn_lasts_until_the_next_one_is_overdue);
    CU_ADD_TEST(suite, midstream_connections_were_there_before);
    CU_ADD_TEST(suite, one_direction_invents_no_close_wait);
    CU_ADD_TEST(suite, steady_closes_fill_time_wait_to_rate_times_60);
    CU_ADD_TEST(suite, closes_that_a_reset_follows_leave_no_time_wait);
    CU_ADD_TEST(suite, peaks_between_steps_are_found);
    CU_ADD_TEST(suite, ports_run_out_at_1000_closes_a_second_but_not_on_loopback);
    CU_ADD_TEST(suite, waits_for_programs_are_told_per_peer);
    CU_ADD_TEST(suite, ports_that_ran_out_tell_when);
    CU_ADD_TEST(suite, growth_runs_out_of_ports_but_a_filled_pool_does_not);
    CU_ADD_TEST(suite, port_reuse_ends_the_old_socket);
    CU_ADD_TEST(suite, nothing_gives_nothing);
    CU_ADD_TEST(suite, only_the_busiest_hosts_are_drawn);
    CU_ADD_TEST(suite, a_clock_that_goes_back_makes_no_second_socket);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
