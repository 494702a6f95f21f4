// SPDX-License-Identifier: BSD-2-Clause
// JSON as text: digits by hand, because printf is most of the time otherwise.
#include "report/json_text.h"

#include "base/text.h"
#include "report/duration_text.h"

#define SECONDS_PER_DAY INT64_C(86400)

static const char digit_pairs[] = "0001020304050607080910111213141516171819"
                                  "2021222324252627282930313233343536373839"
                                  "4041424344454647484950515253545556575859"
                                  "6061626364656667686970717273747576777879"
                                  "8081828384858687888990919293949596979899";

char *json_text_room(GString *text, size_t length)
{
    size_t used = text->len;
    if (used + length >= text->allocated_len) {
        g_string_set_size(text, MAX(2 * used, used + length + 1));
        text->len = used;
    }
    return text->str + used;
}

void json_text_end(GString *text)
{
    json_text_room(text, 1)[0] = '\0';
}

static char *put_two(char *at, unsigned value)
{
    memcpy(at, digit_pairs + 2 * value, 2);
    return at + 2;
}

static char *put_count(char *at, uint64_t count)
{
    char digits[20];
    char *first = digits + sizeof digits;
    while (count >= 100) {
        first -= 2;
        memcpy(first, digit_pairs + 2 * (count % 100), 2);
        count /= 100;
    }
    if (count >= 10) {
        first -= 2;
        memcpy(first, digit_pairs + 2 * count, 2);
    } else {
        *--first = (char)('0' + count);
    }
    size_t length = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, length);
    return at + length;
}

// Nine digits, leading zeros included.
static char *put_nanos(char *at, uint32_t nanos)
{
    uint32_t high = nanos / 10000000, middle = nanos / 1000 % 10000, low = nanos % 1000;
    at = put_two(at, high);
    at = put_two(at, middle / 100);
    at = put_two(at, middle % 100);
    *at++ = (char)('0' + low / 100);
    return put_two(at, low % 100);
}

static char *put_seconds(char *at, int64_t nanos)
{
    uint64_t magnitude = nanos < 0 ? -(uint64_t)nanos : (uint64_t)nanos;
    uint32_t fraction = (uint32_t)(magnitude % (uint64_t)NANOS_PER_SECOND);
    if (nanos < 0)
        *at++ = '-';
    at = put_count(at, magnitude / (uint64_t)NANOS_PER_SECOND);
    if (fraction == 0)
        return at;
    *at++ = '.';
    at = put_nanos(at, fraction);
    while (at[-1] == '0')
        at--;
    return at;
}

// Year, month and day of a day number (0 is 1970-01-01) in the proleptic Gregorian calendar.
// Years are counted from March, so that the leap day is the last of its year.
static char *put_date(char *at, int64_t days)
{
    int64_t shifted = days + 719468; // since 0000-03-01
    int64_t era = shifted / 146097;  // never negative: 64 bits of nanoseconds begin in 1677
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    unsigned day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1);
    unsigned month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    unsigned year = (unsigned)(year_of_era + era * 400 + (month <= 2));
    at = put_two(at, year / 100);
    at = put_two(at, year % 100);
    *at++ = '-';
    at = put_two(at, month);
    *at++ = '-';
    return put_two(at, day);
}

static char *put_time(char *at, int64_t time)
{
    int64_t seconds = time / NANOS_PER_SECOND, nanos = time % NANOS_PER_SECOND;
    if (nanos < 0) {
        seconds--;
        nanos += NANOS_PER_SECOND;
    }
    int64_t days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        days--;
        rest += SECONDS_PER_DAY;
    }
    at = put_date(at, days);
    *at++ = 'T';
    at = put_two(at, (unsigned)(rest / 3600));
    *at++ = ':';
    at = put_two(at, (unsigned)(rest / 60 % 60));
    *at++ = ':';
    at = put_two(at, (unsigned)(rest % 60));
    *at++ = '.';
    at = put_nanos(at, (uint32_t)nanos);
    *at++ = 'Z';
    return at;
}

