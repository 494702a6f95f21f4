// SPDX-License-Identifier: BSD-2-Clause
// JSON as text, appended to a GString: for the records, of which there may be millions. Numbers
// come from integers, never through double. Nothing here ends the string with a zero byte before
// json_text_end().
#pragma once

#include <glib.h>

#include "base/moment.h"
#include "base/slice.h"

#define JSON_TEXT_NUMBER 32 // bytes that any number or time below needs, quotes included

// Makes room for `length` more bytes and returns where they go; add to text->len what was written.
char *json_text_room(GString *text, size_t length);

static inline void json_text_raw(GString *text, const char *bytes, size_t length)
{
    char *at = text->len + length < text->allocated_len ? text->str + text->len
                                                        : json_text_room(text, length);
    memcpy(at, bytes, length);
    text->len += length;
}

// Appends a string literal as it stands.
#define json_text_literal(text, literal) json_text_raw(text, literal, sizeof(literal) - 1)

// Appends a zero-terminated string of ours (keys, units) as it stands, without quotes.
static inline void json_text_words(GString *text, const char *words)
{
    json_text_raw(text, words, strlen(words));
}

void json_text_count(GString *text, uint64_t count);

// Seconds as a decimal number: at most nine decimals, no exponent, no trailing zeros; null for
// NANOS_UNKNOWN.
void json_text_seconds(GString *text, int64_t nanos);

// RFC 3339, UTC, nine digits and Z, in quotes; null for NANOS_UNKNOWN. The years are 1677 to 2262,
// all that 64 bits of nanoseconds can hold.
void json_text_time(GString *text, int64_t time);

// A JSON string (RFC 8259 section 7) of at most `most` bytes from the wire, made safe and marked
// where it is cut as text_append_safe() does.
void json_text_string(GString *text, struct slice bytes, size_t most, bool was_cut);

// As duration_text(), for use inside a string.
void json_text_duration(GString *text, int64_t nanos);

// "key" or null.
void json_text_key(GString *text, const char *key);

// Ends the string with its zero byte, as GString has it.
void json_text_end(GString *text);

// The decimal digits of seconds without quotes, zero-terminated, for json-c.
void seconds_text(int64_t nanos, char text[JSON_TEXT_NUMBER]);
// The time without quotes, zero-terminated.
void time_text(int64_t time, char text[JSON_TEXT_NUMBER]);
