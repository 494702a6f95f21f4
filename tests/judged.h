// SPDX-License-Identifier: BSD-2-Clause
// A capture file read, followed and judged whole, for tests.
#pragma once

#include "capture/source.h"
#include "engine/engine.h"
#include "judge/analysis.h"

struct judged {
    struct names *names;
    struct engine *engine;
    struct analysis *analysis;
};

// NULL when the file can't be read.
struct judged *judged_new(const char *path);
void judged_free(struct judged *judged);
