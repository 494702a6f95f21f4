// SPDX-License-Identifier: BSD-2-Clause
// A ring that doubles when it is full.
#include "engine/waiting.h"

#include "base/pages.h"

#define ROOM_FIRST 1024

// From the system, as an allocator would keep it at the end, when memory is needed for other
// things.
void waiting_init(struct waiting_queue *queue)
{
    size_t bytes = ROOM_FIRST * sizeof(struct waiting);
    *queue = (struct waiting_queue){.ring = pages_new(bytes), .room = ROOM_FIRST};
}

void waiting_clear(struct waiting_queue *queue)
{
    pages_free(queue->ring, queue->room * sizeof *queue->ring);
    *queue = (struct waiting_queue){0};
}

// What stands before the oldest entry is younger than what stands last.
void waiting_widen(struct waiting_queue *queue)
{
    size_t bytes = queue->room * sizeof(struct waiting);
    queue->ring = pages_grow(queue->ring, bytes, bytes);
    queue->first &= queue->room - 1;
    memcpy(&queue->ring[queue->room], queue->ring, queue->first * sizeof(struct waiting));
    queue->room *= 2;
}

struct waiting *waiting_add(struct waiting_queue *queue)
{
    if (queue->count == queue->room)
        waiting_widen(queue);
    return &queue->ring[(queue->first + queue->count++) & (queue->room - 1)];
}

struct flow *waiting_flow(struct waiting entry)
{
    bool is_there = flow_is(entry.flow, FLOW_LIVE) &&
                    entry.flow->record.at[AT_START].frame == entry.start_frame;
    return is_there ? entry.flow : NULL;
}

struct waiting waiting_oldest(const struct waiting_queue *queue)
{
    return queue->ring[queue->first & (queue->room - 1)];
}

struct waiting waiting_take(struct waiting_queue *queue)
{
    struct waiting oldest = waiting_oldest(queue);
    queue->first++;
    queue->count--;
    return oldest;
}

int64_t waiting_due(const struct waiting_queue *queue, int64_t delay)
{
    return queue->count ? waiting_oldest(queue).since + delay : INT64_MAX;
}
