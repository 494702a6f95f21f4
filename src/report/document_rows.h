// SPDX-License-Identifier: BSD-2-Clause
// connections.rows of a document. A row made now is written only when it is asked for, so that a
// million of them take little memory; a row of a saved report is a tree already.
#pragma once

#include "report/rows.h"

// The object of connections{}; takes `rows`, which live as long as the array of rows in it.
json_object *document_connections(struct rows *rows);

// The rows that a document made now was written from, owned by it; NULL for a saved report.
const struct rows *document_rows(json_object *document);

// Appends one element of connections.rows as text when it is a row made now; false when not.
bool document_row_write(GString *text, json_object *row);

// An element of connections.rows as a tree whose members can be read; the caller puts it.
json_object *document_row_open(json_object *row);
