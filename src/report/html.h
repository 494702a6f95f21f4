// SPDX-License-Identifier: BSD-2-Clause
// The document as a page: one file that needs no other and asks no server for anything.
#pragma once

#include "report/report.h"

// Only the tree is read, so that a saved report gives the same page. False and an error when the
// stream fails.
bool html_write(json_object *document, const struct report_options *options, FILE *out,
                GError **error);
