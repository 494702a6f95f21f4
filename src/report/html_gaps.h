// SPDX-License-Identifier: BSD-2-Clause
// Gaps before the close: how long connections were idle when they were closed, on a logarithmic
// axis, with the inferred timeouts and the known defaults marked.
#pragma once

#include "report/tree.h"

struct html_gaps;
struct html_gaps *html_gaps_new(void);
void html_gaps_free(struct html_gaps *gaps);

// Adds a row as document_row_open() gives it.
void html_gaps_add(struct html_gaps *gaps, json_object *row);

// The chart; NULL without gaps. Caller puts it.
json_object *html_gaps_chart(const struct html_gaps *gaps, json_object *document);
