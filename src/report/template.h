// SPDX-License-Identifier: BSD-2-Clause
// Templates over a tree, of mustache's kind and without its traps: no raw output, no partials.
//
//   {{path}}                 the value as text, escaped for HTML text and quoted attributes
//   {{#path}}...{{/path}}    once for each element of a list; once for any other value that is
//   there
//   {{^path}}...{{/path}}    once when there is nothing: null, false, "", an empty list
//   {{! words}}              nothing
//
// A path is keys joined by dots; "." is the value of the section around. The first key is looked up
// in that value, then in those of the sections outside. A number is something, 0 too. A list or an
// object as text is nothing. Text of the tree is never read as a template. A line that holds
// nothing but one section tag or comment leaves no line.
#pragma once

#include <glib.h>
#include <json-c/json.h>

#include "base/slice.h"

#define TEMPLATE_DEPTH 16 // sections within each other

// Appends the template filled from `tree`. False and an error when the template is malformed.
bool template_render(GString *out, struct slice text, json_object *tree, GError **error);

// Appends text escaped so that it is safe between tags and in a quoted attribute.
void template_escape(GString *out, struct slice text);
