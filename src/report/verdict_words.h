// SPDX-License-Identifier: BSD-2-Clause
// The sentence that a report begins with, of text and page alike.
#pragma once

#include <json-c/json.h>

// "24 connections (3 of them health probes), 40.2 opened per second, carried 140 requests; how they
// ended: 87% pool-limit, 13% open." The leading families, then at most `others` more, and the rest
// of them as one. Caller frees.
char *verdict_words(json_object *document, unsigned others);
