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

static bool is_given_up(const struct record *r)
{
    return r->close_by == CLOSE_BY_CLIENT &&
           (r->phase == PHASE_AWAITING || r->phase == PHASE_HEAD || r->phase == PHASE_BODY);
}

static struct leg *legs_new(const struct groups *groups, size_t *count)
{
    struct leg *legs = g_new(struct leg, groups->count + 1);
    *count = 0;
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        if (is_given_up(r))
            legs[(*count)++] = (struct leg){r->end[SERVER].address, record_close(r).time, i};
    }
    qsort(legs, *count, sizeof(*legs), compare_legs);
    return legs;
}

static bool encloses(const struct record *outer, const struct record *inner)
{
    bool is_other = outer->end[SERVER].port != inner->end[SERVER].port ||
                    memcmp(&outer->end[SERVER].address, &inner->end[SERVER].address, 16) != 0;
    return is_other && outer->at[AT_LAST_REQUEST].time <= inner->at[AT_LAST_REQUEST].time;
}

// Whether a client of this upstream leg's proxy went away right before it did.
static bool follows_client(const struct groups *groups, const struct leg *legs, size_t count,
                           uint32_t i)
{
    const struct record *inner = &groups->records[i];
    int64_t close = record_close(inner).time;
    struct leg from = {inner->end[CLIENT].address, close - INSTANT, 0};
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_legs(&legs[middle], &from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && memcmp(&legs[low].server, &from.server, 16) == 0; low++) {
        if (legs[low].close > close)
            return false;
        if (legs[low].record != i && encloses(&groups->records[legs[low].record], inner))
            return true;
    }
    return false;
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

// Upstream legs of one client host that followed their clients; several link the two sides.
static void settle_host(struct groups *groups, const struct leg *legs, size_t count,
                        struct member_list list, bool is_lossy)
{
    uint32_t linked = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < list.count; k++) {
            uint32_t i = list.items[k];
            if (!is_given_up(&groups->records[i]))
                continue;
            bool follows = follows_client(groups, legs, count, i);
            linked += pass == 0 && follows;
            if (pass == 1)
                settle_upstream(groups, i, follows && linked >= LEGS_LINKED, is_lossy);
        }
        if (linked < (is_lossy ? 1 : LEGS_LINKED))
            return;
    }
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
    qsort(servers->data, servers->len, sizeof(struct endpoint), compare_addresses);
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
    size_t count;
    struct leg *legs = legs_new(groups, &count);
    bool is_lossy = traits_lack_packets(&groups->all);
    for (uint32_t h = 0; h < groups->by_host[CLIENT].groups && count > 0; h++)
        settle_host(groups, legs, count, members_of(&groups->by_host[CLIENT], h), is_lossy);
    g_free(legs);
    if (groups->all.causes & trait_cause(CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE))
        settle_lone_legs(groups);
}
