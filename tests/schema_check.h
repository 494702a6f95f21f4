// SPDX-License-Identifier: BSD-2-Clause
// Checks a JSON value against a JSON Schema, as far as the report's schema goes.
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

// Whether `value` is as `schema` (a part of the whole schema `root`) says. What is not is appended
// to `faults` with its path. A keyword that this can't check is a fault too.
bool schema_check(json_object *root, json_object *schema, json_object *value, GString *faults);
