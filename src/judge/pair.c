// SPDX-License-Identifier: BSD-2-Clause
// Assigns connections to pairs, in linear time.
#include "judge/pair.h"

#include <string.h>

#include "base/pages.h"
#include "judge/dense_ids.h"
#include "judge/twins.h"

#define AHEAD 8 // records that are fetched

struct pair_key {
    struct address client, server;
    uint32_t agent; // 0 for a route: all connections of one client to one server endpoint
    uint32_t port;
};

_Static_assert(sizeof(struct pair_key) == DENSE_USUAL, "there is one for each connection");

static struct pair_key key_of(const struct record *r, uint32_t agent)
{
    return (struct pair_key){r->end[CLIENT].address, r->end[SERVER].address, agent,
                             r->end[SERVER].port};
}

struct route {
    uint32_t agent;   // the only one, or the first
    bool has_several; // agents, each on connections of its own
    bool has_nameless;
    bool is_proxy; // several agents on one connection
    uint32_t pair; // its only one, once met; DENSE_NONE
};

// A client that doesn't name itself is another program than one that does.
static bool is_nameless(const struct record *r)
{
    static const uint64_t hides = UINT64_C(1) << FACT_HEAD_CUT | UINT64_C(1) << FACT_LOST_BYTES |
                                  UINT64_C(1) << FACT_MIDSTREAM | UINT64_C(1) << FACT_LIMITED;
    return r->requests > 0 && r->names[NAME_AGENT] == 0 && (r->facts & hides) == 0;
}

// What a record's pair is found by, asked for before it is looked at: where the hash of a key is
// waited for, the processor doesn't look ahead itself.
static void fetch(const struct record *r)
{
    __builtin_prefetch(&r->facts);
    __builtin_prefetch(r->names);
    __builtin_prefetch(&r->end[CLIENT].address);
    __builtin_prefetch(&r->end[SERVER].port);
}

// Finds the routes; route_of[i] is that of record i.
static GArray *routes_new(const struct record *records, size_t count, uint32_t *route_of,
                          struct host_marks *marks)
{
    const struct route unseen = {.pair = DENSE_NONE};
    struct dense_ids *numbers = dense_ids_new(sizeof(struct pair_key));
    GArray *routes = g_array_new(FALSE, FALSE, sizeof(struct route));
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &records[i];
        fetch(&records[MIN(i + AHEAD, count - 1)]);
        struct pair_key key = key_of(r, 0);
        route_of[i] = dense_ids_add(numbers, &key);
        if (marks)
            marks[i] = (struct host_marks){{r->client_clock, r->end[CLIENT].port},
                                           twins_may_be(r) ? r->initial_seq : 0};
        if (route_of[i] == routes->len)
            g_array_append_val(routes, unseen);
        struct route *route = &g_array_index(routes, struct route, route_of[i]);
        uint32_t agent = r->names[NAME_AGENT];
        route->is_proxy |= record_has(r, FACT_SEVERAL_AGENTS);
        route->has_several |= route->agent && agent && agent != route->agent;
        route->has_nameless |= is_nameless(r);
        if (!route->agent)
            route->agent = agent;
        route->has_several |=
            record_has(r, FACT_FORWARDED) || (route->agent && route->has_nameless);
    }
    dense_ids_free(numbers);
    return routes;
}

static uint32_t agent_of(const struct route *route, const struct record *r)
{
    if (route->is_proxy || record_has(r, FACT_FORWARDED))
        return 0; // a proxy's pool serves all agents
    return route->has_several ? r->names[NAME_AGENT] : route->agent;
}

// The number of the record's pair, in order of appearance; a route with one agent is one pair.
static uint32_t number_of(struct dense_ids *numbers, const struct record *r, struct route *route)
{
    struct pair_key key = key_of(r, agent_of(route, r));
    uint32_t number = dense_ids_add(numbers, &key);
    if (route->is_proxy || !route->has_several)
        route->pair = number;
    return number;
}

static bool is_loopback(const struct record *r)
{
    static const uint8_t v6[16] = {[15] = 1}, v4[13] = {[10] = 0xff, 0xff, 127};
    const uint8_t *client = r->end[CLIENT].address.bytes;
    const uint8_t *server = r->end[SERVER].address.bytes;
    return memcmp(client, v6, sizeof(v6)) == 0 || memcmp(client, v4, sizeof(v4)) == 0 ||
           memcmp(client, server, 16) == 0;
}

static void pair_init(struct pair *pair, const struct record *r, const struct route *route)
{
    *pair = (struct pair){
        .client = r->end[CLIENT].address,
        .server = {r->end[SERVER].address, r->end[SERVER].port},
        .agent = agent_of(route, r),
        .is_loopback = is_loopback(r),
        .is_proxy = route->is_proxy,
        .handshake = NANOS_UNKNOWN,
    };
}

// The number of the record's pair, which may be a new one. Where a route's only pair is known
// nothing about it is left to be found: forwarded connections make a route have several, or it is
// a proxy's.
static uint32_t add(GArray *pairs, struct dense_ids *numbers, const struct record *r,
                    struct route *route)
{
    uint32_t number = number_of(numbers, r, route);
    if (number == pairs->len) {
        g_array_set_size(pairs, number + 1);
        pair_init(&g_array_index(pairs, struct pair, number), r, route);
    }
    g_array_index(pairs, struct pair, number).is_proxy |= record_has(r, FACT_FORWARDED);
    return number;
}

