// SPDX-License-Identifier: BSD-2-Clause
// Sentences with places for numbers and names: "{b} of them[, {a:s} long]".
#pragma once

#include <glib.h>

// What a place may stand for: a number, or a text.
struct phrase_value {
    const char *name;
    double number;    // NAN: unknown
    const char *text; // not NULL: a text, "" unknown
};

// Appends the sentence with its places filled. {name} a whole number, {name:1} one decimal,
// {name:s} seconds, {name:%} a share, {name:bytes} a size, {name:one|many} the number with a word.
// A part in [brackets] is left out when a place in it is unknown or 0; elsewhere unknown is "N".
// Brackets don't nest.
void phrase_append(GString *out, const char *sentence, const struct phrase_value *values,
                   size_t count);
