// SPDX-License-Identifier: BSD-2-Clause
// Reads one HTTP/1.x head in place: finds the blank line, then start line and fields. RFC 9112.
#include "engine/head.h"

#include "engine/field.h"

#define EMPTY_LINES_MAX  4
#define METHOD_BYTES_MAX 32
#define PREFIX_BYTES     64 // longer than any method: from there on the prefix needs no new look
#define VERSION_BYTES    8  // HTTP/1.1

#define LENGTH_DIGITS 18 // of a number that is below 2^63 for sure

#define MISSES_MOST 8    // heads in a row that aren't as remembered: then the next is remembered
#define USES_MOST   1024 // then others are remembered, which may have more in common

static const struct {
    char name[9];
    uint8_t length;
} known_methods[METHODS] = {
    [METHOD_GET] = {"GET", 3},           [METHOD_POST] = {"POST", 4},
    [METHOD_HEAD] = {"HEAD", 4},         [METHOD_PUT] = {"PUT", 3},
    [METHOD_DELETE] = {"DELETE", 6},     [METHOD_OPTIONS] = {"OPTIONS", 7},
    [METHOD_PATCH] = {"PATCH", 5},       [METHOD_CONNECT] = {"CONNECT", 7},
    [METHOD_PROPFIND] = {"PROPFIND", 8}, [METHOD_TRACE] = {"TRACE", 5},
};

static __attribute__((noinline)) enum head_method find_method(struct slice method)
{
    for (enum head_method i = METHOD_GET; i < METHODS; i++)
        if (method.length == known_methods[i].length &&
            memcmp(method.at, known_methods[i].name, method.length) == 0)
            return i;
    return METHOD_OTHER;
}

// Most often without a look at the table.
static inline enum head_method known_method(struct slice method)
{
    bool is_get = method.length == 3 && memcmp(method.at, "GET", 3) == 0;
    return is_get ? METHOD_GET : find_method(method);
}

