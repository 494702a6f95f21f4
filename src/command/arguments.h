// SPDX-License-Identifier: BSD-2-Clause
// Arguments as tcpdump's and tshark's users write them: a value may touch its letter (-c10).
#pragma once

#include <glib.h>
#include <stdbool.h>

// The list with values parted from their letters ("-qj2" is "-qj", "2"), as GOption wants them, and
// a bare --color or --progress told as "always"; `valued` has the letters that take a value. Ends
// with NULL; the texts live in `texts`.
GPtrArray *arguments_part(int count, char *const *arguments, const char *valued,
                          GStringChunk *texts);

// Adds the names in a list, one a line, to `files`, which owns them; "-" is standard input. False,
// and said, when it can't be read or names nothing: an input is missing.
bool arguments_list(const char *path, GPtrArray *files);
