// SPDX-License-Identifier: BSD-2-Clause
// Reads one HTTP/1.x head in place: finds the blank line, then start line and fields. RFC 9112.
#include "engine/head.h"

#include "engine/field.h"

#define EMPTY_LINES_MAX  4
#define METHOD_BYTES_MAX 32
#define PREFIX_BYTES     64 // longer than any method: from there on the prefix needs no new look
#define VERSION_BYTES    8  // HTTP/1.1

static const struct {
    const char *name;
    uint8_t length;
} known_methods[] = {{"GET", 3},     {"POST", 4},  {"HEAD", 4},    {"PUT", 3},      {"DELETE", 6},
                     {"OPTIONS", 7}, {"PATCH", 5}, {"CONNECT", 7}, {"PROPFIND", 8}, {"TRACE", 5}};

// RFC 9110 section 5.6.2
static bool is_token(uint8_t c)
{
    if (field_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

// Of the token that a line begins with; beyond METHOD_BYTES_MAX it isn't followed.
static size_t method_length(struct slice line)
{
    size_t length = 0, most = slice_first(line, METHOD_BYTES_MAX + 1).length;
    while (length < most && line.at[length] >= 'A' && line.at[length] <= 'Z')
        length++;
    while (length < most && !field_is_blank(line.at[length]) && is_token(line.at[length]))
        length++;
    return length;
}

// "HTTP/", a digit, a dot and a digit (RFC 9112 section 2.3); below 1.1 is noted.
static bool read_version(struct slice s, struct head *head)
{
    if (s.length >= VERSION_BYTES && memcmp(s.at, "HTTP/1.1", VERSION_BYTES) == 0)
        return true;
    if (s.length < VERSION_BYTES || memcmp(s.at, "HTTP/", VERSION_BYTES - 3) != 0 ||
        !field_is_digit(s.at[VERSION_BYTES - 3]) || s.at[VERSION_BYTES - 2] != '.' ||
        !field_is_digit(s.at[VERSION_BYTES - 1]))
        return false;
    bool is_old = s.at[VERSION_BYTES - 3] == '0' ||
                  (s.at[VERSION_BYTES - 3] == '1' && s.at[VERSION_BYTES - 1] == '0');
    if (is_old)
        head->flags |= HEAD_HTTP10;
    return true;
}

// RFC 9112 section 3, blanks as its lenient parsing allows: a target may contain some. A request
// without a version (HTTP/0.9) is none.
static bool read_request_line(struct slice line, struct head *head)
{
    size_t method = method_length(line);
    if (method == 0 || method > METHOD_BYTES_MAX || method == line.length ||
        !field_is_blank(line.at[method]))
        return false;
    head->method = slice_first(line, method);
    struct slice rest = field_trim_rest(slice_from(line, method));
    if (rest.length < VERSION_BYTES + 2 ||
        !field_is_blank(rest.at[rest.length - VERSION_BYTES - 1]))
        return false;
    struct slice version = slice_from(rest, rest.length - VERSION_BYTES);
    head->target = slice_first(rest, rest.length - VERSION_BYTES - 1);
    if (field_is_space(head->target.at[head->target.length - 1]))
        head->target = field_trim(head->target);
    if (head->target.length == 0 || field_has_below(head->target, ' '))
        return false;
    if (method == 3 && memcmp(line.at, "PRI", 3) == 0 && head->target.length == 1 &&
        head->target.at[0] == '*' && memcmp(version.at, "HTTP/2.0", VERSION_BYTES) == 0) {
        head->flags |= HEAD_H2_PREFACE;
        return true;
    }
    return version.at[VERSION_BYTES - 3] == '1' && read_version(version, head);
}

// RFC 9112 section 4; the reason phrase, and the SP before it, may be missing. A client takes a
// number below 100 for an error of the server (RFC 9110 section 15).
static bool read_status_line(struct slice line, struct head *head)
{
    if (!read_version(line, head) || line.length <= VERSION_BYTES ||
        !field_is_blank(line.at[VERSION_BYTES]))
        return false;
    struct slice rest = field_trim_rest(slice_from(line, VERSION_BYTES));
    if (rest.length < 3 || (rest.length > 3 && !field_is_blank(rest.at[3])))
        return false;
    head->status =
        (uint16_t)((rest.at[0] - '0') * 100 + (rest.at[1] - '0') * 10 + rest.at[2] - '0');
    return field_is_digit(rest.at[0]) && field_is_digit(rest.at[1]) && field_is_digit(rest.at[2]);
}

static bool read_start_line(struct slice line, struct head *head)
{
    return head->kind == HEAD_REQUEST ? read_request_line(line, head)
                                      : read_status_line(line, head);
}

// Bytes of empty lines before a head; more than are skipped: SIZE_MAX. A lone CR at the end may
// become one.
static size_t empty_lines(struct slice s)
{
    size_t at = 0;
    if (s.length && s.at[0] > '\r')
        return 0;
    for (int lines = 0; at < s.length; lines++) {
        size_t line = s.at[at] == '\r' ? 2 : 1;
        if (at + line > s.length)
            return at;
        if (s.at[at + line - 1] != '\n')
            return at;
        if (lines == EMPTY_LINES_MAX)
            return SIZE_MAX;
        at += line;
    }
    return at;
}

// Offset behind the first blank line, or 0; looks at line ends from `from` on and back from them,
// never before `start`, where the start line begins.
static size_t find_blank_line(struct slice s, size_t start, size_t from)
{
    const uint8_t *begin = s.at + start, *end = s.at + s.length, *p = s.at + from;
    if (p < begin)
        p = begin;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
        bool is_blank_line =
            p > begin && (p[-1] == '\n' || (p[-1] == '\r' && p - begin > 1 && p[-2] == '\n'));
        p++;
        if (is_blank_line)
            return (size_t)(p - s.at);
    }
    return 0;
}

static bool method_is_known(struct slice method)
{
    for (size_t i = 0; i < sizeof(known_methods) / sizeof(known_methods[0]); i++)
        if (method.length == known_methods[i].length &&
            memcmp(method.at, known_methods[i].name, method.length) == 0)
            return true;
    return false;
}

bool head_may_begin(struct slice bytes, enum head_kind kind, bool *sure)
{
    *sure = false;
    size_t skip = empty_lines(bytes);
    if (skip == SIZE_MAX)
        return false;
    struct slice line = slice_from(bytes, skip);
    if (line.length == 0 || (line.length == 1 && line.at[0] == '\r'))
        return true;
    size_t length = field_line_length(line);
    if (line.at[length - 1] == '\n') {
        struct head head = {.kind = kind};
        *sure = read_start_line(slice_first(line, length), &head);
        return *sure;
    }
    if (kind == HEAD_RESPONSE) {
        bool may = memcmp(line.at, "HTTP/", slice_first(line, VERSION_BYTES - 3).length) == 0 &&
                   (line.length < VERSION_BYTES - 2 || field_is_digit(line.at[VERSION_BYTES - 3]));
        *sure = may && line.length >= VERSION_BYTES - 1 && line.at[VERSION_BYTES - 2] == '.';
        return may;
    }
    size_t method = method_length(line);
    if (method == 0 || method > METHOD_BYTES_MAX)
        return false;
    if (method == line.length)
        return true;
    *sure = field_is_blank(line.at[method]) && method_is_known(slice_first(line, method));
    return field_is_blank(line.at[method]);
}

// No blank line yet. A start line is judged when its first bytes and when its end arrive, not at
// every byte.
static enum head_result read_part(struct slice bytes, enum head_kind kind, size_t *scanned)
{
    struct slice news = slice_from(bytes, *scanned);
    bool is_news =
        *scanned < PREFIX_BYTES || (news.length && memchr(news.at, '\n', news.length) != NULL);
    bool sure;
    *scanned = bytes.length;
    return is_news && !head_may_begin(bytes, kind, &sure) ? HEAD_BAD : HEAD_PARTIAL;
}

// Bytes of the fields, when they are those that came last: with what they say.
static size_t recall(const struct head_memory *memory, struct slice bytes, struct head *head)
{
    if (bytes.length < memory->length || memcmp(bytes.at, memory->bytes, memory->length) != 0)
        return 0;
    struct head line = *head;
    *head = memory->head;
    head->flags |= line.flags;
    head->method = line.method;
    head->target = line.target;
    return memory->length;
}

static void remember(struct head_memory *memory, struct slice bytes, const struct head *head)
{
    if (bytes.length > HEAD_MEMORY)
        return;
    uint32_t number = memory->head.recalled + 1;
    memory->length = bytes.length;
    memcpy(memory->bytes, bytes.at, bytes.length);
    memory->head = *head;
    memory->head.recalled = number;
    memory->head.flags &= ~(uint32_t)(HEAD_HTTP10 | HEAD_H2_PREFACE);
    if (head->host.length)
        memory->head.host.at = memory->bytes + (head->host.at - bytes.at);
    if (head->agent.length)
        memory->head.agent.at = memory->bytes + (head->agent.at - bytes.at);
}

// `memory`: of requests; NULL when nothing is to be recalled. A head's kind is set.
static enum head_result read_head(struct slice bytes, size_t *scanned, struct head_memory *memory,
                                  struct head *head)
{
    bytes = slice_first(bytes, UINT32_MAX);
    size_t start = empty_lines(bytes);
    if (start == SIZE_MAX)
        return HEAD_BAD;
    if (*scanned > bytes.length)
        *scanned = bytes.length;
    // Fields are read when their end is there: at once in one piece, else after a search for it.
    if (*scanned > 0 && find_blank_line(bytes, start, *scanned) == 0)
        return read_part(bytes, head->kind, scanned);
    struct slice rest = slice_from(bytes, start);
    struct slice line = slice_first(rest, field_line_length(rest));
    if (line.length == 0 || line.at[line.length - 1] != '\n')
        return read_part(bytes, head->kind, scanned);
    if (!read_start_line(line, head))
        return HEAD_BAD;
    rest = slice_from(rest, line.length);
    bool is_refused = false;
    size_t fields = memory ? recall(memory, rest, head) : 0;
    bool is_recalled = fields > 0;
    if (!is_recalled)
        fields = field_read_all(rest, head, &is_refused);
    if (fields == 0)
        return read_part(bytes, head->kind, scanned);
    if (is_refused)
        return HEAD_BAD;
    if (head->flags & HEAD_BAD_LENGTH)
        head->flags &= ~(uint32_t)HEAD_LENGTH;
    if (memory && !is_recalled)
        remember(memory, slice_first(rest, fields), head);
    head->length = (uint32_t)(start + line.length + fields);
    *scanned = head->length;
    return HEAD_COMPLETE;
}

enum head_result head_read(struct slice bytes, enum head_kind kind, size_t *scanned,
                           struct head *head)
{
    *head = (struct head){.kind = kind};
    return read_head(bytes, scanned, NULL, head);
}

enum head_result head_read_request(struct slice bytes, struct head_memory *memory,
                                   struct head *head)
{
    size_t scanned = 0;
    *head = (struct head){.kind = HEAD_REQUEST};
    return read_head(bytes, &scanned, memory, head);
}
