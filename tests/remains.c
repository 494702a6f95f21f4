// SPDX-License-Identifier: BSD-2-Clause
// Counts what is left of each connection, and says when nothing is left of what decides.
#include "tests/remains.h"

#define OWED_SHORTLY (5 * NANOS_PER_SECOND)

static void count(struct remains *r, const struct whole_connection *c,
                  const struct whole_packet *packet)
{
    const struct segment *s = &packet->segment;
    enum side from = packet->from;
    r->packets[from]++;
    r->last = MAX(r->last, s->time);
    r->closes[from] += (s->flags & (TCP_FIN | TCP_RST)) != 0;
    r->close_acks[!from] +=
        s->flags & TCP_ACK && c->has_fin[!from] && (int32_t)(s->ack - c->fin_ack[!from]) >= 0;
    r->has_earlier[from] |= (int32_t)(s->seq - c->fin_ack[from]) < 0;
    r->client_data_late += from == CLIENT && s->payload_length > 0 &&
                           c->first_close != NANOS_UNKNOWN && s->time >= c->first_close;
}

GArray *remains_new(const struct whole *whole, const struct degraded *degraded)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct remains));
    g_array_set_size(all, whole->connections->len);
    for (guint i = 0; i < degraded->origins->len; i++) {
        const struct whole_packet *packet = &g_array_index(
            whole->packets, struct whole_packet, g_array_index(degraded->origins, uint32_t, i));
        if (packet->connection != NO_CONNECTION)
            count(&g_array_index(all, struct remains, packet->connection),
                  &g_array_index(whole->connections, struct whole_connection, packet->connection),
                  packet);
    }
    int64_t ends = 0;
    for (guint i = 0; i < degraded->packets->len; i++)
        ends = MAX(ends, g_array_index(degraded->packets, struct packet, i).time);
    for (guint i = 0; i < all->len; i++)
        g_array_index(all, struct remains, i).ends = ends;
    return all;
}

// A FIN or RST of this side, or a packet that acknowledges its FIN. What is acknowledged alone
// doesn't show that a FIN is with it.
static bool has_close(const struct remains *r, enum side side)
{
    return r->closes[side] > 0 || (r->close_acks[side] > 0 && r->has_earlier[side]);
}

static bool has_no_close(const struct remains *r)
{
    return !has_close(r, CLIENT) && !has_close(r, SERVER);
}

// One side's close is left without a trace of the other's.
static bool has_one_close(const struct remains *r)
{
    return has_close(r, CLIENT) != has_close(r, SERVER);
}

// A request that met the server's close is gone: what is left is the close of an idle connection.
static bool has_no_race(const struct remains *r, const struct truth *truth)
{
    return r->client_data_late == 0 &&
           (truth_names(truth, CAUSE_KEEPALIVE_RACE) || truth_names(truth, CAUSE_STALE_REUSE));
}

// The capture ends before the other side has owed its own close for 5 s (spec: close-wait-leak).
static bool is_owed_shortly(const struct remains *r, const struct truth *truth)
{
    return r->ends - r->last < OWED_SHORTLY && truth_names(truth, CAUSE_CLOSE_WAIT_LEAK);
}

bool remains_hide(const struct remains *r, const struct truth *truth, const struct verdict *verdict)
{
    if (is_owed_shortly(r, truth))
        return true;
    switch (verdict->cause) {
    case CAUSE_OPEN:
    case CAUSE_LEAKED_CONNECTION:
        return has_no_close(r);
    case CAUSE_CLOSE_WAIT_LEAK:
        return has_one_close(r);
    case CAUSE_CONNECT_TIMEOUT:
        return r->packets[SERVER] == 0;
    case CAUSE_SERVER_IDLE_TIMEOUT:
    case CAUSE_SERVER_SHUTDOWN:
    case CAUSE_SERVER_MAX_AGE:
        return has_no_race(r, truth);
    default:
        return false;
    }
}
