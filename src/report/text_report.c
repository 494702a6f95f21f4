// SPDX-License-Identifier: BSD-2-Clause
// One screen: the verdict, the three biggest causes with what to do, how often connections carry
// how many requests, what could be seen, and what to run next.
#include <inttypes.h>
#include <math.h>

#include "report/cause_words.h"
#include "report/text_detail.h"
#include "report/text_page.h"
#include "report/text_report.h"
#include "report/tree.h"
#include "report/tree_write.h"
#include "report/verdict_words.h"

#define SCREEN_COLUMNS 80
#define SCREEN_LINES   24
#define NEXT_LINES     3
#define COVERAGE_LINES 4 // a blank one, coverage, one for warnings, one for what is next
#define LEAST_COLUMNS  40
#define ENOUGH         12 // lines of a paragraph where they are not counted
#define OTHERS         5  // most families named beyond the leading ones
#define BIGGEST        3  // causes on the first screen
#define BAR            14 // columns of a full bar

// A terminal of fewer columns gets longer paragraphs and no bars, and scrolls.
static bool is_narrow(const struct text_page *page)
{
    return page->width < SCREEN_COLUMNS;
}

// Whether so many lines more fit on the screen.
static bool has_room(const struct text_page *page, size_t lines)
{
    return is_narrow(page) || page->lines + lines <= SCREEN_LINES;
}

// Three lines, less what breaking them at spaces may leave free.
static void write_verdict(struct text_page *page, json_object *document)
{
    json_object *title = tree_get(tree_get(document, "run"), "title");
    if (title != NULL)
        text_page_line(page, INK_STRONG, "%s", json_object_get_string(title));
    unsigned others = OTHERS, room = 3 * page->width - 2 * 20;
    char *words = verdict_words(document, others);
    while (!is_narrow(page) && others-- > 0 && strlen(words) > room) {
        g_free(words);
        words = verdict_words(document, others);
    }
    text_page_wrap(page, INK_STRONG, "", words, is_narrow(page) ? ENOUGH : 3);
    g_free(words);
}

// The first finding: they come worst first. Without any, what the most common cause is.
static void write_worst(struct text_page *page, json_object *document,
                        const struct cause_words *words)
{
    json_object *finding = tree_at(tree_get_array(document, "findings"), 0);
    json_object *cause = tree_at(tree_get_array(document, "causes"), 0);
    const char *severity = tree_get_text(finding, "severity");
    if (finding != NULL) {
        char *first = g_strdup_printf("%s: ", severity);
        text_page_wrap(page, text_severity_ink(severity), first, tree_get_text(finding, "title"),
                       is_narrow(page) ? ENOUGH : 2);
        g_free(first);
        return;
    }
    char *title = cause != NULL ? cause_words_title(words, tree_get_text(cause, "id")) : NULL;
    if (title != NULL)
        text_page_wrap(page, INK_PLAIN, "Most of them: ", title, 2);
    g_free(title);
}

static char *bar_of(double share, unsigned columns)
{
    double clamped = share > 1 ? 1 : share > 0 ? share : 0;
    unsigned length = (unsigned)lround(clamped * columns);
    return g_strnfill(length == 0 && clamped > 0 ? 1 : length, '#');
}

static void write_cause(struct text_page *page, json_object *row, const struct cause_words *words)
{
    double share = tree_get_number(row, "share");
    char *count = text_count(tree_get_count(row, "connections"));
    char *percent = text_percent(share), *bar = bar_of(share, BAR);
    if (is_narrow(page))
        text_page_line(page, INK_PLAIN, "  %s (%s): %s, %s", tree_get_text(row, "id"),
                       tree_get_text(row, "by"), count, percent);
    else
        text_page_line(page, INK_PLAIN, "  %-32s  %-7s %11s %8s  %s", tree_get_text(row, "id"),
                       tree_get_text(row, "by"), count, percent, bar);
    char *advice = cause_words_advice(words, tree_get_text(row, "id"));
    if (advice != NULL)
        text_page_wrap(page, INK_DIM, "    ", advice, is_narrow(page) ? ENOUGH : 1);
    g_free(advice);
    g_free(bar);
    g_free(percent);
    g_free(count);
}

