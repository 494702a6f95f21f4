// SPDX-License-Identifier: BSD-2-Clause
// Health probes: known agents, or strictly periodic one-shot requests to one path.
#include <string.h>

#include "judge/groups.h"
#include "judge/thresholds.h"

// How the agents of health checks call themselves.
static const char *const probe_agents[] = {"kube-probe", "ELB-HealthChecker", "GoogleHC",
                                           "Prometheus", "Consul"};

bool agent_is_one_of(struct slice agent, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(list[i]);
        if (agent.length >= length &&
            g_ascii_strncasecmp((const char *)agent.at, list[i], length) == 0)
            return true;
    }
    return false;
}

static bool is_one_shot(const struct record *r)
{
    return r->requests == 1 && record_has(r, FACT_SYN) && r->close_by != CLOSE_BY_NOBODY;
}

static bool has_same_request(const struct record *a, const struct record *b)
{
    return a->names[NAME_FIRST_METHOD] == b->names[NAME_FIRST_METHOD] &&
           a->names[NAME_FIRST_TARGET] == b->names[NAME_FIRST_TARGET];
}

// Whether the connections of a pair come one by one, at one period, with one request.
static bool is_periodic(const struct groups *groups, struct member_list list)
{
    if (list.count < PROBES_LEAST)
        return false;
    const struct record *first = &groups->records[list.items[0]];
    const struct record *last = &groups->records[list.items[list.count - 1]];
    int64_t period =
        (last->at[AT_START].time - first->at[AT_START].time) / (int64_t)(list.count - 1);
    if (period < PROBE_PERIOD_LEAST)
        return false;
    for (size_t i = 0; i < list.count; i++) {
        const struct record *r = &groups->records[list.items[i]];
        int64_t late = r->at[AT_START].time - first->at[AT_START].time - (int64_t)i * period;
        if (!is_one_shot(r) || !has_same_request(r, first) ||
            ABS(late) > period / PROBE_JITTER_PARTS)
            return false;
    }
    return true;
}

void probes_mark(struct groups *groups)
{
    uint32_t asked = 0; // the agent that was compared last; most connections share a few
    bool is_probe = false;
    for (size_t i = 0; i < groups->count; i++) {
        uint32_t agent = groups->records[i].names[NAME_AGENT];
        if (agent != asked)
            is_probe = agent_is_one_of(groups_fingerprint(groups, (uint32_t)i, CLIENT),
                                       probe_agents, G_N_ELEMENTS(probe_agents));
        asked = agent;
        groups->verdicts[i].is_probe = is_probe;
    }
    for (uint32_t p = 0; p < groups->by_pair.groups; p++) {
        struct member_list list = members_of(&groups->by_pair, p);
        if (!is_periodic(groups, list))
            continue;
        for (size_t i = 0; i < list.count; i++)
            groups->verdicts[list.items[i]].is_probe = true;
    }
}
