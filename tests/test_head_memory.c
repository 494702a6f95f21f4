// SPDX-License-Identifier: BSD-2-Clause
// What is remembered of heads changes nothing of what is read, in exact-size buffers.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/head.h"

#define GET       "GET / HTTP/1.1\r\n"
#define OK        "HTTP/1.1 200 OK\r\n"
#define LENGTH(n) "Content-Length: " n "\r\n"

static bool is_alike(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static bool are_alike(const struct head *a, const struct head *b)
{
    return a->kind == b->kind && a->flags == b->flags && a->length == b->length &&
           a->status == b->status && a->known == b->known &&
           a->content_length == b->content_length &&
           a->keep_alive_timeout == b->keep_alive_timeout &&
           a->keep_alive_max == b->keep_alive_max && is_alike(a->method, b->method) &&
           is_alike(a->target, b->target) && is_alike(a->host, b->host) &&
           is_alike(a->agent, b->agent) && is_alike(a->server, b->server);
}

// The bytes end where the allocation ends, so that a sanitizer sees one byte too many.
static bool reads_alike(const char *text, enum head_kind kind, struct head_memory *memory)
{
    size_t length = strlen(text), scanned = 0;
    uint8_t *bytes = malloc(length);
    memcpy(bytes, text, length);
    struct head head, plain;
    enum head_result result = head_read_first(slice_of(bytes, length), kind, memory, &head);
    bool is_same = result == head_read(slice_of(bytes, length), kind, &scanned, &plain) &&
                   (result != HEAD_COMPLETE || are_alike(&head, &plain));
    free(bytes);
    if (!is_same)
        printf("\n    not as without memory: %s", text);
    return is_same;
}

// Each text follows each other one, after it was remembered in full and in part.
static void reads_alike_in_turn(const char *const *texts, size_t count, enum head_kind kind)
{
    enum { ROUND = 40 };
    for (size_t i = 0; i < count * count; i++) {
        struct head_memory memory = {0};
        for (size_t time = 0; time < 4 * ROUND; time++) {
            size_t other = time / ROUND % 2 ? time % ROUND % 3 == 2 : time / ROUND / 2;
            const char *text = texts[other ? i % count : i / count];
            CU_ASSERT_TRUE_FATAL(reads_alike(text, kind, &memory));
        }
    }
}

static void reads_what_is_remembered_alike(void)
{
    static const char *const requests[] = {
        GET "\r\n",
        GET "Host: a\r\n\r\n",
        "POST /b HTTP/1.0\r\nHost: a\r\n\r\nbody",
        GET "Host: a\r\nUser-Agent: b\r\n" LENGTH("5") "\r\n",
        "PUT /c HTTP/1.0\r\nHost: a\r\nUser-Agent: b\r\n" LENGTH("5") "\r\n12345",
        GET "Host: a\r\nUser-Agent: b\r\n" LENGTH("6"),
        GET "Host: a\r\n" LENGTH("5") "user-agent: c\r\n\r\n",
        GET "Host: a\r\n b\r\n\r\n",
        "\r\n" GET "Host: a\r\n\r\n",
        GET "Host : a\r\n\r\n",
        GET "Host: a\r\nUser-Agent : b\r\n\r\n",
        "GET /no-version\r\nHost: a\r\n\r\n",
    };
    static const char *const responses[] = {
        OK "\r\n",
        OK "Server: a\r\n" LENGTH("5") "\r\n12345",
        OK "Server: a\r\n" LENGTH("6") "\r\n",
        OK "Server: a\r\n" LENGTH("5") LENGTH("6") "\r\n",
        OK "Server: a\r\n" LENGTH("6") "Connection: close\r\n\r\n",
        OK "Server: a\r\n" LENGTH(" 6 ") "\r\n",
        OK "Server: a\r\n" LENGTH("") "\r\n",
        OK "Server: a\r\n" LENGTH("6x") "\r\n",
        OK "Server: a\r\n" LENGTH("000000000000000000006") "\r\n",
        OK "Server: a\r\n" LENGTH("99999999999999999999") "\r\n",
        OK "Server: a\r\nContent-Length: 6\n\n",
        OK "Server: a\r\n" LENGTH("5") " , 6\r\n\r\n",
        OK "Server: a\r\n" LENGTH("5"),
        OK " Server: a\r\n" LENGTH("5") "\r\n",
        OK "Server: a\r\nKeep-Alive: timeout=5, max=100\r\nConnection: close\r\n\r\n",
        OK "Server: a\r\nKeep-Alive: timeout=5, max=99\r\nConnection: close\r\n\r\n",
        OK "Server: a\nTransfer-Encoding: chunked\n\n",
        OK "Server: a\nTransfer-Encoding: chunked\n\tfinal\n\n",
        "HTTP/1.0 404 Not Found\r\nServer: a\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
    };
    reads_alike_in_turn(requests, sizeof(requests) / sizeof(requests[0]), HEAD_REQUEST);
    reads_alike_in_turn(responses, sizeof(responses) / sizeof(responses[0]), HEAD_RESPONSE);
}

// A long run of heads that differ now and then, beyond the use of what is remembered.
static void recalls_again_and_again(void)
{
    struct head_memory memory = {0};
    uint32_t recalled = 0;
    for (int i = 0; i < 5000; i++) {
        char text[200];
        snprintf(text, sizeof(text), OK "Server: a\r\nDate: %d\r\n" LENGTH("%d") "\r\n", i / 700,
                 i);
        CU_ASSERT_TRUE(reads_alike(text, HEAD_RESPONSE, &memory));
        recalled += memory.uses > 0 && memory.misses == 0;
    }
    CU_ASSERT_TRUE(recalled > 4800);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("head memory", NULL, NULL);
    CU_ADD_TEST(suite, reads_what_is_remembered_alike);
    CU_ADD_TEST(suite, recalls_again_and_again);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
