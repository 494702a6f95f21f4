// SPDX-License-Identifier: BSD-2-Clause
// Parts of the wide text report: settings, conflicts, what-if, sockets, warnings; and lists.
#pragma once

#include "report/report.h"
#include "report/text_page.h"

void text_lists_write(struct text_page *page, json_object *document,
                      const struct report_options *options);

// Begins a list with a blank line and its heading, which tells when not all rows follow; how many
// --top shows. Nothing for an empty list.
size_t text_list_begin(struct text_page *page, const char *heading, json_object *list,
                       const struct report_options *options);
