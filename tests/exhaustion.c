// SPDX-License-Identifier: BSD-2-Clause
// Writes a hostile capture: exhaustion SHAPE COUNT > file.pcap. Each shape wears out something that
// has to have a cap: connections, segments out of order, heads, outstanding requests, names.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_order.h"

#define IPV4        20
#define TCP         20
#define HEADERS     (IPV4 + TCP)
#define RAW_IP      101
#define NAME_BYTES  8192
#define LARGE       65000 // payload of a segment of which only the headers are captured
#define HALF_HEAD   60000
#define PARKED_STEP 1400

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

// One side of one connection; the other side's numbers are in `peer`.
struct end {
    uint32_t address, seq;
    uint16_t port;
    struct end *peer;
};

struct writer {
    FILE *out;
    uint64_t microseconds;
    uint64_t count;
};

// A segment of `length` bytes, of which `captured` are there; changes nothing of its end.
static void emit(struct writer *writer, const struct end *from, unsigned flags, const void *payload,
                 uint32_t captured, uint32_t length)
{
    uint8_t headers[HEADERS] = {0x45, [8] = 64, 6};
    uint64_t second = 1700000000 + writer->microseconds / 1000000;
    const uint32_t record[4] = {(uint32_t)second, (uint32_t)(writer->microseconds % 1000000),
                                HEADERS + captured, HEADERS + length};
    put16(headers + 2, HEADERS + length);
    put16(headers + 4, (uint32_t)writer->microseconds);
    put32(headers + 12, from->address);
    put32(headers + 16, from->peer->address);
    put16(headers + 20, from->port);
    put16(headers + 22, from->peer->port);
    put32(headers + 24, from->seq);
    put32(headers + 28, flags & ACK ? from->peer->seq : 0);
    headers[32] = TCP / 4 << 4;
    headers[33] = (uint8_t)flags;
    put16(headers + 34, 65535);
    fwrite(record, sizeof record, 1, writer->out);
    fwrite(headers, sizeof headers, 1, writer->out);
    fwrite(payload, 1, captured, writer->out);
    writer->microseconds += 3;
}

static void say(struct writer *writer, struct end *from, const void *bytes, uint32_t length)
{
    emit(writer, from, PSH | ACK, bytes, length, length);
    from->seq += length;
}

static void say_text(struct writer *writer, struct end *from, const char *text)
{
    say(writer, from, text, (uint32_t)strlen(text));
}

static void open_connection(struct writer *writer, struct end ends[2], uint64_t number)
{
    ends[0] = (struct end){(uint32_t)(0x0a000000 + number / 50000), 0xffffff00,
                           (uint16_t)(10000 + number % 50000), &ends[1]};
    ends[1] = (struct end){0xc0a80001, 1000, 80, &ends[0]};
    emit(writer, &ends[0], SYN, NULL, 0, 0);
    ends[0].seq++;
    emit(writer, &ends[1], SYN | ACK, NULL, 0, 0);
    ends[1].seq++;
    emit(writer, &ends[0], ACK, NULL, 0, 0);
}

static void write_syns(struct writer *writer)
{
    struct end server = {0xc0a80001, 0, 80, NULL};
    for (uint64_t i = 0; i < writer->count; i++) {
        struct end client = {(uint32_t)(0x0a000000 + i / 50000), (uint32_t)i,
                             (uint16_t)(10000 + i % 50000), &server};
        emit(writer, &client, SYN, NULL, 0, 0);
    }
}

// Each between two hosts of its own.
static void write_hosts(struct writer *writer)
{
    for (uint64_t i = 0; i < writer->count; i++) {
        struct end server = {(uint32_t)(0xf0000000 - i), 0, 80, NULL};
        struct end client = {(uint32_t)(0x0a000000 + i), (uint32_t)i, 50000, &server};
        emit(writer, &client, SYN, NULL, 0, 0);
    }
}

static void write_tuple(struct writer *writer, uint32_t address, uint32_t client, uint32_t server)
{
    struct end to = {0xc0a80001, 0, (uint16_t)server, NULL};
    struct end from = {address, 1, (uint16_t)client, &to};
    emit(writer, &from, SYN, NULL, 0, 0);
}

// Tuples as they come: what the next ones are compared with.
static void write_tuples(struct writer *writer)
{
    uint64_t random = 88172645463325252u;
    for (uint64_t i = 0; i < writer->count; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        write_tuple(writer, (uint32_t)(random >> 32), (uint32_t)random & 0xffff, 80);
    }
}

// Tuples that differ in a few bits only, not the lowest ones.
static void write_tuples_few_bits(struct writer *writer)
{
    for (uint64_t i = 0; i < writer->count; i++)
        write_tuple(writer, 0x0a000000 ^ (uint32_t)(i & 0xfff) << 12,
                    (uint32_t)(i >> 12 & 0xfff) << 4, 80);
}

// Tuples of two hosts: those fall together when the keys of the table's hash are 0.
static void write_tuples_one_slot(struct writer *writer)
{
    for (uint64_t i = 0; i < writer->count; i++)
        write_tuple(writer, 0x0a000001, (uint32_t)i & 0xffff, (uint32_t)(i >> 16) + 1);
}

// Where the i-th of the tiny segments lies.
static uint64_t in_order(uint64_t i, uint64_t count)
{
    (void)count;
    return i;
}

static uint64_t reversed(uint64_t i, uint64_t count)
{
    return count - 1 - i;
}

static uint64_t shuffled(uint64_t i, uint64_t count)
{
    return i * UINT64_C(2654435761) % count; // a prime: all of them once
}

