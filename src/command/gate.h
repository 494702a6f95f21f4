// SPDX-License-Identifier: BSD-2-Clause
// Gates: the expressions of --fail-on.
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "judge/analysis.h"

enum gate_result { GATE_PASSES, GATE_FAILS, GATE_NOTHING };

// METRIC OP NUMBER[%]: the run fails where it is true.
struct gate;

// NULL and an error that says which part of `expression` can't be read.
struct gate *gate_new(const char *expression, GError **error);
void gate_free(struct gate *gate);

// GATE_NOTHING: there is nothing to measure. `value` is set otherwise.
enum gate_result gate_judge(const struct gate *gate, const struct analysis *analysis,
                            double *value);
const char *gate_text(const struct gate *gate);

// What stands behind the value: "%" of a share.
const char *gate_unit(const struct gate *gate);
