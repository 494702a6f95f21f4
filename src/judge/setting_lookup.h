// SPDX-License-Identifier: BSD-2-Clause
// Settings by host, for questions about many pairs.
#pragma once

#include "judge/pair.h"
#include "judge/settings.h"

struct setting_lookup;

// Borrows `settings`, which may be NULL.
struct setting_lookup *setting_lookup_new(const GArray *settings);
void setting_lookup_free(struct setting_lookup *lookup);

// The observed setting of the pair's host in this role that was seen most often, for a client one
// of the pair's User-Agent before others; NULL when none was observed.
const struct setting *setting_lookup_find(const struct setting_lookup *lookup,
                                          const struct pair *pair, enum side role,
                                          enum setting_kind kind);
