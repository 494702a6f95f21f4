// SPDX-License-Identifier: BSD-2-Clause
// Settings and conflicts in words.
#include "report/setting_words.h"

#include "judge/cluster.h"
#include "judge/known.h"
#include "judge/settings.h"
#include "report/phrase_number.h"

#define CANDIDATES_TOLD 4

static double seconds_of(int64_t nanos)
{
    return (double)nanos / (double)NANOS_PER_SECOND;
}

static void append_value(GString *out, const struct setting *setting, int64_t value)
{
    if (setting_is_time(setting->kind))
        phrase_seconds_append(out, seconds_of(value));
    else
        g_string_append_printf(out, "%" G_GINT64_FORMAT, value);
}

static const char *unit_of(enum setting_kind kind)
{
    if (kind == SETTING_MAX_REQUESTS)
        return " requests";
    return setting_is_time(kind) ? "" : " idle connections";
}

// A range where the values lie wider apart than a timer's own spread.
static bool is_range(const struct setting *setting)
{
    return setting_is_time(setting->kind) &&
           setting->high - setting->low > cluster_tight(setting->value);
}

static void append_observed(GString *out, const struct setting *setting)
{
    if (setting->value == NANOS_UNKNOWN && setting->low == NANOS_UNKNOWN) {
        g_string_append(out, "not observed");
    } else if (setting->value == NANOS_UNKNOWN) {
        g_string_append(out, "over ");
        append_value(out, setting, setting->low);
    } else if (is_range(setting)) {
        append_value(out, setting, setting->low);
        g_string_append(out, " to ");
        append_value(out, setting, setting->high);
    } else {
        append_value(out, setting, setting->value);
        g_string_append(out, unit_of(setting->kind));
    }
}

char *setting_words(const struct setting *setting)
{
    GString *out = g_string_new(NULL);
    guint candidates = setting->candidates ? setting->candidates->len : 0;
    append_observed(out, setting);
    if (setting->n > 0)
        g_string_append_printf(out, " (n=%" G_GUINT64_FORMAT ")", setting->n);
    if (setting->advertised != NANOS_UNKNOWN) {
        g_string_append(out, ", advertised ");
        append_value(out, setting, setting->advertised);
    }
    for (guint i = 0; i < MIN(candidates, CANDIDATES_TOLD); i++) {
        const struct known_default *known = g_ptr_array_index(setting->candidates, i);
        g_string_append(out, i ? "; " : ": consistent with ");
        g_string_append(out, known->product);
    }
    if (candidates > CANDIDATES_TOLD)
        g_string_append_printf(out, "; %u more", candidates - CANDIDATES_TOLD);
    return g_string_free(out, FALSE);
}

static void append_races(GString *out, const struct conflict *conflict)
{
    if (conflict->raced == 0)
        return;
    g_string_append_printf(out,
                           " %" G_GUINT64_FORMAT " raced the close (acknowledged by the server's "
                           "kernel: %" G_GUINT64_FORMAT ", sent again: %" G_GUINT64_FORMAT
                           ", not idempotent: %" G_GUINT64_FORMAT ").",
                           conflict->raced, conflict->acknowledged, conflict->retried,
                           conflict->not_idempotent);
}

char *conflict_words(const struct conflict *conflict)
{
    GString *out = g_string_new("The server closes idle connections");
    if (conflict->server_value != NANOS_UNKNOWN) {
        g_string_append(out, " after ");
        phrase_seconds_append(out, seconds_of(conflict->server_value));
    }
    g_string_append(out, ", the client ");
    if (conflict->client_value != NANOS_UNKNOWN) {
        g_string_append(out, "after ");
        phrase_seconds_append(out, seconds_of(conflict->client_value));
        g_string_append_c(out, '.');
    } else {
        g_string_append(out, "was not seen to close any earlier.");
    }
    append_races(out, conflict);
    if (conflict->would_race > 0)
        g_string_append_printf(
            out, " %" G_GUINT64_FORMAT " more went out on connections idle for nearly that long.",
            conflict->would_race);
    if (conflict->advice != NANOS_UNKNOWN) {
        g_string_append(out, " A client idle timeout of ");
        phrase_seconds_append(out, seconds_of(conflict->advice));
        g_string_append(out, " closes the window.");
    }
    return g_string_free(out, FALSE);
}
