// SPDX-License-Identifier: BSD-2-Clause
// A ring that doubles when it is full.
#include "engine/waiting.h"

#include <string.h>

#define ROOM_FIRST 1024

void waiting_init(struct waiting_queue *queue)
{
    *queue = (struct waiting_queue){.ring = g_new(struct waiting, ROOM_FIRST), .room = ROOM_FIRST};
}

void waiting_clear(struct waiting_queue *queue)
{
    g_free(queue->ring);
}

void waiting_add(struct waiting_queue *queue, struct waiting entry)
{
    uint32_t room = queue->room;
    if (queue->count == room) {
        queue->first &= room - 1;
        queue->ring = g_renew(struct waiting, queue->ring, (size_t)room * 2);
        memcpy(queue->ring + room, queue->ring, sizeof *queue->ring * queue->first);
        queue->room = room * 2;
    }
    queue->ring[(queue->first + queue->count++) & (queue->room - 1)] = entry;
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
