// SPDX-License-Identifier: BSD-2-Clause
// A sweep over the client's closes in a pool, in order of time. A stay counts at the closes that
// come while it lasts: it joins the set of what is idle at the first, and leaves it at the first
// that comes later. The set goes by the ranks of the stays' beginnings, which tells how many are
// older or younger than a given one. Stays that last through no close are neither sorted nor kept.
#include "judge/idle_peers.h"

#include "judge/keyed.h"
#include "judge/rank_set.h"
#include "judge/thresholds.h"
#include "judge/time_index.h"

#define NONE  UINT32_MAX
#define AHEAD 8 // records that are fetched before they are looked at

// A client's close of an idle stay.
struct idle_close {
    int64_t start, end;
    uint32_t record;
    bool asks_for_most; // somebody does
    bool is_at_once;
};

// The last beginnings of two connections' stays.
struct begun {
    int64_t time[2];
    uint32_t record[2];
};

static const struct begun none_begun = {{INT64_MIN, INT64_MIN}, {NONE, NONE}};

struct sweep {
    const struct pool *pool;
    struct pool_use *use;     // NULL: who is closed first, with peers that are about to be closed
    struct pool_opens *opens; // with `use`
    struct stay *stays;       // that connections end with, or begin with before their only request
    uint32_t *earlier;        // connections that may have others
    size_t stay_count, earlier_count;
    int64_t unsure;            // stays that begin nearer together may have begun in the other order
    struct idle_close *closes; // by time
    int64_t *times;            // of them
    struct time_index index;   // of times
    int64_t *since;            // the earliest time that a close, or one behind it, asks about
    uint32_t close_count;
    struct begun *begun; // [close_count] since the close before; for who is closed first
    // Stays that count: when they begin, sorted; the places that they had, and by those the first
    // close that they don't reach.
    int64_t *starts;
    struct time_index start_index;
    uint32_t *order, *until, count;
    int64_t *unending; // when those begin that nothing ends, sorted
    uint32_t unending_count;
    int64_t *ends; // when the others really end, sorted
    struct time_index end_index;
    uint32_t end_count, ended;
    struct rank_set *peers; // idle now
    uint32_t began;         // how many have been
    uint32_t *leaving;   // by closes: the last rank that leaves with it; `order` is the one before
    struct keyed *peaks; // rises of `around` that no later one reached: time, and its value
    uint32_t peak_count, around; // around: peers idle now by when their stays really end
};

// Whether the client closed it while it was idle, as far as its own segments tell.
static bool is_idle_close(const struct record *r)
{
    return r->close_by == CLOSE_BY_CLIENT && r->phase == PHASE_IDLE && r->gap != NANOS_UNKNOWN &&
           moment_is_set(record_close(r));
}

// Who became idle before whom is told in one way for all stays, by their responses: how soon a
// client acknowledges one differs.
static void start_by_response(struct stay *last, const struct record *r, int64_t leg)
{
    if (last->how == STAY_CLOSED && moment_is_set(r->at[AT_RESPONSE_END]))
        last->start = MIN(r->at[AT_RESPONSE_END].time + leg, last->end - 1);
}

// What tells a connection's first and last stay: a pair's records lie apart.
static void fetch(const struct record *r)
{
    __builtin_prefetch(&r->facts);
    __builtin_prefetch(&r->at[AT_ESTABLISHED]);
    __builtin_prefetch(&r->at[AT_RESPONSE_END]);
}

