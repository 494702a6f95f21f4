// SPDX-License-Identifier: BSD-2-Clause
// Pairs of a document: who talks to whom, and how well their connections are reused.
#include "report/document_parts.h"
#include "report/tree.h"

static json_object *name_list(const struct names *names, const uint32_t ids[PAIR_NAMES])
{
    json_object *array = json_object_new_array();
    for (int i = 0; i < PAIR_NAMES && ids[i] != 0; i++)
        json_object_array_add(array, tree_name(names, ids[i], NAME_BYTES));
    return array;
}

static json_object *document_pair(const struct analysis *analysis, const struct pair *pair)
{
    const struct totals *totals = &pair->totals;
    json_object *object = json_object_new_object();
    json_object *client = json_object_new_object();
    json_object_object_add(client, "address", tree_address(&pair->client));
    json_object_object_add(object, "client", client);
    json_object_object_add(object, "server", tree_endpoint(&pair->server));
    json_object_object_add(object, "hosts", name_list(analysis->names, pair->hosts));
    json_object_object_add(object, "user_agents", name_list(analysis->names, pair->agents));
    json_object_object_add(object, "servers", name_list(analysis->names, pair->servers));
    json_object_object_add(object, "probe", json_object_new_boolean(pair->is_probe));
    json_object_object_add(object, "connections", tree_count(totals->connections));
    json_object_object_add(object, "requests", tree_count(totals->requests));
    json_object_object_add(object, "reuse_ratio",
                           tree_ratio(totals->reused, totals->counted_requests));
    json_object_object_add(object, "requests_per_connection", document_histogram(pair->spread));
    json_object_object_add(object, "causes", document_causes(pair->causes, totals->connections));
    json_object_object_add(object, "peak_concurrent", tree_count(pair->peak_concurrent));
    json_object_object_add(object, "idle_available_at_open",
                           tree_ratio(pair->opens_with_idle, pair->opens));
    json_object_object_add(object, "handshake_seconds", tree_seconds(pair->handshake));
    json_object_object_add(object, "closed", tree_count(totals->closed));
    json_object_object_add(object, "open", tree_count(totals->open));
    json_object_object_add(object, "responses", tree_count(totals->responses));
    json_object_object_add(object, "bytes", tree_count(totals->bytes));
    json_object_object_add(object, "opens", tree_count(pair->opens));
    json_object_object_add(object, "loopback", json_object_new_boolean(pair->is_loopback));
    json_object_object_add(object, "proxy", json_object_new_boolean(pair->is_proxy));
    json_object_object_add(object, "requests_per_connection_summary",
                           document_distribution(&totals->per_connection));
    return object;
}

json_object *document_pairs(const struct analysis *analysis)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; analysis->pairs != NULL && i < MIN(analysis->pairs->len, PAIRS_LISTED); i++)
        json_object_array_add(
            array, document_pair(analysis, &g_array_index(analysis->pairs, struct pair, i)));
    return array;
}

json_object *document_pair_index(const struct analysis *analysis, uint32_t pair)
{
    bool is_listed = analysis->pairs != NULL && pair < MIN(analysis->pairs->len, PAIRS_LISTED);
    return is_listed ? tree_count(pair) : NULL;
}
