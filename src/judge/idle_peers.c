// SPDX-License-Identifier: BSD-2-Clause
// Sweeps over the idle stays of a pool in order of time; the set of those that are idle, by the
// ranks of their beginnings, tells how many are older or younger than a given one.
#include "judge/idle_peers.h"

#include "judge/keyed.h"
#include "judge/rank_set.h"
#include "judge/thresholds.h"

// A client's close of an idle stay: the first stays that began less than SAME_TIME before that one,
// less than `unsure` before it, and as much after it or later.
struct idle_close {
    uint32_t rank, first, before, after;
    uint32_t unending; // stays before `first` that last until the capture ends
    uint32_t around;   // as in struct sweep, when the stay began
};

struct sweep {
    const struct record *records;
    struct pool_use *use; // NULL: who is closed first, with peers that are about to be closed
    struct stay *stays;   // by start
    uint32_t count;
    struct keyed *leaves, *closes;  // by time; the item is the stay's rank, or in idle_closes
    struct idle_close *idle_closes; // by rank
    uint32_t leave_count, close_count;
    struct rank_set *peers;            // idle now
    uint32_t idle;                     // how many
    int64_t *ends;                     // when peers' stays really end, sorted
    uint32_t end_count, ended, around; // around: peers idle now by that
    struct keyed *peaks; // rises of `around` that no later one reached: time, and its value
    uint32_t peak_count;
    uint32_t began, left, closed, opened, close_begun; // how far each list is done
    int64_t last_begin, before_last_begin;
    int64_t unsure; // stays that begin nearer together may have begun in the other order
    uint32_t last_record;
};

static struct stay *sorted_by_start(const struct stays *stays)
{
    struct keyed *order = g_new(struct keyed, stays->count + 1);
    struct stay *sorted = g_new(struct stay, stays->count + 1);
    for (size_t i = 0; i < stays->count; i++)
        order[i] = (struct keyed){stays->items[i].start, (uint32_t)i};
    keyed_sort(order, stays->count);
    for (size_t i = 0; i < stays->count; i++)
        sorted[i] = stays->items[order[i].item];
    g_free(order);
    return sorted;
}

static void add_peer(struct sweep *sweep, uint32_t rank)
{
    rank_set_add(sweep->peers, rank);
    sweep->idle++;
}

static void remove_peer(struct sweep *sweep, uint32_t rank)
{
    rank_set_remove(sweep->peers, rank);
    sweep->idle--;
}

// A rise hides earlier ones that were not higher.
static void note_rise(struct sweep *sweep, int64_t time)
{
    while (sweep->peak_count > 0 && sweep->peaks[sweep->peak_count - 1].item <= sweep->around)
        sweep->peak_count--;
    sweep->peaks[sweep->peak_count++] = (struct keyed){time, sweep->around};
}

// The most peers idle at once from `time` until now, by rises since then.
static uint32_t most_since(const struct sweep *sweep, int64_t time)
{
    uint32_t low = 0, high = sweep->peak_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sweep->peaks[middle].key < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sweep->peak_count ? sweep->peaks[low].item : 0;
}

static bool is_peer(const struct sweep *sweep, const struct stay *stay)
{
    return !sweep->use || !stay->is_at_once;
}

// The first stay from `rank` on that began at this time or later.
static uint32_t first_since(const struct sweep *sweep, int64_t time, uint32_t rank)
{
    while (rank < sweep->count && sweep->stays[rank].start < time)
        rank++;
    return rank;
}

static struct idle_close idle_close_at(const struct sweep *sweep, uint32_t rank,
                                       const struct idle_close *last)
{
    int64_t start = sweep->stays[rank].start;
    struct idle_close close = {
        .rank = rank,
        .first = first_since(sweep, start - SAME_TIME, last->first),
        .before = first_since(sweep, start - sweep->unsure, last->before),
        .after = first_since(sweep, start + sweep->unsure, last->after),
        .unending = last->unending,
    };
    for (uint32_t i = last->first; i < close.first; i++)
        close.unending += sweep->stays[i].how == STAY_OPEN;
    return close;
}

