// SPDX-License-Identifier: BSD-2-Clause
// Idle stays from the exchange log.
#include "judge/stays.h"

#include "judge/thresholds.h"

#define STAYS_LEAST 16 // room for stays

static struct stay *reserve(struct stays *stays, size_t more)
{
    if (stays->room - stays->count < more) {
        stays->room = MAX(2 * stays->room, stays->count + more + STAYS_LEAST);
        stays->items = g_renew(struct stay, stays->items, stays->room);
    }
    return stays->items + stays->count;
}

bool stay_first(const struct exchange_log *log, const struct record *records, uint32_t index,
                struct stay *stay)
{
    const struct record *r = &records[index];
    struct moment open = r->at[AT_ESTABLISHED];
    struct exchange_list own = exchanges_of(log, index);
    if (!moment_is_set(open) || (!own.count && r->phase != PHASE_UNUSED))
        return false;
    *stay = (struct stay){open.time, INT64_MAX, .record = index, .how = STAY_OPEN};
    stay->is_first = true;
    if (own.count) {
        stay->end = own.items[0].begin;
        stay->how = STAY_REUSED;
    } else if (moment_is_set(record_close(r))) {
        stay->end = record_close(r).time;
        stay->how = STAY_CLOSED;
    }
    return stay->end - stay->start > AT_ONCE;
}

// The exchanges that began before the close: a later one crossed it.
static struct exchange_list uses_until(const struct exchange_log *log, uint32_t index,
                                       struct moment close)
{
    struct exchange_list own = exchanges_of(log, index);
    while (moment_is_set(close) && own.count > 0 && own.items[own.count - 1].begin >= close.time)
        own.count--;
    return own;
}

struct exchange_list stays_uses(const struct exchange_log *log, const struct record *records,
                                uint32_t index)
{
    return uses_until(log, index, record_close(&records[index]));
}

// When the client of a closed connection had nothing more to do. Its own segments tell, but its
// acknowledgement may be delayed: then it is told as for connections that were used again.
static int64_t final_start(const struct record *r, int64_t close, int64_t arrival)
{
    int64_t own = r->gap == NANOS_UNKNOWN ? arrival : close - r->gap;
    int64_t start = own - arrival >= ACK_DELAYED ? arrival : own;
    // A gap of 0 is a stay too: its connection finished and was closed at the same instant.
    return MIN(start, close - 1);
}

bool stay_final(const struct exchange_log *log, const struct record *records, uint32_t index,
                int64_t leg, struct stay *stay)
{
    const struct record *r = &records[index];
    if (r->phase != PHASE_IDLE)
        return false;
    struct moment close = record_close(r), end = r->at[AT_RESPONSE_END];
    struct exchange_list uses = uses_until(log, index, close);
    const struct exchange *last = uses.count ? &uses.items[uses.count - 1] : NULL;
    if (!last && !moment_is_set(end))
        return false;
    *stay = (struct stay){.end = INT64_MAX, .record = index, .how = STAY_OPEN};
    stay->has_body = last ? last->has_body : r->received > 0;
    stay->start = leg + (last && last->end != NANOS_UNKNOWN ? last->end : end.time);
    if (moment_is_set(close)) {
        stay->how = STAY_CLOSED;
        stay->end = close.time;
        stay->start = final_start(r, close.time, stay->start);
    } else if (record_has(r, FACT_FIN_UNSEEN) || record_has(r, FACT_HOLE_AFTER)) {
        stay->how = STAY_CLOSED;
        stay->end = r->at[AT_END].time; // it was closed by then, or may have been
    }
    stay->is_at_once = stay->how == STAY_CLOSED && stay->end - stay->start <= AT_ONCE;
    return stay->end > stay->start;
}

void stays_append(struct stays *stays, const struct exchange_log *log, const struct record *records,
                  uint32_t index, int64_t leg)
{
    struct exchange_list own = stays_uses(log, records, index);
    struct stay *stay = reserve(stays, own.count + 2);
    stay += stay_first(log, records, index, stay);
    for (size_t i = 1; i < own.count; i++) {
        *stay = (struct stay){.record = index, .how = STAY_REUSED};
        stay += stay_between(&own.items[i - 1], &own.items[i], leg, stay);
    }
    stay += stay_final(log, records, index, leg, stay);
    stays->count = (size_t)(stay - stays->items);
}

int64_t stay_before_last(const struct exchange_log *log, uint32_t index)
{
    struct exchange_list own = exchanges_of(log, index);
    if (own.count < 2)
        return NANOS_UNKNOWN;
    const struct exchange *before = &own.items[own.count - 2], *last = before + 1;
    return before->end == NANOS_UNKNOWN ? NANOS_UNKNOWN : last->begin - before->end;
}
