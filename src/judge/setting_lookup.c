// SPDX-License-Identifier: BSD-2-Clause
// The settings of each host stand in a chain, those seen most often first.
#include "judge/setting_lookup.h"

#include "judge/dense_ids.h"

struct host_key {
    struct address address;
    uint16_t port, role;
} __attribute__((packed));

struct setting_lookup {
    const GArray *settings;
    struct dense_ids *ids; // struct host_key
    GArray *heads;         // uint32_t per host: first setting
    GArray *next;          // uint32_t per setting
};

static const struct setting *setting_at(const struct setting_lookup *lookup, uint32_t index)
{
    return &g_array_index(lookup->settings, struct setting, index);
}

struct setting_lookup *setting_lookup_new(const GArray *settings)
{
    struct setting_lookup *lookup = g_new0(struct setting_lookup, 1);
    lookup->settings = settings;
    lookup->ids = dense_ids_new(sizeof(struct host_key));
    lookup->heads = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    lookup->next = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_set_size(lookup->next, settings ? settings->len : 0);
    for (uint32_t i = lookup->next->len; i-- > 0;) {
        const struct setting *setting = setting_at(lookup, i);
        struct host_key key = {setting->host.address, setting->host.port, (uint16_t)setting->role};
        const uint32_t none = DENSE_NONE;
        uint32_t id = dense_ids_add(lookup->ids, &key);
        if (id == lookup->heads->len)
            g_array_append_val(lookup->heads, none);
        g_array_index(lookup->next, uint32_t, i) = g_array_index(lookup->heads, uint32_t, id);
        g_array_index(lookup->heads, uint32_t, id) = i;
    }
    return lookup;
}

void setting_lookup_free(struct setting_lookup *lookup)
{
    dense_ids_free(lookup->ids);
    g_array_free(lookup->heads, TRUE);
    g_array_free(lookup->next, TRUE);
    g_free(lookup);
}

const struct setting *setting_lookup_find(const struct setting_lookup *lookup,
                                          const struct pair *pair, enum side role,
                                          enum setting_kind kind)
{
    struct host_key key = {pair->client, 0, CLIENT};
    if (role == SERVER)
        key = (struct host_key){pair->server.address, pair->server.port, SERVER};
    const struct setting *best = NULL;
    uint32_t id = dense_ids_find(lookup->ids, &key);
    uint32_t i = id == DENSE_NONE ? DENSE_NONE : g_array_index(lookup->heads, uint32_t, id);
    for (; i != DENSE_NONE; i = g_array_index(lookup->next, uint32_t, i)) {
        const struct setting *setting = setting_at(lookup, i);
        if (setting->kind != kind || setting->value == NANOS_UNKNOWN)
            continue;
        if (role == SERVER || setting->agent == pair->agent)
            return setting;
        if (!best)
            best = setting;
    }
    return best;
}
