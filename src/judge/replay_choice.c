// SPDX-License-Identifier: BSD-2-Clause
// From pairs to pools, and from the settings and causes of a pair to those of its pool.
#include "judge/replay_choice.h"

#include <string.h>

#include "judge/cluster.h"
#include "judge/setting_lookup.h"
#include "judge/settings.h"
#include "judge/what_if.h"

static const struct pair *pair_at(const struct analysis *analysis, uint32_t index)
{
    return &g_array_index(analysis->pairs, struct pair, index);
}

static bool has_cause(const struct pair *pair, enum cause cause)
{
    for (guint i = 0; pair->causes && i < pair->causes->len; i++)
        if (g_array_index(pair->causes, struct cause_row, i).cause == cause)
            return true;
    return false;
}

// A sweep closes what has been idle for the timeout or longer: what it has not met yet is as good
// as closed, as its next request has shown.
static int64_t timeout_of(const struct setting *setting)
{
    if (!setting)
        return INT64_MAX;
    bool is_swept = setting->high - setting->low > cluster_tight(setting->value);
    return is_swept ? setting->low : setting->value;
}

static enum pool_model model_of(const struct pair *pair)
{
    return has_cause(pair, CAUSE_CLIENT_POOL_LIMIT_TOTAL) ? POOL_TOTAL : POOL_PER_HOST;
}

static struct pool_setting captured_setting(const struct setting_lookup *lookup,
                                            const struct pair *pair)
{
    bool is_total = model_of(pair) == POOL_TOTAL;
    const struct setting *limit = setting_lookup_find(
        lookup, pair, CLIENT, is_total ? SETTING_POOL_LIMIT_TOTAL : SETTING_POOL_LIMIT);
    const struct setting *idle = setting_lookup_find(lookup, pair, CLIENT, SETTING_IDLE_TIMEOUT);
    const struct setting *server = setting_lookup_find(lookup, pair, SERVER, SETTING_IDLE_TIMEOUT);
    const struct setting *most = setting_lookup_find(lookup, pair, SERVER, SETTING_MAX_REQUESTS);
    struct pool_setting setting = {
        .model = model_of(pair),
        .limit = limit ? (uint32_t)MIN(limit->value, UINT32_MAX - 1) : UINT32_MAX,
        .idle_timeout = timeout_of(idle),
        .server_timeout = timeout_of(server),
        .max_requests = most ? (uint32_t)MIN(most->value, UINT32_MAX - 1) : 0,
    };
    // Connections that were left idle for good are as good as closed after each request.
    if (has_cause(pair, CAUSE_LEAKED_CONNECTION) && !limit)
        setting.limit = 0;
    return setting;
}

static bool is_worth(const struct pair *pair)
{
    return !pair->is_probe && pair->totals.requests >= 2 && pair->totals.connections >= 2;
}

static uint32_t group_add(const struct analysis *analysis, GArray *groups, uint32_t pair)
{
    struct replay_group group = {
        .pair = pair,
        .set_by = pair,
        .delay = INT64_MAX,
        .horizon = analysis->last,
    };
    g_array_append_val(groups, group);
    return groups->len - 1;
}

// A limit over all hosts makes one pool of all of its client's pairs.
static uint32_t group_find(const struct analysis *analysis, const GArray *groups,
                           const struct pair *pair)
{
    enum pool_model model = model_of(pair);
    for (uint32_t i = 0; i < groups->len; i++) {
        const struct replay_group *group = &g_array_index(groups, struct replay_group, i);
        const struct pair *first = pair_at(analysis, group->pair);
        bool is_total = MAX(model, group->captured.model) == POOL_TOTAL;
        if (is_total && memcmp(&first->client, &pair->client, sizeof pair->client) == 0)
            return i;
    }
    return GROUP_NONE;
}

// Pairs come with most connections first.
void replay_choose(const struct analysis *analysis, struct replay_choice *choice)
{
    GArray *groups = choice->groups = g_array_new(FALSE, TRUE, sizeof(struct replay_group));
    choice->group_of = g_new(uint32_t, analysis->pairs->len + 1);
    choice->host_of = g_new0(uint32_t, analysis->pairs->len + 1);
    for (uint32_t p = 0; p < analysis->pairs->len; p++) {
        const struct pair *pair = pair_at(analysis, p);
        uint32_t found = is_worth(pair) ? group_find(analysis, groups, pair) : GROUP_NONE;
        if (found == GROUP_NONE && is_worth(pair) && groups->len < WHAT_IF_PAIRS)
            found = group_add(analysis, groups, p);
        choice->group_of[p] = found;
        if (found == GROUP_NONE)
            continue;
        struct replay_group *group = &g_array_index(groups, struct replay_group, found);
        choice->host_of[p] = group->hosts++;
        if (model_of(pair) == POOL_PER_HOST)
            continue;
        group->captured.model = POOL_TOTAL;
        group->set_by = p;
    }
}

void replay_choice_clear(struct replay_choice *choice)
{
    g_array_free(choice->groups, TRUE);
    g_free(choice->group_of);
    g_free(choice->host_of);
}

static bool is_limited(const struct pair *pair)
{
    uint64_t closes = pair_closes(pair, CAUSE_CLIENT_POOL_LIMIT) +
                      pair_closes(pair, CAUSE_CLIENT_POOL_LIMIT_TOTAL);
    return closes * 2 >= pair->totals.connections;
}

void replay_set(const struct analysis *analysis, GArray *groups)
{
    struct setting_lookup *lookup = setting_lookup_new(analysis->settings);
    for (guint i = 0; i < groups->len; i++) {
        struct replay_group *group = &g_array_index(groups, struct replay_group, i);
        const struct pair *first = pair_at(analysis, group->pair);
        bool has_limit = captured_setting(lookup, first).limit != UINT32_MAX;
        group->lacks_limit = is_limited(first) && !has_limit;
        group->captured = captured_setting(lookup, pair_at(analysis, group->set_by));
    }
    setting_lookup_free(lookup);
}
