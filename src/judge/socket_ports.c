// SPDX-License-Identifier: BSD-2-Clause
// Ports in use: one counter per route, swept over the events in order of time.
#include "judge/socket_ports.h"

#include <glib.h>
#include <math.h>

#include "judge/event_order.h"
#include "judge/sockets.h"

// A rate needs a while: bursts of shorter captures say nothing about the next minute.
#define RATE_SECONDS 1.0
#define FAR_SECONDS  (7 * 86400.0) // nobody waits that long: never

struct route_ports {
    uint32_t in_use, peak;
    uint32_t waits;                             // closes that left the client a TIME_WAIT
    uint32_t held_first, held_middle, held_end; // ports held by open connections then
    int64_t taken, full;                        // first port in use, PORTS_LIMIT first reached
};

struct ports {
    struct route_ports *routes;
    struct event_order events; // what: route << 1 | taken
    int64_t first, last;
};

struct ports *ports_new(uint32_t routes, size_t connections, int64_t first, int64_t last)
{
    struct ports *ports = g_new0(struct ports, 1);
    ports->routes = g_new0(struct route_ports, (size_t)routes + 1);
    for (uint32_t route = 0; route < routes; route++)
        ports->routes[route].taken = ports->routes[route].full = NANOS_UNKNOWN;
    ports->events = event_order_new(first, last, connections);
    ports->first = first;
    ports->last = last;
    return ports;
}

void ports_free(struct ports *ports)
{
    g_free(ports->routes);
    event_order_free(&ports->events);
    g_free(ports);
}

void ports_add(struct ports *ports, uint32_t route, int64_t from, int64_t to, bool waits)
{
    struct route_ports *r = &ports->routes[route];
    int64_t middle = ports->first + (ports->last - ports->first) / 2;
    int64_t held = waits ? to - MIN(to - from, INT64_C(60) * NANOS_PER_SECOND) : to;
    r->waits += waits;
    r->held_first += from <= ports->first;
    r->held_middle += from <= middle && held > middle;
    r->held_end += from <= ports->last && held > ports->last;
    event_order_add(&ports->events, from, route << 1 | 1);
    event_order_add(&ports->events, to, route << 1);
}

void ports_settle(struct ports *ports)
{
    struct event event;
    event_order_sort(&ports->events);
    while (event_order_next(&ports->events, &event)) {
        struct route_ports *r = &ports->routes[event.what >> 1];
        r->in_use += event.what & 1 ? 1 : -1U;
        r->peak = MAX(r->peak, r->in_use);
        if (r->taken == NANOS_UNKNOWN)
            r->taken = event.time;
        if (r->full == NANOS_UNKNOWN && r->in_use >= PORTS_LIMIT)
            r->full = event.time;
    }
}

uint32_t ports_peak(const struct ports *ports, uint32_t route)
{
    return ports->routes[route].peak;
}

// Where they ran out, the time that it took. Else ports in use after t seconds: growth t + waits
// min(t, 60). Growth counts only where it went on in both halves of the capture: the filling of a
// pool is none.
double ports_exhaustion(const struct ports *ports, uint32_t route)
{
    const struct route_ports *r = &ports->routes[route];
    double seconds = (double)(ports->last - ports->first) / (double)NANOS_PER_SECOND;
    if (r->full != NANOS_UNKNOWN)
        return (double)(r->full - r->taken) / (double)NANOS_PER_SECOND;
    if (seconds < RATE_SECONDS)
        return NAN;
    double early = (double)r->held_middle - r->held_first;
    double late = (double)r->held_end - r->held_middle;
    double growth = MAX(0, MIN(early, late)) / (seconds / 2);
    double waits = r->waits / seconds;
    double after = NAN;
    if ((growth + waits) * 60 >= PORTS_LIMIT)
        after = PORTS_LIMIT / (growth + waits);
    else if (growth > 0)
        after = (PORTS_LIMIT - waits * 60) / growth;
    return after <= FAR_SECONDS ? after : NAN;
}
