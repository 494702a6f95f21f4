// SPDX-License-Identifier: BSD-2-Clause
// IP datagrams being put together (RFC 791 section 3.2, RFC 8200 section 4.5), under a cap: the
// oldest gives way. Overlapping fragments are not guessed: their datagram is dropped (RFC 5722).
#pragma once

#include "base/limits.h"
#include "capture/segment.h"

// Bytes of one protocol layer: what was captured, and their length on the wire (not less). Small
// enough to be passed in two registers.
struct layer {
    const uint8_t *at;
    uint32_t captured;
    uint32_t wire;
};

struct fragment {
    struct address from, to;
    struct layer part;
    int64_t time;
    uint32_t id;
    uint32_t offset;
    uint8_t protocol;
    bool is_ipv6;
    bool is_last;
};

struct fragments;

struct fragments *fragments_new(const struct limits *limits);
void fragments_free(struct fragments *fragments);

// Takes a fragment; true when its datagram is complete: `whole` is its payload, captured up to the
// first byte that a snapshot length cut off, and valid until the next call.
bool fragments_take(struct fragments *fragments, const struct fragment *fragment,
                    struct layer *whole);
