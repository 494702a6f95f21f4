// SPDX-License-Identifier: BSD-2-Clause
// Lines: made safe first, then measured and cut in columns, then coloured.
#include "report/text_page.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/moment.h"
#include "base/text.h"
#include "report/duration_text.h"
#include "report/tree.h"

static unsigned columns_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

unsigned text_columns(const char *text)
{
    unsigned columns = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        columns += columns_of(g_utf8_get_char(at));
    return columns;
}

// The bytes of `text` that fit into `columns`.
static size_t fitting(const char *text, unsigned columns)
{
    const char *at = text;
    for (unsigned used = 0; *at != '\0'; at = g_utf8_next_char(at)) {
        used += columns_of(g_utf8_get_char(at));
        if (used > columns)
            break;
    }
    return (size_t)(at - text);
}

static char *safe_text(const char *words)
{
    GString *safe = g_string_new(NULL);
    size_t length = strlen(words);
    text_append_safe(safe, slice_of(words, length), length, false);
    return g_string_free(safe, FALSE);
}

static const char *ink_code(enum ink ink)
{
    static const char *const codes[] = {[INK_STRONG] = "1", [INK_BAD] = "1;31", [INK_WARN] = "33",
                                        [INK_GOOD] = "32",  [INK_DIM] = "2",    [INK_PLAIN] = ""};
    return codes[ink];
}

// A line of safe text that fits.
static void put_line(struct text_page *page, enum ink ink, const char *line, size_t length)
{
    bool is_colored = page->is_colored && ink != INK_PLAIN && length > 0;
    if (is_colored)
        g_string_append_printf(page->text, "\033[%sm", ink_code(ink));
    g_string_append_len(page->text, line, (gssize)length);
    if (is_colored)
        g_string_append(page->text, "\033[0m");
    g_string_append_c(page->text, '\n');
    page->lines++;
}

static void put_cut(struct text_page *page, enum ink ink, const char *line)
{
    if (text_columns(line) <= page->width) {
        put_line(page, ink, line, strlen(line));
        return;
    }
    GString *cut = g_string_new_len(line, (gssize)fitting(line, page->width - 3));
    g_string_append(cut, "...");
    put_line(page, ink, cut->str, cut->len);
    g_string_free(cut, TRUE);
}

void text_page_line(struct text_page *page, enum ink ink, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *safe = safe_text(words);
    put_cut(page, ink, safe);
    g_free(safe);
    g_free(words);
}

void text_page_blank(struct text_page *page)
{
    put_line(page, INK_PLAIN, "", 0);
}

// The bytes of the next line: up to the last space that fits, or, without one, what fits.
static size_t line_length(const char *words, unsigned columns)
{
    size_t fits = fitting(words, columns);
    if (words[fits] == '\0' || words[fits] == ' ')
        return fits;
    for (size_t i = fits; i > 0; i--) {
        if (words[i - 1] == ' ')
            return i - 1;
    }
    return fits;
}

void text_page_wrap(struct text_page *page, enum ink ink, const char *first, const char *words,
                    unsigned most)
{
    char *safe = safe_text(words), *head = safe_text(first);
    char *rest = g_strchug(safe);
    unsigned indent = text_columns(head);
    unsigned columns = page->width > indent + 8 ? page->width - indent : 8;
    for (unsigned i = 0; i < most && (*rest != '\0' || i == 0); i++) {
        size_t length = i + 1 < most ? line_length(rest, columns) : strlen(rest);
        GString *line = g_string_new(i == 0 ? head : "");
        if (i > 0)
            g_string_append_printf(line, "%*s", (int)indent, "");
        g_string_append_len(line, rest, (gssize)length);
        put_cut(page, ink, line->str);
        g_string_free(line, TRUE);
        rest = g_strchug(rest + length);
    }
    g_free(head);
    g_free(safe);
}

char *text_count(uint64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    GString *text = g_string_new(NULL);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

char *text_plural(uint64_t count, const char *noun)
{
    char *number = text_count(count);
    char *text = g_strdup_printf("%s %s%s", number, noun, count == 1 ? "" : "s");
    g_free(number);
    return text;
}

char *text_percent(double share)
{
    double percent = share * 100;
    if (!isfinite(share))
        return g_strdup("-");
    if (percent > 0 && percent < 0.1)
        return g_strdup("<0.1%");
    if (percent > 99.9 && percent < 100)
        return g_strdup(">99.9%");
    bool is_whole = fabs(percent - round(percent)) < 1e-6; // 0.14 * 100 isn't 14
    return g_strdup_printf("%.*f%%", is_whole ? 0 : 1, percent);
}

char *text_join(json_object *list)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < tree_length(list); i++) {
        json_object *value = tree_at(list, i);
        if (json_object_is_type(value, json_type_string))
            g_string_append_printf(text, "%s%s", text->len ? ", " : "",
                                   json_object_get_string(value));
    }
    return g_string_free(text, FALSE);
}

