// SPDX-License-Identifier: BSD-2-Clause
// Findings in words: the sentences of data/findings.ini, filled with a finding's numbers.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/finding.h"

struct advice {
    const char *stack; // go, java, python, node, nginx, haproxy, envoy; all
    char *text;
};

struct finding_words {
    char *title;    // one sentence
    char *detail;   // with the numbers
    char *why;      // why it matters
    char *filter;   // a display filter that works in Wireshark
    GArray *advice; // struct advice, in the order of the data file's stacks
};

// The sentences, parsed once by the caller that owns them.
struct phrases;
struct phrases *phrases_new(void);
void phrases_free(struct phrases *phrases);

// The words for one finding. Text from the wire in them is as it was seen: escape it for your
// format. Caller frees with finding_words_free().
struct finding_words *finding_words_new(const struct phrases *phrases,
                                        const struct analysis *analysis,
                                        const struct finding *finding);
void finding_words_free(struct finding_words *words);
