// SPDX-License-Identifier: BSD-2-Clause
// Writes a deterministic capture of one shape, for `make bench`: generate SHAPE SCALE > file.pcap
// How many connections and packets goes to standard error. Each connection is a small program that
// is stepped in turn, so that many are open at once.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../network_order.h"

#define MTU_PAYLOAD 1448
#define ETHERNET    14
#define IPV4        20
#define TCP         32 // with timestamps
#define HEADERS     (ETHERNET + IPV4 + TCP)

struct shape {
    const char *name;
    uint32_t connections, concurrent;                                 // at scale 1
    uint32_t requests;                                                // per connection
    uint32_t body_least, body_most;                                   // bytes of a response
    uint32_t repeated_per_mille, swapped_per_mille, missed_per_mille; // of segments with data
    int never_closes;
};

// Sizes for at least 500 MB at scale 1.
static const struct shape shapes[] = {
    {"keepalive", 2500, 1000, 130, 200, 2000, 0, 0, 0, 0},
    {"oneshot", 285000, 2000, 1, 200, 1500, 0, 0, 0, 0},
    {"idle", 1000000, 20000, 1, 100, 100, 0, 0, 0, 1},
    {"bodies", 2000, 500, 4, 20000, 100000, 0, 0, 0, 0},
    {"lossy", 21000, 1000, 5, 200, 8000, 20, 50, 2, 0},
    {"mixed", 25000, 1000, 5, 200, 8000, 1, 2, 0, 0},
};

enum step { OPEN, ACCEPT, CONFIRM, ASK, ANSWER, ACKNOWLEDGE, FINISH, FINISHED, DONE, STEPS };

struct connection {
    uint32_t number, client_seq, server_seq, left, requests;
    uint16_t ip_id[2];
    uint8_t step;
};

struct writer {
    FILE *out;
    uint64_t microseconds, random;
    uint8_t held[65536]; // a frame that will be written after its follower
    size_t held_length;
    const struct shape *shape;
    uint64_t packets;
};

static uint32_t draw(struct writer *writer, uint32_t below)
{
    writer->random = writer->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((writer->random >> 33) % below);
}

static void emit(struct writer *writer, const uint8_t *frame, size_t length)
{
    uint32_t header[4] = {(uint32_t)(writer->microseconds / 1000000),
                          (uint32_t)(writer->microseconds % 1000000), (uint32_t)length,
                          (uint32_t)length};
    fwrite(header, sizeof header, 1, writer->out);
    fwrite(frame, length, 1, writer->out);
    writer->microseconds += 3;
    writer->packets++;
}

// Writes a frame; or repeats it, as a retransmission (another IP id); or lets the next one overtake
// it; or misses it.
static void send_frame(struct writer *writer, uint8_t *frame, size_t length, int has_payload)
{
    if (has_payload && draw(writer, 1000) < writer->shape->repeated_per_mille) {
        emit(writer, frame, length);
        frame[ETHERNET + 4] ^= 0x80;
    }
    if (has_payload && draw(writer, 1000) < writer->shape->missed_per_mille)
        return;
    if (has_payload && !writer->held_length &&
        draw(writer, 1000) < writer->shape->swapped_per_mille) {
        memcpy(writer->held, frame, length);
        writer->held_length = length;
        return;
    }
    emit(writer, frame, length);
    if (writer->held_length) {
        size_t held = writer->held_length;
        writer->held_length = 0;
        emit(writer, writer->held, held);
    }
}

static void segment(struct writer *writer, struct connection *c, int from_server, uint8_t flags,
                    const uint8_t *payload, uint32_t length)
{
    static uint8_t frame[HEADERS + MTU_PAYLOAD];
    uint8_t *ip = frame + ETHERNET, *tcp = ip + IPV4;
    uint32_t client = 0x0a000000 | (c->number / 28000 + 1),
             server = 0x0a640000 | (c->number % 4 + 1);
    uint32_t client_port = 32768 + c->number % 28000;
    memset(frame, 0, HEADERS);
    put16(frame + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, IPV4 + TCP + length);
    put16(ip + 4, c->ip_id[from_server]++);
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, from_server ? server : client);
    put32(ip + 16, from_server ? client : server);
    put16(tcp, from_server ? 8080 : client_port);
    put16(tcp + 2, from_server ? client_port : 8080);
    put32(tcp + 4, from_server ? c->server_seq : c->client_seq);
    put32(tcp + 8, flags == 2 ? 0 : from_server ? c->client_seq : c->server_seq);
    tcp[12] = (TCP / 4) << 4;
    tcp[13] = flags;
    put16(tcp + 14, 64000);
    memcpy(tcp + 20, "\1\1\10\12", 4);
    put32(tcp + 24, (uint32_t)(writer->microseconds / 1000));
    if (length)
        memcpy(tcp + TCP, payload, length);
    *(from_server ? &c->server_seq : &c->client_seq) += length + ((flags & 3) != 0);
    send_frame(writer, frame, HEADERS + length, length > 0);
}

