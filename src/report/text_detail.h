// SPDX-License-Identifier: BSD-2-Clause
// The wide part of the text report: findings, pairs, settings, conflicts, sockets, warnings.
#pragma once

#include "report/report.h"
#include "report/text_page.h"

// Lists have at most options->top rows (0: all).
void text_detail_write(struct text_page *page, json_object *document,
                       const struct report_options *options);

// The ink of a finding's severity.
enum ink text_severity_ink(const char *severity);
