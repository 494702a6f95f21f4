// SPDX-License-Identifier: BSD-2-Clause
// Shutdowns: what bursts mean for each of their closes, and a server that reloads.
#include "judge/bursts.h"
#include "judge/thresholds.h"

// What a close in a shutdown burst of `side` is called, by what it was doing.
static void say_burst(struct groups *groups, uint32_t i, enum side side)
{
    const struct record *r = &groups->records[i];
    uint8_t group = groups->verdicts[i].group;
    if (group == GROUP_AGE_CLUSTER || (side == CLIENT && group == GROUP_WAIT_CLUSTER))
        return;
    if (groups_is_idle_close(groups, i, side)) {
        if (group == GROUP_GAP_CLUSTER)
            return;
        bool is_sure = !groups_burst(groups, i)->may_be_aged;
        groups_say(groups, i, side == CLIENT ? CAUSE_CLIENT_SHUTDOWN : CAUSE_SERVER_SHUTDOWN,
                   is_sure ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                   is_sure          ? CAUSE_NONE
                   : side == CLIENT ? CAUSE_CLIENT_MAX_AGE
                                    : CAUSE_SERVER_MAX_AGE);
    } else if (groups->verdicts[i].cause == CAUSE_UNATTRIBUTED) {
        return; // what it was doing isn't in the capture
    } else if (side == CLIENT) {
        groups_say(groups, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG, CAUSE_NONE);
    } else if (r->phase == PHASE_BODY || r->phase == PHASE_HEAD) {
        groups_say(groups, i, CAUSE_TRUNCATED_RESPONSE, CONFIDENCE_STRONG, CAUSE_NONE);
    } else {
        groups_say(groups, i, CAUSE_SERVER_ABORTED, CONFIDENCE_STRONG, CAUSE_NONE);
    }
    const struct burst_found *burst = groups_burst(groups, i);
    int64_t length = burst->end - burst->begin;
    groups_because(groups, i, GROUP_BURST, length > BURST ? length : 0, burst->size);
}

// Whether the server said close on a connection that it had when it began to shut down.
static bool is_reload(const struct record *r, int64_t begin)
{
    return r->at[AT_START].time < begin && record_close(r).time >= begin;
}

// A server that is told to reload ends its idle connections and says close on the busy ones. A
// habit would have shown before, and more on the connections opened since.
static void settle_reload(struct groups *groups, uint32_t host, int64_t begin)
{
    struct member_list list = members_of(&groups->by_host[SERVER], host);
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
        groups_because(groups, i, GROUP_BURST, 0, groups_burst(groups, i)->size);
    }
}

void shutdown_settle(struct groups *groups)
{
    uint32_t hosts = groups->by_host[SERVER].groups;
    int64_t *begins = g_new(int64_t, hosts + 1); // of each server's first shutdown
    for (uint32_t h = 0; h < hosts; h++)
        begins[h] = INT64_MAX;
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        const struct burst_found *burst = groups_burst(groups, i);
        if (burst->what != BURST_SHUTDOWN)
            continue;
        say_burst(groups, i, r->close_by == CLOSE_BY_CLIENT ? CLIENT : SERVER);
        int64_t *begin = &begins[groups_host(groups, SERVER, i)];
        if (r->close_by == CLOSE_BY_SERVER)
            *begin = MIN(*begin, burst->begin);
    }
    for (uint32_t h = 0; h < hosts; h++) {
        if (begins[h] != INT64_MAX)
            settle_reload(groups, h, begins[h]);
    }
    g_free(begins);
}
