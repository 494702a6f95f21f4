// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time. Theory of operation: every record gives each of its two ends a few spans of
// TCP states; where spans of one or both ends begin is an event; the events are ordered by time and
// swept once, counting per host and state. Events are made in slabs of time so that memory stays
// bounded: each slab goes over the records again and keeps only its own events.
#include "judge/sockets.h"

#include <math.h>
#include <string.h>

#include "judge/dense_ids.h"
#include "judge/keyed.h"
#include "judge/socket_changes.h"
#include "judge/socket_ports.h"
#include "judge/socket_usual.h"
#include "judge/socket_waits.h"
#include "judge/tuples.h"

#define SLAB_RECORDS     2000000 // events of 8 bytes each, twice while they are ordered
#define EVENTS_OF_RECORD 6       // most have fewer
#define AHEAD            8       // records that are fetched before they are drawn

// Client address to server endpoint.
struct route_key {
    struct address client, server;
    uint32_t port;
} __attribute__((packed));

struct drawing {
    const struct record *records;
    size_t count;
    int64_t first, last;
    struct keyed *reuses; // records whose addresses and ports another takes: the item, later
    size_t reuse_count;
    const uint32_t *pair_of;  // [count]
    uint32_t *route_of_pair;  // pairs differ by agents too
    bool *is_loopback;        // [routes]
    struct dense_ids *routes; // struct route_key
    uint32_t *hosts;          // [2 * routes] index into sockets->hosts or SOCKET_NO_HOST, per side
    struct ports *ports;
    struct waits *waits;
    struct sockets *sockets;
};

static void find_routes(struct drawing *d, const GArray *pairs)
{
    d->route_of_pair = g_new(uint32_t, (size_t)pairs->len + 1);
    d->is_loopback = g_new(bool, (size_t)pairs->len + 1);
    for (guint p = 0; p < pairs->len; p++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, p);
        struct route_key key = {pair->client, pair->server.address, pair->server.port};
        uint32_t route = d->route_of_pair[p] = dense_ids_add(d->routes, &key);
        d->is_loopback[route] = pair->is_loopback;
    }
}

static uint32_t route_of(const struct drawing *d, size_t index)
{
    return d->route_of_pair[d->pair_of[index]];
}

// What comes next on a route and port reuses it.
static void find_reuses(struct drawing *d, GArray *alike)
{
    struct keyed *list = g_new(struct keyed, (size_t)alike->len + 1);
    for (guint i = 0; i < alike->len; i++) {
        uint32_t record = g_array_index(alike, struct keyed, i).item;
        int64_t route = route_of(d, record);
        list[i] = (struct keyed){route << 16 | d->records[record].end[CLIENT].port, record};
    }
    keyed_sort(list, alike->len);
    for (guint i = 1; i < alike->len; i++)
        if (list[i].key == list[i - 1].key)
            list[d->reuse_count++] = (struct keyed){list[i - 1].item, list[i].item};
    keyed_sort(list, d->reuse_count);
    d->reuses = list;
    g_array_unref(alike);
}

static gint compare_hosts(gconstpointer a, gconstpointer b)
{
    const struct socket_host *x = a, *y = b;
    int by_ends = (x->ends < y->ends) - (x->ends > y->ends);
    return by_ends ? by_ends : memcmp(&x->address, &y->address, sizeof x->address);
}

// Every address with its roles; hosts[] numbers them as met.
static GArray *hosts_collect(struct drawing *d, struct dense_ids *ids)
{
    GArray *hosts = g_array_new(FALSE, TRUE, sizeof(struct socket_host));
    uint32_t routes = dense_ids_count(d->routes);
    uint32_t *ends = g_new0(uint32_t, (size_t)routes + 1);
    for (size_t i = 0; i < d->count; i++)
        ends[route_of(d, i)]++;
    for (uint32_t route = 0; route < routes; route++) {
        const struct route_key *key = dense_ids_key(d->routes, route);
        const struct address *addresses[2] = {&key->client, &key->server};
        for (int side = CLIENT; side <= SERVER; side++) {
            uint32_t id = d->hosts[2 * route + (uint32_t)side] =
                dense_ids_add(ids, addresses[side]);
            if (id == hosts->len)
                g_array_set_size(hosts, id + 1);
            struct socket_host *host = &g_array_index(hosts, struct socket_host, id);
            host->address = *addresses[side];
            host->ends += ends[route];
            host->is_client |= side == CLIENT;
            host->is_server |= side == SERVER;
        }
    }
    g_free(ends);
    return hosts;
}

