// SPDX-License-Identifier: BSD-2-Clause
// Threads take chunks of records in turn; each has traits of its own, which are joined at the end.
#include "judge/singles.h"

#include <pthread.h>

#include "base/crew.h"
#include "base/pages.h"
#include "judge/rule_lists.h"

#define CHUNK       4096 // records that a thread judges at once
#define AHEAD       8    // records that are fetched before they are judged
#define LINE        64   // bytes that are fetched at once
#define PAIRS_SHARE 8    // records for each pair that a thread keeps traits of, at least

struct judging {
    struct pieces pieces;
    struct groups *groups;
    pthread_mutex_t lock; // of what is joined
};

// All of it is read, by rules that the processor doesn't look beyond.
static void fetch(const struct record *r)
{
    for (size_t at = 0; at < sizeof(*r); at += LINE)
        __builtin_prefetch((const char *)r + at);
}

static void judge_record(struct groups *groups, size_t i, struct rule_lists *lists,
                         struct traits *of_pair)
{
    const struct record *r = &groups->records[i];
    fetch(&groups->records[MIN(i + AHEAD, groups->count - 1)]);
    groups->verdicts[i] = rule_lists_judge(lists, r);
    groups->outlines[i] = outline_of(r);
    if (r->close_how != CLOSE_OPEN)
        groups->lives[i] = life_of(r);
    traits_add(&of_pair[groups->pair_of[i]], r, &groups->verdicts[i]);
}

static void judge_chunks(struct judging *judging, struct traits *of_pair)
{
    struct rule_lists *lists = rule_lists_new();
    size_t chunk, count = judging->groups->count;
    while (pieces_take(&judging->pieces, &chunk))
        for (size_t i = chunk * CHUNK; i < MIN((chunk + 1) * CHUNK, count); i++)
            judge_record(judging->groups, i, lists, of_pair);
    rule_lists_free(lists);
}

static gpointer judge_and_join(gpointer work)
{
    struct judging *judging = work;
    uint32_t pairs = judging->groups->by_pair.groups;
    struct traits *of_pair = traits_new(pairs + 1);
    judge_chunks(judging, of_pair);
    pthread_mutex_lock(&judging->lock);
    for (uint32_t p = 0; p < pairs; p++)
        traits_join(&judging->groups->of_pair[p], &of_pair[p]);
    pthread_mutex_unlock(&judging->lock);
    g_free(of_pair);
    return NULL;
}

void singles_judge(struct groups *groups)
{
    gint chunks = (gint)((groups->count + CHUNK - 1) / CHUNK);
    struct judging judging = {.pieces = {0, chunks}, .groups = groups};
    size_t threads = MIN(groups->threads, (size_t)chunks);
    groups->of_pair = traits_new(groups->by_pair.groups + 1);
    groups->outlines = pages_array(struct outline, groups->count + 1);
    groups->lives = g_new0(struct life, groups->count + 1);
    if (threads < 2 || groups->count / PAIRS_SHARE < threads * groups->by_pair.groups) {
        judge_chunks(&judging, groups->of_pair);
        return;
    }
    pthread_mutex_init(&judging.lock, NULL);
    crew_run((unsigned)threads, judge_and_join, &judging);
    pthread_mutex_destroy(&judging.lock);
}
