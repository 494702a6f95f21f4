// SPDX-License-Identifier: BSD-2-Clause
// Upstream legs of proxies, over connections made by hand.
#include "grouped.h"

// Asked the server for `target`, named as `host`, and gave up after about a second.
static struct record *gave_up(struct by_hand *hand, int i, const char *host, const char *target)
{
    struct record *r = served_and_closed(hand, i * 2000, i * 2000 + 2, CLIENT, 1000 + i % 2);
    unanswered(r);
    r->end[SERVER].port = 8080;
    r->names[NAME_HOST] = name(hand, host);
    r->names[NAME_AGENT] = name(hand, "curl/8.0");
    r->names[NAME_LAST_TARGET] = r->names[NAME_FIRST_TARGET] = name(hand, target);
    return r;
}

static void all_say(struct by_hand *hand, enum confidence confidence, enum cause runner_up)
{
    settle(hand, 20000);
    for (guint i = 0; i < 4; i++) {
        says(hand, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, confidence);
        CU_ASSERT_EQUAL(verdict_at(hand, i)->runner_up, runner_up);
    }
    by_hand_clear(hand);
}

static void a_client_that_names_its_server_is_no_proxy(void)
{
    static const char *const hosts[] = {"10.0.1.1:8080", "api.example:8080", "", "[::1:8080"};
    for (size_t h = 0; h < G_N_ELEMENTS(hosts); h++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 4; i++)
            gave_up(&hand, i, hosts[h], "/a");
        all_say(&hand, CONFIDENCE_STRONG, CAUSE_NONE);
    }
}

static void a_host_that_is_another_endpoint_tells_a_proxy(void)
{
    static const char *const hosts[] = {"10.0.1.9:8080", "10.0.1.1", "backend", "[::1]:8080",
                                        "api.example:80"};
    for (size_t h = 0; h < G_N_ELEMENTS(hosts); h++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 4; i++)
            gave_up(&hand, i, hosts[h], "/a");
        all_say(&hand, CONFIDENCE_CONSISTENT, CAUSE_CLIENT_CANCELLED);
    }
}

static void a_client_of_a_forward_proxy_names_the_origin(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        gave_up(&hand, i, "origin.example", "http://origin.example/a");
    all_say(&hand, CONFIDENCE_STRONG, CAUSE_NONE);
}

static void a_head_that_its_agent_does_not_write_tells_a_proxy(void)
{
    static const struct {
        const char *agent;
        enum fact fact;
        bool is_told;
    } rows[] = {
        {"Go-http-client/1.1", FACT_SMALL_NAMES, true},
        {"curl/8.0", FACT_FORWARDED, true},
        {"my-service/1", FACT_FORWARDED, true},
        {"my-service/1", FACT_SMALL_NAMES, false},
        {"undici", FACT_SMALL_NAMES, false},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 4; i++) {
            struct record *r = gave_up(&hand, i, "10.0.1.1:8080", "/a");
            r->names[NAME_AGENT] = name(&hand, rows[k].agent);
            fact(r, rows[k].fact);
        }
        all_say(&hand, rows[k].is_told ? CONFIDENCE_CONSISTENT : CONFIDENCE_STRONG,
                rows[k].is_told ? CAUSE_CLIENT_CANCELLED : CAUSE_NONE);
    }
}

static void a_proxy_whose_clients_stayed_has_a_timer_of_its_own(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        gave_up(&hand, i, "backend", "/a");
    struct record *down = served(&hand, 100, 9000);
    down->end[SERVER].address = record_at(&hand, 0)->end[CLIENT].address;
    down->end[CLIENT].address = ipv4(10, 0, 9, 9);
    all_say(&hand, CONFIDENCE_STRONG, CAUSE_NONE);
}

// Client, proxy and origin share an address: closes of either leg come right after those of the
// other.
static void of_two_ways_that_legs_follow_the_usual_one_is_the_proxy_s(void)
{
    static const int64_t begins[] = {0, 5, 800, 805, 1600, 1605};
    struct by_hand hand;
    by_hand_init(&hand);
    for (guint i = 0; i < 2 * G_N_ELEMENTS(begins); i++) {
        bool is_upstream = i % 2 == 1;
        struct record *r = served_and_closed(&hand, begins[i / 2] + is_upstream,
                                             begins[i / 2] + 2 + is_upstream, CLIENT, 1000);
        unanswered(r);
        r->end[CLIENT].address = r->end[SERVER].address;
        r->end[SERVER].port = is_upstream ? 9090 : 8080;
    }
    settle(&hand, 20000);
    for (guint i = 0; i < 2 * G_N_ELEMENTS(begins); i += 2) {
        says(&hand, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
        says(&hand, i + 1, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG);
    }
    by_hand_clear(&hand);
}

// A proxy is asked at 10.0.1.1:8080 and asks from `proxy`, 1 ms later each.
static void ask_through(struct by_hand *hand, uint8_t proxy, const char *inner_target)
{
    for (int i = 0; i < 6; i++) {
        gave_up(hand, i, "10.0.1.1:8080", "/a");
        struct record *inner = gave_up(hand, i, "10.0.1.1:8080", inner_target);
        inner->end[CLIENT].address = ipv4(10, 0, 0, proxy);
        inner->end[SERVER].address = ipv4(10, 0, 9, 1);
        happens(inner, AT_LAST_REQUEST, i * 2000 + 3);
        happens(inner, AT_CLIENT_FIN, i * 2000 + 1003 + i % 2);
    }
    settle(hand, 20000);
}

static void a_proxy_with_two_addresses_is_told_by_what_it_asks(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    ask_through(&hand, 7, "/a");
    for (guint i = 0; i < 12; i += 2) {
        says(&hand, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
        says(&hand, i + 1, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG);
    }
    by_hand_clear(&hand);
    by_hand_init(&hand);
    ask_through(&hand, 7, "/b"); // another's timer beside it
    for (guint i = 1; i < 12; i += 2)
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->cause, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    ask_through(&hand, 1, "/a"); // the client itself asks both
    for (guint i = 1; i < 12; i += 2)
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->cause, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("legs of proxies", NULL, NULL);
    CU_ADD_TEST(suite, a_client_that_names_its_server_is_no_proxy);
    CU_ADD_TEST(suite, a_host_that_is_another_endpoint_tells_a_proxy);
    CU_ADD_TEST(suite, a_client_of_a_forward_proxy_names_the_origin);
    CU_ADD_TEST(suite, a_head_that_its_agent_does_not_write_tells_a_proxy);
    CU_ADD_TEST(suite, a_proxy_whose_clients_stayed_has_a_timer_of_its_own);
    CU_ADD_TEST(suite, of_two_ways_that_legs_follow_the_usual_one_is_the_proxy_s);
    CU_ADD_TEST(suite, a_proxy_with_two_addresses_is_told_by_what_it_asks);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
