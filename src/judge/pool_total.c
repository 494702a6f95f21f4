// SPDX-License-Identifier: BSD-2-Clause
// A limit over all of a client's idle connections: when one more becomes idle, the longest idle
// one is closed (Go MaxIdleConns, nginx upstream keepalive).
#include "base/crew.h"
#include "judge/bursts.h"
#include "judge/thresholds.h"

struct eviction_count {
    uint32_t closes;            // of idle connections
    uint32_t oldest;            // of them, the longest idle one with a younger peer
    uint32_t caused;            // of those, right after another connection became idle
    uint32_t slow, slow_caused; // the same of those idle for longer than ORDER_UNSURE
};

// Connections of one pool.
struct pool_list {
    struct groups *groups;
    const struct peers *rivals;
    struct member_list list;
    const struct traits *traits;
    bool is_damaged;
    bool spares_timers; // most closes have the gap of a timer: the others are looked at
    bool is_late_only;  // as a pool may have both limits: what had just finished isn't looked at
};

struct eviction_view {
    struct eviction_count all, clear; // clear: those whose order is certain
    struct eviction_count late;       // those that had not just finished
    uint32_t limit;                   // least number of younger idle peers
    uint32_t beside[KEPT_AT];         // evictions by that number
};

// A request or a close that is missing leaves its connection idle in the log: an older rival that
// is none.
static bool is_eviction(const struct peers *rivals, bool is_damaged)
{
    uint32_t doubtful = is_damaged ? rivals->younger / 2 + rivals->unending : 0;
    return rivals->older <= doubtful && rivals->younger >= 1;
}

// Longer idle than all others, beyond doubt.
static bool is_clear(const struct peers *rivals)
{
    return rivals->has_clearly_younger && !rivals->has_clearly_older;
}

static bool has_timer(const struct groups *groups, uint32_t i)
{
    const struct verdict *verdict = &groups->verdicts[i];
    return verdict->group == GROUP_GAP_CLUSTER && verdict->confidence <= CONFIDENCE_CONSISTENT;
}

static bool takes_part(const struct pool_list *pool, uint32_t i)
{
    const struct groups *groups = pool->groups;
    return groups_is_idle_close(groups, i, CLIENT) &&
           groups_burst(groups, i)->what != BURST_SHUTDOWN &&
           !(pool->spares_timers && has_timer(groups, i));
}

static bool is_share(uint32_t part, uint32_t all, int64_t percent)
{
    return part * 100 >= all * percent;
}

static void count_close(struct eviction_count *count, bool is_oldest, const struct peers *rivals)
{
    bool caused = is_oldest && rivals->is_caused;
    bool slow = is_oldest && rivals->is_slow;
    count->closes++;
    count->oldest += is_oldest;
    count->caused += caused;
    count->slow += slow;
    count->slow_caused += slow && caused;
}

// Most of them follow another connection's end of work; in an instant nobody can tell whose.
static bool are_caused(const struct eviction_count *count)
{
    bool use_slow = count->slow >= POOL_CLOSES && count->slow * 3 >= count->oldest;
    uint32_t all = use_slow ? count->slow : count->oldest;
    return is_share(use_slow ? count->slow_caused : count->caused, all, EVICTIONS_CAUSED);
}

static struct eviction_view view_until(const struct pool_list *pool, int64_t end)
{
    struct eviction_view view = {.limit = UINT32_MAX};
    for (size_t k = 0; k < pool->list.count; k++) {
        uint32_t i = pool->list.items[k];
        const struct peers *rivals = &pool->rivals[i];
        if (!takes_part(pool, i) || pool->groups->lives[i].close >= end)
            continue;
        bool is_oldest = is_eviction(rivals, pool->is_damaged);
        count_close(&view.all, is_oldest, rivals);
        if (is_clear(rivals) || rivals->has_clearly_older)
            count_close(&view.clear, is_clear(rivals), rivals);
        if (!rivals->is_at_once)
            count_close(&view.late, is_oldest, rivals);
        if (!is_oldest)
            continue;
        view.limit = MIN(view.limit, rivals->younger);
        view.beside[MIN(rivals->younger, KEPT_AT - 1)]++;
    }
    return view;
}

