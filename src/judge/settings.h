// SPDX-License-Identifier: BSD-2-Clause
// Settings of hosts, inferred from the closes that the judge explained: what it was, how often it
// was seen, how far it spread, and which known defaults it is consistent with.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/finding.h"
#include "judge/known.h"

#define SETTINGS_MOST 2000 // settings kept, those seen most often

// struct setting per host, role, kind and cluster; needs records, verdicts and pairs. A setting
// with value NANOS_UNKNOWN was not observed itself: `advertised` is what the server announced and
// `low` the longest stay that it survived (right-censoring; NANOS_UNKNOWN without one). An idle
// timeout that a later reuse after a longer stay disproves is left out. `known` has to outlive the
// candidates. Ordered by how often seen; caller frees with settings_free().
GArray *settings_new(const struct analysis *analysis, const struct known_defaults *known);
void settings_free(GArray *settings);