// Lists the stays of connections that have one or two, the last ones of others, and the closes.
static void list_closes(struct sweep *sweep)
{
    const struct pool *pool = sweep->pool;
    struct idle_close *closes = g_new(struct idle_close, pool->list.count + 1);
    uint32_t *order = g_new(uint32_t, pool->list.count + 1), count = 0;
    sweep->stays = g_new(struct stay, 2 * pool->list.count + 1);
    sweep->earlier = g_new(uint32_t, pool->list.count + 1);
    sweep->times = g_new(int64_t, pool->list.count + 1);
    for (size_t k = 0; k < pool->list.count; k++) {
        fetch(&pool->records[pool->list.items[MIN(k + AHEAD, pool->list.count - 1)]]);
        struct stay *last = &sweep->stays[sweep->stay_count];
        const struct record *r = &pool->records[pool->list.items[k]];
        if (sweep->opens)
            pool_opens_add(sweep->opens, r);
        if (exchanges_of(pool->log, pool->list.items[k]).count > 1)
            sweep->earlier[sweep->earlier_count++] = pool->list.items[k];
        else if (stay_first(pool->log, pool->records, pool->list.items[k], last))
            last = &sweep->stays[++sweep->stay_count];
        if (!stay_final(pool->log, pool->records, pool->list.items[k], pool->leg, last))
            continue;
        sweep->stay_count++;
        if (!sweep->use)
            start_by_response(last, r, pool->leg);
        if (!is_idle_close(r))
            continue;
        bool asks_for_most = sweep->use && r->gap < IDLE_FROM;
        sweep->times[count] = last->end;
        closes[count++] = (struct idle_close){last->start, last->end, last->record, asks_for_most,
                                              last->is_at_once};
    }
    keyed_order(sweep->times, order, count);
    sweep->closes = g_new(struct idle_close, count + 1);
    for (uint32_t c = 0; c < count; c++)
        sweep->closes[c] = closes[order[c]];
    sweep->close_count = count;
    sweep->index = time_index_new(sweep->times, count);
    if (sweep->opens)
        pool_opens_end(sweep->opens);
    g_free(order);
    g_free(closes);
}

static void find_since(struct sweep *sweep)
{
    int64_t since = INT64_MAX;
    sweep->since = g_new(int64_t, sweep->close_count + 1);
    for (uint32_t c = sweep->close_count; c-- > 0;) {
        const struct idle_close *close = &sweep->closes[c];
        since = MIN(since, close->asks_for_most ? close->start : close->end);
        sweep->since[c] = since;
    }
}

// When a stay is no longer that of a rival.
static int64_t rival_until(const struct stay *stay)
{
    return stay->how == STAY_CLOSED ? MAX(stay->end - SAME_TIME, stay->start) : stay->end;
}

static void add_begun(struct begun *begun, int64_t time, uint32_t record)
{
    unsigned place = begun->record[0] != record; // 0: the same connection's
    if (place == 1 && time > begun->time[0]) {
        begun->time[1] = begun->time[0];
        begun->record[1] = begun->record[0];
        begun->record[0] = record;
        place = 0;
    }
    if (time <= begun->time[place])
        return;
    begun->time[place] = time;
    begun->record[place] = record;
}

// It counts at the closes that come until it leaves the pool.
static void keep(struct sweep *sweep, const struct stay *stay, int64_t leave)
{
    if (stay->how == STAY_OPEN)
        sweep->unending[sweep->unending_count++] = stay->start;
    else if (sweep->use)
        sweep->ends[sweep->end_count++] = stay->how == STAY_REUSED ? stay->end : leave;
    sweep->starts[sweep->count] = stay->start;
    sweep->until[sweep->count++] = (uint32_t)time_index_find(&sweep->index, leave);
}

static void add_kept(struct sweep *sweep, const struct stay *stay)
{
    pool_opens_take(sweep->opens, stay);
    if (sweep->close_count == 0)
        return;
    size_t close = time_index_find(&sweep->index, stay->start);
    if (close < sweep->close_count && !stay->is_at_once && stay->end >= sweep->since[close])
        keep(sweep, stay, stay_kept_until(stay));
}

static void add_rival(struct sweep *sweep, const struct stay *stay)
{
    size_t close = time_index_find(&sweep->index, stay->start);
    if (close == sweep->close_count)
        return;
    if (sweep->times[close] - stay->start <= AT_ONCE)
        add_begun(&sweep->begun[close], stay->start, stay->record);
    int64_t leave = rival_until(stay);
    if (leave > sweep->times[close])
        keep(sweep, stay, leave);
}

static inline void add_stay(struct sweep *sweep, const struct stay *stay)
{
    (sweep->use ? add_kept : add_rival)(sweep, stay);
}

