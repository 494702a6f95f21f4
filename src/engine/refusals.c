// SPDX-License-Identifier: BSD-2-Clause
// RSTs that were captured before the SYN they answer, on another queue.
#include "engine/refusals.h"

#include <string.h>

#define CAPTURED_BEFORE_NS INT64_C(1000000) // how far queues put packets out of order

static bool is_same_end(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

void refusals_note(struct refusals *refusals, const struct segment *segment)
{
    if ((segment->flags & (TCP_RST | TCP_ACK)) != (TCP_RST | TCP_ACK))
        return;
    struct segment *kept = &refusals->last[refusals->count++ % REFUSALS_REMEMBERED];
    *kept = *segment;
    kept->payload = slice_of(NULL, 0);
}

bool refusals_take(struct refusals *refusals, const struct segment *syn, struct segment *answer)
{
    for (int i = 0; i < REFUSALS_REMEMBERED; i++) {
        struct segment *refusal = &refusals->last[i];
        if (refusal->flags == 0 || refusal->ack != syn->seq + 1 ||
            syn->time - refusal->time > CAPTURED_BEFORE_NS ||
            !is_same_end(&refusal->from, &syn->to) || !is_same_end(&refusal->to, &syn->from))
            continue;
        *answer = *refusal;
        answer->time = syn->time;
        refusal->flags = 0;
        return true;
    }
    return false;
}
