// SPDX-License-Identifier: BSD-2-Clause
// Known default settings of products: versioned data (data/known-defaults.ini), embedded.
#pragma once

#include <glib.h>

#include "base/slice.h"
#include "judge/finding.h"

struct known_default {
    enum setting_kind kind;
    char who[4];    // S, C, P, N letters as in the data file
    int64_t value;  // ns or count
    bool is_hinted; // the value counts from the server's Keep-Alive: timeout=
    int64_t slack;  // how far above it the wire shows it, ns
    char *product;  // "Go net/http IdleConnTimeout"
    char *match;    // parts of User-Agent or Server, case-insensitive, separated by ;
                    // that rank it first, or NULL
    char *source;   // where the value is stated
};

struct known_defaults;
struct known_defaults *known_defaults_new(const char *text, size_t length, GError **error);
void known_defaults_free(struct known_defaults *known);

// The embedded table, parsed once by the caller that owns it.
struct known_defaults *known_defaults_embedded(void);

// Whether a part of `match` occurs in the fingerprint (User-Agent or Server).
bool known_default_fits(const struct known_default *known, struct slice fingerprint);

// Defaults of `kind` and side near `value` (10 ms below to `slack` above; a slack of more than
// 100 ms counts only where the fingerprint fits or the default has none), those whose `match`
// occurs in `fingerprint` first; a client's own defaults are left out when the fingerprint names
// another product of the table. The pointers live as long as `known`; caller frees the array.
GPtrArray *known_defaults_find(const struct known_defaults *known, enum setting_kind kind,
                               enum side side, int64_t value, struct slice fingerprint);

// The same for defaults that count from what the server tells: `value` is the distance from it.
GPtrArray *known_defaults_hinted(const struct known_defaults *known, enum setting_kind kind,
                                 enum side side, int64_t value, struct slice fingerprint);

// Whether there is any, without listing them.
bool known_defaults_has(const struct known_defaults *known, enum setting_kind kind, enum side side,
                        int64_t value, struct slice fingerprint);
