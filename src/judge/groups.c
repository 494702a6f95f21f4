// SPDX-License-Identifier: BSD-2-Clause
// Gathers what statements about groups need, and makes them in order.
#include "judge/groups.h"

#include <string.h>

#include "base/crew.h"
#include "judge/bursts.h"
#include "judge/rules.h"
#include "judge/singles.h"
#include "judge/thresholds.h"

// A host in a role: a client by address and agent, a server by endpoint.
struct host_key {
    struct address address;
    uint32_t agent, port;
};

static guint host_hash(gconstpointer key)
{
    uint64_t words[3], hash = 0;
    _Static_assert(sizeof(words) == sizeof(struct host_key), "all of a key is hashed");
    memcpy(words, key, sizeof(words));
    for (int i = 0; i < 3; i++) {
        hash = (hash ^ words[i]) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return (guint)hash;
}

static gboolean host_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct host_key)) == 0;
}

static struct host_key host_key_of(const struct pair *pair, enum side side)
{
    if (side == SERVER)
        return (struct host_key){pair->server.address, 0, pair->server.port};
    return (struct host_key){pair->client, pair->agent, 0};
}

// Numbers the hosts of a role; a pair belongs to one.
static void find_hosts(struct groups *groups, enum side side)
{
    GHashTable *numbers = g_hash_table_new_full(host_hash, host_equal, g_free, NULL);
    uint32_t *host_of = groups->host_of[side] = g_new(uint32_t, groups->pairs->len + 1);
    for (guint p = 0; p < groups->pairs->len; p++) {
        struct host_key key = host_key_of(&g_array_index(groups->pairs, struct pair, p), side);
        gpointer found = g_hash_table_lookup(numbers, &key);
        uint32_t number = found ? GPOINTER_TO_UINT(found) : g_hash_table_size(numbers) + 1;
        if (!found)
            g_hash_table_insert(numbers, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(number));
        host_of[p] = number - 1;
    }
    groups->by_host[side] =
        members_join(&groups->by_pair, groups->pair_of, host_of, g_hash_table_size(numbers));
    g_hash_table_destroy(numbers);
}

struct pool groups_pool(const struct groups *groups, struct member_list list,
                        const struct traits *traits)
{
    return (struct pool){&groups->log, groups->records, list, traits_client_leg(traits)};
}

// Pairs whose peers threads count, each by itself.
struct counting {
    struct pieces pieces;
    struct groups *groups;
};

static gpointer count_pairs(gpointer work)
{
    struct counting *counting = work;
    struct groups *groups = counting->groups;
    size_t p;
    while (pieces_take(&counting->pieces, &p)) {
        struct member_list list = members_of(&groups->by_pair, (uint32_t)p);
        struct pool pool = groups_pool(groups, list, &groups->of_pair[p]);
        groups->uses[p].is_lossy = traits_lack_packets(&groups->all);
        idle_peers_count(&pool, groups->peers, &groups->uses[p]);
    }
    return NULL;
}

static void count_peers(struct groups *groups)
{
    struct counting counting = {{0, (gint)groups->by_pair.groups}, groups};
    groups->peers = g_new0(struct peers, groups->count + 1);
    groups->uses = g_new0(struct pool_use, groups->by_pair.groups + 1);
    crew_run(groups->threads, count_pairs, &counting);
}

// Those of the pairs are added up; a pair belongs to one host of each role.
static void join_traits(struct groups *groups)
{
    groups->all = (struct traits){0};
    for (enum side side = CLIENT; side <= SERVER; side++)
        groups->of_host[side] = traits_new(groups->by_host[side].groups + 1);
    for (uint32_t p = 0; p < groups->by_pair.groups; p++) {
        traits_join(&groups->all, &groups->of_pair[p]);
        for (enum side side = CLIENT; side <= SERVER; side++)
            traits_join(&groups->of_host[side][groups->host_of[side][p]], &groups->of_pair[p]);
    }
}

