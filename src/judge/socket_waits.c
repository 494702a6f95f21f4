// SPDX-License-Identifier: BSD-2-Clause
// Waits for programs: a row for each route, side and state that has any.
#include "judge/socket_waits.h"

#include <glib.h>

#include "judge/dense_ids.h"

struct waits {
    struct dense_ids *ids; // route, side and state
    GArray *rows;          // struct wait
};

bool wait_may_last(const struct record *r)
{
    if (r->close_how == CLOSE_OPEN)
        return false;
    int64_t between = moment_between(r->at[AT_CLIENT_FIN], r->at[AT_SERVER_FIN]);
    if (between == NANOS_UNKNOWN)
        return moment_is_set(r->at[AT_CLIENT_FIN]) || moment_is_set(r->at[AT_SERVER_FIN]);
    return ABS(between) >= WAIT_LASTS;
}

struct waits *waits_new(void)
{
    struct waits *waits = g_new0(struct waits, 1);
    waits->ids = dense_ids_new(sizeof(uint32_t[3]));
    waits->rows = g_array_new(FALSE, TRUE, sizeof(struct wait));
    return waits;
}

void waits_free(struct waits *waits)
{
    dense_ids_free(waits->ids);
    g_array_free(waits->rows, TRUE);
    g_free(waits);
}

void waits_add(struct waits *waits, uint32_t route, enum side side, enum tcp_state state,
               int64_t nanos)
{
    if ((state != TCP_FIN_WAIT2 && state != TCP_CLOSE_WAIT) || nanos < WAIT_LASTS)
        return;
    uint32_t key[3] = {route, side, state}, id = dense_ids_add(waits->ids, key);
    if (id == waits->rows->len)
        g_array_set_size(waits->rows, id + 1);
    struct wait *wait = &g_array_index(waits->rows, struct wait, id);
    wait->route = route;
    wait->side = side;
    wait->state = state;
    wait->connections++;
    wait->total += nanos;
    wait->longest = MAX(wait->longest, nanos);
}

uint32_t waits_count(const struct waits *waits)
{
    return waits->rows->len;
}

const struct wait *waits_at(const struct waits *waits, uint32_t index)
{
    return &g_array_index(waits->rows, struct wait, index);
}
