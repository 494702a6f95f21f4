// SPDX-License-Identifier: BSD-2-Clause
// Rules as data: what one connection alone says. First row that holds wins; the last always holds.
#pragma once

#include "judge/verdict.h"

struct rule {
    enum cause cause;
    enum cause runner_up; // CAUSE_NONE
    enum confidence confidence;
    uint32_t closers;                          // bits: 1 << enum close_by
    uint32_t phases;                           // bits: 1 << enum phase
    uint64_t must, must_not;                   // facts that have to hold, and to be absent
    bool (*when)(const struct record *record); // further test over numbers, or NULL
    const char *when_words;                    // the test in words, for `connreuse rules`
    uint32_t evidence;                         // bits: enum moment_id
};

extern const struct rule rules[];
extern const size_t rules_count;

// Whether closer, phase and facts are the row's; and whether it holds for this record.
bool rule_fits(const struct rule *rule, const struct record *record);
bool rule_holds(const struct rule *rule, const struct record *record);

// The first row that holds for this record; never NULL.
const struct rule *rules_match(const struct record *record);

// That row's verdict, confidence lowered by what the capture lacks.
struct verdict rules_judge(const struct record *record);
struct verdict rule_verdict(const struct rule *rule, const struct record *record);

// One step down for each thing that the capture lacks, at most to consistent; none where the
// connection is whole.
bool rules_is_whole(const struct record *record);
enum confidence rules_lowered(enum confidence confidence, const struct record *record);
