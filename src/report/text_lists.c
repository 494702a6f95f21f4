// SPDX-License-Identifier: BSD-2-Clause
// Settings, conflicts, what-if, sockets and warnings as text.
#include "report/text_lists.h"

#include <inttypes.h>
#include <math.h>

#include "report/tree.h"

size_t text_list_begin(struct text_page *page, const char *heading, json_object *list,
                       const struct report_options *options)
{
    size_t all = tree_length(list), count = options->top > 0 ? MIN(all, options->top) : all;
    if (count == 0)
        return 0;
    text_page_blank(page);
    if (count < all)
        text_page_line(page, INK_STRONG, "%s (%zu of %zu; --top 0 shows all)", heading, count, all);
    else
        text_page_line(page, INK_STRONG, "%s", heading);
    return count;
}

static void write_setting(struct text_page *page, json_object *setting)
{
    char *host = text_endpoint(tree_get(setting, "host"));
    text_page_line(page, INK_PLAIN, "  %s as %s: %s", host, tree_get_text(setting, "role"),
                   tree_get_text(setting, "kind"));
    text_page_wrap(page, INK_PLAIN, "      ", tree_get_text(setting, "words"), 6);
    g_free(host);
}

static void write_settings(struct text_page *page, json_object *document,
                           const struct report_options *options)
{
    json_object *list = tree_get_array(document, "settings");
    size_t count = text_list_begin(page, "SETTINGS AS SEEN ON THE WIRE", list, options);
    for (size_t i = 0; i < count; i++)
        write_setting(page, tree_at(list, i));
}

static void write_conflicts(struct text_page *page, json_object *document,
                            const struct report_options *options)
{
    json_object *list = tree_get_array(document, "conflicts");
    size_t count = text_list_begin(page, "TIMEOUTS THAT COLLIDE", list, options);
    for (size_t i = 0; i < count; i++) {
        json_object *conflict = tree_at(list, i);
        char *first = g_strdup_printf("  pair %-3" PRIu64 "  ", tree_get_count(conflict, "pair"));
        text_page_wrap(page, INK_WARN, first, tree_get_text(conflict, "words"), 6);
        g_free(first);
    }
}

// "limit 2, idle timeout 90.000 s"; null is "no limit".
static char *point_words(json_object *point)
{
    double limit = tree_get_number(point, "limit");
    double timeout = tree_get_number(point, "idle_timeout");
    char *idle = isnan(timeout) ? g_strdup("none") : text_seconds(timeout);
    char *kept = isnan(limit) ? g_strdup("none") : text_number(limit);
    char *opens = text_plural(tree_get_count(point, "opens"), "open");
    char *words = g_strdup_printf("limit %s, idle timeout %s: %s", kept, idle, opens);
    g_free(opens);
    g_free(kept);
    g_free(idle);
    return words;
}

static char *unsure_words(json_object *captured)
{
    return g_strdup_printf("nothing: the model opens %" PRIu64 " here, too far off to advise",
                           tree_get_count(captured, "replayed_opens"));
}

static void write_what_if(struct text_page *page, json_object *document,
                          const struct report_options *options)
{
    json_object *list = tree_get_array(document, "what_if");
    size_t count = text_list_begin(page, "WHAT ANOTHER POOL WOULD DO", list, options);
    for (size_t i = 0; i < count; i++) {
        json_object *what_if = tree_at(list, i);
        json_object *captured = tree_get(what_if, "captured");
        json_object *recommended = tree_get(what_if, "recommended");
        char *now = point_words(captured);
        char *then = recommended ? point_words(recommended) : unsure_words(captured);
        char *first =
            g_strdup_printf("  pair %-3" PRIu64 "  captured:    ", tree_get_count(what_if, "pair"));
        text_page_wrap(page, INK_PLAIN, first, now, 2);
        text_page_wrap(page, INK_PLAIN, "            recommended: ", then, 2);
        g_free(first);
        g_free(then);
        g_free(now);
    }
}

// The peaks that are not 0: "ESTABLISHED 12, TIME_WAIT 61".
static char *peak_words(json_object *peak)
{
    GString *words = g_string_new(NULL);
    if (json_object_is_type(peak, json_type_object)) {
        json_object_object_foreach(peak, key, value)
        {
            uint64_t count = json_object_get_uint64(value);
            if (count > 0)
                g_string_append_printf(words, "%s%s %" PRIu64, words->len ? ", " : "", key, count);
        }
    }
    return g_string_free(words, FALSE);
}

static void write_waits(struct text_page *page, json_object *list)
{
    for (size_t i = 0; i < tree_length(list); i++) {
        char *words = text_wait(tree_at(list, i));
        text_page_wrap(page, INK_PLAIN, "      ", words, 3);
        g_free(words);
    }
}

static void write_sockets(struct text_page *page, json_object *document,
                          const struct report_options *options)
{
    json_object *list = tree_get_array(tree_get(document, "sockets"), "hosts");
    size_t count = text_list_begin(page, "MOST SOCKETS PER STATE, AS NETSTAT WOULD HAVE SHOWN THEM",
                                   list, options);
    for (size_t i = 0; i < count; i++) {
        json_object *host = tree_at(list, i);
        char *peaks = peak_words(tree_get(host, "peak"));
        text_page_line(page, INK_PLAIN, "  %s as %s", tree_get_text(host, "address"),
                       tree_get_text(host, "role"));
        text_page_wrap(page, INK_PLAIN, "      ", peaks, 3);
        g_free(peaks);
        write_waits(page, tree_get_array(host, "waits"));
    }
}

static void write_warnings(struct text_page *page, json_object *document)
{
    json_object *list = tree_get_array(document, "warnings");
    if (tree_length(list) == 0)
        return;
    text_page_blank(page);
    text_page_line(page, INK_STRONG, "WARNINGS");
    for (size_t i = 0; i < tree_length(list); i++) {
        json_object *warning = tree_at(list, i);
        char *first = g_strdup_printf("  %-20s  ", tree_get_text(warning, "id"));
        text_page_wrap(page, INK_WARN, first, tree_get_text(warning, "text"), 4);
        g_free(first);
    }
}

void text_lists_write(struct text_page *page, json_object *document,
                      const struct report_options *options)
{
    write_settings(page, document, options);
    write_conflicts(page, document, options);
    write_what_if(page, document, options);
    write_sockets(page, document, options);
    write_warnings(page, document);
}