// The busiest of them become the sockets' hosts.
static void hosts_choose(struct drawing *d)
{
    struct dense_ids *ids = dense_ids_new(sizeof(struct address));
    GArray *hosts = hosts_collect(d, ids);
    uint32_t *place = g_new(uint32_t, hosts->len + 1);
    for (uint32_t id = 0; id < hosts->len; id++)
        place[id] = SOCKET_NO_HOST;
    g_array_sort(hosts, compare_hosts);
    g_array_set_size(hosts, MIN(hosts->len, SOCKET_HOSTS));
    for (uint32_t h = 0; h < hosts->len; h++) {
        struct socket_host *host = &g_array_index(hosts, struct socket_host, h);
        host->counts = g_new0(uint32_t, (size_t)TCP_STATES * d->sockets->steps);
        host->exhaustion_seconds = NAN;
        host->waits = g_array_new(FALSE, TRUE, sizeof(struct socket_wait));
        place[dense_ids_find(ids, &host->address)] = h;
    }
    for (size_t i = 0; i < 2 * (size_t)dense_ids_count(d->routes); i++)
        d->hosts[i] = place[d->hosts[i]];
    d->sockets->hosts = hosts;
    dense_ids_free(ids);
    g_free(place);
}

static struct socket_host *host_at(const struct drawing *d, uint32_t index)
{
    return &g_array_index(d->sockets->hosts, struct socket_host, index);
}

// A close that leaves this end a TIME_WAIT.
static void note_close(const struct drawing *d, uint32_t route, enum side side)
{
    uint32_t host = d->hosts[2 * (size_t)route + side];
    if (host != SOCKET_NO_HOST)
        host_at(d, host)->close_rate += 1; // a count until the end
}

static void note_wait(const struct drawing *d, uint32_t route, enum side side, struct socket_span s)
{
    waits_add(d->waits, route, side, s.state, MIN(s.to, d->last) - s.from);
}

// Closes, waits, and the client's port for as long as its end isn't CLOSED. A RST ends a TIME_WAIT.
static void note_end(const struct drawing *d, uint32_t route, enum side side,
                     const struct socket_end *end, int64_t reset)
{
    const struct socket_span *last = &end->spans[end->count - 1];
    bool waits = last->state == TCP_TIME_WAIT && last->to != reset;
    if (waits)
        note_close(d, route, side);
    if (side == CLIENT)
        ports_add(d->ports, route, end->spans->from, last->to, waits);
    for (unsigned i = 0; i < end->count; i++)
        note_wait(d, route, side, end->spans[i]);
}

// The same of both ends; the client's wait comes first.
static void note_usual(const struct drawing *d, uint32_t route, const struct socket_usual *usual)
{
    const int64_t *at = usual->at;
    struct socket_span of_closer = {at[USUAL_FIN_ACK], at[USUAL_OTHER_FIN], TCP_FIN_WAIT2};
    struct socket_span of_other = {at[USUAL_FIN], at[USUAL_OTHER_FIN], TCP_CLOSE_WAIT};
    bool is_open = usual->count == USUAL_FIN, waits = !is_open && usual->closer == CLIENT;
    int64_t until = is_open ? SPAN_OPEN : at[waits ? USUAL_WAIT_END : USUAL_OTHER_ACK];
    ports_add(d->ports, route, at[USUAL_OPEN], until, waits);
    if (is_open)
        return;
    note_close(d, route, usual->closer);
    note_wait(d, route, CLIENT, waits ? of_closer : of_other);
    note_wait(d, route, SERVER, waits ? of_other : of_closer);
}

// What the spans of a record's ends are made of, asked for before it is looked at.
static void fetch(const struct record *r)
{
    __builtin_prefetch(&r->facts);
    __builtin_prefetch(&r->at[AT_ESTABLISHED]);
    __builtin_prefetch(&r->at[AT_SERVER_FIN]);
    __builtin_prefetch(&r->at[AT_RST]);
}

