// SPDX-License-Identifier: BSD-2-Clause
// Borrowed bytes, and fixed-width integers read from them in either byte order.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Bytes that somebody else owns, valid until the call that got them returns.
struct slice {
    const uint8_t *at;
    size_t length;
};

static inline struct slice slice_of(const void *at, size_t length)
{
    return (struct slice){(const uint8_t *)at, length};
}

// The bytes from `offset` on; empty when `offset` lies beyond the end.
static inline struct slice slice_from(struct slice s, size_t offset)
{
    if (offset >= s.length)
        return slice_of(s.at ? s.at + s.length : NULL, 0);
    return slice_of(s.at + offset, s.length - offset);
}

// At most the first `length` bytes.
static inline struct slice slice_first(struct slice s, size_t length)
{
    return slice_of(s.at, length < s.length ? length : s.length);
}

// The readers below don't check bounds: the caller has compared `length` first.
static inline uint16_t read_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t read_le16(const uint8_t *p)
{
    return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t read_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t read_le64(const uint8_t *p)
{
    return (uint64_t)read_le32(p + 4) << 32 | read_le32(p);
}
