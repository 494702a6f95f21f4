// SPDX-License-Identifier: BSD-2-Clause
// Connection rows in columns: a tenth of their size as objects. The page's script gives back the
// same objects, and the whole document (its button "Save as JSON").
//
//   {"base":TIME,"rows":N,"texts":[...],"columns":[[path,kind,data],...]}
//
// `data` of kind "text" is a list of texts or null. All other kinds are one string of numbers in
// base 64 (A-Z a-z 0-9 + /), each five bits a digit from the lowest on, 32 added to all digits but
// the last. 0 is null; else the number minus 1, halved, is the magnitude and an odd one negative.
//   count    a number          flag     0 or 1
//   name     an index in texts
//   words    an index in texts; U+E000 in it stands for the next number of the column "numbers",
//            written in decimal without its first digit (a 1 that keeps leading zeros); U+E001 to
//            U+E004 for the client's address and port and the server's address and port
//   seconds  halved: an odd number counts nanoseconds, an even one microseconds
//   after    as seconds: a time since the row's start; of `start` since that of the row before,
//            the first since `base`; of `end` beyond start and duration
//   list     how many items, null without the key; columns "path.key" behind it hold the items of
//   all rows in order json     an index in texts of a value as JSON
#pragma once

#include "report/tree.h"

struct html_table;
struct html_table *html_table_new(void);
void html_table_free(struct html_table *table);

// Adds a row as document_row_open() gives it; keys of other names are left out.
void html_table_add(struct html_table *table, json_object *row);

// Appends the object above.
void html_table_write(GString *text, const struct html_table *table);