// One connection, with the next SYN on its addresses and ports (SPAN_OPEN: none): its events that
// fall into the slab, and once what its ends add up to.
static void draw(const struct drawing *d, size_t index, int64_t reused,
                 const struct socket_slab *slab)
{
    struct socket_end ends[2];
    struct socket_usual usual;
    uint32_t route = route_of(d, index);
    const uint32_t *hosts = &d->hosts[2 * (size_t)route];
    if (hosts[CLIENT] != hosts[SERVER] && socket_usual_find(&d->records[index], reused, &usual)) {
        if (slab->from == d->first)
            note_usual(d, route, &usual);
        socket_usual_put(slab, &usual, hosts);
        return;
    }
    socket_spans(&d->records[index], (struct socket_bounds){d->first, reused}, ends);
    for (enum side side = CLIENT; side <= SERVER && slab->from == d->first; side++)
        if (ends[side].count > 0)
            note_end(d, route, side, &ends[side], d->records[index].at[AT_RST].time);
    socket_changes_put(slab, ends, hosts);
}

static void draw_all(const struct drawing *d, const struct socket_slab *slab)
{
    const struct keyed *reuse = d->reuses, *end = reuse + d->reuse_count;
    for (size_t i = 0; i < d->count; i++) {
        fetch(&d->records[MIN(i + AHEAD, d->count - 1)]);
        bool is_reused = reuse < end && reuse->key == (int64_t)i;
        draw(d, i, is_reused ? d->records[reuse++->item].at[AT_START].time : SPAN_OPEN, slab);
    }
}

struct sweep {
    uint32_t now[(SOCKET_HOSTS + 1) * SOCKET_ROW], peak[(SOCKET_HOSTS + 1) * SOCKET_ROW];
    uint32_t step; // the next one to be sampled
    int64_t due;   // its time; SPAN_OPEN: all are
};

// Samples the steps that lie before `time`.
static void sweep_to(struct sweep *sweep, const struct drawing *d, int64_t time)
{
    struct sockets *s = d->sockets;
    while (sweep->due < time) {
        for (uint32_t h = 0; h < s->hosts->len; h++)
            for (int state = TCP_SYN_SENT; state < TCP_STATES; state++)
                host_at(d, h)->counts[(size_t)state * s->steps + sweep->step] =
                    sweep->now[h * SOCKET_ROW + (uint32_t)state];
        sweep->due = ++sweep->step < s->steps ? s->first + sweep->step * s->step : SPAN_OPEN;
    }
}

static inline void change_end(struct sweep *sweep, struct socket_change change)
{
    sweep->now[change.from]--;
    uint32_t now = ++sweep->now[change.to], *peak = &sweep->peak[change.to];
    *peak = MAX(*peak, now);
}

static void sweep_events(struct sweep *sweep, const struct drawing *d, struct event_order *events)
{
    struct event event;
    event_order_sort(events);
    while (event_order_next(events, &event)) {
        if (sweep->due < event.time)
            sweep_to(sweep, d, event.time);
        for (enum side side = CLIENT; side <= SERVER; side++)
            change_end(sweep, socket_change_of(event.what, side));
    }
}

static void draw_states(const struct drawing *d)
{
    struct sweep *sweep = g_new0(struct sweep, 1);
    sweep->due = d->first;
    int64_t slabs = (int64_t)((d->count + SLAB_RECORDS - 1) / SLAB_RECORDS);
    int64_t length = (d->last - d->first) / MAX(slabs, 1) + 1;
    struct event_order events =
        event_order_new(d->first, d->last, EVENTS_OF_RECORD * MIN(d->count, SLAB_RECORDS));
    for (int64_t from = d->first; from <= d->last; from += length) {
        const struct socket_slab slab = {from, MIN(from + length, d->last + 1), &events};
        event_order_clear(&events);
        draw_all(d, &slab);
        sweep_events(sweep, d, &events);
    }
    sweep_to(sweep, d, SPAN_OPEN);
    for (uint32_t h = 0; h < d->sockets->hosts->len; h++)
        memcpy(host_at(d, h)->peak, &sweep->peak[h * SOCKET_ROW], sizeof host_at(d, h)->peak);
    event_order_free(&events);
    g_free(sweep);
}

