// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice: the copies differ in TTL and MAC only. Same IP id (or, without one, same
// TSval; without both, same time), sequence and acknowledgement number, flags, length and window
// within 20 ms.
#include "engine/duplicates.h"

#define WITHIN_NS INT64_C(20000000)

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) // the golden ratio's odd constant: spreads a word

// Nothing but the time may tell a copy from a second packet: then only captures of the same time
// have it.
static bool is_near(const struct segment *segment, int64_t time)
{
    int64_t age = segment->time - time;
    int64_t most = segment->ip_id == 0 && !segment->has_timestamp ? 0 : WITHIN_NS;
    return age >= -most && age <= most;
}

bool duplicates_check(struct duplicates *duplicates, const struct segment *segment, uint64_t hash)
{
    const uint64_t numbers = (uint64_t)segment->seq << 32 | segment->ack;
    const uint64_t length = (uint64_t)segment->timestamp << 32 | segment->payload_length;
    const uint64_t rest =
        (uint64_t)segment->flags << 32 | ((uint32_t)segment->ip_id << 16 | segment->window);
    const uint64_t all =
        (((segment->from.port ^ numbers) * GOLDEN ^ rest) * GOLDEN ^ length) * GOLDEN;
    const uint64_t key = all ^ hash;
    // Without the hash, which is another one in every run: what is forgotten must not be. The high
    // bits of a product hang on all bits.
    const uint64_t slot = all >> 32;
    struct seen *seen = &duplicates->seen[slot % DUPLICATES_REMEMBERED];
    if (seen->key == key && is_near(segment, seen->time))
        return true;
    *seen = (struct seen){key, segment->time};
    return false;
}
