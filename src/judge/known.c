// SPDX-License-Identifier: BSD-2-Clause
// The table of known default settings: read once, looked up by kind, side, value and fingerprint.
#include "judge/known.h"

#include <string.h>

#include "base/embedded.h"

#define DEFAULTS_MOST 4096 // groups taken from a data file

// Timers fire a little early on the wire's clock, and late by a scheduler's whim.
#define EARLY (10 * NANOS_PER_MS)
#define LATE  (100 * NANOS_PER_MS)

struct known_defaults {
    GPtrArray *rows;  // struct known_default, in file order
    GPtrArray *parts; // char *: every part of a match, once
};

static void known_default_free(gpointer data)
{
    struct known_default *known = data;
    g_free(known->product);
    g_free(known->match);
    g_free(known->source);
    g_free(known);
}

// Decimal digits with at most nine decimals as an integer in units of `one`; false when not so.
static bool parse_decimal(const char *text, int64_t one, int64_t *value)
{
    int64_t whole = 0, part = 0, unit = one;
    size_t i = 0;
    for (; g_ascii_isdigit(text[i]) && i < 9; i++)
        whole = whole * 10 + (text[i] - '0');
    if (i == 0)
        return false;
    if (text[i] == '.') {
        for (i++; g_ascii_isdigit(text[i]) && unit >= 10; i++) {
            unit /= 10;
            part += (text[i] - '0') * unit;
        }
    }
    *value = whole * one + part;
    return text[i] == '\0';
}

static bool read_number(GKeyFile *file, const char *group, const char *key, int64_t one,
                        int64_t *value)
{
    char *text = g_key_file_get_string(file, group, key, NULL);
    bool is_number = text && parse_decimal(text, one, value);
    g_free(text);
    return is_number;
}

static bool read_kind(GKeyFile *file, const char *group, enum setting_kind *kind)
{
    char *text = g_key_file_get_string(file, group, "kind", NULL);
    unsigned i = 0;
    while (text && i < SETTINGS && strcmp(text, setting_key((enum setting_kind)i)) != 0)
        i++;
    *kind = (enum setting_kind)i;
    bool is_known = text && i < SETTINGS;
    g_free(text);
    return is_known;
}

static bool read_who(GKeyFile *file, const char *group, char who[4])
{
    char *text = g_key_file_get_string(file, group, "who", NULL);
    bool is_valid = text && *text && strlen(text) < 4 && strspn(text, "SCPN") == strlen(text);
    if (is_valid)
        strcpy(who, text);
    g_free(text);
    return is_valid;
}

static bool read_hint(GKeyFile *file, const char *group, struct known_default *known)
{
    char *text = g_key_file_get_string(file, group, "hint", NULL);
    bool is_before = g_strcmp0(text, "before") == 0;
    known->is_hinted = text != NULL;
    if (is_before)
        known->value = -known->value;
    bool is_valid = !text || is_before || strcmp(text, "after") == 0;
    g_free(text);
    return is_valid;
}

// One group of the file; NULL with `bad` set to the key that is missing or wrong.
static struct known_default *known_default_read(GKeyFile *file, const char *group, const char **bad)
{
    struct known_default *known = g_new0(struct known_default, 1);
    known->product = g_key_file_get_string(file, group, "product", NULL);
    known->match = g_key_file_get_string(file, group, "match", NULL);
    known->source = g_key_file_get_string(file, group, "source", NULL);
    *bad = NULL;
    if (!known->product)
        *bad = "product";
    else if (!known->source)
        *bad = "source";
    else if (!read_kind(file, group, &known->kind))
        *bad = "kind";
    else if (!read_who(file, group, known->who))
        *bad = "who";
    if (!*bad) {
        bool is_time = setting_is_time(known->kind);
        known->slack = is_time ? LATE : 0;
        if (!read_number(file, group, "value", is_time ? NANOS_PER_SECOND : 1, &known->value))
            *bad = "value";
        else if (g_key_file_has_key(file, group, "slack", NULL) &&
                 !read_number(file, group, "slack", NANOS_PER_SECOND, &known->slack))
            *bad = "slack";
        else if (!read_hint(file, group, known))
            *bad = "hint";
    }
    if (*bad) {
        known_default_free(known);
        return NULL;
    }
    return known;
}