static void write_causes(struct text_page *page, json_object *document,
                         const struct cause_words *words)
{
    json_object *causes = tree_get_array(document, "causes");
    size_t count = tree_length(causes);
    if (count == 0)
        return;
    text_page_blank(page);
    char *heading = count > BIGGEST ? g_strdup_printf("CAUSE (%d of %zu; -v)", BIGGEST, count)
                                    : g_strdup("CAUSE");
    if (is_narrow(page))
        text_page_line(page, INK_STRONG, "%s", heading);
    else
        text_page_line(page, INK_STRONG, "%-34s  %-7s %11s %8s", heading, "BY", "CONNECTIONS",
                       "SHARE");
    for (size_t i = 0; i < MIN(count, BIGGEST); i++)
        write_cause(page, tree_at(causes, i), words);
    g_free(heading);
}

static uint64_t connections_within(json_object *histogram, uint64_t from, uint64_t to)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < tree_length(histogram); i++) {
        json_object *row = tree_at(histogram, i);
        uint64_t begins = tree_get_count(row, "from");
        if (begins >= from && begins <= to)
            sum += tree_get_count(row, "connections");
    }
    return sum;
}

static void write_bar(struct text_page *page, const char *label, uint64_t count, uint64_t most)
{
    char *bar = bar_of((double)count / (double)most, is_narrow(page) ? 12 : 48);
    char *number = text_count(count);
    text_page_line(page, INK_PLAIN, "  %8s  %11s  %s", label, number, bar);
    g_free(number);
    g_free(bar);
}

static void write_histogram(struct text_page *page, json_object *document)
{
    static const struct {
        const char *label;
        uint64_t from, to;
    } ranges[] = {
        {"0", 0, 0}, {"1", 1, 1}, {"2-9", 2, 9}, {"10-99", 10, 99}, {"100+", 100, UINT64_MAX}};
    json_object *histogram = tree_get_array(document, "requests_per_connection");
    json_object *totals = tree_get(document, "totals");
    json_object *summary = tree_get(totals, "requests_per_connection");
    uint64_t most = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
        most = MAX(most, connections_within(histogram, ranges[i].from, ranges[i].to));
    if (most == 0)
        return;
    char *mean = text_number(tree_get_number(summary, "mean"));
    char *reuse = text_percent(tree_get_number(totals, "reuse_ratio"));
    text_page_blank(page);
    char *words =
        g_strdup_printf("mean %s, median %" PRIu64 ", most %" PRIu64 "; reuse ratio %s", mean,
                        tree_get_count(summary, "p50"), tree_get_count(summary, "max"), reuse);
    text_page_wrap(page, INK_STRONG, "REQUESTS PER CONNECTION  ", words,
                   is_narrow(page) ? ENOUGH : 1);
    g_free(words);
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        uint64_t count = connections_within(histogram, ranges[i].from, ranges[i].to);
        if (count > 0)
            write_bar(page, ranges[i].label, count, most);
    }
    g_free(mean);
    g_free(reuse);
}

static void write_warnings(struct text_page *page, json_object *warnings)
{
    for (size_t i = 0; i < tree_length(warnings); i++)
        text_page_wrap(page, INK_WARN, "Capture:  ", tree_get_text(tree_at(warnings, i), "text"),
                       2);
}

// How many warnings with one id follow each other from the first on.
static size_t warnings_alike(json_object *warnings, size_t first)
{
    const char *id = tree_get_text(tree_at(warnings, first), "id");
    size_t end = first + 1;
    while (end < tree_length(warnings) &&
           strcmp(tree_get_text(tree_at(warnings, end), "id"), id) == 0)
        end++;
    return end - first;
}

static void write_warning_ids(struct text_page *page, json_object *warnings)
{
    if (tree_length(warnings) == 0)
        return;
    GString *ids = g_string_new(NULL);
    for (size_t i = 0, alike; i < tree_length(warnings); i += alike) {
        alike = warnings_alike(warnings, i);
        g_string_append_printf(ids, "%s%s", i ? ", " : "",
                               tree_get_text(tree_at(warnings, i), "id"));
        if (alike > 1)
            g_string_append_printf(ids, " (%zu)", alike);
    }
    text_page_line(page, INK_WARN, "Capture:  %s (-v)", ids->str);
    g_string_free(ids, TRUE);
}

