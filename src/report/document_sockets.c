// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time of a document: for each host a series per TCP state.
#include "judge/sockets.h"
#include "report/document_parts.h"
#include "report/tree.h"

static json_object *times(const struct sockets *sockets)
{
    json_object *array = json_object_new_array();
    for (uint32_t i = 0; i < sockets->steps; i++)
        json_object_array_add(array, tree_time(sockets->first + (int64_t)i * sockets->step));
    return array;
}

static json_object *host_series(const struct sockets *sockets, const struct socket_host *host)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "time", times(sockets));
    for (int state = TCP_SYN_SENT; state < TCP_STATES; state++) {
        json_object *array = json_object_new_array();
        for (uint32_t i = 0; i < sockets->steps; i++)
            json_object_array_add(array,
                                  tree_count(host->counts[(uint32_t)state * sockets->steps + i]));
        json_object_object_add(object, tcp_state_name((enum tcp_state)state), array);
    }
    return object;
}

static json_object *host_peaks(const struct socket_host *host)
{
    json_object *object = json_object_new_object();
    for (int state = TCP_SYN_SENT; state < TCP_STATES; state++)
        json_object_object_add(object, tcp_state_name((enum tcp_state)state),
                               tree_count(host->peak[state]));
    return object;
}

static json_object *host_ports(const struct socket_host *host)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "used_peak", tree_count(host->ports_peak));
    json_object_object_add(object, "limit", tree_count(PORTS_LIMIT));
    json_object_object_add(object, "exhaustion_seconds", tree_number(host->exhaustion_seconds));
    return object;
}

static json_object *document_host(const struct sockets *sockets, const struct socket_host *host)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "address", tree_address(&host->address));
    json_object_object_add(object, "role",
                           tree_text(host->is_client && host->is_server ? "both"
                                     : host->is_client                  ? "client"
                                                                        : "server"));
    json_object_object_add(object, "series", host_series(sockets, host));
    json_object_object_add(object, "peak", host_peaks(host));
    json_object_object_add(object, "ports", host_ports(host));
    json_object_object_add(object, "closes_per_second", tree_number(host->close_rate));
    return object;
}

json_object *document_sockets(const struct analysis *analysis)
{
    const struct sockets *sockets = analysis->sockets;
    json_object *object = json_object_new_object();
    json_object *hosts = json_object_new_array();
    json_object_object_add(object, "step", sockets ? tree_seconds(sockets->step) : NULL);
    json_object_object_add(object, "hosts", hosts);
    for (guint i = 0; sockets != NULL && i < sockets->hosts->len; i++)
        json_object_array_add(
            hosts, document_host(sockets, &g_array_index(sockets->hosts, struct socket_host, i)));
    return object;
}