// What is closed at the end of a client's work counts only where there is too little else.
static struct eviction_view view_of(const struct pool_list *pool)
{
    int64_t end = traits_end_wave(pool->traits);
    struct eviction_view view = view_until(pool, end);
    if (view.all.closes < POOL_CLOSES && end != INT64_MAX)
        view = view_until(pool, INT64_MAX);
    return view;
}

// The least number, unless most show another: a peer that was taken again between the client's
// decision and its FIN makes a single close show fewer.
static uint32_t limit_of(const struct eviction_view *view)
{
    for (uint32_t beside = 0; beside < KEPT_AT; beside++) {
        if (view->beside[beside] * 100 > view->all.oldest * POOL_MODE)
            return beside;
    }
    return view->limit;
}

// Of fewer than ten closes a single one is more than a tenth: it may be out of order only.
static bool has_one_exception(const struct eviction_count *count)
{
    return count->closes >= EVICTIONS_EXCEPT && count->closes - count->oldest <= 1;
}

// How far the closes look like evictions. A packet that is missing, or out of order, spoils what is
// known of its connection's peers too.
enum likeness { LIKELY, POSSIBLE, UNLIKELY };

static enum likeness likeness_by(const struct eviction_count *count, bool is_damaged)
{
    int64_t needed = is_damaged ? EVICTIONS_OLDEST_LOSSY : EVICTIONS_OLDEST;
    if (is_damaged && count->closes > 0 && count->closes < POOL_CLOSES)
        return count->caused == count->closes ? POSSIBLE : UNLIKELY; // the others may be missing
    if (count->closes < POOL_CLOSES || !are_caused(count) ||
        !is_share(count->oldest, count->closes, EVICTIONS_POSSIBLE))
        return UNLIKELY;
    bool is_oldest = is_share(count->oldest, count->closes, needed) || has_one_exception(count);
    return is_oldest ? LIKELY : POSSIBLE;
}

// Those whose order is certain decide, where they are most or the others say the same.
static enum likeness likeness_of(const struct pool_list *pool, const struct eviction_view *view)
{
    if (pool->is_late_only)
        return likeness_by(&view->late, pool->is_damaged);
    bool has_order =
        !pool->is_damaged && (view->clear.closes * 2 >= view->all.closes ||
                              is_share(view->all.oldest, view->all.closes, EVICTIONS_OLDEST));
    enum likeness all = likeness_by(&view->all, pool->is_damaged);
    enum likeness clear = has_order ? likeness_by(&view->clear, false) : UNLIKELY;
    return MIN(all, clear);
}

// Closes of idle connections, those with the gap of a timer, and others beside older kept peers;
// the same of those others that had not just finished.
struct idle_count {
    uint32_t closes, timers, beside_older;
    uint32_t late, late_beside_older;
};

static struct idle_count count_idle(const struct groups *groups, struct member_list list,
                                    const struct traits *traits)
{
    struct idle_count count = {0};
    bool has_any = traits_have_idle_close(traits, CLIENT);
    for (size_t k = 0; k < list.count && has_any; k++) {
        uint32_t i = list.items[k];
        if (!groups_is_idle_close(groups, i, CLIENT))
            continue;
        const struct peers *peers = &groups->peers[i];
        bool is_timer = has_timer(groups, i), is_late = !is_timer && !peers->is_at_once;
        count.closes++;
        count.timers += is_timer;
        count.beside_older += !is_timer && peers->has_clearly_older;
        count.late += is_late;
        count.late_beside_older += is_late && peers->has_clearly_older;
    }
    return count;
}

// A pool with a limit over all has an idle timeout too, which may close more than the limit.
static bool are_mostly_timers(struct idle_count count)
{
    return count.timers * 2 >= count.closes;
}

static bool has_chance(uint32_t closes, uint32_t beside_older)
{
    return closes >= POOL_CLOSES && beside_older * 100 <= closes * (100 - EVICTIONS_POSSIBLE);
}

