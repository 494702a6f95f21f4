// SPDX-License-Identifier: BSD-2-Clause
// Idle connections in the order in which they became idle, linked by host. Places that are given
// back are taken again, so that few stay in the cache.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RING_HEAD 0 // its newer one is the oldest of all, its older one the newest

// An idle connection, or a free place.
struct slot {
    int64_t since;
    uint32_t older, newer;
    uint32_t below; // the next older one of its host; the next free place
    uint32_t host;
    uint32_t uses; // of requests
};

struct host_list {
    uint32_t newest, count;
};

struct pool_ring {
    struct slot *slots;      // one more than requests
    struct host_list *lists; // [hosts]
    uint32_t free, used;     // the first place that was given back; those ever taken
};

static inline void ring_clear(struct pool_ring *ring, uint32_t hosts)
{
    ring->slots[RING_HEAD] = (struct slot){.older = RING_HEAD, .newer = RING_HEAD};
    ring->free = ring->used = RING_HEAD;
    for (uint32_t host = 0; host < hosts; host++)
        ring->lists[host] = (struct host_list){0, 0};
}

// Adds the newest one; all but links and host are the caller's to fill in.
static inline uint32_t ring_add(struct pool_ring *ring, uint32_t host)
{
    struct slot *slots = ring->slots;
    struct host_list *list = &ring->lists[host];
    uint32_t index = ring->free, newest = slots[RING_HEAD].older;
    if (index == RING_HEAD)
        index = ++ring->used;
    else
        ring->free = slots[index].below;
    slots[index].older = newest;
    slots[index].newer = RING_HEAD;
    slots[index].below = list->newest;
    slots[index].host = host;
    slots[newest].newer = slots[RING_HEAD].older = index;
    list->newest = index;
    list->count++;
    return index;
}

static inline void ring_remove(struct pool_ring *ring, uint32_t index)
{
    struct slot *slot = &ring->slots[index];
    ring->slots[slot->older].newer = slot->newer;
    ring->slots[slot->newer].older = slot->older;
    ring->lists[slot->host].count--;
    slot->below = ring->free;
    ring->free = index;
}

// The oldest of all, which is the oldest of its host; there is one.
static inline uint32_t ring_remove_oldest(struct pool_ring *ring)
{
    uint32_t index = ring->slots[RING_HEAD].newer;
    ring_remove(ring, index);
    return index;
}

// The newest of a host, which has one. Its place keeps what it says until the next one is added.
static inline uint32_t ring_remove_newest(struct pool_ring *ring, uint32_t host)
{
    uint32_t index = ring->lists[host].newest;
    ring->lists[host].newest = ring->slots[index].below;
    ring_remove(ring, index);
    return index;
}
