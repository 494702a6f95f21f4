// SPDX-License-Identifier: BSD-2-Clause
// Opens and closes over time, closes by cause: from the rows that the document holds.
#pragma once

#include "report/tree.h"

struct html_flow;
// The axis is that of the document's inputs, the causes are its most frequent.
struct html_flow *html_flow_new(json_object *document);
void html_flow_free(struct html_flow *flow);

// Adds a row as document_row_open() gives it.
void html_flow_add(struct html_flow *flow, json_object *row);

// The chart; NULL when nothing falls into the time of the inputs. Caller puts it.
json_object *html_flow_chart(const struct html_flow *flow, json_object *document);
