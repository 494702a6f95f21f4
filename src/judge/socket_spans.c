// SPDX-License-Identifier: BSD-2-Clause
// One end's states: connecting, established, then the active or the passive way to CLOSED.
#include "judge/socket_spans.h"

// The moments of the close as one end sees them; SPAN_OPEN when they never came.
struct closing {
    int64_t own_fin, own_ack; // its FIN, and the peer's ACK of it
    int64_t peer_fin;
    bool is_both, is_half;
    bool is_unseen; // none of its packets were captured
};

struct span_list {
    struct socket_span *first, *next;
    int64_t dead;  // RST, or the tuple's next SYN
    int64_t until; // when the last span ends
};

static int64_t time_of(const struct record *r, enum moment_id id)
{
    return moment_is_set(r->at[id]) ? r->at[id].time : SPAN_OPEN;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline void span_add(struct span_list *list, enum tcp_state state, int64_t from, int64_t to)
{
    if (list->next != list->first)
        from = later(from, list->until); // the capture's clock may have gone back
    to = earlier(to, list->dead);
    if (from >= to)
        return;
    if (from != list->until && list->next != list->first)
        *list->next++ = (struct socket_span){list->until, from, TCP_CLOSED};
    *list->next++ = (struct socket_span){from, to, state};
    list->until = to;
}

// A FIN that nobody acknowledges is sent again, with doubling waits. When the next one is overdue
// the socket is gone, or its ACK was not captured.
static int64_t overdue(const struct record *r, int64_t fin)
{
    int64_t last = later(r->at[AT_END].time, fin);
    return span_after(last, last - fin + NANOS_PER_SECOND);
}

// A SYN goes out again after 1, 3, 7 ... seconds (RFC 6298): its socket is gone when the next one
// is overdue.
static int64_t connecting_until(const struct record *r)
{
    unsigned sent = r->syn_retransmits < 16 ? r->syn_retransmits : 16;
    return span_after(r->at[AT_START].time, ((INT64_C(2) << sent) - 1) * NANOS_PER_SECOND);
}

static struct closing closing_of(const struct record *r, enum side side)
{
    static const enum moment_id fins[2] = {AT_CLIENT_FIN, AT_SERVER_FIN};
    static const enum moment_id acks[2] = {AT_CLIENT_FIN_ACK, AT_SERVER_FIN_ACK};
    static const enum fact seen[2] = {FACT_CLIENT_SEEN, FACT_SERVER_SEEN};
    struct closing c = {
        .own_fin = time_of(r, fins[side]),
        .own_ack = time_of(r, acks[side]),
        .peer_fin = time_of(r, fins[!side]),
        .is_both = record_has(r, FACT_CLOSE_BOTH),
        .is_half = record_has(r, FACT_HALF_CLOSE),
    };
    if (!record_has(r, seen[!side])) {
        c.own_ack = earlier(c.own_ack, c.own_fin);
        c.peer_fin = earlier(c.peer_fin, c.own_fin);
    }
    c.is_unseen = !record_has(r, seen[side]) && c.own_fin == SPAN_OPEN;
    return c;
}

// RFC 9293 section 3.6: FIN_WAIT1, then FIN_WAIT2 or CLOSING, then TIME_WAIT.
static void spans_active(struct span_list *list, const struct record *r, const struct closing *c)
{
    int64_t peer_fin = later(c->peer_fin, c->own_fin);
    if (c->own_ack == SPAN_OPEN && peer_fin == SPAN_OPEN) {
        span_add(list, TCP_FIN_WAIT1, c->own_fin, overdue(r, c->own_fin));
    } else if (c->is_both || peer_fin < c->own_ack) {
        int64_t ack = c->own_ack == SPAN_OPEN ? overdue(r, c->own_fin) : c->own_ack;
        ack = later(ack, peer_fin);
        span_add(list, TCP_FIN_WAIT1, c->own_fin, peer_fin);
        span_add(list, TCP_CLOSING, peer_fin, ack);
        span_add(list, TCP_TIME_WAIT, ack, span_after(ack, TIME_WAIT_NANOS));
    } else {
        int64_t orphan = c->is_half ? SPAN_OPEN : span_after(c->own_ack, FIN_WAIT2_NANOS);
        span_add(list, TCP_FIN_WAIT1, c->own_fin, c->own_ack);
        span_add(list, TCP_FIN_WAIT2, c->own_ack, earlier(peer_fin, orphan));
        if (peer_fin < orphan)
            span_add(list, TCP_TIME_WAIT, peer_fin, span_after(peer_fin, TIME_WAIT_NANOS));
    }
}

static void spans_passive(struct span_list *list, const struct record *r, const struct closing *c)
{
    span_add(list, TCP_CLOSE_WAIT, c->peer_fin, c->own_fin);
    if (c->own_fin == SPAN_OPEN)
        return;
    int64_t ack = c->own_ack == SPAN_OPEN ? overdue(r, c->own_fin) : c->own_ack;
    span_add(list, TCP_LAST_ACK, c->own_fin, ack);
}

static void spans_closing(struct span_list *list, const struct record *r, const struct closing *c)
{
    if (c->is_unseen)
        return;
    if (c->own_fin <= c->peer_fin || c->is_both)
        spans_active(list, r, c);
    else
        spans_passive(list, r, c);
}

static void spans_of(struct span_list *list, const struct record *r, enum side side, int64_t first)
{
    static const struct closing none = {SPAN_OPEN, SPAN_OPEN, SPAN_OPEN, false, false, false};
    bool closes = moment_is_set(r->at[AT_CLIENT_FIN]) || moment_is_set(r->at[AT_SERVER_FIN]);
    struct closing c = closes ? closing_of(r, side) : none;
    int64_t start = r->at[AT_START].time, close = earlier(c.own_fin, c.peer_fin);
    bool connects = side == CLIENT || record_has(r, FACT_SYN_ACK);
    enum tcp_state connecting = side == CLIENT ? TCP_SYN_SENT : TCP_SYN_RECV;
    if (!record_has(r, FACT_ESTABLISHED)) {
        if (connects)
            span_add(list, connecting, start, earlier(connecting_until(r), close));
        return;
    }
    int64_t established = earlier(later(time_of(r, AT_ESTABLISHED), start), close);
    if (!moment_is_set(r->at[AT_ESTABLISHED]))
        established = start;
    if (record_has(r, FACT_MIDSTREAM))
        established = start = earlier(first, start);
    if (connects)
        span_add(list, connecting, start, established);
    span_add(list, TCP_ESTABLISHED, established, close);
    if (closes)
        spans_closing(list, r, &c);
}

void socket_spans(const struct record *record, struct socket_bounds bounds,
                  struct socket_end ends[2])
{
    int64_t dead = earlier(time_of(record, AT_RST), bounds.reused);
    for (enum side side = CLIENT; side <= SERVER; side++) {
        struct span_list list = {ends[side].spans, ends[side].spans, dead, SPAN_OPEN};
        spans_of(&list, record, side, bounds.first);
        ends[side].count = (unsigned)(list.next - list.first);
        list.next[0] = (struct socket_span){list.until, SPAN_OPEN, TCP_CLOSED};
        list.next[1].from = SPAN_OPEN;
    }
}
