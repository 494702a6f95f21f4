// SPDX-License-Identifier: BSD-2-Clause
// Parts of the wide text report: settings, conflicts, what-if, sockets, warnings; and lists.
#pragma once

#include "report/report.h"
#include "report/text_page.h"

void text_lists_write(struct text_page *page, json_object *document,
                      const struct report_options *options);

// How many rows of a list --top shows.
size_t text_list_shown(json_object *list, const struct report_options *options);

// A blank line and the heading, which tells when only `part` of `whole` rows follow.
void text_list_heading(struct text_page *page, const char *heading, size_t part, size_t whole);
