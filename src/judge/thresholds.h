// SPDX-License-Identifier: BSD-2-Clause
// The judge's thresholds as constants; thresholds.def says what each is for.
#pragma once

#include "base/moment.h"

#define THRESHOLD(id, value, reason) static const int64_t id __attribute__((unused)) = (value);
#include "judge/thresholds.def"
#undef THRESHOLD
