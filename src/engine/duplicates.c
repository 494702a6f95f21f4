// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice: the copies differ in TTL and MAC only. Same IP id (or, without one, same
// TSval), sequence and acknowledgement number, flags, length and window within 20 ms.
#include "engine/duplicates.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define WITHIN_NS INT64_C(20000000)

bool duplicates_check(struct duplicates *duplicates, const struct segment *segment)
{
    if (segment->ip_id == 0 && !segment->has_timestamp)
        return false; // nothing tells a copy from a second packet
    struct {
        struct address from, to;
        uint16_t from_port, to_port, window, ip_id;
        uint32_t seq, ack, length, timestamp, flags;
    } same = {segment->from.address,   segment->to.address, segment->from.port, segment->to.port,
              segment->window,         segment->ip_id,      segment->seq,       segment->ack,
              segment->payload_length, segment->timestamp,  segment->flags};
    uint64_t signature = XXH3_64bits(&same, sizeof same);
    size_t slot = signature % DUPLICATES_REMEMBERED;
    int64_t age = segment->time - duplicates->seen[slot].time;
    if (duplicates->seen[slot].signature == signature && age >= -WITHIN_NS && age <= WITHIN_NS)
        return true;
    duplicates->seen[slot].signature = signature;
    duplicates->seen[slot].time = segment->time;
    return false;
}