// Whether a sweep can find anything, or leave a doubt: closes beside older kept peers are no
// evictions, and equal gaps are a timer.
static bool is_possible(struct idle_count count, const struct traits *traits)
{
    uint32_t others = are_mostly_timers(count) ? count.closes - count.timers : count.closes;
    if (traits_are_damaged(traits))
        return others > 0;
    return has_chance(others, count.beside_older) ||
           has_chance(count.late, count.late_beside_older);
}

// What is counted of all of a client's connections, and of each pair of its own: the pairs are only
// asked for where the client shows no limit, but several threads count both at once.
struct counted {
    struct peers *rivals; // per record; NULL: not yet
    bool is_done;         // by other threads: of every list that may need it
};

struct rivals_work {
    struct pieces pieces;
    struct groups *groups;
    struct counted *counted[2]; // of hosts, of pairs
    GArray *lists[2];           // struct pool
};

static void count_rivals(const struct groups *groups, struct counted *counted,
                         const struct pool *pool)
{
    if (!counted->rivals)
        counted->rivals = g_new0(struct peers, groups->count + 1);
    if (!counted->is_done)
        idle_rivals_count(pool, counted->rivals);
}

static void say_evictions(const struct pool_list *pool, const struct eviction_view *view,
                          enum likeness likeness)
{
    struct groups *groups = pool->groups;
    const struct eviction_count *count = pool->is_late_only ? &view->late : &view->all;
    bool are_clear = is_share(count->oldest, count->closes, EVICTIONS_OLDEST);
    int64_t end = traits_end_wave(pool->traits);
    uint32_t limit = limit_of(view);
    for (size_t k = 0; k < pool->list.count && likeness != UNLIKELY; k++) {
        uint32_t i = pool->list.items[k];
        const struct peers *rivals = &pool->rivals[i];
        bool is_plain = is_eviction(rivals, pool->is_damaged);
        bool is_end = !is_plain && groups->lives[i].close >= end;
        bool is_other = pool->is_late_only && rivals->is_at_once && !is_clear(rivals);
        if (!takes_part(pool, i) || is_end || (is_other && likeness == POSSIBLE))
            continue;
        groups->evictable[i] = !is_other;
        if (likeness == POSSIBLE || is_other)
            continue;
        bool is_sure = is_plain && are_clear && !pool->is_damaged;
        groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL,
                   is_sure ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                   is_sure ? CAUSE_NONE : CAUSE_CLIENT_POOL_LIMIT);
        groups_because(groups, i, GROUP_KEPT_PEERS, limit, view->all.oldest);
    }
}

// Whether as many closes as it takes had not just finished.
static bool are_late(const struct pool_list *pool)
{
    int64_t late = 0;
    for (size_t k = 0; k < pool->list.count && late < POOL_CLOSES; k++) {
        const struct peers *rivals = &pool->rivals[pool->list.items[k]];
        late += rivals->is_known && !rivals->is_at_once;
    }
    return late >= POOL_CLOSES;
}

// Says so of one list of connections. What is late only is looked at after all have been.
static bool settle_list(struct groups *groups, struct counted *counted, struct member_list list,
                        const struct traits *traits, bool is_late_only)
{
    bool is_damaged = traits_are_damaged(traits);
    struct idle_count idle = {0};
    if (!is_late_only)
        idle = count_idle(groups, list, traits);
    if (is_late_only ? is_damaged || !counted->rivals : !is_possible(idle, traits))
        return false;
    struct pool whole = groups_pool(groups, list, traits);
    if (!is_late_only)
        count_rivals(groups, counted, &whole);
    struct pool_list pool = {.groups = groups,
                             .rivals = counted->rivals,
                             .list = list,
                             .traits = traits,
                             .is_damaged = is_damaged,
                             .spares_timers = is_late_only || are_mostly_timers(idle),
                             .is_late_only = is_late_only};
    if (is_late_only && !are_late(&pool))
        return false;
    struct eviction_view view = view_of(&pool);
    enum likeness likeness = likeness_of(&pool, &view);
    say_evictions(&pool, &view, likeness);
    return likeness == LIKELY;
}

