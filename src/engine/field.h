// SPDX-License-Identifier: BSD-2-Clause
// The field section of an HTTP/1.x head (RFC 9112 section 5), and what start line and fields
// share: blanks, digits, lines.
#pragma once

#include "engine/head.h"

static inline bool field_is_space(uint8_t c)
{
    return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

static inline bool field_is_blank(uint8_t c)
{
    return c <= ' ' && (c == ' ' || c == '\t');
}

static inline bool field_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

// Without the blanks and line ends around it.
struct slice field_trim(struct slice s);

// The same, for what ends a line: most often a blank is before it, and CR LF behind it.
static inline struct slice field_trim_rest(struct slice s)
{
    if (s.length > 3 && s.at[0] == ' ' && s.at[1] > ' ' && s.at[s.length - 3] > ' ' &&
        s.at[s.length - 2] == '\r')
        return slice_of(s.at + 1, s.length - 3);
    return field_trim(s);
}

// Bytes of the line that `s` begins with, its LF included; all of `s` when it has no LF.
static inline size_t field_line_length(struct slice s)
{
    const uint8_t *end = s.length ? memchr(s.at, '\n', s.length) : NULL;
    return end ? (size_t)(end - s.at) + 1 : s.length;
}

// Bytes of the blank line at `at`; 0: none is there.
static inline size_t field_blank_line(struct slice s, size_t at)
{
    if (at >= s.length || s.at[at] > '\r')
        return 0;
    return s.at[at] == '\n'                                                ? 1
           : s.at[at] == '\r' && at + 1 < s.length && s.at[at + 1] == '\n' ? 2
                                                                           : 0;
}

// Whether one of eight bytes is below `least` (at most 0x80) or is DEL: then some highest bit is
// set, other bits mean nothing.
static inline uint64_t field_find_below(const uint8_t *at, uint8_t least)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return ((bytes - ones * least) | ((bytes ^ ones * 0x7f) - ones)) & ~bytes;
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
    found |= field_find_below(s.at + s.length - 8, least);
    return (found & UINT64_C(0x8080808080808080)) != 0;
}

// Reads all field lines of a head whose kind is set, and the blank line behind them: bytes that
// they take, or 0 when the blank line isn't there. `is_refused`: a server has to refuse one of a
// request.
size_t field_read_all(struct slice bytes, struct head *head, bool *is_refused);