// When a stay is no longer that of a kept peer, or of a rival.
static int64_t leave_of(const struct sweep *sweep, const struct stay *stay)
{
    int64_t early = stay->how == STAY_REUSED && !sweep->use  ? 0
                    : stay->how == STAY_CLOSED && sweep->use ? AT_ONCE
                                                             : SAME_TIME;
    return MAX(stay->end - early, stay->start);
}

// Lists when the kept stays end, and the client's closes.
static void list_events(struct sweep *sweep)
{
    struct idle_close last = {0};
    for (uint32_t rank = 0; rank < sweep->count; rank++) {
        const struct stay *stay = &sweep->stays[rank];
        if (is_peer(sweep, stay) && stay->how != STAY_OPEN) {
            int64_t leave = leave_of(sweep, stay);
            sweep->leaves[sweep->leave_count++] = (struct keyed){leave, rank};
            if (sweep->use)
                sweep->ends[sweep->end_count++] =
                    stay->how == STAY_REUSED ? MAX(stay->end, stay->start) : leave;
        }
        if (stay->how != STAY_CLOSED || sweep->records[stay->record].close_by != CLOSE_BY_CLIENT)
            continue;
        last = idle_close_at(sweep, rank, &last);
        sweep->idle_closes[sweep->close_count] = last;
        sweep->closes[sweep->close_count] = (struct keyed){stay->end, sweep->close_count};
        sweep->close_count++;
    }
    keyed_sort(sweep->leaves, sweep->leave_count);
    keyed_sort_values(sweep->ends, sweep->end_count);
    keyed_sort(sweep->closes, sweep->close_count);
}

static void count_use(const struct sweep *sweep, const struct stay *stay)
{
    struct pool_use *use = sweep->use;
    if (stay->is_at_once || stay->is_first)
        return;
    bool is_kept = stay->how != STAY_OPEN || !use->is_lossy;
    use->kept_after_empty += is_kept && !stay->has_body;
    use->kept_after_body += is_kept && stay->has_body;
    use->kept_for_sure += stay->how != STAY_OPEN;
    if (use->kept_at)
        use->kept_at[sweep->idle < KEPT_AT ? sweep->idle : KEPT_AT - 1]++;
}

// What only the use of a pool needs, and the most peers at once: before the stay is added.
static void count_around(struct sweep *sweep, const struct stay *stay)
{
    struct idle_close *close = &sweep->idle_closes[sweep->close_begun];
    count_use(sweep, stay);
    for (; sweep->ended < sweep->end_count && sweep->ends[sweep->ended] < stay->start;
         sweep->ended++)
        sweep->around--;
    if (sweep->close_begun < sweep->close_count && close->rank == sweep->began) {
        close->around = sweep->around;
        sweep->close_begun++;
    }
    if (!stay->is_at_once) {
        sweep->around++;
        note_rise(sweep, stay->start);
    }
}

// Lets the stays begin and end that do so up to `time`.
static void advance(struct sweep *sweep, int64_t time)
{
    for (;;) {
        int64_t begin = sweep->began < sweep->count ? sweep->stays[sweep->began].start : INT64_MAX;
        int64_t leave =
            sweep->left < sweep->leave_count ? sweep->leaves[sweep->left].key : INT64_MAX;
        if (begin > time && leave > time)
            return;
        if (leave < begin) {
            remove_peer(sweep, sweep->leaves[sweep->left++].item);
            continue;
        }
        const struct stay *stay = &sweep->stays[sweep->began];
        if (sweep->use)
            count_around(sweep, stay);
        if (is_peer(sweep, stay))
            add_peer(sweep, sweep->began);
        if (stay->record != sweep->last_record)
            sweep->before_last_begin = sweep->last_begin;
        sweep->last_begin = stay->start;
        sweep->last_record = stay->record;
        sweep->began++;
    }
}

static void count_at_close(struct sweep *sweep, const struct idle_close *close, struct peers *peers)
{
    const struct stay *stay = &sweep->stays[close->rank];
    bool is_own = sweep->last_record == stay->record;
    int64_t begin = is_own ? sweep->before_last_begin : sweep->last_begin;
    // Its own stay may have left the set already, or leave it now.
    uint32_t older = rank_set_below(sweep->peers, close->first);
    uint32_t own = rank_set_has(sweep->peers, close->rank);
    uint32_t risen = most_since(sweep, stay->start);
    peers[stay->record] = (struct peers){
        .older = older,
        .younger = sweep->idle - older - own,
        .clearly_older = rank_set_below(sweep->peers, close->before),
        .clearly_younger = sweep->idle - rank_set_below(sweep->peers, close->after),
        .unending = close->unending,
        .most = MAX(risen, close->around),
        .since = begin == INT64_MIN ? INT64_MAX : stay->end - begin,
        .stay = stay->end - stay->start,
        .is_known = true,
        .is_at_once = stay->is_at_once,
    };
}

