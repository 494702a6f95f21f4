// SPDX-License-Identifier: BSD-2-Clause
// Obeys orders: each becomes the next segments of one of a few connections.
#include "orders.h"

#include "engine/facts.h"

#define BODY_MOST 70000 // a segment put together by a network card is larger than 64 KiB
#define TUPLES    4
#define BEGIN     (INT64_C(1700000000) * NANOS_PER_SECOND)
#define TIME_MOST (INT64_C(1) << 62) // of any capture

enum order {
    ORDER_HANDSHAKE, // an initial sequence number byte: SYN, SYN-ACK, ACK
    ORDER_SYN,
    ORDER_ACK,
    ORDER_FIN,
    ORDER_RST,
    ORDER_RST_ACK,
    ORDER_PROBE,
    ORDER_WINDOW,   // size (2)
    ORDER_AGAIN,    // the side's last data
    ORDER_TWICE,    // the last segment, captured twice
    ORDER_LOSE,     // bytes (2): sent, but not captured
    ORDER_REWIND,   // bytes (2): the next data begin earlier
    ORDER_BODY,     // bytes (2)
    ORDER_CUT,      // bytes (2), of which none were captured
    ORDER_TEXT,     // length (1), bytes
    ORDER_LAST,     // length (1), bytes, FIN
    ORDER_WAIT,     // binary logarithm of nanoseconds (1), the highest bit: backwards
    ORDER_ANY,      // flags (1), seq (4), ack (4), window (2), length (1), bytes
    ORDER_AHEAD,    // 1 GiB of sequence space is passed over
    ORDER_CROSSING, // the next segment of this side acknowledges nothing new
    ORDER_WORDS     // and all beyond: entry (1) of the dictionary
};

static const char *const words[] = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /b HTTP/1.0\r\nConnection: keep-alive\r\nUser-Agent: curl/7\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n",
    "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 40000\r\n\r\n",
    "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nServer: a\r\nKeep-Alive: timeout=5, max=2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
    "0123456789",
    "a\r\n0123456789\r\n",
    "5;extension=\"",
    "0\r\n",
    "0\r\n\r\n",
    "\r\n",
    "Trailer: a\r\n",
    "ffffffffffffffff\r\n",
    "GET / HTTP/1.1\r\n",
    "Host: a\r\n",
    "\x16\x03\x01\x02",
    "\x15\x03\x03\x00\x02\x01\x00",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.1 ",
    "SSH-2.0-a\r\n",
    "\n",
};

struct script {
    struct slice rest;
    struct orders orders;
    struct {
        uint32_t next[2], acked[2];
        struct segment data[2]; // the last of each side
        bool is_crossing[2];
    } tuple[TUPLES];
    int64_t now;
    int64_t clock; // the latest time so far
};

static uint32_t take_number(struct script *script, size_t bytes)
{
    uint32_t number = 0;
    for (size_t i = 0; i < bytes && i < script->rest.length; i++)
        number = number << 8 | script->rest.at[i];
    script->rest = slice_from(script->rest, bytes);
    return number;
}

static struct slice take_text(struct script *script)
{
    size_t length = take_number(script, 1);
    struct slice text = slice_first(script->rest, length);
    script->rest = slice_from(script->rest, length);
    return text;
}

static struct endpoint endpoint_of(unsigned tuple, enum side side)
{
    struct endpoint end = {.port = side == SERVER ? 80 : 50000};
    end.address.bytes[10] = end.address.bytes[11] = 0xff;
    end.address.bytes[12] = 10;
    end.address.bytes[15] = (uint8_t)(side == SERVER ? 200 : tuple / 2);
    if (side == CLIENT)
        end.port = (uint16_t)(end.port + tuple);
    return end;
}

// The next segment of a side as a kernel would send it, without payload.
static struct segment next_segment(struct script *script, unsigned tuple, enum side side)
{
    if (!script->tuple[tuple].is_crossing[side])
        script->tuple[tuple].acked[side] = script->tuple[tuple].next[!side];
    script->tuple[tuple].is_crossing[side] = false;
    return (struct segment){.from = endpoint_of(tuple, side),
                            .to = endpoint_of(tuple, !side),
                            .seq = script->tuple[tuple].next[side],
                            .ack = script->tuple[tuple].acked[side],
                            .window = 65535,
                            .window_shift = WINDOW_SHIFT_NONE,
                            .flags = TCP_ACK,
                            .ttl = 64};
}

static void send(struct script *script, const struct segment *segment)
{
    struct segment sent = *segment;
    if (sent.payload.length > 0) {
        uint8_t *exact = g_memdup2(sent.payload.at, sent.payload.length);
        g_ptr_array_add(script->orders.payloads, exact);
        sent.payload.at = exact;
    }
    script->now = CLAMP(script->now + NANOS_PER_MS, 0, TIME_MOST);
    sent.time = script->now;
    sent.clock = script->clock = MAX(script->clock, sent.time);
    sent.frame = script->orders.segments->len + 1;
    sent.ip_id = (uint16_t)sent.frame;
    g_array_append_val(script->orders.segments, sent);
}

static void send_data(struct script *script, unsigned tuple, enum side side, struct slice payload,
                      uint32_t length)
{
    struct segment segment = next_segment(script, tuple, side);
    segment.payload = payload;
    segment.payload_length = length;
    segment.flags |= TCP_PSH;
    script->tuple[tuple].next[side] += length;
    script->tuple[tuple].data[side] = segment;
    send(script, &segment);
}

static void send_flags(struct script *script, unsigned tuple, enum side side, unsigned flags)
{
    struct segment segment = next_segment(script, tuple, side);
    segment.flags = (uint8_t)flags;
    segment.window_shift = flags & TCP_SYN ? 7 : WINDOW_SHIFT_NONE;
    script->tuple[tuple].next[side] += !!(flags & (TCP_SYN | TCP_FIN));
    send(script, &segment);
}

