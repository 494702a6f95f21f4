// SPDX-License-Identifier: BSD-2-Clause
// One sweep in order of time: each connection goes, when it opens, into the first pool that has
// none at hand.
#include "judge/replay_pools.h"

#include "judge/keyed.h"

enum step { STOPS, OPENS, STARTS }; // at one time in this order

struct sweep {
    GArray *requests;
    struct keyed *steps; // item: connection * 4 + enum step
    size_t count;
    int64_t margin;
    int64_t *first;    // [connections] when it opens; INT64_MIN before the capture
    uint32_t *pool_of; // [connections]
    uint32_t idle[REPLAY_POOLS_MOST], pools;
};

static struct replay_request *request_at(const struct sweep *sweep, guint index)
{
    return &g_array_index(sweep->requests, struct replay_request, index);
}

static void add_step(struct sweep *sweep, int64_t time, uint32_t connection, enum step step)
{
    sweep->steps[sweep->count++] = (struct keyed){time, connection * 4 + (uint32_t)step};
}

// Beyond doubt idle: its client has surely read the response, and doesn't know of its end yet.
static bool is_at_hand(const struct sweep *sweep, const struct replay_request *request)
{
    return request->kind != REPLAY_LAST && request->end != INT64_MAX &&
           request->next - request->end > 2 * sweep->margin;
}

static void list_steps(struct sweep *sweep, uint32_t connections)
{
    for (uint32_t c = 0; c < connections; c++)
        sweep->first[c] = INT64_MAX;
    for (guint i = 0; i < sweep->requests->len; i++) {
        const struct replay_request *request = request_at(sweep, i);
        int64_t *first = &sweep->first[request->connection];
        *first = MIN(*first, request->kind == REPLAY_SEED ? INT64_MIN : request->begin);
        if (is_at_hand(sweep, request) && request->next != INT64_MAX)
            add_step(sweep, request->next - sweep->margin, request->connection, STOPS);
    }
    for (uint32_t c = 0; c < connections; c++)
        if (sweep->first[c] != INT64_MAX && sweep->first[c] != INT64_MIN)
            add_step(sweep, sweep->first[c], c, OPENS);
    for (guint i = 0; i < sweep->requests->len; i++) {
        const struct replay_request *request = request_at(sweep, i);
        if (is_at_hand(sweep, request))
            add_step(sweep, request->end + sweep->margin, request->connection, STARTS);
    }
    keyed_sort(sweep->steps, sweep->count);
}

static uint32_t choose_pool(struct sweep *sweep)
{
    uint32_t pool = 0;
    while (pool < sweep->pools && sweep->idle[pool] > 0)
        pool++;
    if (pool == REPLAY_POOLS_MOST)
        return 0;
    sweep->pools = MAX(sweep->pools, pool + 1);
    return pool;
}

uint32_t replay_pools_assign(GArray *requests, int64_t margin)
{
    struct sweep sweep = {.requests = requests, .margin = margin, .pools = 1};
    uint32_t connections = 0;
    for (guint i = 0; i < requests->len; i++)
        connections = MAX(connections, request_at(&sweep, i)->connection + 1);
    sweep.steps = g_new(struct keyed, 2 * (size_t)requests->len + connections + 1);
    sweep.first = g_new(int64_t, connections + 1);
    sweep.pool_of = g_new0(uint32_t, connections + 1);
    list_steps(&sweep, connections);
    for (size_t i = 0; i < sweep.count; i++) {
        uint32_t connection = sweep.steps[i].item / 4, *pool = &sweep.pool_of[connection];
        enum step step = (enum step)(sweep.steps[i].item % 4);
        if (step == OPENS)
            *pool = choose_pool(&sweep);
        else
            sweep.idle[*pool] += step == STARTS ? 1 : -1U;
    }
    for (guint i = 0; i < requests->len; i++)
        request_at(&sweep, i)->host = sweep.pool_of[request_at(&sweep, i)->connection];
    g_free(sweep.steps);
    g_free(sweep.first);
    g_free(sweep.pool_of);
    return sweep.pools;
}
