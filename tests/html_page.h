// SPDX-License-Identifier: BSD-2-Clause
// A written page taken apart: its tags, its script, its data.
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

// The page of a document. Caller frees.
char *page_of(json_object *document);

// The text between the first `open` and the next `close`; NULL without them. Caller frees.
char *page_between(const char *page, const char *open, const char *close);

// Whether every tag is one that the template has, with attributes that it has, each quoted; and no
// address but places of the page itself. Prints the first that isn't.
bool page_is_tame(const char *page);

// How often the words stand in the page.
unsigned page_count(const char *page, const char *words);
