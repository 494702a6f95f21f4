// SPDX-License-Identifier: BSD-2-Clause
// Both sides of a proxy: it gives an upstream request up because its own client has gone.
#include <stdlib.h>
#include <string.h>

#include "judge/groups.h"
#include "judge/relay.h"
#include "judge/thresholds.h"

// A close by a client with a request outstanding, seen from the server's address.
struct leg {
    struct address server;
    int64_t close;
    uint32_t record;
};

static int compare_legs(const void *a, const void *b)
{
    const struct leg *left = a, *right = b;
    int order = memcmp(&left->server, &right->server, sizeof(left->server));
    if (order != 0)
        return order;
    if (left->close != right->close)
        return left->close < right->close ? -1 : 1;
    return (left->record > right->record) - (left->record < right->record);
}

static int compare_times(const void *a, const void *b)
{
    const struct leg *left = a, *right = b;
    if (left->close != right->close)
        return left->close < right->close ? -1 : 1;
    return (left->record > right->record) - (left->record < right->record);
}

static bool is_given_up(const struct groups *groups, uint32_t i)
{
    const struct outline *outline = &groups->outlines[i];
    return outline->close_by == CLOSE_BY_CLIENT &&
           (outline->phase == PHASE_AWAITING || outline->phase == PHASE_HEAD ||
            outline->phase == PHASE_BODY);
}

static bool encloses(const struct record *outer, const struct record *inner)
{
    bool is_other = outer->end[SERVER].port != inner->end[SERVER].port ||
                    memcmp(&outer->end[SERVER].address, &inner->end[SERVER].address, 16) != 0;
    return is_other && outer->at[AT_LAST_REQUEST].time <= inner->at[AT_LAST_REQUEST].time;
}

// How often the close of an upstream leg followed one of a client, by the servers of both. Where a
// proxy shares its address with its clients, closes follow each other both ways: the way that is
// more frequent is the proxy's.
static gpointer way(const struct groups *groups, uint32_t outer, uint32_t inner)
{
    return GSIZE_TO_POINTER((uint64_t)groups_host(groups, SERVER, outer) << 32 |
                            groups_host(groups, SERVER, inner));
}

static size_t times_of(GHashTable *followed, const struct groups *groups, uint32_t outer,
                       uint32_t inner)
{
    return GPOINTER_TO_SIZE(g_hash_table_lookup(followed, way(groups, outer, inner)));
}

struct legs {
    struct leg *items, *by_time; // the same, by server and by close
    size_t count;
    GHashTable *followed;
};

static struct legs legs_new(const struct groups *groups)
{
    struct legs legs = {.items = g_new(struct leg, groups->count + 1),
                        .followed = g_hash_table_new(g_direct_hash, g_direct_equal)};
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        if (is_given_up(groups, i))
            legs.items[legs.count++] =
                (struct leg){r->end[SERVER].address, record_close(r).time, i};
    }
    legs.by_time = g_memdup2(legs.items, (legs.count + 1) * sizeof *legs.items);
    qsort(legs.items, legs.count, sizeof *legs.items, compare_legs);
    qsort(legs.by_time, legs.count, sizeof *legs.by_time, compare_times);
    return legs;
}

// A client of this upstream leg's proxy that went away right before it did; `is_usual`: only one
// by the way that is more frequent. NULL: there is none.
static const struct leg *client_of(const struct groups *groups, const struct legs *legs, uint32_t i,
                                   bool is_usual)
{
    const struct record *inner = &groups->records[i];
    int64_t close = record_close(inner).time;
    struct leg from = {inner->end[CLIENT].address, close - INSTANT, 0};
    size_t low = 0, high = legs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_legs(&legs->items[middle], &from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < legs->count; low++) {
        const struct leg *leg = &legs->items[low];
        if (memcmp(&leg->server, &from.server, 16) != 0 || leg->close > close)
            return NULL;
        if (leg->record != i && encloses(&groups->records[leg->record], inner) &&
            (!is_usual || times_of(legs->followed, groups, leg->record, i) >
                              times_of(legs->followed, groups, i, leg->record)))
            return leg;
    }
    return NULL;
}

static void count_followed(const struct groups *groups, struct legs *legs)
{
    for (size_t k = 0; k < legs->count; k++) {
        uint32_t inner = legs->items[k].record;
        const struct leg *outer = client_of(groups, legs, inner, false);
        if (outer)
            g_hash_table_insert(
                legs->followed, way(groups, outer->record, inner),
                GSIZE_TO_POINTER(times_of(legs->followed, groups, outer->record, inner) + 1));
    }
}

// A request for the same target, given up by another host right before: its server's host, and this
// leg's client, may be a proxy's two addresses. UINT32_MAX: there is none.
static uint32_t front_of(const struct groups *groups, const struct legs *legs, uint32_t i)
{
    const struct record *inner = &groups->records[i];
    const uint32_t target = inner->names[NAME_LAST_TARGET];
    struct leg own = {.close = record_close(inner).time, .record = i};
    size_t at = 0, high = legs->count;
    while (at < high) {
        size_t middle = at + (high - at) / 2;
        if (compare_times(&legs->by_time[middle], &own) < 0)
            at = middle + 1;
        else
            high = middle;
    }
    for (unsigned steps = 0; target && at-- > 0 && steps < FRONT_STEPS; steps++) {
        const struct leg *leg = &legs->by_time[at];
        const struct record *outer = &groups->records[leg->record];
        if (leg->close < own.close - INSTANT)
            return UINT32_MAX;
        if (outer->names[NAME_LAST_TARGET] == target && encloses(outer, inner) &&
            memcmp(&outer->end[CLIENT].address, &inner->end[CLIENT].address, 16) != 0)
            return groups_host(groups, SERVER, leg->record);
    }
    return UINT32_MAX;
}

