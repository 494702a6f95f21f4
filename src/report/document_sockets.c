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

static json_object *host_waits(const struct socket_host *host)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; i < host->waits->len; i++) {
        const struct socket_wait *wait = &g_array_index(host->waits, struct socket_wait, i);
        json_object *object = json_object_new_object(), *peer = json_object_new_object();
        json_object_object_add(peer, "address", tree_address(&wait->peer.address));
        json_object_object_add(peer, "port", wait->peer.port ? tree_count(wait->peer.port) : NULL);
        json_object_object_add(object, "state", tree_text(tcp_state_name(wait->state)));
        json_object_object_add(object, "peer", peer);
        json_object_object_add(object, "connections", tree_count(wait->connections));
        json_object_object_add(object, "mean_seconds", tree_seconds(wait->mean));
        json_object_object_add(object, "longest_seconds", tree_seconds(wait->longest));
        json_object_array_add(array, object);
    }
    return array;
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
    json_object_object_add(object, "waits", host_waits(host));
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
