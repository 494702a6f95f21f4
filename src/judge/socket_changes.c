// SPDX-License-Identifier: BSD-2-Clause
// Goes along the spans of both ends at once.
#include "judge/socket_changes.h"

#include <glib.h>

_Static_assert(SOCKET_NO_HOST < 256 && TCP_STATES <= SOCKET_ROW, "a change is 16 bits");
_Static_assert(TCP_CLOSED == 0, "no change is 0");

struct walk {
    const struct socket_span *span; // the next one
    uint32_t host;
    enum tcp_state state;
};

static inline uint32_t walk_on(struct walk *walk, int64_t time)
{
    if (walk->span->from != time)
        return 0;
    uint32_t before = walk->state;
    walk->state = walk->span++->state;
    return walk->host << 8 | before << 4 | walk->state;
}

static void put(const struct socket_slab *slab, struct walk client, struct walk server)
{
    event_order_reserve(slab->events, 2 * (SOCKET_SPANS + 1));
    for (;;) {
        int64_t time = MIN(client.span->from, server.span->from);
        if (time == SPAN_OPEN)
            return;
        uint32_t what = walk_on(&client, time) << 16 * CLIENT;
        what |= walk_on(&server, time) << 16 * SERVER;
        int64_t drawn = MAX(time, slab->events->first); // a clock may have gone back
        if (drawn >= slab->from && drawn < slab->to)
            event_order_put(slab->events, drawn, what);
    }
}

void socket_changes_put(const struct socket_slab *slab, const struct socket_end ends[2],
                        const uint32_t hosts[2])
{
    static const struct socket_span never = {SPAN_OPEN, SPAN_OPEN, TCP_CLOSED};
    const struct walk none = {&never, SOCKET_NO_HOST, TCP_CLOSED};
    struct walk client = {ends[CLIENT].spans, hosts[CLIENT], TCP_CLOSED};
    struct walk server = {ends[SERVER].spans, hosts[SERVER], TCP_CLOSED};
    bool is_one = hosts[CLIENT] == hosts[SERVER]; // which has the client's changes first
    put(slab, client, is_one ? none : server);
    if (is_one)
        put(slab, none, server);
}
