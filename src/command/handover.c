// SPDX-License-Identifier: BSD-2-Clause
// Merges the shards' records, and gives names their ids in that order.
#include "command/handover.h"

#include <semaphore.h>

#include "base/crew.h"
#include "base/pages.h"

#define BLOCK 256 // records, that are in the cache still when they get their names

// One thread moves, block by block; the same one or another one follows with the names.
struct handover {
    struct pieces pieces; // of the work: moving, names
    struct shard *shards;
    struct names *names;
    struct record *records; // with room for `room`
    size_t room;
    struct pages pages; // of the records, as connections leave theirs
    uint64_t heads[SHARDS];
    uint8_t *shard_of;    // [records from `first` on]
    guint first, named;   // records that were there before; that have their names
    _Atomic guint moved;  // records that are there
    _Atomic bool is_over; // no more will be
    bool is_split;
    sem_t more; // blocks, for the thread that names
};

// Of all shards: what they have in common counts for each.
static size_t count_names(const struct handover *handover)
{
    size_t names = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        names += names_count(handover->shards[i].names);
    return names;
}

// Room for all that wait, up to `most`. Few names are no work for another thread.
static void make_room(struct handover *handover, GArray *records, size_t most)
{
    guint first = records->len;
    size_t room = first;
    for (unsigned i = 0; i < SHARDS; i++)
        room += shard_waiting(&handover->shards[i]);
    room = MIN(room, MAX(most, first));
    g_array_set_size(records, (guint)room);
    handover->records = (struct record *)records->data;
    handover->room = room;
    pages_begin(&handover->pages, handover->records + first,
                (room - first) * sizeof(struct record));
    handover->first = handover->named = first;
    handover->moved = first;
    handover->shard_of = g_new(uint8_t, room - first + 1);
    handover->is_split &= count_names(handover) > room - first;
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
    guint begin = handover->moved, to = begin;
    guint end = (guint)MIN(handover->room, (size_t)begin + BLOCK);
    pages_reach(&handover->pages, handover->records + end);
    for (; to < end; to++) {
        uint8_t i = first_shard(handover->heads);
        if (handover->heads[i] == SHARD_EMPTY)
            break;
        handover->shard_of[to - handover->first] = i;
        shard_hand_over(&handover->shards[i], &handover->records[to]);
        handover->heads[i] = shard_head(&handover->shards[i]);
    }
    handover->moved = to;
    return to > begin;
}

static void name_moved(struct handover *handover)
{
    for (guint moved = handover->moved; handover->named < moved; handover->named++)
        shard_adopt(&handover->shards[handover->shard_of[handover->named - handover->first]],
                    handover->names, &handover->records[handover->named]);
}

static void move_all(struct handover *handover)
{
    while (move_block(handover)) {
        if (handover->is_split)
            sem_post(&handover->more);
        else
            name_moved(handover);
    }
    handover->is_over = true;
    sem_post(&handover->more);
}

// A signal may end a wait too soon: then there is nothing to name.
static void name_all(struct handover *handover)
{
    for (bool is_over = false; !is_over;) {
        sem_wait(&handover->more);
        is_over = handover->is_over;
        name_moved(handover);
    }
}

static gpointer work_on(gpointer work)
{
    struct handover *handover = work;
    size_t piece;
    while (pieces_take(&handover->pieces, &piece))
        (piece == 0 ? move_all : name_all)(handover);
    return NULL;
}

void handover_run(struct shard shards[SHARDS], struct names *names, GArray *records, size_t most,
                  bool is_split)
{
    struct handover handover = {
        .pieces = {0, 2}, .shards = shards, .names = names, .is_split = is_split};
    sem_init(&handover.more, 0, 0);
    make_room(&handover, records, most);
    for (unsigned i = 0; i < SHARDS; i++) {
        handover.heads[i] = shard_head(&shards[i]);
        engine_give(shards[i].engine, &handover.pages);
    }
    crew_run(handover.is_split ? 2 : 1, work_on, &handover);
    g_array_set_size(records, handover.moved);
    for (unsigned i = 0; i < SHARDS; i++) {
        engine_give(shards[i].engine, NULL);
        shard_handed_over(&shards[i]);
    }
    g_free(handover.shard_of);
    sem_destroy(&handover.more);
}
