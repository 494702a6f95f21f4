// SPDX-License-Identifier: BSD-2-Clause
// One connection while it is followed. The engine's own: nobody outside engine/ includes it.
//
// Theory of operation. A flow holds what an idle connection needs, and its record. What only an
// active one needs (a head in pieces, parked segments, outstanding requests) is `work`, made when
// bytes arrive and given back when both sides rest; what only a closed one needs is `closing`.
//
// Positions are 64-bit stream offsets, FIRST_BYTE being the byte after the SYN: sequence numbers
// are unwrapped at one line (stream_position). Bytes reach the reader in order and once, and only
// after the bytes of the other side that their segment acknowledges: capture order decides nothing.
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "base/names.h"
#include "engine/record.h"

#define FIRST_BYTE (UINT64_C(1) << 32)

enum flow_flag {
    FLOW_BASE = 1 << 0,         // << side: stream[side].base is known
    FLOW_ACKED = 1 << 2,        // << side: stream[side].acked is known
    FLOW_FIN = 1 << 4,          // << side: its FIN was seen
    FLOW_TENTATIVE = 1 << 6,    // who is the client was guessed from the ports
    FLOW_ENDED = 1 << 7,        // RST, or FINs of both sides
    FLOW_LOSSY = 1 << 8,        // bytes of the present exchange are missing
    FLOW_WINDOW = 1 << 9,       // << side: stream[side].window is known
    FLOW_LAST_EMPTY = 1 << 11,  // the last complete response had no body
    FLOW_DONE = 1 << 12,        // << side: the message that began last is complete
    FLOW_FIN_SKIPPED = 1 << 14, // << side: a FIN that was not captured was skipped
};

enum reader_state {
    READ_START,       // a message begins here
    READ_HEAD,        // part of a head is buffered
    READ_LENGTH,      // `remaining` body bytes
    READ_CHUNK_SIZE,  // in a chunk-size line
    READ_CHUNK_DATA,  // `remaining` chunk bytes and their CRLF
    READ_TRAILER,     // in the trailer section
    READ_UNTIL_CLOSE, // the body ends with the connection
    READ_SILENT,      // tunnel or another protocol: bytes are only counted
    READ_LOST         // waiting for a segment that starts a head
};

struct stream {
    uint64_t next;   // position of the next byte in order
    uint32_t base;   // sequence number of FIRST_BYTE
    uint32_t ahead;  // highest position seen, minus next
    uint32_t acked;  // the peer's highest acknowledgement number
    uint32_t window; // bytes, as this side last advertised
};

struct parked {
    uint64_t at;
    struct moment moment;
    uint32_t length, captured; // in sequence space; bytes held
    uint32_t ack;
    bool is_counted_only; // its bytes were captured, but nobody needs them
    uint8_t bytes[];
};

struct reader {
    uint64_t remaining; // body or chunk bytes; the chunk size while it is read
    uint8_t *held;      // a head in pieces
    uint32_t held_length, held_capacity;
    size_t scanned;    // bytes of it searched for its end; of a chunk or trailer line: its length
    uint32_t digits;   // of the chunk size
    bool in_extension; // behind the chunk size
    bool is_late;      // the message began beyond the closer's view
};

enum pending_kind { PENDING_OTHER, PENDING_HEAD, PENDING_CONNECT };

struct pending {
    int64_t begin;
    uint8_t kind;
    bool is_idempotent;
};

#define PENDING_INLINE 4

struct work {
    struct reader reader[2];
    GTree *parked[2]; // struct parked by position; NULL when none
    uint32_t parked_bytes[2];
    int64_t hole_since[2];    // acknowledged bytes are missing since; NANOS_UNKNOWN
    int64_t unacked_since[2]; // data waits for an acknowledgement since; NANOS_UNKNOWN
    int64_t zero_since[2];    // this side's window is zero since; NANOS_UNKNOWN
    struct pending first_pending[PENDING_INLINE], *pending; // ring of outstanding requests
    uint32_t pending_first, pending_count, pending_capacity;
    uint64_t request_body_at; // position behind the last request's head
    uint32_t request_ack; // acknowledgement number on the last request's first byte
};

struct closing {
    uint64_t cut[2]; // the closer's view: positions below it were sent or acknowledged
    uint64_t end[2]; // where the last message in view ends, once it is complete
    uint64_t fin[2]; // position of each FIN
    uint32_t late_requests, late_complete; // counted in the record, but beyond the view
    bool is_known;                         // there was a first close
};

struct flow {
    struct stream stream[2];
    uint64_t request_at, response_at, body_at; // of the last messages; body_at 0: head incomplete
    int64_t acked_time; // when the server's bytes were last acknowledged anew
    struct work *work;
    struct closing *closing;
    uint32_t client_rtt_us; // from the capture to the client and back; before ESTABLISHED: server's
    uint32_t flags;         // enum flow_flag
    uint8_t reader[2];      // enum reader_state
    uint8_t window_shift[2];
    int16_t unseen; // requests presumed answered, less responses to requests never seen
    struct record record;
};
_Static_assert(sizeof(struct flow) + 16 <= 512, "an idle connection costs at most 512 bytes");

// What every part of the engine shares while it works on a segment.
struct context {
    struct limits limits;
    struct names *names;
    const uint16_t *http_ports; // ends with 0; may be NULL
    uint64_t held_bytes;        // parked and half heads of all flows
    GArray *exchanges;          // struct exchange
    uint64_t exchanges_dropped;
};

static inline bool flow_is(const struct flow *flow, unsigned flag)
{
    return flow->flags & flag;
}

static inline void flow_note(struct flow *flow, enum fact fact)
{
    flow->record.facts |= UINT64_C(1) << fact;
}

static inline void flow_set_fact(struct flow *flow, enum fact fact, bool holds)
{
    uint64_t bit = UINT64_C(1) << fact;
    flow->record.facts = holds ? flow->record.facts | bit : flow->record.facts & ~bit;
}

struct work *flow_work(struct flow *flow);       // made when there is none
struct closing *flow_closing(struct flow *flow); // made when there is none
void flow_release_work(struct context *context, struct flow *flow);
void flow_clear(struct context *context, struct flow *flow);
