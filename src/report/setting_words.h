// SPDX-License-Identifier: BSD-2-Clause
// Settings and conflicts in words: "90.0 s (n=212): consistent with Go ...".
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/finding.h"

// The value ("90 s", "5.1 s to 8.3 s", "over 40 s", "2 idle connections"), how often it was seen,
// the advertised value and the candidates; caller frees.
char *setting_words(const struct setting *setting);

// What collides, which requests fell into it, and the value that closes the window; caller frees.
char *conflict_words(const struct conflict *conflict);
