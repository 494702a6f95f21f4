// SPDX-License-Identifier: BSD-2-Clause
// A tokenizer as strict as the template: whatever else is in a page came from its data.
#include "html_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"

static const char *const elements[] = {
    "html",    "head",    "meta",   "title",    "style",   "body",    "svg",
    "defs",    "pattern", "rect",   "circle",   "a",       "header",  "p",
    "h1",      "h2",      "h3",     "h4",       "nav",     "ul",      "li",
    "main",    "section", "span",   "dl",       "div",     "dt",      "dd",
    "br",      "table",   "thead",  "tbody",    "tr",      "th",      "td",
    "article", "code",    "figure", "g",        "line",    "text",    "polygon",
    "b",       "footer",  "script", "!doctype", "details", "summary", "figcaption",
};

static const char *const attributes[] = {
    "aria-hidden",
    "aria-label",
    "aria-labelledby",
    "charset",
    "class",
    "content",
    "cx",
    "cy",
    "data-cause",
    "data-id",
    "data-stack",
    "fill",
    "focusable",
    "height",
    "href",
    "html",
    "http-equiv",
    "id",
    "lang",
    "name",
    "patternTransform",
    "patternUnits",
    "points",
    "preserveAspectRatio",
    "r",
    "role",
    "scope",
    "tabindex",
    "text-anchor",
    "type",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
};

char *page_of(json_object *document)
{
    char *page = NULL;
    size_t length = 0;
    GError *error = NULL;
    FILE *out = open_memstream(&page, &length);
    const struct report_options options = {.width = 80};
    if (!html_write(document, &options, out, &error))
        abort();
    fclose(out);
    if (strlen(page) != length || !g_utf8_validate(page, (gssize)length, NULL))
        abort();
    return page;
}

char *page_between(const char *page, const char *open, const char *close)
{
    const char *start = strstr(page, open);
    const char *end = start ? strstr(start + strlen(open), close) : NULL;
    return end ? g_strndup(start + strlen(open), (gsize)(end - start) - strlen(open)) : NULL;
}

unsigned page_count(const char *page, const char *words)
{
    unsigned count = 0;
    for (; (page = strstr(page, words)) != NULL; page += strlen(words))
        count++;
    return count;
}

static bool is_among(const char *const *list, size_t count, const char *at, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == length && strncmp(list[i], at, length) == 0)
            return true;
    return false;
}

static size_t name_length(const char *at)
{
    return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-!");
}

// One attribute; gives what stands behind it, NULL when it isn't as it has to be.
static const char *skip_attribute(const char *at)
{
    size_t length = name_length(at);
    bool is_address = strncmp(at, "href", length) == 0;
    if (!is_among(attributes, G_N_ELEMENTS(attributes), at, length))
        return NULL;
    at += length;
    if (*at != '=')
        return at;
    if (at[1] != '"' || (is_address && at[2] != '#'))
        return NULL;
    const char *end = strchr(at + 2, '"');
    if (end == NULL || memchr(at, '<', (size_t)(end - at)) != NULL)
        return NULL;
    return end + 1;
}

// One tag from its "<" on; gives what stands behind its ">".
static const char *skip_tag(const char *tag)
{
    bool is_end = tag[1] == '/';
    const char *at = tag + 1 + is_end;
    size_t length = name_length(at);
    if (!is_among(elements, G_N_ELEMENTS(elements), at, length))
        return NULL;
    at += length;
    while (*at == ' ' && at[1] != '/' && !is_end) {
        at = skip_attribute(at + 1);
        if (at == NULL)
            return NULL;
    }
    at += *at == '/' && !is_end;
    return *at == '>' ? at + 1 : NULL;
}

bool page_is_tame(const char *page)
{
    for (const char *tag = strchr(page, '<'); tag != NULL; tag = strchr(page, '<')) {
        page = skip_tag(tag);
        if (page == NULL) {
            printf("\n    not of the template: %.60s", tag);
            return false;
        }
        const char *end = strncmp(tag, "<script", 7) == 0  ? "</script>"
                          : strncmp(tag, "<style", 6) == 0 ? "</style>"
                                                           : NULL;
        if (end != NULL)
            page = strstr(page, end);
        if (page == NULL)
            return false;
    }
    return true;
}
