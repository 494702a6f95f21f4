// SPDX-License-Identifier: BSD-2-Clause
// Health probes: known agents, or strictly periodic one-shot requests to one path.
#include <stdlib.h>
#include <string.h>

#include "judge/groups.h"
#include "judge/keyed.h"
#include "judge/thresholds.h"

#define PROBE_PATHS 4 // that one prober asks for: liveness, readiness, metrics

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

// What one schedule asks for.
struct path {
    uint32_t method, target;
};

static struct path path_of(const struct record *r)
{
    return (struct path){r->names[NAME_FIRST_METHOD], r->names[NAME_FIRST_TARGET]};
}

static bool is_same(struct path a, struct path b)
{
    return a.method == b.method && a.target == b.target;
}

// RFC 9110 section 9.2.1: who only looks whether a server is well changes nothing on it.
static bool is_safe(const struct groups *groups, uint32_t method)
{
    static const char *const safe[] = {"GET", "HEAD", "OPTIONS", "TRACE"};
    if (!method || !groups->names)
        return true; // unknown
    struct slice text = names_text(groups->names, method);
    for (size_t i = 0; i < G_N_ELEMENTS(safe); i++)
        if (text.length == strlen(safe[i]) && memcmp(text.at, safe[i], text.length) == 0)
            return true;
    return false;
}

static bool is_one_shot(const struct record *r)
{
    return r->requests == 1 && record_has(r, FACT_SYN) && r->close_by != CLOSE_BY_NOBODY;
}

// When the work of one connection was done: later closes are timers of idle connections.
static int64_t work_end(const struct record *r)
{
    bool is_answered = r->outstanding == 0 && moment_is_set(r->at[AT_RESPONSE_END]);
    return is_answered ? r->at[AT_RESPONSE_END].time : record_close(r).time;
}

// Whether times agree as those of a timer do: nearly all within a tenth of their median, or, where
// the period drifts, of the time before. One random interval in fourteen lies so near to either.
static bool is_regular(const int64_t *times, size_t count, int64_t *median)
{
    size_t far = 0, changed = 0;
    int64_t *sorted = g_memdup2(times, count * sizeof *times);
    keyed_sort_values(sorted, count);
    *median = sorted[count / 2];
    g_free(sorted);
    for (size_t i = 0; i < count; i++) {
        far += ABS(times[i] - *median) > *median / PROBE_JITTER_PARTS;
        changed += i > 0 && ABS(times[i] - times[i - 1]) > *median / PROBE_JITTER_PARTS;
    }
    return MIN(far, changed) <= count / PROBE_EXCEPT_PARTS;
}

// A ticker keeps the time from start to start, a loop that sleeps the pause in between; both let
// most of it pass idle. Without a pause it is work, one after the other.
static bool is_periodic(const struct groups *groups, struct member_list list, struct path path)
{
    int64_t *periods = g_new(int64_t, 2 * list.count), *pauses = periods + list.count;
    const struct record *before = NULL;
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct record *r = &groups->records[list.items[i]];
        if (r->requests == 0 || !is_same(path_of(r), path))
            continue;
        if (before) {
            periods[count] = r->at[AT_START].time - before->at[AT_START].time;
            pauses[count++] = r->at[AT_START].time - work_end(before);
        }
        before = r;
    }
    int64_t period = 0, pause = 0;
    bool is_timed = false;
    if (count + 1 >= PROBES_LEAST) {
        is_timed = is_regular(periods, count, &period);
        is_timed |= is_regular(pauses, count, &pause);
    }
    g_free(periods);
    return is_timed && period >= PROBE_PERIOD_LEAST && pause > period / 2;
}

// Marks what asks for one path on a schedule, one request a connection; a pair that does anything
// else, changes something or asks for many paths, isn't a prober. Connects that fail meanwhile are
// its own.
static void mark_schedules(struct groups *groups, struct member_list list)
{
    struct path paths[PROBE_PATHS];
    bool are_periodic[PROBE_PATHS], are_all = true;
    size_t count = 0, k;
    if (list.count < PROBES_LEAST)
        return;
    const struct record *first = &groups->records[list.items[0]];
    const struct record *last = &groups->records[list.items[list.count - 1]];
    if (last->at[AT_START].time - first->at[AT_START].time <
        (int64_t)(list.count / PROBE_PATHS) * PROBE_PERIOD_LEAST)
        return;
    for (size_t i = 0; i < list.count; i++) {
        const struct record *r = &groups->records[list.items[i]];
        if (r->phase == PHASE_CONNECTING)
            continue;
        for (k = 0; k < count && !is_same(paths[k], path_of(r)); k++)
            ;
        if (!is_one_shot(r) || k == PROBE_PATHS)
            return;
        if (k == count && !is_safe(groups, path_of(r).method))
            return;
        if (k == count)
            paths[count++] = path_of(r);
    }
    for (k = 0; k < count; k++)
        are_all &= are_periodic[k] = is_periodic(groups, list, paths[k]);
    for (size_t i = 0; i < list.count; i++) {
        const struct record *r = &groups->records[list.items[i]];
        bool is_probe = count > 0 && are_all;
        for (k = 0; k < count && r->requests > 0; k++)
            is_probe |= are_periodic[k] && is_same(paths[k], path_of(r));
        groups->verdicts[list.items[i]].is_probe |= is_probe;
    }
}

static bool is_same_pair(const struct groups *groups, uint32_t a, uint32_t b)
{
    const struct pair *x = &g_array_index(groups->pairs, struct pair, a);
    const struct pair *y = &g_array_index(groups->pairs, struct pair, b);
    return x->agent == y->agent && memcmp(&x->client, &y->client, sizeof x->client) == 0 &&
           memcmp(&x->server, &y->server, sizeof x->server) == 0;
}

static int compare_records(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

// The pairs from `first` to `last`, which seem to be several hosts, as if they were one: a schedule
// shows that they are.
static void mark_whole(struct groups *groups, uint32_t first, uint32_t last)
{
    const uint32_t *bounds = groups->by_pair.first;
    size_t count = bounds[last + 1] - bounds[first];
    uint32_t *items = g_memdup2(groups->by_pair.items + bounds[first], count * sizeof *items);
    qsort(items, count, sizeof *items, compare_records);
    mark_schedules(groups, (struct member_list){items, count});
    g_free(items);
}

static bool is_prober(const struct groups *groups, uint32_t agent)
{
    return agent && groups->names &&
           agent_is_one_of(names_text(groups->names, agent), probe_agents,
                           G_N_ELEMENTS(probe_agents));
}

// The connections of a pair that has an agent have that one, or none.
static void mark_agents(struct groups *groups, uint32_t pair)
{
    struct member_list list = members_of(&groups->by_pair, pair);
    uint32_t agent = g_array_index(groups->pairs, struct pair, pair).agent;
    bool is_probe = is_prober(groups, agent);
    for (size_t k = 0; k < list.count && (is_probe || !agent); k++) {
        uint32_t own = groups->records[list.items[k]].names[NAME_AGENT];
        groups->verdicts[list.items[k]].is_probe = own == agent ? is_probe : is_prober(groups, own);
    }
}

void probes_mark(struct groups *groups)
{
    for (uint32_t p = 0, whole = 0; p < groups->by_pair.groups; p++) {
        mark_agents(groups, p);
        mark_schedules(groups, members_of(&groups->by_pair, p));
        if (p + 1 < groups->by_pair.groups && is_same_pair(groups, p, p + 1))
            continue;
        if (p > whole)
            mark_whole(groups, whole, p);
        whole = p + 1;
    }
}
