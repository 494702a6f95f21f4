// SPDX-License-Identifier: BSD-2-Clause
// Findings: what an engineer should know first, worst first, in numbers.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/finding.h"

// struct finding, by severity and then by connections; needs everything else of the analysis.
// Probes are left out of all but the finding about them. Caller frees.
GArray *findings_new(const struct analysis *analysis, const struct exchange *exchanges,
                     size_t count);

// The same in two steps, of which the first needs no what-ifs.
struct inquiry;
struct inquiry *findings_begin(const struct analysis *analysis, const struct exchange *exchanges,
                               size_t count);
GArray *findings_end(struct inquiry *inquiry);