static void ask(struct writer *writer, struct connection *c)
{
    char text[256];
    int length = snprintf(text, sizeof text,
                          "GET /api/v1/items/%u?page=%u HTTP/1.1\r\nHost: shop.example\r\n"
                          "User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n\r\n",
                          c->number % 5000, c->requests);
    segment(writer, c, 0, 0x18, (const uint8_t *)text, (uint32_t)length);
    const struct shape *shape = writer->shape;
    c->left = shape->body_least + draw(writer, shape->body_most - shape->body_least + 1);
}

static void answer(struct writer *writer, struct connection *c)
{
    static uint8_t body[MTU_PAYLOAD];
    int head = snprintf((char *)body, sizeof body,
                        "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: "
                        "application/json\r\nContent-Length: %u\r\n\r\n",
                        c->left);
    uint32_t at = (uint32_t)head, left = c->left + at;
    while (left > 0) {
        uint32_t length = left < MTU_PAYLOAD ? left : MTU_PAYLOAD;
        memset(body + at, 'x', MTU_PAYLOAD - at);
        segment(writer, c, 1, 0x18, body, length);
        left -= length;
        at = 0;
    }
}

static void step(struct writer *writer, struct connection *c)
{
    switch (c->step++) {
    case OPEN:
        segment(writer, c, 0, 0x02, NULL, 0);
        break;
    case ACCEPT:
        segment(writer, c, 1, 0x12, NULL, 0);
        break;
    case CONFIRM:
        segment(writer, c, 0, 0x10, NULL, 0);
        break;
    case ASK:
        ask(writer, c);
        break;
    case ANSWER:
        answer(writer, c);
        break;
    case ACKNOWLEDGE:
        segment(writer, c, 0, 0x10, NULL, 0);
        if (++c->requests < writer->shape->requests)
            c->step = ASK;
        else if (writer->shape->never_closes)
            c->step = DONE;
        break;
    case FINISH:
        segment(writer, c, 0, 0x11, NULL, 0);
        segment(writer, c, 1, 0x11, NULL, 0);
        break;
    case FINISHED:
        segment(writer, c, 0, 0x10, NULL, 0);
        break;
    }
}

static struct connection fresh(struct writer *writer, uint32_t number)
{
    return (struct connection){.number = number,
                               .client_seq = draw(writer, UINT32_MAX),
                               .server_seq = draw(writer, UINT32_MAX),
                               .ip_id = {(uint16_t)number, (uint16_t)(number * 7)}};
}

static void generate(struct writer *writer, uint32_t connections)
{
    uint32_t concurrent =
        writer->shape->concurrent < connections ? writer->shape->concurrent : connections;
    struct connection *open = calloc(concurrent, sizeof *open);
    uint32_t started = 0, live = concurrent;
    if (!open)
        exit(1);
    while (started < concurrent) {
        open[started] = fresh(writer, started);
        started++;
    }
    while (live > 0) {
        for (uint32_t i = 0; i < live; i++) {
            step(writer, &open[i]);
            if (open[i].step < DONE)
                continue;
            if (started < connections)
                open[i] = fresh(writer, started++);
            else
                open[i--] = open[--live];
        }
    }
    free(open);
}

int main(int argc, char **argv)
{
    static struct writer writer = {.random = 1, .microseconds = UINT64_C(1700000000000000)};
    static const uint32_t header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    double scale = argc > 2 ? atof(argv[2]) : 1;
    for (size_t i = 0; argc > 1 && i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].name, argv[1]) == 0)
            writer.shape = &shapes[i];
    }
    if (!writer.shape || !(scale > 0 && scale <= 100)) {
        fputs("usage: generate keepalive|oneshot|idle|bodies|lossy|mixed [SCALE] > FILE\n", stderr);
        return 2;
    }
    writer.out = stdout;
    fwrite(header, sizeof header, 1, stdout);
    uint32_t connections = (uint32_t)(writer.shape->connections * scale) + 1;
    generate(&writer, connections);
    fprintf(stderr, "%u %llu\n", connections, (unsigned long long)writer.packets);
    return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
