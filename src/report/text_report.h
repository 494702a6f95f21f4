// SPDX-License-Identifier: BSD-2-Clause
// The report as text: one screen, or all of it with -v.
#pragma once

#include "report/report.h"

// At most 24 lines of 80 columns unless options->verbose.
bool text_report_write(json_object *document, const struct report_options *options, FILE *out,
                       GError **error);
