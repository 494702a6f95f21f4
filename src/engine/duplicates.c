// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice: the copies differ in TTL and MAC only. Same IP id (or, without one, same
// TSval; without both, same time), sequence and acknowledgement number, flags, length and window
// within 20 ms.
#include "engine/duplicates.h"

#define WITHIN_NS INT64_C(20000000)

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) // the golden ratio's odd constant: spreads a word

// Whether what was seen last with the same ends and numbers is the same. Where nothing else tells a
// copy from a second packet, only captures of the same time have one.
static bool is_copy(const struct seen *seen, const struct seen *now, const struct segment *segment)
{
    int64_t age = now->time - seen->time;
    int64_t most = segment->ip_id == 0 && !segment->has_timestamp ? 0 : WITHIN_NS;
    return seen->length == now->length && seen->rest == now->rest && age >= -most && age <= most;
}

bool duplicates_check(struct duplicates *duplicates, const struct segment *segment, uint64_t hash)
{
    const uint64_t numbers = (uint64_t)segment->seq << 32 | segment->ack;
    // One to one, for an odd factor: what is told of a segment by this is exact.
    const uint64_t spread = (segment->from.port ^ numbers) * GOLDEN;
    const uint64_t length = (uint64_t)segment->timestamp << 32 | segment->payload_length;
    const struct seen now = {
        .key = hash ^ spread ^ length,
        .length = length,
        .rest = (uint64_t)segment->flags << 32 | ((uint32_t)segment->ip_id << 16 | segment->window),
        .time = segment->time,
    };
    // Without the hash, which is another one in every run: what is forgotten must not be. The high
    // bits of a product hang on all bits: those of one burst differ in the middle of seq.
    const uint64_t slot = (spread ^ spread >> 29) >> 32;
    struct seen *seen = &duplicates->seen[slot % DUPLICATES_REMEMBERED];
    if (seen->key == now.key && is_copy(seen, &now, segment))
        return true;
    *seen = now;
    return false;
}
