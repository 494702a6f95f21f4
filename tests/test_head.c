// SPDX-License-Identifier: BSD-2-Clause
// The HTTP/1.x head reader: tables of heads, each also cut at every byte, in exact-size buffers.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/head.h"

struct case_row {
    const char *what; // a sentence
    const char *text;
    enum head_kind kind;
    enum head_result result;
    uint32_t flags;
    int64_t number; // content length, keep-alive timeout, or status: see `flags` and kind
};

#define REQ       HEAD_REQUEST
#define RES       HEAD_RESPONSE
#define GET       "GET / HTTP/1.1\r\n"
#define OK        "HTTP/1.1 200 OK\r\n"
#define LENGTH(n) "Content-Length: " n "\r\n"

static const struct case_row start_lines[] = {
    {"a plain request", GET "\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"bare LF ends lines", "GET / HTTP/1.1\nHost: a\n\n", REQ, HEAD_COMPLETE, 0, 0},
    {"LF and CRLF mixed", "GET / HTTP/1.1\r\nHost: a\n\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"four empty lines come first", "\r\n\n\r\n\r\n" GET "\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"five empty lines come first", "\r\n\n\r\n\r\n\r\n" GET "\r\n", REQ, HEAD_BAD, 0, 0},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", REQ, HEAD_COMPLETE, HEAD_HTTP10, 0},
    {"a later minor version", "GET / HTTP/1.7\r\n\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"HTTP/0.9 is no head", "GET /\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"HTTP/2.0 in a request line", "GET / HTTP/2.0\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"HTTP/2.0 in a status line", "HTTP/2.0 200 OK\r\n\r\n", RES, HEAD_COMPLETE, 0, 200},
    {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", REQ, HEAD_COMPLETE, HEAD_H2_PREFACE, 0},
    {"lower-case version", "GET / http/1.1\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"two-digit minor version", "GET / HTTP/1.11\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"no target", "GET HTTP/1.1\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"a blank within the target", "GET /a b HTTP/1.1\r\n\r\n", REQ, HEAD_COMPLETE, HEAD_SPACED, 0},
    {"blanks around the target", "GET  /  HTTP/1.1 \r\n\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"a control character in the target", "GET /\x01 HTTP/1.1\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"DEL in a long target", "GET /0123456789abcdef\x7f HTTP/1.1\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"a control character in a long target",
     "GET /0123456789\x1f"
     "abcdef HTTP/1.1\r\n\r\n",
     REQ, HEAD_BAD, 0, 0},
    {"bytes above ASCII in the target", "GET /\xc3\xa4\xff HTTP/1.1\r\n\r\n", REQ, HEAD_COMPLETE, 0,
     0},
    {"an extension method", "M-SEARCH * HTTP/1.1\r\n\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"a method of 32 bytes", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 / HTTP/1.1\r\n\r\n", REQ,
     HEAD_COMPLETE, 0, 0},
    {"a method of 33 bytes", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456 / HTTP/1.1\r\n\r\n", REQ, HEAD_BAD,
     0, 0},
    {"a method that is no token", "GE(T / HTTP/1.1\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"TLS is no request", "\x16\x03\x01\x02\x00\x01", REQ, HEAD_BAD, 0, 0},
    {"SSH is no request", "SSH-2.0-OpenSSH_9.2\r\n", REQ, HEAD_BAD, 0, 0},
    {"SMTP is no response", "220 mail ESMTP\r\n", RES, HEAD_BAD, 0, 0},
    {"a plain response", OK "\r\n", RES, HEAD_COMPLETE, 0, 200},
    {"no reason phrase", "HTTP/1.1 204 \r\n\r\n", RES, HEAD_COMPLETE, 0, 204},
    {"no blank after the status", "HTTP/1.0 404\n\n", RES, HEAD_COMPLETE, HEAD_HTTP10, 404},
    {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", RES, HEAD_BAD, 0, 0},
    {"a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", RES, HEAD_BAD, 0, 0},
    {"a status below 100", "HTTP/1.1 099 No\r\n\r\n", RES, HEAD_COMPLETE, 0, 99},
    {"the highest status", "HTTP/1.1 999 Denied\r\n\r\n", RES, HEAD_COMPLETE, 0, 999},
    {"a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", RES, HEAD_BAD, 0, 0},
    {"a request is no response", GET "\r\n", RES, HEAD_BAD, 0, 0},
    {"a response is no request", OK "\r\n", REQ, HEAD_BAD, 0, 0},
};

static const struct case_row field_rows[] = {
    {"names in any case", GET "cOnTeNt-LeNgTh:7\r\n\r\n", REQ, HEAD_COMPLETE,
     HEAD_LENGTH | HEAD_SMALL, 7},
    {"blanks around a value", GET "Content-Length: \t 7 \t\r\n\r\n", REQ, HEAD_COMPLETE,
     HEAD_LENGTH, 7},
    {"a folded value", GET "Content-Length:\r\n 7\r\n\r\n", REQ, HEAD_COMPLETE, HEAD_LENGTH, 7},
    {"a value folded twice with bare LF", OK "Connection: keep-alive,\n\tupgrade,\n close\n\n", RES,
     HEAD_COMPLETE, HEAD_CLOSE | HEAD_KEEP_ALIVE | HEAD_UPGRADE, 200},
    {"a fold of blanks only", GET "A: b\r\n  \r\nConnection: close\r\n\r\n", REQ, HEAD_COMPLETE,
     HEAD_CLOSE, 0},
    {"a fold before the first field of a request", GET " A: b\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"a fold before the first field of a response", OK " A: b\r\n\r\n", RES, HEAD_COMPLETE, 0, 200},
    {"a blank before the colon in a request", GET "Host : a\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"a blank before the colon in a response", OK "Connection : close\r\n\r\n", RES, HEAD_COMPLETE,
     HEAD_CLOSE, 200},
    {"no colon in a request", GET "Host\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"no colon in a response", OK "Connection\r\n\r\n", RES, HEAD_COMPLETE, 0, 200},
    {"an empty name in a request", GET ": x\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"a control character in a name", GET "A\x01: x\r\n\r\n", REQ, HEAD_BAD, 0, 0},
    {"a name that is no token is passed over", GET "A@b: x\r\n\r\n", REQ, HEAD_COMPLETE, 0, 0},
    {"close among options", GET "Connection: TE ,CLOSE, x\r\n\r\n", REQ, HEAD_COMPLETE, HEAD_CLOSE,
     0},
    {"options in repeated fields", GET "Connection: close\r\nConnection: Keep-Alive\r\n\r\n", REQ,
     HEAD_COMPLETE, HEAD_CLOSE | HEAD_KEEP_ALIVE, 0},
    {"an option that only begins like close", GET "Connection: closed, not-close\r\n\r\n", REQ,
     HEAD_COMPLETE, 0, 0},
    {"Proxy-Connection is another field", GET "Proxy-Connection: close\r\n\r\n", REQ, HEAD_COMPLETE,
     0, 0},
    {"chunked", OK "Transfer-Encoding: chunked\r\n\r\n", RES, HEAD_COMPLETE, HEAD_CHUNKED, 200},
    {"chunked at the end of a list", OK "Transfer-Encoding: gzip, Chunked\r\n\r\n", RES,
     HEAD_COMPLETE, HEAD_CHUNKED, 200},
    {"chunked last over two fields",
     OK "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", RES, HEAD_COMPLETE,
     HEAD_CHUNKED, 200},
    {"chunked not at the end", OK "Transfer-Encoding: chunked, gzip\r\n\r\n", RES, HEAD_COMPLETE,
     HEAD_CODED, 200},
    {"a coding with parameters", OK "Transfer-Encoding: x;a=\"b,chunked\"\r\n\r\n", RES,
     HEAD_COMPLETE, HEAD_CODED, 200},
    {"an empty last element", OK "Transfer-Encoding: chunked,\r\n\r\n", RES, HEAD_COMPLETE,
     HEAD_CHUNKED, 200},
    {"identity is no coding", OK "Transfer-Encoding: identity\r\n\r\n", RES, HEAD_COMPLETE, 0, 200},
    {"Expect", GET "Expect: 100-Continue\r\n\r\n", REQ, HEAD_COMPLETE, HEAD_EXPECT, 0},
    {"another expectation", GET "Expect: 200-ok\r\n\r\n", REQ, HEAD_COMPLETE, 0, 0},
};

static const struct case_row lengths[] = {
    {"zero", GET LENGTH("0") "\r\n", REQ, HEAD_COMPLETE, HEAD_LENGTH, 0},
    {"leading zeros", GET LENGTH("0005") "\r\n", REQ, HEAD_COMPLETE, HEAD_LENGTH, 5},
    {"the largest", GET LENGTH("9223372036854775807") "\r\n", REQ, HEAD_COMPLETE, HEAD_LENGTH,
     INT64_MAX},
    {"one more", GET LENGTH("9223372036854775808") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"twice as many digits", GET LENGTH("99999999999999999999999999") "\r\n", REQ, HEAD_COMPLETE,
     HEAD_BAD_LENGTH, 0},
    {"equal in a list", GET LENGTH("5, 5") "\r\n", REQ, HEAD_COMPLETE, HEAD_LENGTH, 5},
    {"equal in two fields", GET LENGTH("5") LENGTH("5") "\r\n", REQ, HEAD_COMPLETE, HEAD_LENGTH, 5},
    {"different in a list", GET LENGTH("5, 6") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"different in two fields", GET LENGTH("5") LENGTH("6") "\r\n", REQ, HEAD_COMPLETE,
     HEAD_BAD_LENGTH, 0},
    {"good after bad", GET LENGTH("x") LENGTH("5") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"negative", GET LENGTH("-1") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"a plus sign", GET LENGTH("+1") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"empty", GET LENGTH("") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"hexadecimal", GET LENGTH("0x10") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
    {"a blank within", GET LENGTH("1 2") "\r\n", REQ, HEAD_COMPLETE, HEAD_BAD_LENGTH, 0},
};

static const struct {
    const char *value;
    int64_t timeout, max; // -1: none
} keep_alives[] = {
    {"timeout=5, max=100", 5, 100},
    {"timeout=5", 5, -1},
    {"max=7", -1, 7},
    {"Timeout = \"15\" , MAX= 3", 15, 3},
    {"timeout=5;max=9", 5, 9},
    {"timeout=x, max=1", -1, 1},
    {"timeout=-1", -1, -1},
    {"timeout=4294967295", -1, -1},
    {"timeout=4294967294", 4294967294, -1},
    {"timeout=5, timeout=6", 5, -1},
    {"", -1, -1},
    {"timeout", -1, -1},
    {"timeout=, max=\"\"", -1, -1},
    {"x=1, max=0", -1, 0},
};

// The bytes end where the allocation ends, so that a sanitizer sees one byte too many.
static struct slice exact(const char *text, size_t length)
{
    uint8_t *bytes = malloc(length ? length : 1);
    memcpy(bytes, text, length);
    return slice_of(bytes, length);
}

static enum head_result read_at_once(struct slice bytes, enum head_kind kind, struct head *head)
{
    size_t scanned = 0;
    return head_read(bytes, kind, &scanned, head);
}

static int64_t number_of(const struct head *head)
{
    if (head->kind == HEAD_RESPONSE)
        return head->status;
    return head->flags & HEAD_LENGTH ? (int64_t)head->content_length : 0;
}

static bool is_as_said(const struct case_row *row, enum head_result result, const struct head *head,
                       size_t length)
{
    if (result != row->result)
        return false;
    return result != HEAD_COMPLETE ||
           (head->flags == row->flags && head->length == length && number_of(head) == row->number);
}

// Reads the text whole, and then as it grows byte by byte; says the row when it isn't as told.
static void check(const struct case_row *row)
{
    size_t length = strlen(row->text), scanned = 0;
    struct slice whole = exact(row->text, length);
    struct head head;
    bool is_right = is_as_said(row, read_at_once(whole, row->kind, &head), &head, length);
    free((void *)whole.at);
    for (size_t i = 0; i <= length && is_right; i++) {
        struct slice bytes = exact(row->text, i);
        enum head_result fresh = read_at_once(bytes, row->kind, &head);
        enum head_result grown = head_read(bytes, row->kind, &scanned, &head);
        if (i == length)
            is_right = is_as_said(row, fresh, &head, length) &&
                       (grown == row->result || row->result == HEAD_BAD);
        else
            is_right = fresh == HEAD_PARTIAL || (fresh == HEAD_BAD && row->result == HEAD_BAD);
        if (grown == HEAD_BAD && row->result != HEAD_BAD)
            is_right = false;
        free((void *)bytes.at);
    }
    if (!is_right)
        printf("\n    not as told: %s: result %u, flags %x, number %lld", row->what, row->result,
               head.flags, (long long)number_of(&head));
    CU_ASSERT_TRUE(is_right);
}

static void reads_start_lines_fields_and_lengths(void)
{
    for (size_t i = 0; i < sizeof(start_lines) / sizeof(start_lines[0]); i++)
        check(&start_lines[i]);
    for (size_t i = 0; i < sizeof(field_rows) / sizeof(field_rows[0]); i++)
        check(&field_rows[i]);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        check(&lengths[i]);
}

static void reads_keep_alive_parameters(void)
{
    for (size_t i = 0; i < sizeof(keep_alives) / sizeof(keep_alives[0]); i++) {
        char text[200];
        int length =
            snprintf(text, sizeof(text), OK "Keep-Alive: %s\r\n\r\n", keep_alives[i].value);
        struct head head;
        CU_ASSERT_EQUAL(read_at_once(slice_of(text, (size_t)length), RES, &head), HEAD_COMPLETE);
        int64_t timeout = head.flags & HEAD_TIMEOUT ? (int64_t)head.keep_alive_timeout : -1;
        int64_t max = head.flags & HEAD_MAX ? (int64_t)head.keep_alive_max : -1;
        if (timeout != keep_alives[i].timeout || max != keep_alives[i].max)
            printf("\n    Keep-Alive: %s", keep_alives[i].value);
        CU_ASSERT_EQUAL(timeout, keep_alives[i].timeout);
        CU_ASSERT_EQUAL(max, keep_alives[i].max);
    }
}

static bool is_alike(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static bool is_text(struct slice s, const char *text)
{
    return is_alike(s, slice_of(text, strlen(text)));
}

static void lends_the_slices_of_a_request(void)
{
    const char *text = "\r\nPOST /a?b=c HTTP/1.1\r\nHOST:  shop.example \r\nhost: second\r\n"
                       "User-Agent: probe/1 (x)\r\nServer: not me\r\n\r\nrest";
    struct head head;
    CU_ASSERT_EQUAL(read_at_once(slice_of(text, strlen(text)), REQ, &head), HEAD_COMPLETE);
    CU_ASSERT_TRUE(is_text(head.method, "POST"));
    CU_ASSERT_TRUE(is_text(head.target, "/a?b=c"));
    CU_ASSERT_TRUE(is_text(head.host, "shop.example"));
    CU_ASSERT_TRUE(is_text(head.agent, "probe/1 (x)"));
    CU_ASSERT_TRUE(is_text(head.server, ""));
    CU_ASSERT_EQUAL(head.length, strlen(text) - strlen("rest"));
}

static void lends_the_server_of_a_response(void)
{
    const char *text = "HTTP/1.0 502 Bad Gateway\nServer: nginx\nUser-Agent: no\nHost: no\n\n";
    struct head head;
    CU_ASSERT_EQUAL(read_at_once(slice_of(text, strlen(text)), RES, &head), HEAD_COMPLETE);
    CU_ASSERT_TRUE(is_text(head.server, "nginx"));
    CU_ASSERT_TRUE(is_text(head.agent, ""));
    CU_ASSERT_TRUE(is_text(head.host, ""));
    CU_ASSERT_TRUE(is_text(head.method, ""));
}

static void takes_zero_bytes_in_values_only(void)
{
    static const char in_value[] = GET "A: \0x\r\n\r\n", in_line[] = "GET /\0 HTTP/1.1\r\n\r\n",
                      in_name[] = GET "A\0: x\r\n\r\n";
    struct head head;
    CU_ASSERT_EQUAL(read_at_once(slice_of(in_value, sizeof(in_value) - 1), REQ, &head),
                    HEAD_COMPLETE);
    CU_ASSERT_EQUAL(read_at_once(slice_of(in_line, sizeof(in_line) - 1), REQ, &head), HEAD_BAD);
    CU_ASSERT_EQUAL(read_at_once(slice_of(in_name, sizeof(in_name) - 1), REQ, &head), HEAD_BAD);
}

static void reads_a_huge_field_once(void)
{
    enum { BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    memset(text, 'x', BYTES);
    memcpy(text, GET "Cookie: ", strlen(GET "Cookie: "));
    memcpy(text + BYTES - 23, "\r\nConnection: close\r\n\r\n", 23);
    struct head head;
    size_t scanned = 0;
    for (size_t i = 1; i < BYTES; i++) // in pieces of one byte: fast only when searched once
        CU_ASSERT_EQUAL_FATAL(head_read(slice_of(text, i), REQ, &scanned, &head), HEAD_PARTIAL);
    CU_ASSERT_EQUAL(head_read(slice_of(text, BYTES), REQ, &scanned, &head), HEAD_COMPLETE);
    CU_ASSERT_EQUAL(head.flags, HEAD_CLOSE);
    CU_ASSERT_EQUAL(head.length, BYTES);
    free(text);
}

static const struct {
    const char *text;
    enum head_kind kind;
    bool may, sure;
} beginnings[] = {
    {"", REQ, true, false},
    {"G", REQ, true, false},
    {"GET", REQ, true, false},
    {"GET ", REQ, true, true},
    {"\r", REQ, true, false},
    {"\r\n\r\nGET /", REQ, true, true},
    {"FETCH ", REQ, true, false},
    {"FETCH /x HTTP/1.1\r\n", REQ, true, true},
    {"FETCH /x HTT\r\n", REQ, false, false},
    {"GET /\r\n", REQ, false, false},
    {"\x16\x03", REQ, false, false},
    {"{\"a\":1}", REQ, false, false},
    {"hello\r\n", REQ, false, false},
    {"H", RES, true, false},
    {"HTTP/1", RES, true, false},
    {"HTTP/1.", RES, true, true},
    {"HTTP/2", RES, true, false},
    {"HTTP/1.1 200 OK\r\n", RES, true, true},
    {"HTTP/1.1 nope\r\n", RES, false, false},
    {"220 x", RES, false, false},
};

static void tells_where_a_head_may_begin(void)
{
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        struct slice bytes = exact(beginnings[i].text, strlen(beginnings[i].text));
        bool sure, may = head_may_begin(bytes, beginnings[i].kind, &sure);
        if (may != beginnings[i].may || sure != beginnings[i].sure)
            printf("\n    beginning: %s", beginnings[i].text);
        CU_ASSERT_EQUAL(may, beginnings[i].may);
        CU_ASSERT_EQUAL(sure, beginnings[i].sure);
        free((void *)bytes.at);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("head", NULL, NULL);
    CU_ADD_TEST(suite, reads_start_lines_fields_and_lengths);
    CU_ADD_TEST(suite, reads_keep_alive_parameters);
    CU_ADD_TEST(suite, lends_the_slices_of_a_request);
    CU_ADD_TEST(suite, lends_the_server_of_a_response);
    CU_ADD_TEST(suite, takes_zero_bytes_in_values_only);
    CU_ADD_TEST(suite, reads_a_huge_field_once);
    CU_ADD_TEST(suite, tells_where_a_head_may_begin);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
