// SPDX-License-Identifier: BSD-2-Clause
// The field section of an HTTP/1.x head (RFC 9112 section 5), and what start line and fields
// share: blanks, numbers, lines.
#pragma once

#include "engine/head.h"

static inline bool field_is_space(uint8_t c)
{
    return c <= ' ' && (UINT64_C(1) << ' ' | 1 << '\t' | 1 << '\r' | 1 << '\n') >> c & 1;
}

static inline bool field_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static inline bool field_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

// Without the blanks and line ends around it.
static inline struct slice field_trim(struct slice s)
{
    while (s.length && field_is_space(s.at[0]))
        s = slice_from(s, 1);
    while (s.length && field_is_space(s.at[s.length - 1]))
        s.length--;
    return s;
}

// Bytes of the line that `s` begins with, its LF included; all of `s` when it has no LF.
static inline size_t field_line_length(struct slice s)
{
    const uint8_t *end = s.length ? memchr(s.at, '\n', s.length) : NULL;
    return end ? (size_t)(end - s.at) + 1 : s.length;
}

// Non-zero if one of eight bytes is below `least` (at most 0x80) or is DEL.
static inline uint64_t field_find_below(const uint8_t *at, uint8_t least)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes, del;
    memcpy(&bytes, at, 8);
    del = bytes ^ ones * 0x7f;
    return (((bytes - ones * least) & ~bytes) | ((del - ones) & ~del)) & ones << 7;
}

// Whether any byte is below `least` (at most 0x80) or is DEL; eight bytes at a time.
static inline bool field_has_below(struct slice s, uint8_t least)
{
    uint64_t found = 0;
    if (s.length < 8) {
        for (size_t i = 0; i < s.length; i++)
            found |= s.at[i] < least || s.at[i] == 0x7f;
        return found != 0;
    }
    for (size_t i = 0; i + 8 < s.length; i += 8)
        found |= field_find_below(s.at + i, least);
    return (found | field_find_below(s.at + s.length - 8, least)) != 0;
}

// Decimal digits only (RFC 9110 section 8.6); false when empty, not a number, or above `most`.
bool field_read_number(struct slice s, uint64_t most, uint64_t *number);

// Reads all field lines of a head whose kind is set, and the blank line behind them: bytes that
// they take, or 0 when the blank line isn't there. `is_refused`: a server has to refuse one of a
// request.
size_t field_read_all(struct slice bytes, struct head *head, bool *is_refused);
