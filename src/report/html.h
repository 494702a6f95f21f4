// SPDX-License-Identifier: BSD-2-Clause
// The report as one HTML page.
#pragma once

#include "report/report.h"

bool html_write(json_object *document, const struct report_options *options, FILE *out,
                GError **error);
