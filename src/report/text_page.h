// SPDX-License-Identifier: BSD-2-Clause
// Lines of text within a width. Whatever is printed is made safe: no escape of the wire, or of a
// saved report, reaches the terminal.
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

enum ink { INK_PLAIN, INK_STRONG, INK_BAD, INK_WARN, INK_GOOD, INK_DIM };

struct text_page {
    GString *text;
    unsigned width; // columns of a line
    bool is_colored;
    unsigned lines; // so far
};

// Columns that the text takes on a terminal.
unsigned text_columns(const char *text);

// One line, cut at the width and marked with "..." there.
void text_page_line(struct text_page *page, enum ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A paragraph in at most `most` lines, broken at spaces; the first begins with `first`, the others
// with as many spaces. What doesn't fit ends with "...".
void text_page_wrap(struct text_page *page, enum ink ink, const char *first, const char *words,
                    unsigned most);

void text_page_blank(struct text_page *page);

// Texts for people: caller frees.
char *text_count(uint64_t count);                    // "1,234,567"
char *text_plural(uint64_t count, const char *noun); // "1 request", "2,000 requests"
char *text_percent(double share);                    // "65.8%"; "-" for NAN
char *text_number(double number);                    // "4.6"; "-" for NAN
char *text_seconds(double seconds);                  // as duration_text(); "-" for NAN
char *text_endpoint(json_object *endpoint);          // "10.0.0.1:80", "[::1]:80", "10.0.0.1"
char *text_named_endpoint(json_object *endpoint);    // with the capture's name: "10.0.0.1:80 (web)"
char *text_join(json_object *list);                  // "a, b" of a list of texts
char *text_pair_causes(json_object *pair, size_t most); // "50% client-shutdown, 3 more"
char *text_skipped(json_object *skipped);               // "12 not-tcp, 3 headers-cut" of coverage
char *text_wait(json_object *wait);       // "7 in FIN_WAIT2 towards 10.0.0.1:80 for ..."
char *text_process(json_object *process); // "/bin/app, container c, pod n/p (client)"