static bool known_defaults_fill(GPtrArray *rows, GKeyFile *file, GError **error)
{
    gsize count = 0;
    char **groups = g_key_file_get_groups(file, &count);
    bool is_good = true;
    for (gsize i = 0; i < count && is_good; i++) {
        const char *bad = NULL;
        if (strcmp(groups[i], "table") == 0)
            continue;
        struct known_default *known = known_default_read(file, groups[i], &bad);
        if (known && rows->len < DEFAULTS_MOST) {
            g_ptr_array_add(rows, known);
            continue;
        }
        is_good = false;
        if (known)
            known_default_free(known);
        g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                    bad ? "known defaults: group %s: %s is missing or wrong"
                        : "known defaults: group %s: more than the %s that are taken",
                    groups[i], bad ? bad : G_STRINGIFY(DEFAULTS_MOST));
    }
    g_strfreev(groups);
    return is_good;
}

// Every part of a match once: they tell whether a fingerprint is one that the table knows.
static void collect_parts(struct known_defaults *known)
{
    for (guint i = 0; i < known->rows->len; i++) {
        const struct known_default *row = known->rows->pdata[i];
        char **parts = g_strsplit(row->match ? row->match : "", ";", -1);
        for (char **part = parts; *part; part++)
            if (**part && !g_ptr_array_find_with_equal_func(known->parts, *part, g_str_equal, NULL))
                g_ptr_array_add(known->parts, g_strdup(*part));
        g_strfreev(parts);
    }
}

struct known_defaults *known_defaults_new(const char *text, size_t length, GError **error)
{
    struct known_defaults *known = g_new0(struct known_defaults, 1);
    GKeyFile *file = g_key_file_new();
    known->rows = g_ptr_array_new_with_free_func(known_default_free);
    known->parts = g_ptr_array_new_with_free_func(g_free);
    bool is_good =
        length == 0 || g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, error);
    is_good = is_good && known_defaults_fill(known->rows, file, error);
    g_key_file_free(file);
    if (is_good) {
        collect_parts(known);
        return known;
    }
    known_defaults_free(known);
    return NULL;
}

void known_defaults_free(struct known_defaults *known)
{
    if (!known)
        return;
    g_ptr_array_free(known->rows, TRUE);
    g_ptr_array_free(known->parts, TRUE);
    g_free(known);
}

struct known_defaults *known_defaults_embedded(void)
{
    struct slice text = embedded_find("known-defaults.ini");
    GError *error = NULL;
    struct known_defaults *known = known_defaults_new((const char *)text.at, text.length, &error);
    if (!known)
        g_error("%s", error->message);
    return known;
}

static bool slice_has(struct slice haystack, const char *needle, size_t length)
{
    if (length == 0)
        return false;
    for (size_t i = 0; i + length <= haystack.length; i++)
        if (g_ascii_strncasecmp((const char *)haystack.at + i, needle, length) == 0)
            return true;
    return false;
}

bool known_default_fits(const struct known_default *known, struct slice fingerprint)
{
    const char *part = known->match;
    while (part && *part) {
        size_t length = strcspn(part, ";");
        if (slice_has(fingerprint, part, length))
            return true;
        part += length + (part[length] == ';');
    }
    return false;
}

static bool is_of_side(const struct known_default *known, enum side side)
{
    return strpbrk(known->who, side == SERVER ? "SN" : "CPN") != NULL;
}

// Within the full slack: all that a look-up has to look at closely.
static bool is_near(const struct known_default *known, int64_t value)
{
    if (!setting_is_time(known->kind))
        return value == known->value;
    return value >= known->value - EARLY && value <= known->value + known->slack;
}

