// SPDX-License-Identifier: BSD-2-Clause
// The fields that framing and causes need, each a row of one table. RFC 9112 sections 5 to 9.
#include "engine/field.h"

static inline bool is_alike8(const uint8_t *at, const char *word)
{
    uint64_t a, b;
    memcpy(&a, at, sizeof a);
    memcpy(&b, word, sizeof b);
    return (a | (b >> 1 & UINT64_C(0x2020202020202020))) == b;
}

static inline bool is_alike4(const uint8_t *at, const char *word)
{
    uint32_t a, b;
    memcpy(&a, at, sizeof a);
    memcpy(&b, word, sizeof b);
    return (a | (b >> 1 & 0x20202020)) == b;
}

// Whether `length` bytes, 3 or more, are `word` in any case. Words are of lower-case letters,
// digits and '-': what has bit 6 is a letter, and bit 5 of the text doesn't matter there.
static inline bool is_word_at(const uint8_t *at, const char *word, size_t length)
{
    if (length < 4)
        return (at[0] | 0x20) == word[0] && (at[1] | 0x20) == word[1] && (at[2] | 0x20) == word[2];
    if (length < 8)
        return is_alike4(at, word) && is_alike4(at + length - 4, word + length - 4);
    for (size_t i = 0; i + 8 < length; i += 8)
        if (!is_alike8(at + i, word + i))
            return false;
    return is_alike8(at + length - 8, word + length - 8);
}

static inline bool is_word(struct slice s, const char *word, size_t length)
{
    return s.length == length && is_word_at(s.at, word, length);
}

#define IS_WORD(s, word) is_word(s, word, sizeof(word) - 1)

// Takes the next element of a comma-separated list (RFC 9110 section 5.6.1) from `rest`; commas
// within quotes belong to the element. False at the end; elements may be empty.
static bool list_next(struct slice *rest, struct slice *element)
{
    if (!rest->at)
        return false;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->length && (quoted || rest->at[i] != ','); i++) {
        if (rest->at[i] == '"')
            quoted = !quoted;
        else if (rest->at[i] == '\\' && quoted && i + 1 < rest->length)
            i++;
    }
    *element = field_trim(slice_first(*rest, i));
    *rest = i < rest->length ? slice_from(*rest, i + 1) : slice_of(NULL, 0);
    return true;
}

struct slice field_trim(struct slice s)
{
    while (s.length && field_is_space(s.at[0]))
        s = slice_from(s, 1);
    while (s.length && field_is_space(s.at[s.length - 1]))
        s.length--;
    return s;
}

#define DIGITS_MOST 19 // of any number below 2^63

