// SPDX-License-Identifier: BSD-2-Clause
// Ports in use: one counter per client and endpoint, swept over the events in order of time.
#include "judge/socket_ports.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "judge/dense_ids.h"
#include "judge/event_order.h"
#include "judge/sockets.h"

// A rate needs a while: bursts of shorter captures say nothing about the next minute.
#define RATE_SECONDS 1.0
#define FAR_SECONDS  (7 * 86400.0) // nobody waits that long: never

struct endpoint_ports {
    uint32_t in_use, peak;
    uint32_t waits;                 // closes that left the client a TIME_WAIT
    uint32_t held_middle, held_end; // ports held by open connections then
    uint32_t held_first;
    bool is_loopback;
};

struct ports {
    struct dense_ids *ids; // struct port_key
    GArray *endpoints;     // struct endpoint_ports per id
    struct event_order *events;
    int64_t first, last;
};

struct port_key {
    struct address client, server;
    uint16_t port;
} __attribute__((packed));

bool address_is_loopback(const struct address *address)
{
    static const uint8_t v4[13] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
    static const uint8_t v6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return memcmp(address->bytes, v4, sizeof v4) == 0 || memcmp(address->bytes, v6, sizeof v6) == 0;
}

struct ports *ports_new(size_t records, int64_t first, int64_t last)
{
    struct ports *ports = g_new0(struct ports, 1);
    ports->ids = dense_ids_new(sizeof(struct port_key));
    ports->endpoints = g_array_new(FALSE, TRUE, sizeof(struct endpoint_ports));
    ports->events = event_order_new(records * 2, first, last);
    ports->first = first;
    ports->last = last;
    return ports;
}

void ports_free(struct ports *ports)
{
    dense_ids_free(ports->ids);
    g_array_free(ports->endpoints, TRUE);
    event_order_free(ports->events);
    g_free(ports);
}

static struct endpoint_ports *endpoint_at(const struct ports *ports, uint32_t id)
{
    return &g_array_index(ports->endpoints, struct endpoint_ports, id);
}

void ports_add(struct ports *ports, const struct record *record, int64_t from, int64_t to,
               bool waits)
{
    struct port_key key = {record->end[CLIENT].address, record->end[SERVER].address,
                           record->end[SERVER].port};
    uint32_t id = dense_ids_add(ports->ids, &key);
    if (id == ports->endpoints->len) {
        g_array_set_size(ports->endpoints, id + 1);
        endpoint_at(ports, id)->is_loopback =
            address_is_loopback(&key.client) ||
            memcmp(&key.client, &key.server, sizeof key.client) == 0;
    }
    struct endpoint_ports *endpoint = endpoint_at(ports, id);
    int64_t middle = ports->first + (ports->last - ports->first) / 2;
    int64_t held = waits ? to - MIN(to - from, INT64_C(60) * NANOS_PER_SECOND) : to;
    endpoint->waits += waits;
    endpoint->held_first += from <= ports->first;
    endpoint->held_middle += from <= middle && held > middle;
    endpoint->held_end += from <= ports->last && held > ports->last;
    event_order_add(ports->events, from, id << 1 | 1);
    event_order_add(ports->events, to, id << 1);
}

void ports_settle(struct ports *ports)
{
    struct event event;
    event_order_sort(ports->events);
    while (event_order_next(ports->events, &event)) {
        struct endpoint_ports *endpoint = endpoint_at(ports, event.what >> 1);
        endpoint->in_use += event.what & 1 ? 1 : -1U;
        endpoint->peak = MAX(endpoint->peak, endpoint->in_use);
    }
}

// Ports in use after t seconds: growth t + waits min(t, 60). Growth counts only where it went on
// in both halves of the capture: the filling of a pool is none.
static double exhaustion_of(const struct endpoint_ports *endpoint, double seconds)
{
    if (endpoint->is_loopback || seconds < RATE_SECONDS)
        return NAN;
    double early = (double)endpoint->held_middle - endpoint->held_first;
    double late = (double)endpoint->held_end - endpoint->held_middle;
    double growth = MAX(0, MIN(early, late)) / (seconds / 2);
    double waits = endpoint->waits / seconds;
    double after = NAN;
    if ((growth + waits) * 60 >= PORTS_LIMIT)
        after = PORTS_LIMIT / (growth + waits);
    else if (growth > 0)
        after = (PORTS_LIMIT - waits * 60) / growth;
    return after <= FAR_SECONDS ? after : NAN;
}

uint32_t ports_count(const struct ports *ports)
{
    return ports->endpoints->len;
}

struct ports_row ports_row(const struct ports *ports, uint32_t index)
{
    double seconds = (double)(ports->last - ports->first) / (double)NANOS_PER_SECOND;
    const struct port_key *key = dense_ids_key(ports->ids, index);
    const struct endpoint_ports *endpoint = endpoint_at(ports, index);
    return (struct ports_row){key->client, endpoint->peak, exhaustion_of(endpoint, seconds)};
}