static void make_room(struct sweep *sweep)
{
    const struct pool *pool = sweep->pool;
    size_t room = 1;
    for (size_t k = 0; k < pool->list.count; k++)
        room += exchanges_of(pool->log, pool->list.items[k]).count + 1;
    sweep->starts = g_new(int64_t, room);
    sweep->until = g_new(uint32_t, room);
    sweep->ends = g_new(int64_t, room);
    sweep->unending = g_new(int64_t, pool->list.count + 1);
    sweep->begun = sweep->use ? NULL : g_new(struct begun, sweep->close_count);
    for (uint32_t c = 0; sweep->begun && c < sweep->close_count; c++)
        sweep->begun[c] = none_begun;
}

// The last come first: once they end long before any close, the others do too.
static void list_earlier(struct sweep *sweep, uint32_t record)
{
    const struct pool *pool = sweep->pool;
    struct exchange_list uses = stays_uses(pool->log, pool->records, record);
    int64_t from = sweep->use ? INT64_MIN : sweep->times[0] - AT_ONCE;
    struct stay stay = {.record = record, .how = STAY_REUSED};
    for (size_t i = uses.count; i-- > 1 && uses.items[i].begin >= from;)
        if (stay_between(&uses.items[i - 1], &uses.items[i], pool->leg, &stay))
            add_stay(sweep, &stay);
    if (stay_first(pool->log, pool->records, record, &stay))
        add_stay(sweep, &stay);
}

static void list_stays(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->stay_count; i++)
        add_stay(sweep, &sweep->stays[i]);
    for (size_t k = 0; k < sweep->earlier_count; k++)
        list_earlier(sweep, sweep->earlier[k]);
}

static void order_stays(struct sweep *sweep)
{
    sweep->order = g_new(uint32_t, sweep->count + 1);
    keyed_order(sweep->starts, sweep->order, sweep->count);
    keyed_sort_values(sweep->ends, sweep->end_count);
    keyed_sort_values(sweep->unending, sweep->unending_count);
    sweep->start_index = time_index_new(sweep->starts, sweep->count);
    sweep->end_index = time_index_new(sweep->ends, sweep->end_count);
}