// Decimal digits only (RFC 9110 section 8.6); false when empty, not a number, or above `most`,
// which is at most INT64_MAX.
static inline bool read_number(struct slice s, uint64_t most, uint64_t *number)
{
    uint64_t sum = 0;
    while (s.length > DIGITS_MOST && s.at[0] == '0')
        s = slice_from(s, 1);
    if (s.length == 0 || s.length > DIGITS_MOST)
        return false;
    for (const uint8_t *at = s.at, *end = s.at + s.length; at < end; at++) {
        uint8_t digit = (uint8_t)(*at - '0');
        if (digit > 9)
            return false;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return sum <= most;
}

static void take_connection(struct head *head, struct slice value)
{
    for (struct slice option; list_next(&value, &option);) {
        if (IS_WORD(option, "close"))
            head->flags |= HEAD_CLOSE;
        else if (IS_WORD(option, "keep-alive"))
            head->flags |= HEAD_KEEP_ALIVE;
        else if (IS_WORD(option, "upgrade"))
            head->flags |= HEAD_UPGRADE;
    }
}

// RFC 9112 section 6.3: a list of equal values counts as one; anything else is invalid.
static __attribute__((noinline)) void take_lengths(struct head *head, struct slice value)
{
    for (struct slice element; list_next(&value, &element);) {
        uint64_t length = 0;
        bool is_known = head->flags & HEAD_LENGTH;
        if (!read_number(element, INT64_MAX, &length) ||
            (is_known && length != head->content_length))
            head->flags |= HEAD_BAD_LENGTH;
        else
            head->flags |= HEAD_LENGTH;
        if (!is_known)
            head->content_length = length;
    }
}

static void take_content_length(struct head *head, struct slice value)
{
    if (!(head->flags & HEAD_LENGTH) && read_number(value, INT64_MAX, &head->content_length))
        head->flags |= HEAD_LENGTH;
    else
        take_lengths(head, value);
}

// RFC 9112 section 6.1: the last coding decides. "identity" (RFC 2616) is no coding.
static void take_transfer_encoding(struct head *head, struct slice value)
{
    for (struct slice coding; list_next(&value, &coding);) {
        const uint8_t *end = coding.length ? memchr(coding.at, ';', coding.length) : NULL;
        coding = field_trim(slice_first(coding, end ? (size_t)(end - coding.at) : coding.length));
        if (coding.length == 0 || IS_WORD(coding, "identity"))
            continue;
        head->flags &= ~(uint32_t)(HEAD_CHUNKED | HEAD_CODED);
        head->flags |= IS_WORD(coding, "chunked") ? HEAD_CHUNKED : HEAD_CODED;
    }
}

static void take_keep_alive_parameter(struct head *head, struct slice parameter)
{
    const uint8_t *equals = parameter.length ? memchr(parameter.at, '=', parameter.length) : NULL;
    if (!equals)
        return;
    size_t split = (size_t)(equals - parameter.at);
    struct slice name = field_trim(slice_first(parameter, split));
    struct slice text = field_trim(slice_from(parameter, split + 1));
    if (text.length >= 2 && text.at[0] == '"' && text.at[text.length - 1] == '"')
        text = field_trim(slice_of(text.at + 1, text.length - 2));
    uint64_t number;
    if (!read_number(text, UINT32_MAX - 1, &number))
        return;
    if (IS_WORD(name, "timeout") && !(head->flags & HEAD_TIMEOUT)) {
        head->flags |= HEAD_TIMEOUT;
        head->keep_alive_timeout = (uint32_t)number;
    } else if (IS_WORD(name, "max") && !(head->flags & HEAD_MAX)) {
        head->flags |= HEAD_MAX;
        head->keep_alive_max = (uint32_t)number;
    }
}

// RFC 2068 section 19.7.1.1 as servers write it: timeout=5, max=100 (seen with ';' too).
static void take_keep_alive(struct head *head, struct slice value)
{
    for (struct slice element; list_next(&value, &element);) {
        const uint8_t *end;
        while (element.length && (end = memchr(element.at, ';', element.length))) {
            size_t length = (size_t)(end - element.at);
            take_keep_alive_parameter(head, slice_first(element, length));
            element = slice_from(element, length + 1);
        }
        take_keep_alive_parameter(head, element);
    }
}

static void take_expect(struct head *head, struct slice value)
{
    for (struct slice element; list_next(&value, &element);)
        if (IS_WORD(element, "100-continue"))
            head->flags |= HEAD_EXPECT;
}

static void keep_first(struct slice *kept, struct slice value)
{
    if (kept->length == 0)
        *kept = value;
}

static void take_host(struct head *head, struct slice value)
{
    keep_first(&head->host, value);
}

static void take_agent(struct head *head, struct slice value)
{
    keep_first(&head->agent, value);
}

static void take_server(struct head *head, struct slice value)
{
    keep_first(&head->server, value);
}

// RFC 9110 section 7.6.3, RFC 7239, and what was in use before it.
static void take_forwarded(struct head *head, struct slice value)
{
    (void)value;
    head->flags |= HEAD_FORWARDED;
}

enum { IN_REQUEST = 1 << HEAD_REQUEST, IN_RESPONSE = 1 << HEAD_RESPONSE, IN_BOTH = 3 };

static const struct field {
    char name[18]; // in lower case; the rows of one letter stand together
    uint8_t length;
    uint8_t kinds;
    void (*take)(struct head *head, struct slice value);
} fields[] = {
    {"connection", 10, IN_BOTH, take_connection},
    {"content-length", 14, IN_BOTH, take_content_length},
    {"expect", 6, IN_REQUEST, take_expect},
    {"forwarded", 9, IN_REQUEST, take_forwarded},
    {"host", 4, IN_REQUEST, take_host},
    {"keep-alive", 10, IN_BOTH, take_keep_alive},
    {"server", 6, IN_RESPONSE, take_server},
    {"transfer-encoding", 17, IN_BOTH, take_transfer_encoding},
    {"user-agent", 10, IN_REQUEST, take_agent},
    {"via", 3, IN_REQUEST, take_forwarded},
    {"x-forwarded-for", 15, IN_REQUEST, take_forwarded},
    {"", 0, 0, NULL},
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]) - 1)

