// SPDX-License-Identifier: BSD-2-Clause
// Shutdowns: what bursts mean for each of their closes, and a server that reloads.
#include "judge/groups.h"

// What a close in a shutdown burst of `side` is called, by what it was doing.
static void say_burst(struct groups *groups, uint32_t i, enum side side)
{
    const struct record *r = &groups->records[i];
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

// A server that is told to reload ends its idle connections and says close on the busy ones. A
// habit would have shown before.
static void settle_reload(struct groups *groups, uint32_t host)
{
    struct member_list list = members_of(&groups->by_host[SERVER], host);
    int64_t begin = groups->shutdown_begin[host];
    if (begin == INT64_MAX)
        return;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < list.count; k++) {
            uint32_t i = list.items[k];
            const struct record *r = &groups->records[i];
            if (groups->verdicts[i].cause != CAUSE_SERVER_SAID_CLOSE)
                continue;
            bool is_after = record_close(r).time >= begin;
            bool is_older = r->at[AT_START].time < begin;
            if (pass == 0 && (!is_after || !is_older))
                return;
            if (pass == 1) {
                groups_say(groups, i, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_CONSISTENT,
                           CAUSE_SERVER_SAID_CLOSE);
                groups_because(groups, i, GROUP_BURST, 0, groups->burst_size[i]);
            }
        }
    }
}

void shutdown_settle(struct groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        if (groups->bursts[i] == BURST_SHUTDOWN)
            say_burst(groups, i, r->close_by == CLOSE_BY_CLIENT ? CLIENT : SERVER);
    }
    for (uint32_t h = 0; h < groups->by_host[SERVER].groups; h++)
        settle_reload(groups, h);
}