// Behind a byte that never comes, `count` segments of two bytes.
static void write_behind_hole(struct writer *writer, uint64_t (*place)(uint64_t, uint64_t))
{
    struct end ends[2];
    open_connection(writer, ends, 0);
    uint32_t first = ends[0].seq + 1;
    for (uint64_t i = 0; i < writer->count; i++) {
        ends[0].seq = first + (uint32_t)(place(i, writer->count) * 2);
        emit(writer, &ends[0], PSH | ACK, "ab", 2, 2);
    }
}

static void write_sequential(struct writer *writer)
{
    write_behind_hole(writer, in_order);
}

static void write_reversed(struct writer *writer)
{
    write_behind_hole(writer, reversed);
}

static void write_random(struct writer *writer)
{
    write_behind_hole(writer, shuffled);
}

// What one side begins with, and then says for ever.
static void write_endless(struct writer *writer, unsigned side, const char *first,
                          const char *again)
{
    struct end ends[2];
    open_connection(writer, ends, 0);
    if (side == 1)
        say_text(writer, &ends[0], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    say_text(writer, &ends[side], first);
    for (uint64_t i = 0; i < writer->count; i++)
        say_text(writer, &ends[side], again);
}

static void write_head(struct writer *writer)
{
    write_endless(writer, 0, "GET / HTTP/1.1\r\n", "a:b\r\n");
}

static void write_line(struct writer *writer)
{
    write_endless(writer, 0, "GET /", "a");
}

static void write_interim(struct writer *writer)
{
    const char *interim = "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n";
    write_endless(writer, 1, interim, interim);
}

static void write_extensions(struct writer *writer)
{
    write_endless(writer, 1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5", ";a=b");
}

static void write_trailers(struct writer *writer)
{
    write_endless(writer, 1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                  "a:b\r\n");
}

static void write_chunks(struct writer *writer)
{
    write_endless(writer, 1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n");
}

static void write_pipelined(struct writer *writer)
{
    const char *request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    write_endless(writer, 0, request, request);
}

// A body of which only the headers are captured: the sequence space is gone through many times.
static void write_wraps(struct writer *writer)
{
    struct end ends[2];
    open_connection(writer, ends, 0);
    say_text(writer, &ends[0], "GET / HTTP/1.1\r\n\r\n");
    say_text(writer, &ends[1], "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000\r\n\r\n");
    for (uint64_t i = 0; i < writer->count; i++) {
        emit(writer, &ends[1], PSH | ACK, NULL, 0, LARGE);
        ends[1].seq += LARGE;
        if (i % 8 == 0)
            emit(writer, &ends[0], ACK, NULL, 0, 0);
    }
}

// Connections whose target, host and agent are long and like no other.
static void write_names(struct writer *writer)
{
    static char target[NAME_BYTES + 1], request[4 * NAME_BYTES];
    memset(target, 'x', NAME_BYTES);
    for (uint64_t i = 0; i < writer->count; i++) {
        struct end ends[2];
        open_connection(writer, ends, i);
        int length =
            snprintf(request, sizeof request,
                     "GET /%llu%s HTTP/1.1\r\nHost: h%llu%s\r\nUser-Agent: a%llu%s\r\n\r\n",
                     (unsigned long long)i, target, (unsigned long long)i, target,
                     (unsigned long long)i, target);
        say(writer, &ends[0], request, (uint32_t)length);
        say_text(writer, &ends[1], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        emit(writer, &ends[1], FIN | ACK, NULL, 0, 0);
        ends[1].seq++;
        emit(writer, &ends[0], FIN | ACK, NULL, 0, 0);
    }
}

// Connections with most of a head, and no more.
static void write_half_heads(struct writer *writer)
{
    static char head[HALF_HEAD];
    memset(head, 'x', sizeof head);
    memcpy(head, "GET /", 5);
    for (uint64_t i = 0; i < writer->count; i++) {
        struct end ends[2];
        open_connection(writer, ends, i);
        say(writer, &ends[0], head, sizeof head);
    }
}

// Connections with bytes behind a hole.
static void write_parked(struct writer *writer)
{
    static const char bytes[PARKED_STEP];
    for (uint64_t i = 0; i < writer->count; i++) {
        struct end ends[2];
        open_connection(writer, ends, i);
        for (unsigned side = 0; side < 2; side++) {
            ends[side].seq++;
            say(writer, &ends[side], bytes, PARKED_STEP);
        }
    }
}

static const struct shape {
    const char *name;
    void (*write)(struct writer *writer);
} shapes[] = {
    {"syns", write_syns},
    {"hosts", write_hosts},
    {"sequential", write_sequential},
    {"reversed", write_reversed},
    {"random", write_random},
    {"head", write_head},
    {"line", write_line},
    {"interim", write_interim},
    {"extensions", write_extensions},
    {"trailers", write_trailers},
    {"chunks", write_chunks},
    {"pipelined", write_pipelined},
    {"wraps", write_wraps},
    {"names", write_names},
    {"half-heads", write_half_heads},
    {"parked", write_parked},
    {"tuples", write_tuples},
    {"few-bits", write_tuples_few_bits},
    {"one-slot", write_tuples_one_slot},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

int main(int argc, char **argv)
{
    const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, RAW_IP};
    struct writer writer = {.out = stdout};
    const struct shape *shape = NULL;
    for (size_t i = 0; argc == 3 && i < SHAPES; i++)
        if (strcmp(argv[1], shapes[i].name) == 0)
            shape = &shapes[i];
    writer.count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (!shape || writer.count == 0) {
        fputs("usage: exhaustion SHAPE COUNT > file.pcap\nshapes:", stderr);
        for (size_t i = 0; i < SHAPES; i++)
            fprintf(stderr, " %s", shapes[i].name);
        fputc('\n', stderr);
        return 2;
    }
    fwrite(header, sizeof header, 1, writer.out);
    shape->write(&writer);
    return fflush(stdout) || ferror(stdout);
}