// The first row of a letter, by its low five bits; other bytes lead to a row that isn't theirs.
static const uint8_t first_row[32] = {
    FIELDS, FIELDS, FIELDS, 0,      FIELDS, 2,      3,      FIELDS, 4,      FIELDS, FIELDS,
    5,      FIELDS, FIELDS, FIELDS, FIELDS, FIELDS, FIELDS, FIELDS, 6,      7,      8,
    9,      FIELDS, 10,     FIELDS, FIELDS, FIELDS, FIELDS, FIELDS, FIELDS, FIELDS,
};

// A field of no interest: whether a server may take it, with a name and a colon right behind it,
// no blank before it and no control characters in it (RFC 9112 section 5). In a response such
// lines are ignored.
static bool is_takeable(struct slice line)
{
    const uint8_t *colon = memchr(line.at, ':', line.length);
    size_t length = colon ? (size_t)(colon - line.at) : 0;
    return length > 0 && !field_has_below(slice_first(line, length), ' ' + 1);
}

// The colon behind the name of a field, or NULL. In a response blanks before it are removed
// (RFC 9112 section 5.1).
static const uint8_t *find_colon(const uint8_t *at, const uint8_t *last, const struct field *field,
                                 enum head_kind kind)
{
    const uint8_t *colon = at + field->length;
    if (colon >= last || *colon > ':')
        return NULL;
    while (field_is_blank(*colon) && kind == HEAD_RESPONSE)
        colon++;
    return *colon == ':' && is_word_at(at, field->name, field->length) ? colon : NULL;
}

// One field, its folded lines included, up to the LF at `last`. False when a server has to refuse
// it.
static bool read_field(const uint8_t *at, const uint8_t *last, struct head *head)
{
    uint8_t letter = *at | 0x20;
    for (const struct field *f = &fields[first_row[letter & 31]]; f->name[0] == letter; f++) {
        const uint8_t *colon = find_colon(at, last, f, head->kind);
        if (!colon)
            continue;
        head->flags |= (*at & 0x20U) * (HEAD_SMALL / 0x20);
        if (f->kinds >> head->kind & 1)
            f->take(head, field_trim_rest(slice_of(colon + 1, (size_t)(last - colon))));
        return true;
    }
    return head->kind == HEAD_RESPONSE || is_takeable(slice_of(at, (size_t)(last + 1 - at)));
}

// The LF behind a field and its folded lines; NULL when it isn't there.
static inline const uint8_t *find_end(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *last = memchr(at, '\n', (size_t)(end - at));
    while (last && last + 1 < end && field_is_blank(last[1])) // obs-fold
        last = memchr(last + 1, '\n', (size_t)(end - last - 1));
    return last;
}

size_t field_read_all(struct slice bytes, struct head *head, bool *is_refused)
{
    const uint8_t *end = bytes.at + bytes.length, *last;
    size_t at = 0, blank;
    *is_refused = false;
    for (; !(blank = field_blank_line(bytes, at)); at = (size_t)(last + 1 - bytes.at)) {
        last = at < bytes.length ? find_end(bytes.at + at, end) : NULL;
        if (!last)
            return 0;
        *is_refused |= !read_field(bytes.at + at, last, head);
    }
    return at + blank;
}
