// SPDX-License-Identifier: BSD-2-Clause
// RFC 9293 section 3.6, case 1: one side closes, both are told and answer.
#include "judge/socket_usual.h"

#include <glib.h>

#define F(id) (UINT64_C(1) << FACT_##id)

static const uint64_t wanted = F(SYN_ACK) | F(ESTABLISHED) | F(CLIENT_SEEN) | F(SERVER_SEEN);
static const uint64_t unusual = F(MIDSTREAM) | F(CLOSE_BOTH) | F(HALF_CLOSE);

_Static_assert(AT_CLIENT_FIN + SERVER == AT_SERVER_FIN, "by their sides");
_Static_assert(AT_CLIENT_FIN_ACK + SERVER == AT_SERVER_FIN_ACK, "these too");

bool socket_usual_find(const struct record *r, int64_t reused, struct socket_usual *usual)
{
    const struct moment *fins = &r->at[AT_CLIENT_FIN], *acks = &r->at[AT_CLIENT_FIN_ACK];
    int64_t *at = usual->at;
    if ((r->facts & (wanted | unusual)) != wanted || !moment_is_set(r->at[AT_ESTABLISHED]) ||
        reused != SPAN_OPEN)
        return false;
    usual->count = USUAL_FIN;
    usual->closer = CLIENT;
    at[USUAL_OPEN] = r->at[AT_START].time;
    at[USUAL_ESTABLISHED] = r->at[AT_ESTABLISHED].time;
    if (r->close_how == CLOSE_OPEN) // neither FIN nor RST: where they are isn't looked at
        return at[USUAL_OPEN] < at[USUAL_ESTABLISHED];
    if (moment_is_set(r->at[AT_RST]) || !moment_is_set(fins[CLIENT]) ||
        !moment_is_set(fins[SERVER]) || !moment_is_set(acks[CLIENT]) ||
        !moment_is_set(acks[SERVER]))
        return false;
    enum side closer = fins[CLIENT].time <= fins[SERVER].time ? CLIENT : SERVER;
    usual->closer = closer;
    usual->count = USUAL_STEPS;
    at[USUAL_FIN] = fins[closer].time;
    at[USUAL_FIN_ACK] = acks[closer].time;
    at[USUAL_OTHER_FIN] = fins[!closer].time;
    at[USUAL_OTHER_ACK] = acks[!closer].time;
    at[USUAL_WAIT_END] = span_after(at[USUAL_OTHER_FIN], TIME_WAIT_NANOS);
    return at[USUAL_OPEN] < at[USUAL_ESTABLISHED] && at[USUAL_ESTABLISHED] < at[USUAL_FIN] &&
           at[USUAL_FIN] < at[USUAL_FIN_ACK] && at[USUAL_FIN_ACK] <= at[USUAL_OTHER_FIN] &&
           at[USUAL_OTHER_FIN] < span_after(at[USUAL_FIN_ACK], FIN_WAIT2_NANOS) &&
           at[USUAL_OTHER_FIN] < at[USUAL_OTHER_ACK] && at[USUAL_OTHER_ACK] < at[USUAL_WAIT_END] &&
           at[USUAL_WAIT_END] < SPAN_OPEN;
}

// What changes at each step, by the side that closes first, and which bits are of hosts.
struct change {
    uint32_t what, hosts;
};

#define HOST(side)          (UINT32_C(0xff00) << 16 * (side))
#define END(side, from, to) ((uint32_t)(TCP_##from << 4 | TCP_##to) << 16 * (side))
#define ONE(side, from, to)                                                                        \
    {                                                                                              \
        END(side, from, to), HOST(side)                                                            \
    }
#define BOTH(side, from, to, other_from, other_to)                                                 \
    {                                                                                              \
        END(side, from, to) | END(!(side), other_from, other_to), HOST(CLIENT) | HOST(SERVER)      \
    }

static const struct change changes[2][USUAL_STEPS] = {
    {
        [USUAL_OPEN] = BOTH(CLIENT, CLOSED, SYN_SENT, CLOSED, SYN_RECV),
        [USUAL_ESTABLISHED] = BOTH(CLIENT, SYN_SENT, ESTABLISHED, SYN_RECV, ESTABLISHED),
        [USUAL_FIN] = BOTH(CLIENT, ESTABLISHED, FIN_WAIT1, ESTABLISHED, CLOSE_WAIT),
        [USUAL_FIN_ACK] = ONE(CLIENT, FIN_WAIT1, FIN_WAIT2),
        [USUAL_OTHER_FIN] = BOTH(CLIENT, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK),
        [USUAL_OTHER_ACK] = ONE(SERVER, LAST_ACK, CLOSED),
        [USUAL_WAIT_END] = ONE(CLIENT, TIME_WAIT, CLOSED),
    },
    {
        [USUAL_OPEN] = BOTH(CLIENT, CLOSED, SYN_SENT, CLOSED, SYN_RECV),
        [USUAL_ESTABLISHED] = BOTH(CLIENT, SYN_SENT, ESTABLISHED, SYN_RECV, ESTABLISHED),
        [USUAL_FIN] = BOTH(SERVER, ESTABLISHED, FIN_WAIT1, ESTABLISHED, CLOSE_WAIT),
        [USUAL_FIN_ACK] = ONE(SERVER, FIN_WAIT1, FIN_WAIT2),
        [USUAL_OTHER_FIN] = BOTH(SERVER, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK),
        [USUAL_OTHER_ACK] = ONE(CLIENT, LAST_ACK, CLOSED),
        [USUAL_WAIT_END] = ONE(SERVER, TIME_WAIT, CLOSED),
    },
};

// One FIN acknowledges the other: there is no FIN_WAIT2.
static const struct change answers[2] = {
    BOTH(CLIENT, FIN_WAIT1, TIME_WAIT, CLOSE_WAIT, LAST_ACK),
    BOTH(SERVER, FIN_WAIT1, TIME_WAIT, CLOSE_WAIT, LAST_ACK),
};

void socket_usual_put(const struct socket_slab *slab, const struct socket_usual *usual,
                      const uint32_t hosts[2])
{
    uint32_t ends = hosts[CLIENT] << 8 | hosts[SERVER] << 24;
    event_order_reserve(slab->events, USUAL_STEPS);
    for (unsigned i = 0; i < usual->count; i++) {
        const struct change *change = &changes[usual->closer][i];
        if (i == USUAL_FIN_ACK && usual->at[i] == usual->at[i + 1]) {
            change = &answers[usual->closer];
            i++;
        }
        int64_t drawn = MAX(usual->at[i], slab->events->first); // a clock may have gone back
        if (drawn >= slab->to)
            return;
        if (drawn >= slab->from)
            event_order_put(slab->events, drawn, change->what | (ends & change->hosts));
    }
}
