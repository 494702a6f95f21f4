// SPDX-License-Identifier: BSD-2-Clause
// The four families that keep-alive is about lead; the others follow by their connections.
#include "report/verdict_words.h"

#include <inttypes.h>

#include "report/text_page.h"
#include "report/tree.h"

static const char *const leading[] = {"connection-close", "timeout", "incomplete-body",
                                      "idle-expiry"};

static double family_share(json_object *families, const char *id)
{
    for (size_t i = 0; i < tree_length(families); i++) {
        json_object *row = tree_at(families, i);
        if (strcmp(tree_get_text(row, "id"), id) == 0)
            return tree_get_number(row, "share");
    }
    return 0;
}

static bool is_leading(const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(leading); i++) {
        if (strcmp(leading[i], id) == 0)
            return true;
    }
    return false;
}

static void append_family(GString *words, const char *id, double share)
{
    if (!(share > 0))
        return;
    char *percent = text_percent(share);
    g_string_append_printf(words, "%s %s %s", words->str[words->len - 1] == ':' ? "" : ",", percent,
                           id);
    g_free(percent);
}

static void append_totals(GString *words, json_object *totals)
{
    uint64_t count = tree_get_count(totals, "connections");
    uint64_t probes = tree_get_count(tree_get(totals, "probes"), "connections");
    double rate = tree_get_number(totals, "opens_per_second");
    char *texts[] = {text_plural(count, "connection"), text_count(probes), text_number(rate),
                     text_plural(tree_get_count(totals, "requests"), "request")};
    g_string_append(words, texts[0]);
    if (probes > 0)
        g_string_append_printf(words, " (%s of them health probes)", texts[1]);
    if (count > 1 && rate >= 0.1)
        g_string_append_printf(words, ", %s opened per second,", texts[2]);
    g_string_append_printf(words, " carried %s", texts[3]);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

// The first of the other families, and the rest of them as one.
static void append_others(GString *words, json_object *families, unsigned most)
{
    double rest = 0;
    unsigned named = 0;
    for (size_t i = 0; i < tree_length(families); i++) {
        json_object *row = tree_at(families, i);
        const char *id = tree_get_text(row, "id");
        double share = tree_get_number(row, "share");
        if (is_leading(id) || !(share > 0))
            continue;
        if (named++ < most)
            append_family(words, id, share);
        else
            rest += share;
    }
    append_family(words, "other", rest);
}

char *verdict_words(json_object *document, unsigned others)
{
    json_object *families = tree_get_array(document, "families");
    GString *words = g_string_new(NULL);
    append_totals(words, tree_get(document, "totals"));
    if (tree_length(families) > 0)
        g_string_append(words, "; how they ended:");
    for (size_t i = 0; i < G_N_ELEMENTS(leading); i++)
        append_family(words, leading[i], family_share(families, leading[i]));
    append_others(words, families, others);
    g_string_append_c(words, '.');
    return g_string_free(words, FALSE);
}
