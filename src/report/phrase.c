// SPDX-License-Identifier: BSD-2-Clause
// Fills sentences: one pass, no recursion; a bracket's text is made first and kept or dropped.
#include "report/phrase.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "report/phrase_number.h"

struct place {
    const char *name;
    size_t name_length;
    const char *format;
    size_t format_length;
};

static const struct phrase_value *value_of(const struct place *place,
                                           const struct phrase_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == place->name_length &&
            memcmp(values[i].name, place->name, place->name_length) == 0)
            return &values[i];
    return NULL;
}

// Appends the value; false when it is unknown or 0.
static bool append_value(GString *out, const struct place *place, const struct phrase_value *value)
{
    if (value && value->text) {
        g_string_append(out, *value->text ? value->text : "?");
        return *value->text != '\0';
    }
    if (!value || !isfinite(value->number)) {
        g_string_append_c(out, 'N');
        return false;
    }
    phrase_number_append(out, value->number, place->format, place->format_length);
    return value->number != 0;
}

// The place that begins behind an opening brace; NULL when it is just a brace.
static const char *read_place(const char *at, struct place *place)
{
    size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz-");
    const char *end = strchr(at, '}');
    if (!end || length == 0 || (at[length] != ':' && at[length] != '}'))
        return NULL;
    const char *colon = memchr(at, ':', (size_t)(end - at));
    place->name = at;
    place->name_length = (size_t)((colon ? colon : end) - at);
    place->format = colon ? colon + 1 : end;
    place->format_length = (size_t)(end - place->format);
    return end + 1;
}

void phrase_append(GString *out, const char *sentence, const struct phrase_value *values,
                   size_t count)
{
    gsize bracket = 0;
    bool is_inside = false, is_kept = true;
    for (const char *at = sentence; *at;) {
        struct place place;
        const char *next = *at == '{' ? read_place(at + 1, &place) : NULL;
        if (next) {
            is_kept &= append_value(out, &place, value_of(&place, values, count));
            at = next;
            continue;
        }
        if (*at == '[' && !is_inside) {
            bracket = out->len;
            is_inside = is_kept = true;
        } else if (*at == ']' && is_inside) {
            is_inside = false;
            if (!is_kept)
                g_string_truncate(out, bracket);
            if (!is_kept && at[1] == ' ' && (bracket == 0 || out->str[bracket - 1] == ' '))
                at++; // one space between sentences
        } else {
            g_string_append_c(out, *at);
        }
        at++;
    }
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
}
