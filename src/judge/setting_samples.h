// SPDX-License-Identifier: BSD-2-Clause
// Single values that speak about a setting: one per connection, kind and host, from the verdicts.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/finding.h"

// A stay that ended in a request: the idle timeouts of both hosts are longer (right-censoring).
#define SAMPLE_SURVIVED SETTINGS

struct setting_sample {
    int64_t value;
    int64_t most;    // what it may have been at most
    uint32_t host;   // index of hosts
    uint32_t record; // where it was seen
    uint8_t kind;    // enum setting_kind or SAMPLE_SURVIVED
    bool is_weak;    // needs others that agree
};

struct setting_host {
    struct endpoint endpoint; // port 0 for a client
    uint32_t role;            // enum side
};

struct setting_samples {
    GArray *samples;    // struct setting_sample, by host, kind, value
    GArray *hosts;      // struct setting_host
    GArray *announcing; // uint32_t per host: a record with its Keep-Alive: timeout=, or UINT32_MAX
};

// Whether a connection shows more of settings than its verdict does.
bool setting_samples_in(const struct record *record);

void setting_samples_init(struct setting_samples *samples, const struct analysis *analysis);
void setting_samples_clear(struct setting_samples *samples);
