// SPDX-License-Identifier: BSD-2-Clause
// What the shards found goes to one place: records in the order of their first frames, as far as
// they lie so in each shard, with names that all share.
#pragma once

#include "command/shard.h"

// Moves records to `records`, until there are `most`; `names` borrows texts from the shards.
void handover_run(struct shard shards[SHARDS], struct names *names, GArray *records, size_t most);
