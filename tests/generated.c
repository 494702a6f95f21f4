// SPDX-License-Identifier: BSD-2-Clause
// Makes conversations at random: methods, framings, interim responses, a close at some point.
#include "tests/generated.h"

#include <stdio.h>

#define EXCHANGES_MAX 6
#define BODY_MAX      5000

struct maker {
    struct generated *out;
    GRand *random;
    int64_t time;
    uint32_t next[2]; // sequence numbers
    uint16_t ids[2];
};

static void say(struct maker *m, enum side side, uint8_t flags, GString *text)
{
    struct segment segment = {
        .from.port = side == CLIENT ? 40000 : 8080,
        .to.port = side == CLIENT ? 8080 : 40000,
        .time = m->time,
        .frame = m->out->segments->len + 1,
        .seq = m->next[side],
        .ack = flags & TCP_ACK ? m->next[!side] : 0,
        .window = 65535,
        .ip_id = ++m->ids[side],
        .flags = flags,
        .window_shift = WINDOW_SHIFT_NONE,
        .ttl = 64,
    };
    segment.from.address.bytes[15] = side == CLIENT ? 1 : 2;
    segment.to.address.bytes[15] = side == CLIENT ? 2 : 1;
    if (text) {
        segment.payload = slice_of(text->str, text->len);
        segment.payload_length = (uint32_t)text->len;
        g_ptr_array_add(m->out->payloads, text);
    }
    m->next[side] += segment.payload_length + !!(flags & (TCP_SYN | TCP_FIN));
    m->time += g_rand_int_range(m->random, 1, 10) * NANOS_PER_MS;
    g_array_append_val(m->out->segments, segment);
}

static void append_body(GString *text, int length)
{
    for (int i = 0; i < length; i++)
        g_string_append_c(text, "HTTP/1.1 200 OK\r\nGET / \0\xff"[i % 25]);
}

// A body as chunks of random sizes, extensions and trailers.
static void append_chunks(struct maker *m, GString *text, int length)
{
    while (length > 0) {
        int size = g_rand_int_range(m->random, 1, length + 1);
        g_string_append_printf(text, g_rand_boolean(m->random) ? "%x\r\n" : "%X;a=\"b\"\r\n", size);
        append_body(text, size);
        g_string_append(text, "\r\n");
        length -= size;
    }
    g_string_append(text, g_rand_boolean(m->random) ? "0\r\n\r\n" : "0\r\nT: x\r\n\r\n");
}

static const char *const methods[] = {"GET", "HEAD", "POST", "DELETE", "PUT"};

static const char *say_request(struct maker *m)
{
    const char *method = methods[g_rand_int_range(m->random, 0, G_N_ELEMENTS(methods))];
    GString *text = g_string_new("");
    g_string_append_printf(text, "%s /%u HTTP/1.1\r\nHost: h\r\n", method, m->out->requests);
    bool has_body = method[0] == 'P';
    int length = g_rand_int_range(m->random, 0, BODY_MAX);
    if (!has_body) {
        g_string_append(text, "\r\n");
    } else if (g_rand_boolean(m->random)) {
        g_string_append_printf(text, "content-length:%d\r\n\r\n", length);
        append_body(text, length);
    } else {
        g_string_append(text, "Transfer-Encoding: chunked\r\n\r\n");
        append_chunks(m, text, length);
    }
    m->out->requests++;
    say(m, CLIENT, TCP_PSH | TCP_ACK, text);
    return method;
}

static void say_response(struct maker *m, const char *method)
{
    GString *text = g_string_new("");
    int length = g_rand_int_range(m->random, 0, BODY_MAX), kind = g_rand_int_range(m->random, 0, 4);
    bool is_head = strcmp(method, "HEAD") == 0;
    if (g_rand_int_range(m->random, 0, 4) == 0)
        g_string_append(text, "HTTP/1.1 103 Early Hints\r\n\r\n");
    if (kind == 0) {
        g_string_append(text, "HTTP/1.1 304 Not Modified\nContent-Length: 77\n\n");
        length = 0;
    } else if (kind == 1) {
        g_string_append(text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        if (!is_head)
            append_chunks(m, text, length);
    } else {
        g_string_append_printf(text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", length);
        if (!is_head)
            append_body(text, length);
    }
    m->out->complete++;
    m->out->received = is_head ? 0 : length;
    say(m, SERVER, TCP_PSH | TCP_ACK, text);
}

static void say_close(struct maker *m, enum side closer)
{
    m->out->close_by = closer == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    say(m, closer, TCP_FIN | TCP_ACK, NULL);
    say(m, !closer, TCP_FIN | TCP_ACK, NULL);
    say(m, closer, TCP_ACK, NULL);
}

struct generated *generated_new(GRand *random)
{
    struct generated *g = g_new0(struct generated, 1);
    g->segments = g_array_new(FALSE, TRUE, sizeof(struct segment));
    g->payloads = g_ptr_array_new();
    struct maker m = {.out = g, .random = random, .time = CONVERSATION_TIME};
    m.next[CLIENT] = g_rand_int(random);
    m.next[SERVER] = g_rand_int(random);
    say(&m, CLIENT, TCP_SYN, NULL);
    say(&m, SERVER, TCP_SYN | TCP_ACK, NULL);
    say(&m, CLIENT, TCP_ACK, NULL);
    for (int left = g_rand_int_range(random, 1, EXCHANGES_MAX + 1); left > 0; left--) {
        say_response(&m, say_request(&m));
        say(&m, CLIENT, TCP_ACK, NULL);
    }
    g->phase = PHASE_IDLE;
    if (g_rand_boolean(random)) {
        say_request(&m);
        g->phase = PHASE_AWAITING;
    }
    if (g_rand_int_range(random, 0, 4) > 0)
        say_close(&m, g_rand_boolean(random) ? CLIENT : SERVER);
    return g;
}

static void free_text(gpointer text, gpointer unused)
{
    (void)unused;
    g_string_free(text, TRUE);
}

void generated_free(struct generated *generated)
{
    g_array_free(generated->segments, TRUE);
    g_ptr_array_foreach(generated->payloads, free_text, NULL);
    g_ptr_array_free(generated->payloads, TRUE);
    g_free(generated);
}

bool generated_check(const struct generated *g, const struct record *r)
{
    const struct {
        const char *what;
        int64_t wanted, got;
    } rows[] = {
        {"requests", g->requests, r->requests},
        {"responses", g->complete, r->responses},
        {"complete", g->complete, r->responses_complete},
        {"outstanding", g->requests - g->complete, r->outstanding},
        {"received", g->received, r->received},
        {"close by", g->close_by, r->close_by},
        {"phase", g->phase, r->phase},
        {"lost", 0, r->end[CLIENT].lost + r->end[SERVER].lost},
    };
    bool is_right = true;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].wanted != rows[i].got) {
            printf("\n    %s: wanted %lld, got %lld", rows[i].what, (long long)rows[i].wanted,
                   (long long)rows[i].got);
            is_right = false;
        }
    return is_right;
}
