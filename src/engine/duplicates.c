// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice: the copies differ in TTL and MAC only. Same IP id (or, without one, same
// TSval; without both, same time), sequence and acknowledgement number, flags, length and window
// within 20 ms.
#include "engine/duplicates.h"

#include "base/fold.h"

#define WITHIN_NS INT64_C(20000000)

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) // the golden ratio's odd constant: spreads a word

static uint64_t mix(uint64_t signature, uint64_t word)
{
    return fold(signature ^ GOLDEN, word ^ ~GOLDEN);
}

struct mark duplicates_mark(const struct segment *segment, uint64_t hash)
{
    const uint64_t numbers = (uint64_t)segment->seq << 32 | segment->ack;
    const uint64_t bytes = (uint64_t)segment->seq << 32 | segment->payload_length;
    const uint64_t answer = (uint64_t)segment->timestamp << 32 | segment->ack;
    const uint64_t rest = (uint64_t)segment->from.port << 40 | (uint64_t)segment->flags << 32 |
                          ((uint32_t)segment->ip_id << 16 | segment->window);
    uint64_t signature = mix(hash ^ bytes, mix(answer, rest));
    // Nothing else tells a copy from a second packet: only captures of the same time have it.
    if (segment->ip_id == 0 && !segment->has_timestamp)
        signature = mix(signature, (uint64_t)segment->time);
    // Not of the signature: the hash is another one in every run, what is forgotten must not be.
    // The high bits of a product hang on all bits: those of one burst differ in the middle of seq.
    uint64_t slot = (segment->from.port ^ numbers) * GOLDEN;
    slot = (slot ^ slot >> 29) >> 32;
    return (struct mark){signature, (uint32_t)slot % DUPLICATES_REMEMBERED};
}

void duplicates_prefetch(const struct duplicates *duplicates, struct mark mark)
{
    __builtin_prefetch(&duplicates->seen[mark.slot]);
}

bool duplicates_check(struct duplicates *duplicates, struct mark mark, int64_t time)
{
    struct seen *seen = &duplicates->seen[mark.slot];
    int64_t age = time - seen->time;
    if (seen->signature == mark.signature && age >= -WITHIN_NS && age <= WITHIN_NS)
        return true;
    *seen = (struct seen){mark.signature, time};
    return false;
}
