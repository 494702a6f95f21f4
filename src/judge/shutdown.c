// SPDX-License-Identifier: BSD-2-Clause
// Shutdowns: what bursts mean for each of their closes, and a server that reloads.
#include "judge/groups.h"

// What a close in a shutdown burst of `side` is called, by what it was doing.
static void say_burst(struct groups *groups, uint32_t i, enum side side)
{
    const struct record *r = &groups->records[i];
    if (groups->verdicts[i].group == GROUP_AGE_CLUSTER)
        return;
    if (groups_is_idle_close(groups, i, side)) {
        bool has_timer = groups->verdicts[i].group == GROUP_GAP_CLUSTER;
        if (has_timer)
            return;
        groups_say(groups, i, side == CLIENT ? CAUSE_CLIENT_SHUTDOWN : CAUSE_SERVER_SHUTDOWN,
                   CONFIDENCE_STRONG, CAUSE_NONE);
    } else if (groups->verdicts[i].cause == CAUSE_UNATTRIBUTED) {
        return; // what it was doing isn't in the capture
    } else if (side == CLIENT) {
        groups_say(groups, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG, CAUSE_NONE);
    } else if (r->phase == PHASE_BODY || r->phase == PHASE_HEAD) {
        groups_say(groups, i, CAUSE_TRUNCATED_RESPONSE, CONFIDENCE_STRONG, CAUSE_NONE);
    } else {
        groups_say(groups, i, CAUSE_SERVER_ABORTED, CONFIDENCE_STRONG, CAUSE_NONE);
    }
    groups_because(groups, i, GROUP_BURST, 0, groups->burst_size[i]);
}

// Whether the server said close on a connection that it had when it began to shut down.
static bool is_reload(const struct record *r, int64_t begin)
{
    return r->at[AT_START].time < begin && record_close(r).time >= begin;
}

// A server that is told to reload ends its idle connections and says close on the busy ones. A
// habit would have shown before, and more on the connections opened since.
static void settle_reload(struct groups *groups, uint32_t host)
{
    struct member_list list = members_of(&groups->by_host[SERVER], host);
    int64_t begin = groups->shutdown_begin[host];
    uint32_t reloads = 0, others = 0;
    for (size_t k = 0; k < list.count; k++) {
        const struct record *r = &groups->records[list.items[k]];
        if (groups->verdicts[list.items[k]].cause != CAUSE_SERVER_SAID_CLOSE)
            continue;
        if (record_close(r).time < begin)
            return;
        reloads += is_reload(r, begin);
        others += !is_reload(r, begin);
    }
    for (size_t k = 0; k < list.count && others <= reloads; k++) {
        uint32_t i = list.items[k];
        if (groups->verdicts[i].cause != CAUSE_SERVER_SAID_CLOSE ||
            !is_reload(&groups->records[i], begin))
            continue;
        groups_say(groups, i, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_CONSISTENT,
                   CAUSE_SERVER_SAID_CLOSE);
        groups_because(groups, i, GROUP_BURST, 0, groups->burst_size[i]);
    }
}

void shutdown_settle(struct groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        if (groups->bursts[i] == BURST_SHUTDOWN)
            say_burst(groups, i, r->close_by == CLOSE_BY_CLIENT ? CLIENT : SERVER);
    }
    for (uint32_t h = 0; h < groups->by_host[SERVER].groups; h++) {
        if (groups->shutdown_begin[h] != INT64_MAX)
            settle_reload(groups, h);
    }
}
