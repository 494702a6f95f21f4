// SPDX-License-Identifier: BSD-2-Clause
// Conflicts: the client keeps idle connections for longer than the server does, so that requests
// can cross the server's close. Per pair: those that did, and those that nearly did.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/finding.h"
#include "judge/stays.h"

// struct conflict for each pair whose client idle timeout is above the server's, or whose requests
// raced; needs settings, verdicts and pairs. Most raced first; caller frees.
GArray *conflicts_new(const struct analysis *analysis, const struct exchange_log *log);