// A wide slack (a sweep, a coarse tick) counts only for those that the fingerprint points to, or
// that have none; else nearly every gap would equal some default.
static bool is_equal(const struct known_default *known, int64_t value, bool fits)
{
    return fits || !known->match || !setting_is_time(known->kind) || value <= known->value + LATE;
}

static bool is_recognized(const struct known_defaults *known, struct slice fingerprint)
{
    for (guint i = 0; i < known->parts->len; i++) {
        const char *part = known->parts->pdata[i];
        if (slice_has(fingerprint, part, strlen(part)))
            return true;
    }
    return false;
}

enum rank {
    RANK_FITS,
    RANK_OPEN,  // no fingerprint of its own, or none to compare with
    RANK_OTHER, // another fingerprint was expected
    RANK_NETWORK,
    RANK_NEVER, // a client that says it is another known product
    RANK_UNKNOWN
};

// A proxy passes on the User-Agent of its clients and the Server of what is behind it; so only a
// client's own default is ruled out by another product's name.
static enum rank rank_of(const struct known_defaults *known, const struct known_default *row,
                         struct slice fingerprint, bool fits)
{
    if (strcmp(row->who, "N") == 0)
        return RANK_NETWORK;
    if (fits)
        return RANK_FITS;
    if (!row->match || fingerprint.length == 0)
        return RANK_OPEN;
    bool is_own = strcmp(row->who, "C") == 0;
    return is_own && is_recognized(known, fingerprint) ? RANK_NEVER : RANK_OTHER;
}

// What defaults are compared with.
struct wanted {
    enum setting_kind kind;
    enum side side;
    int64_t value;
    bool is_hinted;
};

static GPtrArray *find(const struct known_defaults *known, const struct wanted *wanted,
                       struct slice fingerprint)
{
    GPtrArray *found[RANK_UNKNOWN];
    for (int rank = 0; rank < RANK_UNKNOWN; rank++)
        found[rank] = g_ptr_array_new();
    for (guint i = 0; i < known->rows->len; i++) {
        struct known_default *row = known->rows->pdata[i];
        if (row->kind != wanted->kind || row->is_hinted != wanted->is_hinted ||
            !is_near(row, wanted->value) || !is_of_side(row, wanted->side))
            continue;
        bool fits = known_default_fits(row, fingerprint);
        if (is_equal(row, wanted->value, fits))
            g_ptr_array_add(found[rank_of(known, row, fingerprint, fits)], row);
    }
    for (int rank = 1; rank < RANK_UNKNOWN; rank++) {
        for (guint i = 0; i < found[rank]->len && rank != RANK_NEVER; i++)
            g_ptr_array_add(found[0], found[rank]->pdata[i]);
        g_ptr_array_free(found[rank], TRUE);
    }
    return found[0];
}

GPtrArray *known_defaults_find(const struct known_defaults *known, enum setting_kind kind,
                               enum side side, int64_t value, struct slice fingerprint)
{
    return find(known, &(struct wanted){kind, side, value, false}, fingerprint);
}

GPtrArray *known_defaults_hinted(const struct known_defaults *known, enum setting_kind kind,
                                 enum side side, int64_t value, struct slice fingerprint)
{
    return find(known, &(struct wanted){kind, side, value, true}, fingerprint);
}

bool known_defaults_has(const struct known_defaults *known, enum setting_kind kind, enum side side,
                        int64_t value, struct slice fingerprint)
{
    bool is_possible = false;
    for (guint i = 0; i < known->rows->len && !is_possible; i++) {
        const struct known_default *row = known->rows->pdata[i];
        is_possible = row->kind == kind && is_near(row, value);
    }
    if (!is_possible)
        return false;
    GPtrArray *found = known_defaults_find(known, kind, side, value, fingerprint);
    bool has = found->len > 0;
    g_ptr_array_free(found, TRUE);
    return has;
}