static void send_handshake(struct script *script, unsigned tuple, enum side side)
{
    // The lowest values wrap soon.
    uint32_t isn = (take_number(script, 1) << 20) - 300;
    script->tuple[tuple].next[side] = isn;
    script->tuple[tuple].next[!side] = isn * 7;
    send_flags(script, tuple, side, TCP_SYN);
    send_flags(script, tuple, !side, TCP_SYN | TCP_ACK);
    send_flags(script, tuple, side, TCP_ACK);
}

static void send_any(struct script *script, unsigned tuple, enum side side)
{
    struct segment segment = next_segment(script, tuple, side);
    segment.flags = take_number(script, 1) & 0x3f;
    segment.seq += take_number(script, 4);
    segment.ack += take_number(script, 4);
    segment.window = (uint16_t)take_number(script, 2);
    segment.has_sack = segment.window & 1;
    segment.payload = take_text(script);
    segment.payload_length = (uint32_t)segment.payload.length;
    send(script, &segment);
}

static void wait(struct script *script)
{
    uint32_t wanted = take_number(script, 1);
    int64_t step = INT64_C(1) << (wanted & 63) % 62;
    script->now = CLAMP(script->now + (wanted & 0x80 ? -step : step), 0, TIME_MOST);
}

static void send_again(struct script *script, const struct segment *segment)
{
    if (segment->flags)
        send(script, segment);
}

static void send_twice(struct script *script)
{
    if (script->orders.segments->len == 0)
        return;
    struct segment again =
        g_array_index(script->orders.segments, struct segment, script->orders.segments->len - 1);
    again.time += 1000;
    again.clock = script->clock = MAX(script->clock, again.time);
    again.frame++;
    g_array_append_val(script->orders.segments, again);
}

// Orders about data.
static void obey_data(struct script *script, unsigned order, unsigned tuple, enum side side)
{
    static const uint8_t body[BODY_MOST];
    struct slice text;
    uint32_t count;
    switch (order) {
    case ORDER_BODY:
        count = take_number(script, 2);
        count = MIN(count * 2, BODY_MOST);
        send_data(script, tuple, side, slice_of(body, count), count);
        break;
    case ORDER_CUT:
        send_data(script, tuple, side, slice_of(NULL, 0), take_number(script, 2));
        break;
    case ORDER_TEXT:
    case ORDER_LAST:
        text = take_text(script);
        send_data(script, tuple, side, text, (uint32_t)text.length);
        if (order == ORDER_LAST)
            send_flags(script, tuple, side, TCP_FIN | TCP_ACK);
        break;
    case ORDER_ANY:
        send_any(script, tuple, side);
        break;
    default:
        text.at = (const uint8_t *)words[take_number(script, 1) % G_N_ELEMENTS(words)];
        text.length = strlen((const char *)text.at);
        send_data(script, tuple, side, text, (uint32_t)text.length);
    }
}

// Orders that only change what comes next.
static bool obey_silently(struct script *script, unsigned order, unsigned tuple, enum side side)
{
    uint32_t *next = &script->tuple[tuple].next[side];
    switch (order) {
    case ORDER_LOSE:
        *next += take_number(script, 2);
        return true;
    case ORDER_REWIND:
        *next -= take_number(script, 2);
        return true;
    case ORDER_AHEAD:
        *next += UINT32_C(1) << 30;
        return true;
    case ORDER_CROSSING:
        script->tuple[tuple].is_crossing[side] = true;
        return true;
    case ORDER_WAIT:
        wait(script);
        return true;
    default:
        return false;
    }
}

static void obey(struct script *script)
{
    static const uint8_t flags[] = {[ORDER_SYN] = TCP_SYN,
                                    [ORDER_ACK] = TCP_ACK,
                                    [ORDER_FIN] = TCP_FIN | TCP_ACK,
                                    [ORDER_RST] = TCP_RST,
                                    [ORDER_RST_ACK] = TCP_RST | TCP_ACK};
    uint32_t byte = take_number(script, 1);
    unsigned tuple = byte % TUPLES, order = byte >> 3;
    enum side side = byte >> 2 & 1 ? SERVER : CLIENT;
    struct segment segment;
    if (obey_silently(script, order, tuple, side))
        return;
    if (order == ORDER_HANDSHAKE) {
        send_handshake(script, tuple, side);
    } else if (order < G_N_ELEMENTS(flags)) {
        send_flags(script, tuple, side, flags[order]);
    } else if (order == ORDER_PROBE || order == ORDER_WINDOW) {
        segment = next_segment(script, tuple, side);
        segment.seq -= order == ORDER_PROBE;
        segment.window = order == ORDER_WINDOW ? (uint16_t)take_number(script, 2) : 512;
        send(script, &segment);
    } else if (order == ORDER_AGAIN) {
        send_again(script, &script->tuple[tuple].data[side]);
    } else if (order == ORDER_TWICE) {
        send_twice(script);
    } else {
        obey_data(script, order, tuple, side);
    }
}

struct orders orders_obey(struct slice bytes)
{
    struct script script = {.rest = bytes, .now = BEGIN};
    script.orders.segments = g_array_new(FALSE, FALSE, sizeof(struct segment));
    script.orders.payloads = g_ptr_array_new_with_free_func(g_free);
    while (script.rest.length > 0 && script.orders.segments->len < ORDERS_SEGMENTS_MOST)
        obey(&script);
    script.orders.last = script.now;
    return script.orders;
}

void orders_clear(struct orders *orders)
{
    g_array_free(orders->segments, TRUE);
    g_ptr_array_free(orders->payloads, TRUE);
}