static void settle_ports(const struct drawing *d)
{
    double seconds = (double)(d->last - d->first) / (double)NANOS_PER_SECOND;
    for (uint32_t h = 0; h < d->sockets->hosts->len; h++) {
        struct socket_host *host = host_at(d, h);
        host->close_rate = seconds > 0 ? host->close_rate / seconds : 0;
        host->peak[TCP_CLOSED] = 0;
    }
    ports_settle(d->ports);
    for (uint32_t route = 0; route < dense_ids_count(d->routes); route++) {
        uint32_t h = d->hosts[2 * (size_t)route];
        if (h == SOCKET_NO_HOST)
            continue;
        struct socket_host *host = host_at(d, h);
        host->ports_peak = MAX(host->ports_peak, ports_peak(d->ports, route));
        if (!d->is_loopback[route]) // there Linux takes a port in TIME_WAIT again after a second
            host->exhaustion_seconds =
                fmin(host->exhaustion_seconds, ports_exhaustion(d->ports, route));
    }
}

static gint compare_waits(gconstpointer a, gconstpointer b)
{
    const struct socket_wait *x = a, *y = b;
    return (x->connections < y->connections) - (x->connections > y->connections);
}

static void settle_waits(const struct drawing *d)
{
    for (uint32_t i = 0; i < waits_count(d->waits); i++) {
        const struct wait *wait = waits_at(d->waits, i);
        const struct route_key *key = dense_ids_key(d->routes, wait->route);
        uint32_t h = d->hosts[2 * (size_t)wait->route + wait->side];
        struct socket_wait row = {.state = wait->state,
                                  .connections = wait->connections,
                                  .longest = wait->longest,
                                  .mean = wait->total / (int64_t)wait->connections};
        row.peer.address = wait->side == CLIENT ? key->server : key->client;
        row.peer.port = wait->side == CLIENT ? (uint16_t)key->port : 0;
        if (h != SOCKET_NO_HOST)
            g_array_append_val(host_at(d, h)->waits, row);
    }
    for (uint32_t h = 0; h < d->sockets->hosts->len; h++) {
        GArray *waits = host_at(d, h)->waits;
        g_array_sort(waits, compare_waits);
        g_array_set_size(waits, MIN(waits->len, SOCKET_WAITS));
    }
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

struct sockets *sockets_new(const struct analysis *analysis, const struct host_marks *marks)
{
    int64_t first = analysis->first, last = analysis->last;
    size_t count = analysis->record_count;
    if (analysis->windows && count)
        first = analysis->records[0].at[AT_START].time;
    if (first == NANOS_UNKNOWN || last < first)
        return NULL;
    struct sockets *sockets = g_new0(struct sockets, 1);
    sockets->first = first;
    sockets->step = step_for(last - first);
    sockets->steps = (uint32_t)((last - first) / sockets->step) + 1;
    struct drawing d = {
        .records = analysis->records,
        .count = count,
        .first = first,
        .last = last,
        .pair_of = analysis->pair_of,
        .routes = dense_ids_new(sizeof(struct route_key)),
        .sockets = sockets,
    };
    find_routes(&d, analysis->pairs);
    find_reuses(&d, tuples_alike(analysis, marks));
    d.hosts = g_new(uint32_t, 2 * (size_t)dense_ids_count(d.routes) + 1);
    d.ports = ports_new(dense_ids_count(d.routes), count, first, last);
    d.waits = waits_new();
    hosts_choose(&d);
    draw_states(&d);
    settle_ports(&d);
    settle_waits(&d);
    ports_free(d.ports);
    waits_free(d.waits);
    dense_ids_free(d.routes);
    g_free(d.reuses);
    g_free(d.is_loopback);
    g_free(d.route_of_pair);
    g_free(d.hosts);
    return sockets;
}

void sockets_free(struct sockets *sockets)
{
    if (!sockets)
        return;
    for (guint i = 0; i < sockets->hosts->len; i++) {
        struct socket_host *host = &g_array_index(sockets->hosts, struct socket_host, i);
        g_free(host->counts);
        g_array_free(host->waits, TRUE);
    }
    g_array_free(sockets->hosts, TRUE);
    g_free(sockets);
}