static void count_open(struct sweep *sweep, const struct record *open)
{
    bool counts = record_has(open, FACT_SYN) && record_has(open, FACT_ESTABLISHED);
    sweep->use->opens += counts;
    sweep->use->opens_with_idle += counts && sweep->idle > 0;
}

static void sweep_run(struct sweep *sweep, struct member_list list, struct peers *peers)
{
    size_t opens = sweep->use ? list.count : 0;
    while (sweep->opened < opens || sweep->closed < sweep->close_count) {
        const struct record *open =
            sweep->opened < opens ? &sweep->records[list.items[sweep->opened]] : NULL;
        int64_t opened = open ? open->at[AT_START].time : INT64_MAX;
        int64_t closed =
            sweep->closed < sweep->close_count ? sweep->closes[sweep->closed].key : INT64_MAX;
        advance(sweep, MIN(opened, closed));
        if (open && opened <= closed) {
            count_open(sweep, open);
            sweep->opened++;
        } else {
            uint32_t close = sweep->closes[sweep->closed++].item;
            count_at_close(sweep, &sweep->idle_closes[close], peers);
        }
    }
    if (sweep->use)
        advance(sweep, INT64_MAX - 1);
}

// Who became idle before whom is told in one way for all stays, by their responses: how soon a
// client acknowledges one differs.
static void start_by_response(struct stays *stays, size_t first, const struct record *r,
                              int64_t leg)
{
    struct stay *last = stays->count > first ? &stays->items[stays->count - 1] : NULL;
    if (last && last->how == STAY_CLOSED && moment_is_set(r->at[AT_RESPONSE_END]))
        last->start = MIN(r->at[AT_RESPONSE_END].time + leg, last->end - 1);
}

static void count(struct sweep *sweep, const struct exchange_log *log, struct member_list list,
                  struct peers *peers)
{
    struct stays stays = {NULL, 0, 0};
    int64_t leg = stays_client_leg(sweep->records, list);
    sweep->unsure = ORDER_UNSURE + leg / 2; // a path of this length varies by as much
    for (size_t i = 0; i < list.count; i++) {
        const struct record *r = &sweep->records[list.items[i]];
        size_t before = stays.count;
        stays_append(&stays, log, sweep->records, list.items[i], leg);
        if (!sweep->use)
            start_by_response(&stays, before, r, leg);
    }
    sweep->stays = sorted_by_start(&stays);
    g_free(stays.items);
    sweep->count = (uint32_t)stays.count;
    sweep->leaves = g_new(struct keyed, stays.count + 1);
    sweep->closes = g_new(struct keyed, stays.count + 1);
    sweep->idle_closes = g_new(struct idle_close, stays.count + 1);
    sweep->peers = rank_set_new(sweep->count);
    sweep->peaks = g_new(struct keyed, stays.count + 1);
    sweep->ends = g_new(int64_t, stays.count + 1);
    sweep->last_begin = sweep->before_last_begin = INT64_MIN;
    sweep->last_record = UINT32_MAX;
    list_events(sweep);
    sweep_run(sweep, list, peers);
    g_free(sweep->ends);
    g_free(sweep->peaks);
    rank_set_free(sweep->peers);
    g_free(sweep->idle_closes);
    g_free(sweep->closes);
    g_free(sweep->leaves);
    g_free(sweep->stays);
}

void idle_peers_count(const struct exchange_log *log, const struct record *records,
                      struct member_list list, struct peers *peers, struct pool_use *use)
{
    struct sweep sweep = {.records = records, .use = use};
    count(&sweep, log, list, peers);
}

void idle_rivals_count(const struct exchange_log *log, const struct record *records,
                       struct member_list list, struct peers *rivals)
{
    struct sweep sweep = {.records = records};
    count(&sweep, log, list, rivals);
}
