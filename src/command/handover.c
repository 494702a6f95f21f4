// SPDX-License-Identifier: BSD-2-Clause
// Merges the shards' records, and gives names their ids in that order.
#include "command/handover.h"

#include "base/pages.h"

#define BLOCK 256 // records, that are in the cache still when they get their names

struct handover {
    struct shard *shards;
    struct names *names;
    struct record *records; // with room for `room`
    size_t moved, room;
    struct pages pages; // of the records, as connections leave theirs
    uint64_t heads[SHARDS];
};

// Room for all that wait, up to `most`.
static void make_room(struct handover *handover, GArray *records, size_t most)
{
    size_t first = records->len, room = first;
    for (unsigned i = 0; i < SHARDS; i++)
        room += shard_waiting(&handover->shards[i]);
    room = MIN(room, MAX(most, first));
    g_array_set_size(records, (guint)room);
    handover->records = (struct record *)records->data;
    handover->moved = first;
    handover->room = room;
    pages_begin(&handover->pages, handover->records + first,
                (room - first) * sizeof(struct record));
}

// The shard whose next record began first.
static uint8_t first_shard(const uint64_t heads[SHARDS])
{
    uint8_t first = 0;
    for (uint8_t i = 1; i < SHARDS; i++)
        if (heads[i] < heads[first])
            first = i;
    return first;
}

// False when there was no more to move.
static bool move_block(struct handover *handover)
{
    uint8_t shard_of[BLOCK];
    struct record *records = handover->records + handover->moved;
    size_t count = 0, most = MIN(handover->room - handover->moved, BLOCK);
    pages_reach(&handover->pages, records + most);
    for (; count < most; count++) {
        uint8_t i = first_shard(handover->heads);
        if (handover->heads[i] == SHARD_EMPTY)
            break;
        shard_of[count] = i;
        shard_hand_over(&handover->shards[i], &records[count]);
        handover->heads[i] = shard_head(&handover->shards[i]);
    }
    for (size_t at = 0; at < count; at++)
        shard_adopt(&handover->shards[shard_of[at]], handover->names, &records[at]);
    handover->moved += count;
    return count > 0;
}

void handover_run(struct shard shards[SHARDS], struct names *names, GArray *records, size_t most)
{
    struct handover handover = {.shards = shards, .names = names};
    make_room(&handover, records, most);
    for (unsigned i = 0; i < SHARDS; i++) {
        handover.heads[i] = shard_head(&shards[i]);
        engine_give(shards[i].engine, &handover.pages);
    }
    while (move_block(&handover))
        continue;
    g_array_set_size(records, (guint)handover.moved);
    for (unsigned i = 0; i < SHARDS; i++) {
        engine_give(shards[i].engine, NULL);
        shard_handed_over(&shards[i]);
    }
}
