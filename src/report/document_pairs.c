// SPDX-License-Identifier: BSD-2-Clause
// Pairs of a document: who talks to whom, and how well their connections are reused.
#include "capture/notes.h"
#include "report/document_parts.h"
#include "report/processes.h"
#include "report/tree.h"

static json_object *name_list(const struct names *names, const uint32_t ids[PAIR_NAMES])
{
    json_object *array = json_object_new_array();
    for (int i = 0; i < PAIR_NAMES && ids[i] != 0; i++)
        json_object_array_add(array, tree_name(names, ids[i], NAME_BYTES));
    return array;
}

// The name that the capture itself gives to an address.
static json_object *name_of(const struct notes *notes, const struct address *address)
{
    return notes ? tree_name(notes_names(notes), notes_name_of(notes, address), NAME_BYTES) : NULL;
}

static void add_ends(json_object *object, const struct notes *notes, const struct pair *pair)
{
    json_object *client = json_object_new_object(), *server = tree_endpoint(&pair->server);
    json_object_object_add(client, "address", tree_address(&pair->client));
    json_object_object_add(client, "name", name_of(notes, &pair->client));
    json_object_object_add(server, "name", name_of(notes, &pair->server.address));
    json_object_object_add(object, "client", client);
    json_object_object_add(object, "server", server);
}

static json_object *document_pair(const struct report *report, const struct pair *pair)
{
    const struct analysis *analysis = report->analysis;
    const struct totals *totals = &pair->totals;
    json_object *object = json_object_new_object();
    add_ends(object, report->notes, pair);
    json_object_object_add(object, "hosts", name_list(analysis->names, pair->hosts));
    json_object_object_add(object, "user_agents", name_list(analysis->names, pair->agents));
    json_object_object_add(object, "servers", name_list(analysis->names, pair->servers));
    json_object_object_add(object, "probe", json_object_new_boolean(pair->is_probe));
    json_object_object_add(object, "connections", tree_count(totals->connections));
    json_object_object_add(object, "requests", tree_count(totals->requests));
    json_object_object_add(object, "reuse_ratio",
                           tree_ratio(totals->reused, totals->counted_requests));
    json_object_object_add(object, "requests_per_connection", document_histogram(pair->spread));
    json_object_object_add(object, "causes",
                           document_causes(pair->causes, analysis->totals.connections));
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

json_object *document_pairs(const struct report *report)
{
    const GArray *pairs = report->analysis->pairs;
    json_object *array = json_object_new_array();
    struct pair_processes *processes = pair_processes_new(report);
    for (guint i = 0; pairs != NULL && i < MIN(pairs->len, PAIRS_LISTED); i++) {
        json_object *pair = document_pair(report, &g_array_index(pairs, struct pair, i));
        json_object_object_add(pair, "processes", pair_processes_list(processes, i));
        json_object_array_add(array, pair);
    }
    pair_processes_free(processes);
    return array;
}

json_object *document_pair_index(const struct analysis *analysis, uint32_t pair)
{
    bool is_listed = analysis->pairs != NULL && pair < MIN(analysis->pairs->len, PAIRS_LISTED);
    return is_listed ? tree_count(pair) : NULL;
}
