// SPDX-License-Identifier: BSD-2-Clause
// The sections of the page, each a tree for the template made from the document alone. A section
// that has nothing to show is NULL. The caller puts what it gets.
#pragma once

#include "report/html_words.h"

#define HTML_PAIRS 50 // pairs in the page as it is without its script
#define HTML_ROWS  50 // connections, likewise
#define HTML_HOSTS 4  // hosts whose sockets are drawn

json_object *html_verdict(json_object *document); // severity, headline, sentence, when
json_object *html_figures(json_object *document); // list of label, value, note
json_object *html_causes(json_object *document);
json_object *html_findings(json_object *document);

json_object *html_histogram(json_object *document);
json_object *html_settings(json_object *document);
json_object *html_conflicts(json_object *document);
json_object *html_sockets(json_object *document);
json_object *html_what_if(json_object *document);

json_object *html_pairs(json_object *document);
// Text of an end point; "client -> server" with an arrow; of the pair of that index.
char *html_pair_words(json_object *pair);
char *html_pair_at(json_object *document, uint64_t index);

// Connections as rows of a plain table: `rows` are opened ones.
json_object *html_connections(json_object *document, json_object *rows);

json_object *html_probes(json_object *document);
json_object *html_limits(json_object *document);
json_object *html_run(json_object *document);
