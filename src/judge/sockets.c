// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time. Theory of operation: every record gives each of its two ends a few spans of
// TCP states; a span is two events; the events are ordered by time and swept once, counting per
// host and state. Events are made in slabs of records' states so that memory stays bounded: each
// slab of time goes over the records again and keeps only its own events.
#include "judge/sockets.h"

#include <math.h>
#include <string.h>

#include "judge/dense_ids.h"
#include "judge/event_order.h"
#include "judge/socket_ports.h"
#include "judge/socket_spans.h"

#define SLAB_RECORDS 1000000 // about 10 events of 8 bytes each, twice while they are ordered
#define NO_HOST      UINT32_MAX

struct tuple_key {
    struct address client, server;
    uint16_t ports[2];
} __attribute__((packed));

// `what` of an event: host, state, and whether it begins.
#define WHAT(host, state, begins) ((host) << 8 | (uint32_t)(state) << 1 | (begins))

struct drawing {
    const struct record *records;
    size_t count;
    int64_t first, last;
    int64_t *reused;       // [count] next SYN on the tuple; SPAN_OPEN
    struct dense_ids *ids; // addresses
    uint32_t *id_of;       // [2 * count] address of each end
    uint32_t *host_of;     // [addresses] index into sockets->hosts or NO_HOST
    struct sockets *sockets;
};

// Walks backwards: what was met last on a tuple is what reuses it.
static int64_t *reuses_of(const struct record *records, size_t count)
{
    int64_t *reused = g_new(int64_t, count);
    struct dense_ids *ids = dense_ids_new(sizeof(struct tuple_key));
    GArray *next = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = count; i-- > 0;) {
        const struct record *r = &records[i];
        struct tuple_key key = {r->end[CLIENT].address,
                                r->end[SERVER].address,
                                {r->end[CLIENT].port, r->end[SERVER].port}};
        uint32_t id = dense_ids_add(ids, &key);
        int64_t start = r->at[AT_START].time;
        reused[i] = id < next->len ? g_array_index(next, int64_t, id) : SPAN_OPEN;
        if (id == next->len)
            g_array_append_val(next, start);
        else
            g_array_index(next, int64_t, id) = start;
    }
    g_array_free(next, TRUE);
    dense_ids_free(ids);
    return reused;
}

static gint compare_hosts(gconstpointer a, gconstpointer b)
{
    const struct socket_host *x = a, *y = b;
    if (x->ends != y->ends)
        return x->ends < y->ends ? 1 : -1;
    return memcmp(&x->address, &y->address, sizeof x->address);
}

// All addresses with their roles, then the busiest of them as the sockets' hosts.
static void hosts_choose(struct drawing *d)
{
    GArray *hosts = g_array_new(FALSE, TRUE, sizeof(struct socket_host));
    for (size_t i = 0; i < d->count; i++) {
        for (int side = CLIENT; side <= SERVER; side++) {
            const struct address *address = &d->records[i].end[side].address;
            uint32_t id = d->id_of[2 * i + side] = dense_ids_add(d->ids, address);
            if (id == hosts->len)
                g_array_set_size(hosts, id + 1);
            struct socket_host *host = &g_array_index(hosts, struct socket_host, id);
            host->address = *address;
            host->ends++;
            host->is_client |= side == CLIENT;
            host->is_server |= side == SERVER;
        }
    }
    g_array_sort(hosts, compare_hosts);
    d->host_of = g_new(uint32_t, hosts->len + 1);
    for (uint32_t id = 0; id < hosts->len; id++)
        d->host_of[id] = NO_HOST;
    g_array_set_size(hosts, MIN(hosts->len, SOCKET_HOSTS));
    for (uint32_t h = 0; h < hosts->len; h++) {
        struct socket_host *host = &g_array_index(hosts, struct socket_host, h);
        host->counts = g_new0(uint32_t, (size_t)TCP_STATES * d->sockets->steps);
        host->exhaustion_seconds = NAN;
        d->host_of[dense_ids_find(d->ids, &host->address)] = h;
    }
    d->sockets->hosts = hosts;
}

static uint32_t host_of(const struct drawing *d, size_t index, int side)
{
    return d->host_of[d->id_of[2 * index + side]];
}

static struct socket_host *host_at(const struct drawing *d, uint32_t index)
{
    return &g_array_index(d->sockets->hosts, struct socket_host, index);
}

// One end: its port, its closes, and its events that fall into [from, to).
static void draw_end(const struct drawing *d, size_t index, enum side side, int64_t from,
                     int64_t to, struct event_order *events)
{
    const struct record *r = &d->records[index];
    uint32_t host = host_of(d, index, side);
    if (host == NO_HOST)
        return;
    struct socket_span spans[SOCKET_SPANS];
    unsigned count =
        socket_spans(r, side, (struct socket_bounds){d->first, d->reused[index]}, spans);
    for (unsigned i = 0; i < count; i++) {
        if (spans[i].from >= from && spans[i].from < to)
            event_order_add(events, spans[i].from, WHAT(host, spans[i].state, 1));
        if (spans[i].to >= from && spans[i].to < to)
            event_order_add(events, spans[i].to, WHAT(host, spans[i].state, 0));
    }
}

struct sweep {
    uint32_t now[SOCKET_HOSTS][TCP_STATES];
    uint32_t step; // the next one to be sampled
};

