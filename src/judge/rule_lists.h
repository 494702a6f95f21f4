// SPDX-License-Identifier: BSD-2-Clause
// The rows of the rules table that can hold for a closer, a phase and facts: few combinations of
// them are met, so that millions of records are judged by a twentieth of the table each.
#pragma once

#include "judge/rules.h"

// For one thread.
struct rule_lists;
struct rule_lists *rule_lists_new(void);
void rule_lists_free(struct rule_lists *lists);

// As rules_judge().
struct verdict rule_lists_judge(struct rule_lists *lists, const struct record *record);
