// SPDX-License-Identifier: BSD-2-Clause
// Numbers get units and thousands, times say UTC.
#include "report/html_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/phrase_number.h"

#define LONG_LIST 12 // rows from which on a list may be folded away

void html_put(json_object *object, const char *key, char *text)
{
    html_put_words(object, key, text);
    g_free(text);
}

// tree_text() makes whatever a saved report holds safe to show.
void html_put_words(json_object *object, const char *key, const char *words)
{
    if (words != NULL)
        json_object_object_add(object, key, tree_text(words));
}

void html_put_flag(json_object *object, const char *key, bool flag)
{
    if (flag)
        json_object_object_add(object, key, json_object_new_boolean(true));
}

void html_put_list(json_object *object, const char *key, json_object *list)
{
    if (tree_length(list) == 0) {
        json_object_put(list);
        return;
    }
    json_object *holder = json_object_new_object();
    json_object_object_add(holder, "rows", list);
    json_object_object_add(holder, "count", tree_count(tree_length(list)));
    html_put_flag(holder, "is_long", tree_length(list) > LONG_LIST);
    json_object_object_add(object, key, holder);
}

char *html_part(double part, double whole)
{
    double share = whole > 0 && part > 0 ? MIN(part / whole, 1) : 0;
    unsigned hundredths = (unsigned)lround(share * 10000);
    return g_strdup_printf("%u.%02u%%", hundredths / 100, hundredths % 100);
}

char *html_seconds(double seconds)
{
    if (!isfinite(seconds) || fabs(seconds) > 9e9)
        return g_strdup("-");
    if (seconds < 119.5)
        return text_seconds(seconds);
    uint64_t whole = (uint64_t)llround(seconds);
    if (whole < 7200)
        return g_strdup_printf("%" PRIu64 " min %" PRIu64 " s", whole / 60, whole % 60);
    if (whole < 172800)
        return g_strdup_printf("%" PRIu64 " h %" PRIu64 " min", whole / 3600, whole / 60 % 60);
    return g_strdup_printf("%" PRIu64 " d %" PRIu64 " h", whole / 86400, whole / 3600 % 24);
}

char *html_bytes(double bytes)
{
    if (!isfinite(bytes) || bytes < 0)
        return g_strdup("-");
    GString *words = g_string_new(NULL);
    phrase_number_append(words, bytes, "bytes", strlen("bytes"));
    return g_string_free(words, FALSE);
}

// Whether it has the form of a document's times up to the second.
static bool is_time(const char *time)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    for (size_t i = 0; form[i] != '\0'; i++)
        if (form[i] == 'd' ? !g_ascii_isdigit(time[i]) : time[i] != form[i])
            return false;
    return true;
}

char *html_time(const char *time)
{
    if (!is_time(time))
        return g_strdup("-");
    int fraction = time[19] == '.' ? (int)strspn(time + 20, "0123456789") : 0;
    return g_strdup_printf("%.10s %.8s%.*s UTC", time, time + 11,
                           fraction > 0 ? MIN(fraction, 3) + 1 : 0, time + 19);
}

char *html_clock(const char *time, const char *other)
{
    if (!is_time(time))
        return g_strdup("-");
    bool is_same_day = strncmp(time, other, 10) == 0;
    bool is_same_minute = strncmp(time, other, 16) == 0 && time[19] == '.';
    return g_strdup_printf("%.*s%s%.*s", is_same_day ? 0 : 10, time, is_same_day ? "" : " ",
                           is_same_minute ? 12 : 8, time + 11);
}

char *html_count_of(json_object *object, const char *key)
{
    double number = tree_get_number(object, key);
    return isfinite(number) && number >= 0 ? text_count(tree_get_count(object, key))
                                           : g_strdup("-");
}