struct rank {
    uint64_t connections;
    uint32_t pair;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *left = a, *right = b;
    if (left->connections != right->connections)
        return left->connections < right->connections ? 1 : -1;
    return (left->pair > right->pair) - (left->pair < right->pair);
}

// Those with as many stay in order of appearance.
void pairs_rank(GArray *pairs, uint32_t *place)
{
    struct rank *ranks = g_new(struct rank, pairs->len + 1);
    struct pair *ranked = g_new(struct pair, pairs->len + 1);
    for (guint p = 0; p < pairs->len; p++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, p);
        ranks[p] = (struct rank){pair->totals.connections, p};
    }
    qsort(ranks, pairs->len, sizeof(*ranks), compare_ranks);
    for (guint p = 0; p < pairs->len; p++) {
        place[ranks[p].pair] = p;
        ranked[p] = g_array_index(pairs, struct pair, ranks[p].pair);
    }
    if (pairs->len)
        memcpy(pairs->data, ranked, pairs->len * sizeof(*ranked));
    g_free(ranked);
    g_free(ranks);
}

GArray *pairs_new(const struct record *records, size_t count, uint32_t *pair_of,
                  struct host_marks *marks)
{
    uint32_t *route_of = pages_array(uint32_t, count + 1);
    GArray *routes = routes_new(records, count, route_of, marks);
    struct dense_ids *numbers = dense_ids_new(sizeof(struct pair_key));
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    for (size_t i = 0; i < count; i++) {
        struct route *route = &g_array_index(routes, struct route, route_of[i]);
        pair_of[i] =
            route->pair == DENSE_NONE ? add(pairs, numbers, &records[i], route) : route->pair;
        g_array_index(pairs, struct pair, pair_of[i]).totals.connections++;
    }
    uint32_t *place = g_new(uint32_t, pairs->len + 1);
    pairs_rank(pairs, place);
    for (size_t i = 0; i < count; i++)
        pair_of[i] = place[pair_of[i]];
    g_free(place);
    dense_ids_free(numbers);
    g_array_free(routes, TRUE);
    g_free(route_of);
    return pairs;
}

void pair_clear_sums(struct pair *pair)
{
    *pair = (struct pair){
        .client = pair->client,
        .server = pair->server,
        .agent = pair->agent,
        .is_loopback = pair->is_loopback,
        .is_proxy = pair->is_proxy,
        .handshake = NANOS_UNKNOWN,
    };
}

void pair_free_sums(struct pair *pair)
{
    if (pair->causes)
        g_array_free(pair->causes, TRUE);
    if (pair->spread)
        g_array_free(pair->spread, TRUE);
}

void pairs_free(GArray *pairs)
{
    if (!pairs)
        return;
    for (guint p = 0; p < pairs->len; p++)
        pair_free_sums(&g_array_index(pairs, struct pair, p));
    g_array_free(pairs, TRUE);
}

static void merge_names(uint32_t *list, const uint32_t *other)
{
    for (int i = 0; i < PAIR_NAMES && other[i]; i++)
        pair_add_name(list, other[i]);
}

// `other` may be all of the pair so far: its lists are copied.
static void pair_merge(struct pair *pair, const struct pair *other)
{
    if (!pair->causes) {
        pair->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_row));
        pair->spread = spread_new();
        pair->is_probe = true;
    }
    if (other->totals.connections > pair->totals.connections)
        pair->handshake = other->handshake;
    totals_add(&pair->totals, &other->totals);
    causes_add(pair->causes, other->causes);
    spread_add_all(pair->spread, other->spread);
    pair->totals.per_connection = spread_distribution(pair->spread);
    pair->is_probe &= other->is_probe;
    pair->peak_concurrent = MAX(pair->peak_concurrent, other->peak_concurrent);
    merge_names(pair->hosts, other->hosts);
    merge_names(pair->agents, other->agents);
    merge_names(pair->servers, other->servers);
}

static struct pair_key key_of_pair(const struct pair *pair)
{
    return (struct pair_key){pair->client, pair->server.address, pair->agent, pair->server.port};
}

void pairs_merge(GArray *pairs, const GArray *other)
{
    struct dense_ids *numbers = dense_ids_new(sizeof(struct pair_key));
    for (guint p = 0; p < pairs->len; p++) {
        struct pair_key key = key_of_pair(&g_array_index(pairs, struct pair, p));
        dense_ids_add(numbers, &key);
    }
    for (guint p = 0; p < other->len; p++) {
        const struct pair *from = &g_array_index(other, struct pair, p);
        if (!from->totals.connections)
            continue;
        struct pair_key key = key_of_pair(from);
        uint32_t number = dense_ids_add(numbers, &key);
        if (number == pairs->len) {
            struct pair fresh = *from;
            pair_clear_sums(&fresh);
            g_array_append_val(pairs, fresh);
        }
        pair_merge(&g_array_index(pairs, struct pair, number), from);
    }
    dense_ids_free(numbers);
}