// Whether the row's id stands for another blamed side too.
static bool is_twice(json_object *causes, size_t index)
{
    const char *id = tree_get_text(tree_at(causes, index), "id");
    for (size_t i = 0; i < tree_length(causes); i++)
        if (i != index && strcmp(tree_get_text(tree_at(causes, i), "id"), id) == 0)
            return true;
    return false;
}

char *text_pair_causes(json_object *pair, size_t most)
{
    json_object *causes = tree_get_array(pair, "causes");
    double all = tree_get_number(pair, "connections");
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < MIN(tree_length(causes), most); i++) {
        json_object *row = tree_at(causes, i);
        char *percent = text_percent(tree_get_number(row, "connections") / all);
        g_string_append_printf(text, "%s%s %s", i ? ", " : "", percent, tree_get_text(row, "id"));
        if (is_twice(causes, i))
            g_string_append_printf(text, " by %s", tree_get_text(row, "by"));
        g_free(percent);
    }
    if (tree_length(causes) > most)
        g_string_append_printf(text, ", %zu more", tree_length(causes) - most);
    return g_string_free(text, FALSE);
}

char *text_number(double number)
{
    if (!isfinite(number))
        return g_strdup("-");
    if (fabs(number) >= 1e15)
        return g_strdup_printf("%.3g", number);
    if (number >= 1000)
        return text_count((uint64_t)llround(number));
    return g_strdup_printf("%.*f", number == round(number) ? 0 : 1, number);
}

char *text_seconds(double seconds)
{
    char text[DURATION_TEXT];
    if (!isfinite(seconds) || fabs(seconds) > 9e9)
        return g_strdup("-");
    duration_text((int64_t)llround(seconds * (double)NANOS_PER_SECOND), text);
    return g_strdup(text);
}

char *text_named_endpoint(json_object *endpoint)
{
    char *plain = text_endpoint(endpoint);
    const char *name = tree_get_text(endpoint, "name");
    if (*name == '\0')
        return plain;
    char *named = g_strdup_printf("%s (%s)", plain, name);
    g_free(plain);
    return named;
}

char *text_process(json_object *process)
{
    const char *end = tree_get_text(process, "end"), *command = tree_get_text(process, "command");
    const char *container = tree_get_text(process, "container_name");
    const char *pod = tree_get_text(process, "pod_name");
    const char *namespace = tree_get_text(process, "pod_namespace");
    GString *words = g_string_new(*command ? command : "a process");
    if (*container)
        g_string_append_printf(words, ", container %s", container);
    if (*pod)
        g_string_append_printf(words, ", pod %s%s%s", namespace, *namespace ? "/" : "", pod);
    g_string_append_printf(words, " (%s)", *end ? end : "which end is not told");
    return g_string_free(words, FALSE);
}

char *text_endpoint(json_object *endpoint)
{
    const char *address = tree_get_text(endpoint, "address");
    uint64_t port = tree_get_count(endpoint, "port");
    if (port == 0)
        return g_strdup(address);
    return g_strdup_printf(strchr(address, ':') ? "[%s]:%" PRIu64 : "%s:%" PRIu64, address, port);
}

char *text_skipped(json_object *skipped)
{
    GString *words = g_string_new(NULL);
    if (json_object_is_type(skipped, json_type_object)) {
        json_object_object_foreach(skipped, key, value)
        {
            char *count = text_count(json_object_get_uint64(value));
            g_string_append_printf(words, "%s%s %s", words->len ? ", " : "", count, key);
            g_free(count);
        }
    }
    return g_string_free(words, FALSE);
}

char *text_wait(json_object *wait)
{
    char *peer = text_endpoint(tree_get(wait, "peer"));
    char *count = text_count(tree_get_count(wait, "connections"));
    char *mean = text_seconds(tree_get_number(wait, "mean_seconds"));
    char *longest = text_seconds(tree_get_number(wait, "longest_seconds"));
    char *words = g_strdup_printf("%s in %s towards %s for %s in the mean, at most %s", count,
                                  tree_get_text(wait, "state"), peer, mean, longest);
    g_free(peer);
    g_free(count);
    g_free(mean);
    g_free(longest);
    return words;
}