// Samples the steps that lie before `time`.
static void sweep_to(struct sweep *sweep, const struct drawing *d, int64_t time)
{
    struct sockets *s = d->sockets;
    for (; sweep->step < s->steps && s->first + sweep->step * s->step < time; sweep->step++)
        for (uint32_t h = 0; h < s->hosts->len; h++)
            for (int state = 0; state < TCP_STATES; state++)
                host_at(d, h)->counts[(size_t)state * s->steps + sweep->step] =
                    sweep->now[h][state];
}

static void sweep_events(struct sweep *sweep, const struct drawing *d, struct event_order *events)
{
    struct event event;
    event_order_sort(events);
    while (event_order_next(events, &event)) {
        sweep_to(sweep, d, event.time);
        uint32_t host = event.what >> 8, state = event.what >> 1 & 0x7f;
        uint32_t *now = &sweep->now[host][state];
        uint32_t *peak = &host_at(d, host)->peak[state];
        *now += event.what & 1 ? 1 : -1U;
        *peak = MAX(*peak, *now);
    }
}

static void draw_states(const struct drawing *d)
{
    struct sweep *sweep = g_new0(struct sweep, 1);
    int64_t slabs = (int64_t)(d->count / SLAB_RECORDS) + 1;
    int64_t length = (d->last - d->first) / slabs + 1;
    struct event_order *events = event_order_new(0, d->first, d->last);
    for (int64_t from = d->first; from <= d->last; from += length) {
        event_order_clear(events);
        for (size_t i = 0; i < d->count; i++) {
            draw_end(d, i, CLIENT, from, from + length, events);
            draw_end(d, i, SERVER, from, from + length, events);
        }
        sweep_events(sweep, d, events);
    }
    sweep_to(sweep, d, SPAN_OPEN);
    event_order_free(events);
    g_free(sweep);
}

// Closes that leave a TIME_WAIT, and the client's port for as long as its end isn't CLOSED.
static void draw_ports(const struct drawing *d)
{
    struct ports *ports = ports_new(d->count, d->first, d->last);
    double seconds = (double)(d->last - d->first) / (double)NANOS_PER_SECOND;
    for (size_t i = 0; i < d->count; i++) {
        for (int side = CLIENT; side <= SERVER; side++) {
            struct socket_span spans[SOCKET_SPANS];
            const struct record *r = &d->records[i];
            struct socket_bounds bounds = {d->first, d->reused[i]};
            unsigned count = socket_spans(r, (enum side)side, bounds, spans);
            bool waits = count > 0 && spans[count - 1].state == TCP_TIME_WAIT;
            uint32_t host = host_of(d, i, side);
            if (waits && host != NO_HOST)
                host_at(d, host)->close_rate += 1; // a count until the end
            if (side == CLIENT && count > 0)
                ports_add(ports, r, spans[0].from, spans[count - 1].to, waits);
        }
    }
    for (uint32_t h = 0; h < d->sockets->hosts->len; h++)
        host_at(d, h)->close_rate = seconds > 0 ? host_at(d, h)->close_rate / seconds : 0;
    ports_settle(ports);
    for (uint32_t i = 0; i < ports_count(ports); i++) {
        struct ports_row row = ports_row(ports, i);
        uint32_t host = d->host_of[dense_ids_find(d->ids, &row.client)];
        if (host == NO_HOST)
            continue;
        host_at(d, host)->ports_peak = MAX(host_at(d, host)->ports_peak, row.peak);
        host_at(d, host)->exhaustion_seconds =
            fmin(host_at(d, host)->exhaustion_seconds, row.exhaustion);
    }
    ports_free(ports);
}

// Steps of 1, 2 or 5 decades from 1 ms up, so that at most SOCKET_STEPS cover the capture.
static int64_t step_for(int64_t length)
{
    static const int64_t factors[] = {1, 2, 5};
    int64_t decade = NANOS_PER_MS;
    for (size_t i = 0;; i++) {
        int64_t step = decade * factors[i % 3];
        if (length / step < SOCKET_STEPS)
            return step;
        if (i % 3 == 2)
            decade *= 10;
    }
}

struct sockets *sockets_new(const struct record *records, size_t count, int64_t first, int64_t last)
{
    if (first == NANOS_UNKNOWN || last < first)
        return NULL;
    struct sockets *sockets = g_new0(struct sockets, 1);
    sockets->first = first;
    sockets->step = step_for(last - first);
    sockets->steps = (uint32_t)((last - first) / sockets->step) + 1;
    struct drawing d = {
        .records = records,
        .count = count,
        .first = first,
        .last = last,
        .reused = reuses_of(records, count),
        .ids = dense_ids_new(sizeof(struct address)),
        .id_of = g_new(uint32_t, 2 * count),
        .sockets = sockets,
    };
    hosts_choose(&d);
    draw_states(&d);
    draw_ports(&d);
    g_free(d.reused);
    g_free(d.id_of);
    g_free(d.host_of);
    dense_ids_free(d.ids);
    return sockets;
}

void sockets_free(struct sockets *sockets)
{
    if (!sockets)
        return;
    for (guint i = 0; i < sockets->hosts->len; i++)
        g_free(g_array_index(sockets->hosts, struct socket_host, i).counts);
    g_array_free(sockets->hosts, TRUE);
    g_free(sockets);
}
