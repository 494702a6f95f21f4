// SPDX-License-Identifier: BSD-2-Clause
// Trees as JSON text, and text to a stream.
#pragma once

#include <stdio.h>

#include "report/tree.h"

// Appends a value in compact form: strings safe as json_text_string() makes them, numbers with
// their own digits, rows of a document as their objects. Not zero-terminated.
void tree_write(GString *text, json_object *value);

// A stream written in large pieces, a long one by a thread of its own while the next piece is made.
// The first failure is kept; later writes do nothing.
struct tree_stream {
    FILE *out;
    GString *text;         // append here, then call tree_stream_pass()
    gint failure;          // errno of the first failure; 0 none; atomic
    struct behind *behind; // NULL: not one large piece yet
};

void tree_stream_begin(struct tree_stream *stream, FILE *out);

// Hands the text on once it is large; false after a failure.
bool tree_stream_pass(struct tree_stream *stream);

// Hands on the rest and frees; false and an error when anything failed.
bool tree_stream_end(struct tree_stream *stream, GError **error);
