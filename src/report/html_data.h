// SPDX-License-Identifier: BSD-2-Clause
// The document as JSON inside a script element.
#pragma once

#include "report/html_table.h"
#include "report/tree_write.h"

// Appends the document; connections.rows are replaced by connections.table. No character of it can
// end the element: < > & and line separators are written as \u escapes.
void html_data_write(struct tree_stream *stream, json_object *document,
                     const struct html_table *table);
