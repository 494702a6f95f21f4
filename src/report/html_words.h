// SPDX-License-Identifier: BSD-2-Clause
// What the page shows, as a tree of texts for people: the template holds the marks around them.
#pragma once

#include "report/text_page.h"
#include "report/tree.h"

// Adds a text; frees it. NULL adds nothing.
void html_put(json_object *object, const char *key, char *text);
// Adds a text that stays the caller's.
void html_put_words(json_object *object, const char *key, const char *words);
// Adds true, or nothing.
void html_put_flag(json_object *object, const char *key, bool flag);

// Adds {"rows": list, "count": n, "is_long": whether to fold it away} and takes the list; adds
// nothing for an empty one, so that the template can leave out what stands around it.
void html_put_list(json_object *object, const char *key, json_object *list);

// "37.2%", for coordinates; 0 when `whole` is not above 0, never above 100. Caller frees, as below.
char *html_part(double part, double whole);
// "90.0 s", "3.2 ms", "850 us", "2 min 5 s", "1 h 20 min"; "-" for NAN.
char *html_seconds(double seconds);
char *html_bytes(double bytes); // "4.1 MiB"
// "2023-11-14 22:13:20.123 UTC" of a time of the document; "-" when it is none.
char *html_time(const char *time);
// The clock of a time, with the day where `other` is on another, and with milliseconds where it is
// in the same minute: "22:13:20".
char *html_clock(const char *time, const char *other);
// A number of a document as text with thousands separated; "-" when it is null.
char *html_count_of(json_object *object, const char *key);