void json_text_count(GString *text, uint64_t count)
{
    char *at = json_text_room(text, JSON_TEXT_NUMBER);
    text->len = (size_t)(put_count(at, count) - text->str);
}

void json_text_seconds(GString *text, int64_t nanos)
{
    if (nanos == NANOS_UNKNOWN) {
        json_text_literal(text, "null");
        return;
    }
    char *at = json_text_room(text, JSON_TEXT_NUMBER);
    text->len = (size_t)(put_seconds(at, nanos) - text->str);
}

void json_text_time(GString *text, int64_t time)
{
    if (time == NANOS_UNKNOWN) {
        json_text_literal(text, "null");
        return;
    }
    char *at = json_text_room(text, JSON_TEXT_NUMBER + 2);
    *at++ = '"';
    at = put_time(at, time);
    *at++ = '"';
    text->len = (size_t)(at - text->str);
}

void seconds_text(int64_t nanos, char text[JSON_TEXT_NUMBER])
{
    *put_seconds(text, nanos) = '\0';
}

void time_text(int64_t time, char text[JSON_TEXT_NUMBER])
{
    *put_time(text, time) = '\0';
}

void json_text_duration(GString *text, int64_t nanos)
{
    char words[DURATION_TEXT];
    json_text_raw(text, words, duration_text(nanos, words));
}

void json_text_key(GString *text, const char *key)
{
    if (key == NULL) {
        json_text_literal(text, "null");
        return;
    }
    json_text_literal(text, "\"");
    json_text_words(text, key);
    json_text_literal(text, "\"");
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

// Whether all eight bytes of a word stand for themselves: of each, the top bit tells of one below
// a space, above a tilde, or equal to a quote or backslash (a borrow tells too often, never less).
static bool are_plain(uint64_t word)
{
    uint64_t quote = word ^ EACH('"'), backslash = word ^ EACH('\\');
    uint64_t odd =
        (word - EACH(0x20)) | (word + EACH(1)) | word | (quote - EACH(1)) | (backslash - EACH(1));
    return (odd & EACH(0x80)) == 0;
}

// Printable ASCII but the quote and the backslash stands for itself.
static size_t plain_length(struct slice bytes)
{
    size_t length = 0;
    for (uint64_t word; length + sizeof word <= bytes.length; length += sizeof word) {
        memcpy(&word, bytes.at + length, sizeof word);
        if (!are_plain(word))
            break;
    }
    while (length < bytes.length && bytes.at[length] >= 0x20 && bytes.at[length] < 0x7f &&
           bytes.at[length] != '"' && bytes.at[length] != '\\')
        length++;
    return length;
}

// text_append_safe() leaves nothing to escape but these two.
static void append_quoted(GString *text, struct slice bytes)
{
    for (;;) {
        size_t plain = plain_length(bytes), end = plain;
        while (end < bytes.length && bytes.at[end] >= 0x80)
            end++;
        json_text_raw(text, (const char *)bytes.at, end);
        bytes = slice_from(bytes, end);
        if (bytes.length == 0)
            return;
        if (end > plain)
            continue;
        json_text_literal(text, "\\");
        json_text_raw(text, (const char *)bytes.at, 1);
        bytes = slice_from(bytes, 1);
    }
}

void json_text_string(GString *text, struct slice bytes, size_t most, bool was_cut)
{
    json_text_literal(text, "\"");
    if (!was_cut && bytes.length <= most && plain_length(bytes) == bytes.length) {
        json_text_raw(text, (const char *)bytes.at, bytes.length);
    } else {
        GString *safe = g_string_new(NULL);
        text_append_safe(safe, bytes, most, was_cut);
        append_quoted(text, slice_of(safe->str, safe->len));
        g_string_free(safe, TRUE);
    }
    json_text_literal(text, "\"");
}