// The host that most of the client's legs follow, found by letting others cancel its votes out.
static uint32_t majority_front(const struct groups *groups, const struct legs *legs,
                               struct member_list list)
{
    uint32_t front = UINT32_MAX, votes = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        uint32_t own = is_given_up(groups, i) ? front_of(groups, legs, i) : UINT32_MAX;
        if (own == UINT32_MAX)
            continue;
        if (votes == 0)
            front = own;
        votes = own == front ? votes + 1 : votes - 1;
    }
    return front;
}

// Legs of a proxy that is asked at another address: nearly all of them follow those of one host.
static void settle_fronted(struct groups *groups, const struct legs *legs, struct member_list list)
{
    uint32_t front = majority_front(groups, legs, list), follow = 0, all = 0;
    for (size_t k = 0; k < list.count && front != UINT32_MAX; k++) {
        bool counts = is_given_up(groups, list.items[k]);
        all += counts;
        follow += counts && front_of(groups, legs, list.items[k]) == front;
    }
    if (follow < FRONT_LEAST || follow * FRONT_SHARE < all * (FRONT_SHARE - 1))
        return;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        if (is_given_up(groups, i) && groups->verdicts[i].cause != CAUSE_UNATTRIBUTED &&
            front_of(groups, legs, i) == front)
            groups_say(groups, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG, CAUSE_NONE);
    }
}

// Where packets are missing, a leg whose client isn't found may have had one.
static void settle_upstream(struct groups *groups, uint32_t i, bool is_told, bool is_lossy)
{
    enum cause cause = (enum cause)groups->verdicts[i].cause;
    if (is_told && cause != CAUSE_UNATTRIBUTED)
        groups_say(groups, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG, CAUSE_NONE);
    else if (is_lossy && cause == CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE)
        groups_say(groups, i, cause, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_CANCELLED);
}

// Upstream legs of one client host that followed their clients; several link the two sides. Returns
// whether they did.
static bool settle_host(struct groups *groups, const struct legs *legs, struct member_list list,
                        bool is_lossy)
{
    uint32_t linked = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < list.count; k++) {
            uint32_t i = list.items[k];
            if (!is_given_up(groups, i))
                continue;
            bool follows = client_of(groups, legs, i, true) != NULL;
            linked += pass == 0 && follows;
            if (pass == 1)
                settle_upstream(groups, i, follows && linked >= LEGS_LINKED, is_lossy);
        }
        if (linked < (is_lossy ? 1 : LEGS_LINKED))
            return false;
    }
    return true;
}

static int compare_addresses(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct address));
}

// The endpoints whose requests the capture shows, by address.
static GArray *servers_new(const struct groups *groups)
{
    GArray *servers = g_array_new(FALSE, FALSE, sizeof(struct endpoint));
    for (uint32_t h = 0; h < groups->by_host[SERVER].groups; h++) {
        struct member_list list = members_of(&groups->by_host[SERVER], h);
        bool is_read = false;
        for (size_t k = 0; k < list.count && !is_read; k++)
            is_read = groups->records[list.items[k]].requests > 0;
        if (!is_read)
            continue;
        const struct record *r = &groups->records[list.items[0]];
        struct endpoint server = {r->end[SERVER].address, r->end[SERVER].port};
        g_array_append_val(servers, server);
    }
    g_array_sort(servers, compare_addresses);
    return servers;
}

// Whether requests to this connection's client are in the capture, not counting its own server's.
static bool serves_others(const GArray *servers, const struct record *r)
{
    const struct address *address = &r->end[CLIENT].address;
    guint low = 0, high = servers->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (compare_addresses(&g_array_index(servers, struct endpoint, middle), address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < servers->len; low++) {
        const struct endpoint *server = &g_array_index(servers, struct endpoint, low);
        if (compare_addresses(server, address) != 0)
            return false;
        if (server->port != r->end[SERVER].port ||
            compare_addresses(server, &r->end[SERVER].address) != 0)
            return true;
    }
    return false;
}

// Upstream legs alone: the waits may be those of the proxy's clients (group test 5).
static void settle_lone_legs(struct groups *groups)
{
    GArray *servers = servers_new(groups);
    for (uint32_t i = 0; i < groups->count; i++) {
        struct verdict *verdict = &groups->verdicts[i];
        const struct record *r = &groups->records[i];
        bool is_proxy = g_array_index(groups->pairs, struct pair, groups->pair_of[i]).is_proxy;
        if (verdict->cause != CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE ||
            verdict->confidence == CONFIDENCE_AMBIGUOUS ||
            !(is_proxy || relay_is_told(groups->names, r)) || serves_others(servers, r))
            continue;
        verdict->confidence = MAX(verdict->confidence, CONFIDENCE_CONSISTENT);
        verdict->runner_up = CAUSE_CLIENT_CANCELLED;
    }
    g_array_free(servers, TRUE);
}

void legs_settle(struct groups *groups)
{
    struct legs legs = legs_new(groups);
    bool is_lossy = traits_lack_packets(&groups->all);
    count_followed(groups, &legs);
    for (uint32_t h = 0; h < groups->by_host[CLIENT].groups && legs.count > 0; h++) {
        struct member_list list = members_of(&groups->by_host[CLIENT], h);
        if (!settle_host(groups, &legs, list, is_lossy))
            settle_fronted(groups, &legs, list);
    }
    g_hash_table_destroy(legs.followed);
    g_free(legs.by_time);
    g_free(legs.items);
    if (groups->all.causes & trait_cause(CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE))
        settle_lone_legs(groups);
}