// A rise hides earlier ones that were not higher.
static void note_rise(struct sweep *sweep, int64_t time)
{
    while (sweep->ended < sweep->end_count && sweep->ends[sweep->ended] < time)
        sweep->ended++;
    sweep->around = sweep->began + 1 - sweep->ended;
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

// Lets the stays begin that do so before this close, and those end that don't reach it.
static void advance(struct sweep *sweep, uint32_t close)
{
    for (; sweep->began < sweep->count && sweep->starts[sweep->began] <= sweep->times[close];
         sweep->began++) {
        uint32_t rank = sweep->began, until = sweep->until[sweep->order[rank]];
        if (sweep->use)
            note_rise(sweep, sweep->starts[rank]);
        if (until == close)
            continue;
        rank_set_add(sweep->peers, rank);
        sweep->order[rank] = sweep->leaving[until];
        sweep->leaving[until] = rank;
    }
    for (uint32_t rank = sweep->leaving[close]; rank != NONE; rank = sweep->order[rank])
        rank_set_remove(sweep->peers, rank);
}

// The most peers idle at once from when the stay began until now: at one of the rises since, or
// before. The rises while the stay itself is kept, unless it is over at once, count it too.
static uint32_t most_around(const struct sweep *sweep, const struct idle_close *close)
{
    size_t begun = time_index_find(&sweep->start_index, close->start);
    size_t ended = time_index_find(&sweep->end_index, close->start);
    uint32_t since = most_since(sweep, close->start);
    bool is_own = !close->is_at_once &&
                  since > most_since(sweep, MAX(close->end - AT_ONCE, close->start) + 1);
    return MAX(since - is_own, (uint32_t)(begun - ended));
}

// Ranks tell which stays began less than SAME_TIME before this one, or so near to it that their
// order is unsure; it is over itself.
static void count_idle(const struct sweep *sweep, int64_t start, struct peers *peers)
{
    const struct time_index *starts = &sweep->start_index;
    uint32_t same = (uint32_t)time_index_find(starts, start - SAME_TIME);
    uint32_t before = (uint32_t)time_index_find(starts, start - sweep->unsure);
    uint32_t after = (uint32_t)time_index_find(starts, start + sweep->unsure);
    peers->older = rank_set_below(sweep->peers, same);
    peers->younger = rank_set_members(sweep->peers) - peers->older;
    peers->has_clearly_older = rank_set_has_below(sweep->peers, before);
    peers->has_clearly_younger = rank_set_has_from(sweep->peers, after);
}

// Right after another connection became idle: nearer to that than to when its own did.
static bool is_caused(const struct idle_close *close, const struct begun *begun)
{
    int64_t other = begun->time[begun->record[0] == close->record];
    return other != INT64_MIN && close->end - other <= AT_ONCE &&
           close->end - other <= (close->end - close->start) / 2;
}

static void count_at_close(const struct sweep *sweep, const struct idle_close *close,
                           const struct begun *begun, struct peers *peers)
{
    struct peers *own = &peers[close->record];
    *own = (struct peers){
        .unending = (uint32_t)keyed_values_below(sweep->unending, sweep->unending_count,
                                                 close->start - SAME_TIME),
        .is_known = true,
        .is_at_once = close->is_at_once,
        .is_slow = close->end - close->start > ORDER_UNSURE,
        .is_caused = is_caused(close, begun),
    };
    if (close->asks_for_most)
        own->most = (uint8_t)MIN(most_around(sweep, close), KEPT_AT - 1);
    if (rank_set_members(sweep->peers) > 0)
        count_idle(sweep, close->start, own);
}

static void sweep_run(struct sweep *sweep, struct peers *peers)
{
    struct begun begun = none_begun;
    sweep->peers = rank_set_new(sweep->count);
    sweep->peaks = g_new(struct keyed, sweep->count + 1);
    sweep->leaving = g_new(uint32_t, sweep->close_count + 1);
    for (uint32_t c = 0; c <= sweep->close_count; c++)
        sweep->leaving[c] = NONE;
    for (uint32_t c = 0; c < sweep->close_count; c++) {
        for (unsigned i = 0; sweep->begun && i < 2; i++)
            add_begun(&begun, sweep->begun[c].time[i], sweep->begun[c].record[i]);
        advance(sweep, c);
        count_at_close(sweep, &sweep->closes[c], &begun, peers);
    }
    g_free(sweep->leaving);
    g_free(sweep->peaks);
    rank_set_free(sweep->peers);
}

static void count(struct sweep *sweep, struct peers *peers)
{
    sweep->unsure = ORDER_UNSURE + sweep->pool->leg / 2; // a path of this length varies by as much
    list_closes(sweep);
    find_since(sweep);
    if (sweep->close_count > 0)
        make_room(sweep);
    if (sweep->close_count > 0 || sweep->use)
        list_stays(sweep);
    if (sweep->close_count > 0) {
        order_stays(sweep);
        sweep_run(sweep, peers);
    }
    time_index_free(&sweep->end_index);
    time_index_free(&sweep->start_index);
    g_free(sweep->order);
    g_free(sweep->begun);
    g_free(sweep->unending);
    g_free(sweep->ends);
    g_free(sweep->until);
    g_free(sweep->starts);
    g_free(sweep->since);
    time_index_free(&sweep->index);
    g_free(sweep->earlier);
    g_free(sweep->stays);
    g_free(sweep->times);
    g_free(sweep->closes);
}

void idle_peers_count(const struct pool *pool, struct peers *peers, struct pool_use *use)
{
    struct sweep sweep = {.pool = pool, .use = use, .opens = pool_opens_new(pool->list.count, use)};
    count(&sweep, peers);
    pool_opens_free(sweep.opens);
}

void idle_rivals_count(const struct pool *pool, struct peers *rivals)
{
    struct sweep sweep = {.pool = pool};
    count(&sweep, rivals);
}
