// SPDX-License-Identifier: BSD-2-Clause
// Reads connection rows out of their columns again, as report/html_table.h describes them.
#pragma once

#include <json-c/json.h>

// How many of the rows the columns hold with every value of theirs. Prints the first that differs.
unsigned html_rows_check(json_object *table, json_object *rows);
