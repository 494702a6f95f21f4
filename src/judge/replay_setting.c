// SPDX-License-Identifier: BSD-2-Clause
// From the settings and causes of a pair to those of its pool.
#include "judge/replay_setting.h"

#include "judge/settings.h"

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
    bool is_swept = setting->high - setting->low > settings_tightness(setting->value);
    return is_swept ? setting->low : setting->value;
}

struct pool_setting replay_setting_of(const struct setting_lookup *lookup, const struct pair *pair)
{
    bool is_total = has_cause(pair, CAUSE_CLIENT_POOL_LIMIT_TOTAL);
    const struct setting *limit = setting_lookup_find(
        lookup, pair, CLIENT, is_total ? SETTING_POOL_LIMIT_TOTAL : SETTING_POOL_LIMIT);
    const struct setting *idle = setting_lookup_find(lookup, pair, CLIENT, SETTING_IDLE_TIMEOUT);
    const struct setting *server = setting_lookup_find(lookup, pair, SERVER, SETTING_IDLE_TIMEOUT);
    const struct setting *most = setting_lookup_find(lookup, pair, SERVER, SETTING_MAX_REQUESTS);
    struct pool_setting setting = {
        .model = is_total ? POOL_TOTAL : POOL_PER_HOST,
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
