// SPDX-License-Identifier: BSD-2-Clause
// The connection id and the Community ID; and that facts, moments and states have their words.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/identity.h"

static struct address parse(const char *text)
{
    struct address address = {{[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, text, address.bytes + 12) != 1)
        CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, text, address.bytes), 1);
    return address;
}

static struct record record_of(const char *client, uint16_t client_port, const char *server,
                               uint16_t server_port)
{
    struct record record = {.initial_seq = 0x01020304};
    record.end[CLIENT].address = parse(client);
    record.end[CLIENT].port = client_port;
    record.end[SERVER].address = parse(server);
    record.end[SERVER].port = server_port;
    return record;
}

static struct record swapped(struct record r)
{
    struct record other = r;
    other.end[CLIENT] = r.end[SERVER];
    other.end[SERVER] = r.end[CLIENT];
    return other;
}

// The first two are published examples (github.com/corelight/c-community-id, the specification's
// baseline); the others were computed with an independent program.
static const struct {
    const char *client;
    uint16_t client_port;
    const char *server;
    uint16_t server_port;
    const char *community;
} flows[] = {
    {"128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {"::ffff:128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"127.0.0.1", 40000, "127.0.0.1", 8080, "1:KtokAHyz+LpmkWAFBK/+HjzP3tE="},
    {"::1", 40000, "::1", 8080, "1:L5IA2hF0v0/k9gpmt0QLdE5kiAI="},
};

static void computes_the_published_community_ids(void)
{
    for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
        struct record r =
            record_of(flows[i].client, flows[i].client_port, flows[i].server, flows[i].server_port);
        struct record other = swapped(r);
        char id[IDENTITY_COMMUNITY_BYTES], again[IDENTITY_COMMUNITY_BYTES];
        identity_community(&r, id);
        identity_community(&other, again);
        CU_ASSERT_STRING_EQUAL(id, flows[i].community);
        CU_ASSERT_STRING_EQUAL(again, flows[i].community);
    }
}

static void names_a_connection_alike_from_both_ends(void)
{
    for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
        struct record r =
            record_of(flows[i].client, flows[i].client_port, flows[i].server, flows[i].server_port);
        struct record other = swapped(r);
        CU_ASSERT_EQUAL(identity_hash(&r), identity_hash(&other));
    }
}

// Fixed for ever: XXH3 (64 bits, seed 0) of 0a000001 as IPv4-mapped, port 1000, 0a000002, port 80,
// 01020304. Reports of different versions are merged by it.
static void keeps_the_id_of_all_versions(void)
{
    struct record r = record_of("10.0.0.2", 80, "10.0.0.1", 1000);
    char id[IDENTITY_ID_BYTES];
    identity_id(&r, id);
    CU_ASSERT_STRING_EQUAL(id, "c40ca83b838f5c9e6");
}

static void gives_other_connections_other_ids(void)
{
    struct record r = record_of("10.0.0.2", 80, "10.0.0.1", 1000), other = r;
    other.initial_seq++;
    CU_ASSERT_NOT_EQUAL(identity_hash(&r), identity_hash(&other));
    other = r;
    other.end[CLIENT].port = 1000;
    other.end[SERVER].port = 80;
    CU_ASSERT_NOT_EQUAL(identity_hash(&r), identity_hash(&other));
    other = r;
    other.end[CLIENT].address.bytes[0] = 0xfe;
    CU_ASSERT_NOT_EQUAL(identity_hash(&r), identity_hash(&other));
}

static void has_words_for_everything(void)
{
    for (int i = 0; i < FACTS; i++)
        CU_ASSERT_TRUE(fact_words((enum fact)i)[0] != '\0');
    for (int i = 0; i < MOMENTS; i++)
        CU_ASSERT_TRUE(moment_words((enum moment_id)i)[0] != '\0');
    for (int i = 0; i < TCP_STATES; i++)
        CU_ASSERT_TRUE(tcp_state_name((enum tcp_state)i)[0] != '\0');
    CU_ASSERT_STRING_EQUAL(tcp_state_name(TCP_FIN_WAIT2), "FIN_WAIT2");
    CU_ASSERT_STRING_EQUAL(moment_words(AT_START), "first packet");
    CU_ASSERT_STRING_EQUAL(fact_words(FACT_SYN), "SYN seen");
    CU_ASSERT_STRING_EQUAL(fact_words(FACTS), "");
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("identity", NULL, NULL);
    CU_ADD_TEST(suite, computes_the_published_community_ids);
    CU_ADD_TEST(suite, names_a_connection_alike_from_both_ends);
    CU_ADD_TEST(suite, keeps_the_id_of_all_versions);
    CU_ADD_TEST(suite, gives_other_connections_other_ids);
    CU_ADD_TEST(suite, has_words_for_everything);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
