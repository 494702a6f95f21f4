// SPDX-License-Identifier: BSD-2-Clause
// A limit over all of a client's idle connections: when one more becomes idle, the longest idle
// one is closed (Go MaxIdleConns, nginx upstream keepalive).
#include "judge/groups.h"
#include "judge/thresholds.h"

struct eviction_view {
    uint32_t closes; // of idle connections that hadn't just finished
    uint32_t oldest; // of them, the longest idle one with a younger peer
    uint32_t caused; // of those, right after another connection became idle
    uint32_t timers; // closes whose gap a timer explains
    uint32_t limit;  // least number of younger idle peers
};

static bool is_eviction(const struct peers *peers)
{
    return peers->older == 0 && peers->younger >= 1;
}

// A close that the connection's own end of work didn't cause: it was idle, others are younger.
static bool takes_part(const struct groups *groups, uint32_t i)
{
    const struct peers *peers = &groups->peers[i];
    return groups_is_idle_close(groups, i, CLIENT) && peers->older != PEERS_UNKNOWN &&
           (groups->records[i].gap > AT_ONCE || peers->younger > 0) &&
           groups->bursts[i] != BURST_SHUTDOWN;
}

static bool has_timer(const struct groups *groups, uint32_t i)
{
    const struct verdict *verdict = &groups->verdicts[i];
    return verdict->group == GROUP_GAP_CLUSTER && verdict->confidence <= CONFIDENCE_CONSISTENT;
}

static struct eviction_view view_of(const struct groups *groups, struct member_list list)
{
    struct eviction_view view = {0, 0, 0, 0, UINT32_MAX};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct peers *peers = &groups->peers[i];
        if (!takes_part(groups, i))
            continue;
        view.closes++;
        view.timers += has_timer(groups, i);
        if (!is_eviction(peers))
            continue;
        view.oldest++;
        view.caused += peers->since <= AT_ONCE;
        view.limit = MIN(view.limit, peers->younger);
    }
    return view;
}

static bool is_total_limit(const struct eviction_view *view)
{
    bool is_caused = view->caused * 100 >= view->oldest * EVICTIONS_CAUSED;
    bool is_oldest = view->oldest * 100 >= view->closes * EVICTIONS_OLDEST;
    return view->closes >= POOL_CLOSES && is_oldest && is_caused && view->timers * 2 < view->closes;
}

void pool_total_settle(struct groups *groups)
{
    for (uint32_t p = 0; p < groups->by_pair.groups; p++) {
        struct member_list list = members_of(&groups->by_pair, p);
        struct eviction_view view = view_of(groups, list);
        if (!is_total_limit(&view))
            continue;
        for (size_t k = 0; k < list.count; k++) {
            uint32_t i = list.items[k];
            if (!takes_part(groups, i))
                continue;
            bool is_plain = is_eviction(&groups->peers[i]);
            groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL,
                       is_plain ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                       is_plain ? CAUSE_NONE : CAUSE_CLIENT_IDLE_TIMEOUT);
            groups_because(groups, i, GROUP_KEPT_PEERS, view.limit, view.oldest);
        }
    }
}
