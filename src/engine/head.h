// SPDX-License-Identifier: BSD-2-Clause
// One HTTP/1.x head: start line and the fields that framing and causes need (RFC 9112). A pure
// function over bytes; requests and responses share it.
#pragma once

#include "base/slice.h"

enum head_kind { HEAD_REQUEST, HEAD_RESPONSE };

enum head_result {
    HEAD_COMPLETE,
    HEAD_PARTIAL, // no blank line yet: call again with more
    HEAD_BAD      // can't become a head of that kind (RFC 9112 sections 3, 4 and 5)
};

enum head_flag {
    HEAD_HTTP10 = 1 << 0,      // minor version 0
    HEAD_CLOSE = 1 << 1,       // Connection has the option close
    HEAD_KEEP_ALIVE = 1 << 2,  // Connection has the option keep-alive
    HEAD_CHUNKED = 1 << 3,     // chunked is the final transfer coding
    HEAD_CODED = 1 << 4,       // Transfer-Encoding present, chunked not final
    HEAD_LENGTH = 1 << 5,      // content_length is valid
    HEAD_BAD_LENGTH = 1 << 6,  // Content-Length invalid or contradictory (RFC 9112 section 6.3)
    HEAD_UPGRADE = 1 << 7,     // Connection has the option upgrade
    HEAD_EXPECT = 1 << 8,      // Expect: 100-continue
    HEAD_TIMEOUT = 1 << 9,     // Keep-Alive: timeout= is valid
    HEAD_MAX = 1 << 10,        // Keep-Alive: max= is valid
    HEAD_H2_PREFACE = 1 << 11, // PRI * HTTP/2.0 (RFC 9113 section 3.4)
    HEAD_FORWARDED = 1 << 12,  // Via, Forwarded or X-Forwarded-For: sent for somebody else
    HEAD_SMALL = 1 << 13,      // the name of a field that is read begins with a small letter
    HEAD_SPACED = 1 << 14      // blanks within the target: no valid request line (section 3.2)
};

enum head_method {
    METHOD_OTHER,
    METHOD_GET,
    METHOD_POST,
    METHOD_HEAD,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_PATCH,
    METHOD_CONNECT,
    METHOD_PROPFIND,
    METHOD_TRACE,
    METHODS
};

// Slices borrow from the bytes given in. Absent fields are empty slices.
struct head {
    enum head_kind kind;
    uint32_t flags;  // enum head_flag
    uint32_t length; // bytes of the head, blank line included, leading empty lines too
    uint16_t status; // response only
    uint8_t known;   // request only: enum head_method
    struct slice method, target, host, agent; // request only
    struct slice server;                      // response only
    uint64_t content_length;
    uint32_t keep_alive_timeout, keep_alive_max;
    uint32_t recalled; // host and agent are remembered under this number; 0: read
};

// Reads a head of `kind` at the start of `bytes`. Up to 4 empty lines before it are skipped
// (RFC 9112 section 2.2). Bare LF ends a line; obs-fold continues a field (section 5.2);
// field names are case-insensitive; repeated Connection, Transfer-Encoding and equal
// Content-Length fields are combined. A response may have an empty or absent reason phrase.
// `scanned`: bytes searched for the blank line by earlier calls; updated, so that none is twice.
enum head_result head_read(struct slice bytes, enum head_kind kind, size_t *scanned,
                           struct head *head);

// The lines that heads of one kind begin with again and again, and what they say; of requests
// without the first. Zeroed: none yet.
#define HEAD_MEMORY 1024
struct head_memory {
    size_t length;
    bool is_length;   // the last line is cut: that of a Content-Length, before its value
    struct head head; // borrows from `bytes`; its number differs from that of all before
    uint32_t uses, misses;
    uint8_t bytes[HEAD_MEMORY];
};

// Reads a head as head_read() reads its first bytes, but not again what is remembered. The head may
// borrow from `memory`, which is for one kind only.
enum head_result head_read_first(struct slice bytes, enum head_kind kind,
                                 struct head_memory *memory, struct head *head);

// Whether a message of `kind` may begin here: enough of a method token and SP, or of "HTTP/1.",
// to tell; shorter bytes that could still become one give true. `sure` when nothing is left open
// (a response: "HTTP/1." seen; a request: a known method or a full start line).
bool head_may_begin(struct slice bytes, enum head_kind kind, bool *sure);