// Whether a record is the first of a pair that is a part of the host's connections.
static bool begins_pair(const struct groups *groups, struct member_list list, uint32_t record)
{
    struct member_list own = members_of(&groups->by_pair, groups->pair_of[record]);
    return own.items[0] == record && own.count < list.count;
}

// The pairs of a host, each by itself: several processes behind one address have a pool each.
static bool settle_pairs(struct groups *groups, struct counted *counted, struct member_list list,
                         bool is_late_only)
{
    bool is_settled = false;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t pair = groups->pair_of[list.items[k]];
        if (begins_pair(groups, list, list.items[k]))
            is_settled |= settle_list(groups, counted, members_of(&groups->by_pair, pair),
                                      &groups->of_pair[pair], is_late_only);
    }
    return is_settled;
}

static void list_pairs(struct rivals_work *work, struct member_list list)
{
    const struct groups *groups = work->groups;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t pair = groups->pair_of[list.items[k]];
        struct member_list own = members_of(&groups->by_pair, pair);
        struct pool pool = groups_pool(groups, own, &groups->of_pair[pair]);
        if (begins_pair(groups, list, list.items[k]) &&
            is_possible(count_idle(groups, own, &groups->of_pair[pair]), &groups->of_pair[pair]))
            g_array_append_val(work->lists[1], pool);
    }
}

static gpointer work_on_rivals(gpointer data)
{
    struct rivals_work *work = data;
    size_t i;
    while (pieces_take(&work->pieces, &i)) {
        bool is_pair = i >= work->lists[0]->len;
        const GArray *lists = work->lists[is_pair];
        size_t place = is_pair ? i - work->lists[0]->len : i;
        count_rivals(work->groups, work->counted[is_pair],
                     &g_array_index(lists, struct pool, place));
    }
    return NULL;
}

// Several threads count whatever may be asked for.
static void count_ahead(struct groups *groups, struct counted *of_hosts, struct counted *of_pairs)
{
    struct rivals_work work = {.groups = groups, .counted = {of_hosts, of_pairs}};
    for (int i = 0; i < 2; i++)
        work.lists[i] = g_array_new(FALSE, FALSE, sizeof(struct pool));
    for (uint32_t h = 0; h < groups->by_host[CLIENT].groups; h++) {
        struct member_list list = members_of(&groups->by_host[CLIENT], h);
        const struct traits *traits = &groups->of_host[CLIENT][h];
        struct pool pool = groups_pool(groups, list, traits);
        if (is_possible(count_idle(groups, list, traits), traits))
            g_array_append_val(work.lists[0], pool);
        if (traits_have_idle_close(traits, CLIENT))
            list_pairs(&work, list);
    }
    for (int i = 0; i < 2; i++)
        if (work.lists[i]->len)
            work.counted[i]->rivals = g_new0(struct peers, groups->count + 1);
    work.pieces.count = (gint)(work.lists[0]->len + work.lists[1]->len);
    crew_run(MIN(groups->threads, (unsigned)work.pieces.count), work_on_rivals, &work);
    of_hosts->is_done = of_pairs->is_done = true;
    for (int i = 0; i < 2; i++)
        g_array_free(work.lists[i], TRUE);
}

void pool_total_settle(struct groups *groups)
{
    struct counted of_hosts = {NULL, false}, of_pairs = {NULL, false};
    if (groups->threads > 1)
        count_ahead(groups, &of_hosts, &of_pairs);
    for (uint32_t h = 0; h < groups->by_host[CLIENT].groups; h++) {
        struct member_list list = members_of(&groups->by_host[CLIENT], h);
        const struct traits *traits = &groups->of_host[CLIENT][h];
        bool is_settled = !traits_have_idle_close(traits, CLIENT);
        for (int is_late = 0; is_late <= 1 && !is_settled; is_late++)
            is_settled = settle_list(groups, &of_hosts, list, traits, is_late) ||
                         settle_pairs(groups, &of_pairs, list, is_late);
    }
    g_free(of_hosts.rivals);
    g_free(of_pairs.rivals);
}
