// SPDX-License-Identifier: BSD-2-Clause
// The fields that framing and causes need, each a row of one table. RFC 9112 sections 5 to 9.
#include "engine/field.h"

static inline uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

// Whether `s` is `word` (in lower case) in any case.
static bool is_word(struct slice s, const char *word, size_t length)
{
    if (s.length != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (lower(s.at[i]) != (uint8_t)word[i])
            return false;
    return true;
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

bool field_read_number(struct slice s, uint64_t most, uint64_t *number)
{
    if (s.length == 0)
        return false;
    *number = 0;
    for (size_t i = 0; i < s.length; i++) {
        if (!field_is_digit(s.at[i]))
            return false;
        uint64_t digit = s.at[i] - '0';
        if (*number > (most - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return true;
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
static void take_content_length(struct head *head, struct slice value)
{
    for (struct slice element; list_next(&value, &element);) {
        uint64_t length = 0;
        bool is_known = head->flags & HEAD_LENGTH;
        if (!field_read_number(element, INT64_MAX, &length) ||
            (is_known && length != head->content_length))
            head->flags |= HEAD_BAD_LENGTH;
        else
            head->flags |= HEAD_LENGTH;
        if (!is_known)
            head->content_length = length;
    }
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
    if (!field_read_number(text, UINT32_MAX - 1, &number))
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

enum { IN_REQUEST = 1 << HEAD_REQUEST, IN_RESPONSE = 1 << HEAD_RESPONSE, IN_BOTH = 3 };

static const struct {
    const char *name; // in lower case
    uint8_t length;
    uint8_t kinds;
    void (*take)(struct head *head, struct slice value);
} fields[] = {
    {"host", 4, IN_REQUEST, take_host},
    {"server", 6, IN_RESPONSE, take_server},
    {"expect", 6, IN_REQUEST, take_expect},
    {"connection", 10, IN_BOTH, take_connection},
    {"keep-alive", 10, IN_BOTH, take_keep_alive},
    {"user-agent", 10, IN_REQUEST, take_agent},
    {"content-length", 14, IN_BOTH, take_content_length},
    {"transfer-encoding", 17, IN_BOTH, take_transfer_encoding},
};

#define FIELDS        (sizeof(fields) / sizeof(fields[0]))
#define FIELD_LENGTHS (1 << 4 | 1 << 6 | 1 << 10 | 1 << 14 | 1 << 17)

// The row of a name, or FIELDS. Most names are of no interest, and told by their length.
static size_t find_field(struct slice name)
{
    if (name.length > 17 || !(FIELD_LENGTHS >> name.length & 1))
        return FIELDS;
    size_t i = 0;
    while (i < FIELDS && !is_word(name, fields[i].name, fields[i].length))
        i++;
    return i;
}

// One field, its folded lines included (RFC 9112 section 5). False when a server has to refuse it:
// no name, no colon, blanks before the colon, control characters in the name. In a response such
// a line is ignored, and blanks before the colon are removed (section 5.1).
static bool read_field(struct slice line, struct head *head)
{
    bool is_lenient = head->kind == HEAD_RESPONSE;
    const uint8_t *colon = memchr(line.at, ':', line.length);
    size_t length = colon ? (size_t)(colon - line.at) : 0;
    if (length == 0 || field_is_blank(line.at[0]))
        return is_lenient;
    while (is_lenient && length && field_is_blank(line.at[length - 1]))
        length--;
    struct slice name = slice_first(line, length);
    size_t field = find_field(name);
    if (field < FIELDS) {
        if (fields[field].kinds >> head->kind & 1)
            fields[field].take(head, field_trim(slice_from(line, (size_t)(colon - line.at) + 1)));
        return true;
    }
    return is_lenient || !field_has_below(name, ' ' + 1);
}

bool field_read_all(struct slice lines, struct head *head)
{
    while (lines.length) {
        size_t length = field_line_length(lines);
        while (length < lines.length && field_is_blank(lines.at[length]))
            length += field_line_length(slice_from(lines, length)); // obs-fold
        if (!read_field(slice_first(lines, length), head))
            return false;
        lines = slice_from(lines, length);
    }
    return true;
}
