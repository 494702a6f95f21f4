// SPDX-License-Identifier: BSD-2-Clause
// Conversations as text: what two ends said on the wire, and what the record must say of it.
//
// A file holds several. "== SENTENCE" begins one; then one line for each segment ("handshake":
// SYN at 0, SYN-ACK at 0.001, ACK at 0.002):
//
//   TIME SIDE [FLAGS] [OPTION]... [PAYLOAD]...
//
// TIME is seconds, or +seconds since the line before. SIDE: > client to server, < back. FLAGS as
// tcpdump prints them: S F R P U and . for ACK; left out: "." or, with payload, "P.".
// OPTION: seq N, ack N (relative: the SYN is 0, the first byte 1; left out: what follows from the
//   lines before), crossing (does not acknowledge the peer's last line), isn N (a SYN that starts
//   anew, N above the usual), win N, wscale N, ttl N, id N, ts N, sack; cut N (only N payload bytes
//   were captured); lost (happened, not captured); dup (captured twice); overtaken (captured after
//   the line that follows).
// PAYLOAD: "text" with \r \n \t \" \\ \xNN; hex DIGITS; body N (N bytes); get PATH, head PATH (a
//   request); post PATH N (the head of one with N body bytes); ok N (a 200 with N body bytes).
//
// "expect" begins what the next record must say, pairs separated by commas or line ends (see
// expectation.c); "expect nothing": there is no record. Lines that begin with # are comments.
#pragma once

#include <glib.h>

#include "engine/engine.h"

#define CONVERSATION_TIME (INT64_C(1700000000) * NANOS_PER_SECOND) // of a TIME of 0

enum fate { FATE_SEEN, FATE_LOST, FATE_TWICE, FATE_OVERTAKEN };

// One segment line. Positions are relative to the conversation's initial sequence numbers.
struct turn {
    unsigned line;
    enum side side;
    int64_t time; // nanoseconds from the conversation's start
    uint32_t seq, ack, length, captured;
    size_t payload_at; // in the conversation's payload
    uint32_t window, shift, ttl, ip_id, timestamp;
    uint8_t flags;
    bool has_timestamp, has_sack;
    enum fate fate;
};

// One word with its values, such as "requests 2".
struct wanted {
    unsigned line;
    unsigned record; // which record it is about, from 0
    char **words;
};

struct conversation {
    char *name, *path;
    unsigned line;
    GArray *turns; // struct turn
    GString *payload;
    GArray *wanted;   // struct wanted
    unsigned records; // how many there must be
    uint32_t isn[2];  // initial sequence numbers, changed by tests of wrap-around
};

// tests/conversations, and the files in it, in order.
char *conversation_folder(void);
GPtrArray *conversation_files(void);

// All conversations of a file, freed by g_ptr_array_unref(); NULL and a message with the line.
GPtrArray *conversation_load(const char *path, GError **error);

// The segments in capture order with frames from 1; they borrow the conversation's payload.
GArray *conversation_segments(const struct conversation *conversation);

// What came out of the engine. `names` has the texts of the records.
struct outcome {
    GArray *records; // struct record
    struct names *names;
    struct engine_counts counts;
    size_t exchanges;
};
struct outcome *outcome_new(const GArray *segments);
void outcome_free(struct outcome *outcome);

// Whether all that is wanted holds; if not, says what isn't so, and prints the conversation.
bool expectation_check(const struct conversation *conversation, const struct outcome *outcome);
