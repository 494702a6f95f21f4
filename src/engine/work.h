// SPDX-License-Identifier: BSD-2-Clause
// What only an active flow needs (work) and what only a closed one needs (closing).
#pragma once

#include <glib.h>

#include "engine/parked.h"

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

struct reader {
    uint64_t remaining; // body or chunk bytes; the chunk size while it is read
    uint8_t *held;      // a head in pieces
    uint32_t held_length, held_capacity;
    size_t scanned;    // bytes of it searched for its end; of a chunk or trailer line: its length
    uint32_t digits;   // of the chunk size
    bool in_extension; // behind the chunk size
    bool is_late;      // the message began beyond the closer's view
};

enum pending_kind { PENDING_OTHER, PENDING_HEAD, PENDING_CONNECT, PENDING_UPGRADE };

struct pending {
    int64_t begin;
    uint8_t kind;
    bool is_idempotent;
};

#define PENDING_INLINE 4 // a power of two, as all capacities

struct work {
    struct reader reader[2];
    struct work *spare; // the next one, when no flow has it
    GTree *parked[2];   // struct parked by position; NULL when none
    uint32_t parked_bytes[2];
    uint64_t sent[2]; // position of the side's last segment without data: all before it was sent
    int64_t hole_since[2];    // acknowledged bytes are missing since; NANOS_UNKNOWN
    int64_t unacked_since[2]; // data waits for an acknowledgement since; NANOS_UNKNOWN
    int64_t zero_since[2];    // this side's window was zero since; NANOS_UNKNOWN
    int64_t zero_until[2];    // and until; NANOS_UNKNOWN: still
    struct pending first_pending[PENDING_INLINE], *pending; // ring of outstanding requests
    uint32_t pending_first, pending_count, pending_capacity;
    uint64_t request_body_at; // position behind the last request's head
    uint64_t bad_at[2];       // position of the first bytes that can't be read; 0: none
    uint32_t request_ack;     // acknowledgement number on the last request's first byte
    bool is_unasked;          // the response that is being read answers no request
};

struct closing {
    uint64_t cut[2]; // the closer's view: positions below it were sent or acknowledged
    uint64_t end[2]; // where the last message in view ends, once it is complete
    uint64_t fin[2]; // position of each FIN
    uint32_t late_requests, late_complete; // counted in the record, but beyond the view
    bool is_known;                         // there was a first close
};
