// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice: the copies differ in TTL and MAC only. Same IP id (or, without one, same
// TSval), sequence and acknowledgement number, flags, length and window within 20 ms.
#include "engine/duplicates.h"

#define WITHIN_NS INT64_C(20000000)

// The golden ratio's odd 64-bit constant: one multiplication spreads each word.
static uint64_t mix(uint64_t signature, uint64_t word)
{
    signature = (signature ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return signature ^ signature >> 29;
}

bool duplicates_check(struct duplicates *duplicates, const struct segment *segment)
{
    if (segment->ip_id == 0 && !segment->has_timestamp)
        return false; // nothing tells a copy from a second packet
    uint64_t signature = mix(segment_spread(segment), (uint64_t)segment->seq << 32 | segment->ack);
    signature = mix(signature, (uint64_t)segment->timestamp << 32 | segment->payload_length);
    signature = mix(signature, (uint64_t)segment->from.port << 40 | (uint64_t)segment->flags << 32 |
                                   (uint32_t)segment->ip_id << 16 | segment->window);
    size_t slot = signature % DUPLICATES_REMEMBERED;
    int64_t age = segment->time - duplicates->seen[slot].time;
    if (duplicates->seen[slot].signature == signature && age >= -WITHIN_NS && age <= WITHIN_NS)
        return true;
    duplicates->seen[slot].signature = signature;
    duplicates->seen[slot].time = segment->time;
    return false;
}