// RFC 9110 section 5.6.2
static bool is_token(uint8_t c)
{
    if (field_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static __attribute__((noinline)) size_t token_length(struct slice line, size_t length)
{
    while (length < line.length && !field_is_blank(line.at[length]) && is_token(line.at[length]))
        length++;
    return length;
}

// Of the token that a line begins with; beyond METHOD_BYTES_MAX it isn't followed.
static inline size_t method_length(struct slice line)
{
    size_t length = 0;
    line = slice_first(line, METHOD_BYTES_MAX + 1);
    while (length < line.length && (uint8_t)(line.at[length] - 'A') <= 'Z' - 'A')
        length++;
    return length < line.length && line.at[length] == ' ' ? length : token_length(line, length);
}

// "HTTP/", a digit, a dot and a digit (RFC 9112 section 2.3); below 1.1 is noted.
static inline bool read_version(struct slice s, struct head *head)
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

// What follows the method, blanks as lenient parsing allows (RFC 9112 section 3): a target may
// contain some. A request without a version (HTTP/0.9) is none.
static __attribute__((noinline)) bool read_target(struct slice line, size_t method,
                                                  struct head *head)
{
    struct slice rest = field_trim_rest(slice_from(line, method));
    if (rest.length < VERSION_BYTES + 2 ||
        !field_is_blank(rest.at[rest.length - VERSION_BYTES - 1]))
        return false;
    struct slice version = slice_from(rest, rest.length - VERSION_BYTES);
    head->target = field_trim(slice_first(rest, rest.length - VERSION_BYTES - 1));
    if (method == 3 && memcmp(line.at, "PRI", 3) == 0 && head->target.length == 1 &&
        head->target.at[0] == '*' && memcmp(version.at, "HTTP/2.0", VERSION_BYTES) == 0) {
        head->flags |= HEAD_H2_PREFACE;
        return true;
    }
    return version.at[VERSION_BYTES - 3] == '1' && read_version(version, head);
}

// The same, where one blank is before and one behind the target.
static inline bool read_usual_target(struct slice line, size_t method, struct head *head)
{
    static const char end[] = " HTTP/1.1\r\n";
    size_t around = method + 1 + sizeof end - 1;
    if (line.length <= around || line.at[method] != ' ' || line.at[method + 1] <= ' ' ||
        memcmp(line.at + line.length - (sizeof end - 1), end, sizeof end - 1) != 0)
        return false;
    head->target = slice_of(line.at + method + 1, line.length - around);
    return head->target.at[head->target.length - 1] > ' ';
}

static bool read_request_line(struct slice line, struct head *head)
{
    size_t method = method_length(line);
    if (method == 0 || method > METHOD_BYTES_MAX || method == line.length ||
        !field_is_blank(line.at[method]))
        return false;
    head->method = slice_of(line.at, method);
    head->known = (uint8_t)known_method(head->method);
    bool is_target = read_usual_target(line, method, head) || read_target(line, method, head);
    if (!is_target || head->target.length == 0)
        return false;
    if (!field_has_below(head->target, ' ' + 1))
        return true;
    head->flags |= HEAD_SPACED;
    return !field_has_below(head->target, ' ');
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
    *sure = field_is_blank(line.at[method]) && known_method(slice_first(line, method));
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

static inline enum head_result complete(struct head *head, size_t length)
{
    if (head->flags & HEAD_BAD_LENGTH)
        head->flags &= ~(uint32_t)HEAD_LENGTH;
    head->length = (uint32_t)length;
    return HEAD_COMPLETE;
}

static __attribute__((noinline)) enum head_result read_lines(struct slice bytes, size_t from,
                                                             struct head *head)
{
    bool is_refused = false;
    size_t length = field_read_all(slice_from(bytes, from), head, &is_refused);
    if (length == 0)
        return HEAD_PARTIAL;
    return is_refused ? HEAD_BAD : complete(head, from + length);
}

// The fields of a head, which begin at `from`, behind what is read already: perhaps none.
static inline enum head_result read_fields(struct slice bytes, size_t from, struct head *head)
{
    size_t blank = field_blank_line(bytes, from);
    return blank ? complete(head, from + blank) : read_lines(bytes, from, head);
}

enum head_result head_read(struct slice bytes, enum head_kind kind, size_t *scanned,
                           struct head *head)
{
    *head = (struct head){.kind = kind};
    bytes = slice_first(bytes, UINT32_MAX);
    size_t start = empty_lines(bytes);
    if (start == SIZE_MAX)
        return HEAD_BAD;
    if (*scanned > bytes.length)
        *scanned = bytes.length;
    // Fields are read when their end is there: at once in one piece, else after a search for it.
    if (*scanned > 0 && find_blank_line(bytes, start, *scanned) == 0)
        return read_part(bytes, kind, scanned);
    struct slice rest = slice_from(bytes, start);
    struct slice line = slice_first(rest, field_line_length(rest));
    if (line.length == 0 || line.at[line.length - 1] != '\n')
        return read_part(bytes, kind, scanned);
    if (!read_start_line(line, head))
        return HEAD_BAD;
    enum head_result result = read_fields(bytes, start + line.length, head);
    if (result == HEAD_PARTIAL)
        return read_part(bytes, kind, scanned);
    if (result == HEAD_COMPLETE)
        *scanned = head->length;
    return result;
}

// Where what is remembered begins: at the status line, or behind the request line, which is most
// often another.
static size_t remembered_from(struct slice bytes, enum head_kind kind)
{
    return kind == HEAD_REQUEST ? field_line_length(bytes) : 0;
}

// The value of a Content-Length line that consists of digits only, and the line end: bytes they
// take, 0 when it needs a closer look.
static size_t read_length(struct slice bytes, struct head *head)
{
    size_t digits = 0;
    uint64_t sum = 0;
    for (; digits < bytes.length && field_is_digit(bytes.at[digits]); digits++)
        sum = sum * 10 + bytes.at[digits] - '0';
    struct slice rest = slice_from(bytes, digits);
    if (digits == 0 || digits > LENGTH_DIGITS || rest.length < 3 || rest.at[0] != '\r' ||
        rest.at[1] != '\n' || field_is_blank(rest.at[2]))
        return 0;
    head->content_length = sum;
    head->flags |= HEAD_LENGTH;
    return digits + 2;
}

// Reads a head that has what is remembered; false when it has not.
static bool recall(struct slice bytes, struct head_memory *memory, enum head_kind kind,
                   struct head *head)
{
    size_t from = remembered_from(bytes, kind), known = from + memory->length, length = 0;
    // A blank behind the last line would continue it (obs-fold).
    if (memory->length == 0 || memory->uses == USES_MOST || bytes.length <= known ||
        field_is_blank(bytes.at[known]) ||
        memcmp(bytes.at + from, memory->bytes, memory->length) != 0)
        return false;
    *head = memory->head;
    if (memory->is_length && !(length = read_length(slice_from(bytes, known), head)))
        return false;
    if ((kind == HEAD_REQUEST && !read_request_line(slice_first(bytes, from), head)) ||
        read_fields(bytes, known + length, head) != HEAD_COMPLETE)
        return false;
    if (head->host.at != memory->head.host.at || head->agent.at != memory->head.agent.at)
        head->recalled = 0;
    memory->uses++;
    memory->misses = 0;
    return true;
}

// Bytes of the lines that both begin with.
static size_t lines_in_common(struct slice a, struct slice b)
{
    size_t lines = 0;
    for (size_t i = 0; i < a.length && i < b.length && a.at[i] == b.at[i]; i++)
        lines = a.at[i] == '\n' ? i + 1 : lines;
    return lines;
}

// What is remembered is read.
static bool understand(struct head_memory *memory)
{
    struct slice lines = slice_of(memory->bytes, memory->length);
    size_t line = memory->head.kind == HEAD_RESPONSE ? field_line_length(lines) : 0;
    bool is_refused;
    if (line > 0)
        read_status_line(slice_first(lines, line), &memory->head);
    field_read_all(slice_from(lines, line), &memory->head, &is_refused);
    return !is_refused;
}

static void keep(struct head_memory *memory, struct slice bytes)
{
    memcpy(memory->bytes + memory->length, bytes.at, bytes.length);
    memory->length += bytes.length;
}

// Remembers the lines of a head, without the blank one. When what was remembered never came again,
// only what they have in common: behind it stands a length or a date, which differ again and again.
static void remember(struct head_memory *memory, struct slice bytes, const struct head *head)
{
    static const char name[] = "Content-Length: ";
    const size_t most = HEAD_MEMORY - sizeof name;
    size_t from = remembered_from(bytes, head->kind);
    struct slice lines = slice_from(slice_first(bytes, head->length), from), rest = lines;
    lines.length -= lines.length > 1 && lines.at[lines.length - 2] == '\r' ? 2 : 1;
    size_t common = lines_in_common(lines, slice_of(memory->bytes, memory->length));
    if (memory->uses == 0 && common > 0)
        lines.length = common;
    rest = slice_first(slice_from(rest, lines.length), sizeof name - 1);
    memory->uses = memory->misses = 0;
    memory->head = (struct head){.kind = head->kind, .recalled = memory->head.recalled + 1};
    memory->length = 0;
    memory->is_length = false;
    keep(memory, lines.length <= most ? lines : slice_of("", 0));
    if (!understand(memory))
        memory->length = 0;
    memory->is_length = memory->length > 0 && rest.length == sizeof name - 1 &&
                        memcmp(rest.at, name, rest.length) == 0 &&
                        !(memory->head.flags & (HEAD_LENGTH | HEAD_BAD_LENGTH));
    if (memory->is_length)
        keep(memory, rest);
}

enum head_result head_read_first(struct slice bytes, enum head_kind kind,
                                 struct head_memory *memory, struct head *head)
{
    if (recall(bytes, memory, kind, head))
        return HEAD_COMPLETE;
    size_t scanned = 0;
    enum head_result result = head_read(bytes, kind, &scanned, head);
    if (result == HEAD_COMPLETE && bytes.at[0] > '\r' && ++memory->misses == MISSES_MOST)
        remember(memory, bytes, head);
    return result;
}