struct groups *groups_new(const struct groups *given)
{
    struct groups *groups = g_new(struct groups, 1);
    *groups = *given;
    find_hosts(groups, CLIENT);
    find_hosts(groups, SERVER);
    singles_judge(groups);
    join_traits(groups);
    count_peers(groups);
    groups->burst_of = g_new0(uint32_t, groups->count + 1);
    groups->bursts = g_array_new(FALSE, TRUE, sizeof(struct burst_found));
    g_array_set_size(groups->bursts, 1);
    groups->evictable = g_new0(bool, groups->count + 1);
    return groups;
}

void groups_free(struct groups *groups)
{
    g_free(groups->evictable);
    g_array_free(groups->bursts, TRUE);
    g_free(groups->burst_of);
    g_free(groups->uses);
    g_free(groups->peers);
    for (enum side side = CLIENT; side <= SERVER; side++) {
        g_free(groups->of_host[side]);
        members_free(&groups->by_host[side]);
        g_free(groups->host_of[side]);
    }
    g_free(groups->lives);
    g_free(groups->outlines);
    g_free(groups->of_pair);
    g_free(groups);
}

// Bursts before what they overrule; clusters before the lone closes that they explain; leaks last,
// because a leak is told of any cause.
void groups_settle(struct groups *groups)
{
    probes_mark(groups);
    lone_settle(groups);
    bursts_find(groups);
    announced_settle(groups);
    waits_settle(groups);
    idle_closes_settle(groups);
    reuse_limits_settle(groups);
    races_settle(groups);
    pool_total_settle(groups);
    pool_limit_settle(groups);
    reuse_counts_settle(groups);
    shutdown_settle(groups);
    legs_settle(groups);
    simultaneous_settle(groups);
    idle_hidden_settle(groups);
    unseen_settle(groups);
    leaks_settle(groups);
}

void groups_say_last(struct groups *groups, uint32_t record, enum cause cause,
                     enum confidence confidence, enum cause runner_up)
{
    struct verdict *verdict = &groups->verdicts[record];
    verdict->cause = (uint8_t)cause;
    verdict->runner_up = (uint8_t)runner_up;
    if (!groups->outlines[record].is_whole)
        confidence = rules_lowered(confidence, &groups->records[record]);
    verdict->confidence = (uint8_t)confidence;
    verdict->reason = REASON_NONE;
}

void groups_say(struct groups *groups, uint32_t record, enum cause cause,
                enum confidence confidence, enum cause runner_up)
{
    groups_say_last(groups, record, cause, confidence, runner_up);
    groups->all.causes |= trait_cause(cause);
    groups->of_pair[groups->pair_of[record]].causes |= trait_cause(cause);
    for (enum side side = CLIENT; side <= SERVER; side++)
        groups->of_host[side][groups_host(groups, side, record)].causes |= trait_cause(cause);
}

void groups_because(struct groups *groups, uint32_t record, enum group group, int64_t value,
                    uint32_t size)
{
    struct verdict *verdict = &groups->verdicts[record];
    verdict->group = (uint8_t)group;
    verdict->value = value;
    verdict->size = size;
}

bool groups_is_idle_close(const struct groups *groups, uint32_t record, enum side side)
{
    static const uint64_t causes =
        UINT64_C(1) << CAUSE_UNREAD_BODY | UINT64_C(1) << CAUSE_CLIENT_SHUTDOWN |
        UINT64_C(1) << CAUSE_SERVER_SHUTDOWN | UINT64_C(1) << CAUSE_CLIENT_IDLE_TIMEOUT |
        UINT64_C(1) << CAUSE_SERVER_IDLE_TIMEOUT;
    struct outline outline = groups->outlines[record];
    enum close_by closer = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    return outline.close_by == closer && outline.phase == PHASE_IDLE && outline.has_gap &&
           (causes & trait_cause((enum cause)groups->verdicts[record].cause)) != 0;
}

struct slice groups_fingerprint(const struct groups *groups, uint32_t record, enum side side)
{
    enum record_name name = side == CLIENT ? NAME_AGENT : NAME_SOFTWARE;
    if (!groups->names)
        return slice_of(NULL, 0);
    return names_text(groups->names, groups->records[record].names[name]);
}

bool groups_is_known(const struct groups *groups, uint32_t record, enum side side,
                     enum setting_kind kind, int64_t value)
{
    return groups->known && known_defaults_has(groups->known, kind, side, value,
                                               groups_fingerprint(groups, record, side));
}
