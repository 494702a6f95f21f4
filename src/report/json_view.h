// SPDX-License-Identifier: BSD-2-Clause
// The document as JSON and as NDJSON.
#pragma once

#include "report/report.h"

// One key of the document a line, and one element of its lists a line.
bool json_view_write(json_object *document, FILE *out, GError **error);

// The rows that the document holds, one a line, then the summary. For a report made now,
// ndjson_write() gives every row.
bool ndjson_view_write(json_object *document, FILE *out, GError **error);