static void write_skipped(struct text_page *page, json_object *coverage)
{
    char *words = text_skipped(tree_get(coverage, "skipped"));
    if (*words != '\0')
        text_page_wrap(page, INK_PLAIN, "Others:   ", words, 4);
    g_free(words);
}

static void write_coverage(struct text_page *page, json_object *document, bool is_wide)
{
    json_object *coverage = tree_get(document, "coverage");
    json_object *warnings = tree_get_array(document, "warnings");
    char *packets = text_plural(tree_get_count(coverage, "packets"), "packet");
    char *segments = text_plural(tree_get_count(coverage, "tcp_segments"), "TCP segment");
    char *share = text_percent(tree_get_number(coverage, "attributed_share"));
    if (is_wide || has_room(page, COVERAGE_LINES)) // a title may have taken the blank's place
        text_page_blank(page);
    bool has_share = isfinite(tree_get_number(coverage, "attributed_share"));
    char *words =
        g_strdup_printf("%s, %s%s%s%s", packets, segments, has_share ? "; " : "",
                        has_share ? share : "", has_share ? " of connections explained" : "");
    text_page_wrap(page, INK_PLAIN, "Coverage: ", words, is_narrow(page) ? ENOUGH : 1);
    g_free(words);
    if (is_wide)
        write_skipped(page, coverage);
    if (!is_wide && has_room(page, 2 * tree_length(warnings) + NEXT_LINES))
        write_warnings(page, warnings);
    else if (!is_wide)
        write_warning_ids(page, warnings);
    g_free(share);
    g_free(segments);
    g_free(packets);
}

// The name of the one file that was read, as a shell takes it; NULL when there is none such.
static char *capture_name(json_object *document)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._-/+:@";
    json_object *inputs = tree_get_array(document, "inputs");
    const char *name = tree_get_text(tree_at(inputs, 0), "name");
    const char *format = tree_get_text(tree_at(inputs, 0), "format");
    if (tree_length(inputs) != 1 || *name == '\0' || *name == '-' || strcmp(format, "live") == 0)
        return NULL;
    return name[strspn(name, plain)] == '\0' ? g_strdup(name) : g_shell_quote(name);
}

// One command a line while the screen has room.
static void write_next(struct text_page *page, json_object *document, bool is_wide)
{
    json_object *cause = tree_at(tree_get_array(document, "causes"), 0);
    char *name = capture_name(document);
    const char *file = name != NULL && strlen(name) <= 48 ? name : "FILE";
    const char *first = "Next:";
    if (!is_wide && !has_room(page, 2)) {
        text_page_line(page, INK_PLAIN, "Next: connreuse -v FILE, connreuse -o report.html FILE");
        g_free(name);
        return;
    }
    if (cause != NULL && (is_wide || has_room(page, 3))) {
        text_page_line(page, INK_PLAIN, "Next: connreuse explain %s", tree_get_text(cause, "id"));
        first = "     ";
    }
    if (!is_wide) {
        text_page_line(page, INK_PLAIN, "%s connreuse -v %s", first, file);
        first = "     ";
    }
    text_page_line(page, INK_PLAIN, "%s connreuse -o report.html %s", first, file);
    g_free(name);
}

bool text_report_write(json_object *document, const struct report_options *options, FILE *out,
                       GError **error)
{
    struct tree_stream stream;
    tree_stream_begin(&stream, out);
    unsigned width = (unsigned)MAX(options->width, LEAST_COLUMNS);
    struct text_page page = {stream.text, options->verbose ? width : MIN(width, SCREEN_COLUMNS),
                             options->color, 0};
    struct cause_words *words = cause_words_new();
    write_verdict(&page, document);
    write_worst(&page, document, words);
    write_causes(&page, document, words);
    cause_words_free(words);
    write_histogram(&page, document);
    if (options->verbose)
        text_detail_write(&page, document, options);
    write_coverage(&page, document, options->verbose);
    write_next(&page, document, options->verbose);
    return tree_stream_end(&stream, error);
}
