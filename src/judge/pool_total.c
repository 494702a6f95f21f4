// SPDX-License-Identifier: BSD-2-Clause
// A limit over all of a client's idle connections: when one more becomes idle, the longest idle
// one is closed (Go MaxIdleConns, nginx upstream keepalive).
#include "judge/groups.h"
#include "judge/thresholds.h"

struct eviction_view {
    uint32_t closes;          // of idle connections that hadn't just finished
    uint32_t oldest;          // of them, the longest idle one with a younger peer
    uint32_t caused;          // of those, right after another connection became idle
    uint32_t timers;          // closes whose gap a timer explains
    uint32_t limit;           // least number of younger idle peers
    uint32_t beside[KEPT_AT]; // evictions by that number
};

// A request or a close that is missing leaves its connection idle in the log: an older rival that
// is none.
static bool is_eviction(const struct peers *rivals, bool is_damaged)
{
    uint32_t doubtful = is_damaged ? rivals->younger / 2 + rivals->unending : 0;
    return rivals->older <= doubtful && rivals->younger >= 1;
}

// The close follows another connection's end of work, not its own.
static bool is_caused(const struct record *r, const struct peers *rivals)
{
    return rivals->since <= AT_ONCE && rivals->since <= r->gap / 2;
}

static bool takes_part(const struct groups *groups, const struct peers *rivals, uint32_t i)
{
    return groups_is_idle_close(groups, i, CLIENT) && rivals[i].older != PEERS_UNKNOWN &&
           groups->bursts[i] != BURST_SHUTDOWN;
}

static bool has_timer(const struct groups *groups, uint32_t i)
{
    const struct verdict *verdict = &groups->verdicts[i];
    return verdict->group == GROUP_GAP_CLUSTER && verdict->confidence <= CONFIDENCE_CONSISTENT;
}

static struct eviction_view view_of(const struct groups *groups, const struct peers *rivals,
                                    struct member_list list, bool is_damaged)
{
    struct eviction_view view = {.limit = UINT32_MAX};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        if (!takes_part(groups, rivals, i))
            continue;
        view.closes++;
        view.timers += has_timer(groups, i);
        if (!is_eviction(&rivals[i], is_damaged))
            continue;
        view.oldest++;
        view.caused += is_caused(&groups->records[i], &rivals[i]);
        view.limit = MIN(view.limit, rivals[i].younger);
        view.beside[MIN(rivals[i].younger, KEPT_AT - 1)]++;
    }
    return view;
}

// The least number, unless most show another: a peer that was taken again between the client's
// decision and its FIN makes a single close show fewer.
static uint32_t limit_of(const struct eviction_view *view)
{
    for (uint32_t beside = 0; beside < KEPT_AT; beside++) {
        if (view->beside[beside] * 100 > view->oldest * POOL_MODE)
            return beside;
    }
    return view->limit;
}

// Of fewer than ten closes a single one is more than a tenth: it may be out of order only.
static bool has_one_exception(const struct eviction_view *view)
{
    return view->closes >= EVICTIONS_EXCEPT && view->closes - view->oldest <= 1;
}

static bool is_share(uint32_t part, uint32_t all, int64_t percent)
{
    return part * 100 >= all * percent;
}

// How far the closes look like evictions. A packet that is missing, or out of order, spoils what is
// known of its connection's peers too.
enum likeness { LIKELY, POSSIBLE, UNLIKELY };

static enum likeness likeness_of(const struct eviction_view *view, bool is_damaged)
{
    int64_t needed = is_damaged ? EVICTIONS_OLDEST_LOSSY : EVICTIONS_OLDEST;
    if (view->closes < POOL_CLOSES || view->timers * 2 >= view->closes ||
        !is_share(view->caused, view->oldest, EVICTIONS_CAUSED) ||
        !is_share(view->oldest, view->closes, EVICTIONS_POSSIBLE))
        return UNLIKELY;
    bool is_oldest = is_share(view->oldest, view->closes, needed) || has_one_exception(view);
    return is_oldest ? LIKELY : POSSIBLE;
}

// Whether a sweep can find anything: closes beside older kept peers are no evictions, and equal
// gaps are a timer.
static bool is_possible(const struct groups *groups, uint32_t host)
{
    struct member_list list = members_of(&groups->by_host[CLIENT], host);
    const struct traits *traits = &groups->of_host[CLIENT][host];
    if (!traits_have_idle_close(traits, CLIENT))
        return false;
    uint32_t closes = 0, beside_older = 0, timers = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        if (!groups_is_idle_close(groups, i, CLIENT))
            continue;
        closes++;
        beside_older += groups->peers[i].older != PEERS_UNKNOWN && groups->peers[i].older > 0;
        timers += has_timer(groups, i);
    }
    return closes >= POOL_CLOSES && timers * 2 < closes &&
           (traits_are_damaged(traits) || beside_older * 100 <= closes * (100 - EVICTIONS_OLDEST));
}

static void settle_host(struct groups *groups, struct peers *rivals, uint32_t host)
{
    struct member_list list = members_of(&groups->by_host[CLIENT], host);
    idle_rivals_count(&groups->log, groups->records, list, rivals);
    bool is_damaged = traits_are_damaged(&groups->of_host[CLIENT][host]);
    struct eviction_view view = view_of(groups, rivals, list, is_damaged);
    enum likeness likeness = likeness_of(&view, is_damaged);
    bool is_clear = is_share(view.oldest, view.closes, EVICTIONS_OLDEST);
    for (size_t k = 0; k < list.count && likeness != UNLIKELY; k++) {
        uint32_t i = list.items[k];
        if (!takes_part(groups, rivals, i))
            continue;
        groups->evictable[i] = true;
        if (likeness == POSSIBLE)
            continue;
        bool is_sure = is_eviction(&rivals[i], is_damaged) && is_clear && !is_damaged;
        groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL,
                   is_sure ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                   is_sure ? CAUSE_NONE : CAUSE_CLIENT_POOL_LIMIT);
        groups_because(groups, i, GROUP_KEPT_PEERS, limit_of(&view), view.oldest);
    }
}

void pool_total_settle(struct groups *groups)
{
    struct peers *rivals = NULL;
    for (uint32_t h = 0; h < groups->by_host[CLIENT].groups; h++) {
        if (!is_possible(groups, h))
            continue;
        if (!rivals)
            rivals = peers_new(groups->count);
        settle_host(groups, rivals, h);
    }
    g_free(rivals);
}
