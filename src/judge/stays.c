// SPDX-License-Identifier: BSD-2-Clause
// Idle stays from the exchange log, which knows connections by the frame of their first packet.
#include "judge/stays.h"

#include "judge/record_index.h"
#include "judge/thresholds.h"

#define STAYS_LEAST 16 // room for stays

// A connection's exchanges come nearly in order: insertion is linear then.
static void sort_by_begin(const struct exchange *exchanges, uint32_t *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t item = items[i];
        size_t place = i;
        while (place > 0 && exchanges[items[place - 1]].begin > exchanges[item].begin) {
            items[place] = items[place - 1];
            place--;
        }
        items[place] = item;
    }
}

struct exchange_log exchange_log_new(const struct record *records, size_t count,
                                     const struct exchange *exchanges, size_t exchange_count)
{
    struct record_index *index = record_index_new(records, count);
    uint32_t *owner = g_new(uint32_t, exchange_count + 1);
    for (size_t i = 0; i < exchange_count; i++)
        owner[i] = (uint32_t)MIN(record_index_find(index, exchanges[i].connection), count);
    struct exchange_log log = {exchanges, exchange_count, owner,
                               members_new(owner, exchange_count, (uint32_t)count + 1)};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = log.of_record.first[i];
        sort_by_begin(exchanges, log.of_record.items + first, log.of_record.first[i + 1] - first);
    }
    record_index_free(index);
    return log;
}

void exchange_log_free(struct exchange_log *log)
{
    members_free(&log->of_record);
    g_free(log->owner);
}

// Makes room for one record's: one before each exchange, and one after the last.
static struct stay *reserve(struct stays *stays, size_t exchanges)
{
    if (stays->room - stays->count <= exchanges) {
        stays->room = MAX(2 * stays->room, stays->count + exchanges + STAYS_LEAST);
        stays->items = g_renew(struct stay, stays->items, stays->room);
    }
    return stays->items + stays->count;
}

// When the client of a closed connection had nothing more to do. Its own segments tell, but its
// acknowledgement may be delayed: then it is told as for connections that were used again.
static int64_t final_start(const struct record *r, int64_t arrival)
{
    int64_t close = record_close(r).time;
    int64_t own = r->gap == NANOS_UNKNOWN ? arrival : close - r->gap;
    int64_t start = own - arrival >= ACK_DELAYED ? arrival : own;
    // A gap of 0 is a stay too: its connection finished and was closed at the same instant.
    return MIN(start, close - 1);
}

// See stay_final(); `last` is the last exchange that began before the close.
static bool find_final(struct stay *stay, const struct record *r, const struct exchange *last,
                       int64_t leg)
{
    struct moment close = record_close(r);
    if (r->phase != PHASE_IDLE || (!last && !moment_is_set(r->at[AT_RESPONSE_END])))
        return false;
    stay->has_body = last ? last->has_body : r->received > 0;
    stay->start = last && last->end != NANOS_UNKNOWN ? last->end : r->at[AT_RESPONSE_END].time;
    stay->start += leg;
    if (moment_is_set(close)) {
        stay->how = STAY_CLOSED;
        stay->end = close.time;
        stay->start = final_start(r, stay->start);
    }
    bool is_unseen = record_has(r, FACT_FIN_UNSEEN) || record_has(r, FACT_HOLE_AFTER);
    if (!moment_is_set(close) && is_unseen) {
        stay->end = r->at[AT_END].time; // it was closed by then, or may have been
        stay->how = STAY_CLOSED;
    }
    stay->is_at_once = stay->how == STAY_CLOSED && stay->end - stay->start <= AT_ONCE;
    return stay->end > stay->start;
}

// A connection that was opened in advance is idle too, until its first request. One that is asked
// at once never was.
static bool find_first(struct stay *stay, const struct record *r, const struct exchange *first)
{
    struct moment open = r->at[AT_ESTABLISHED], close = record_close(r);
    if (!moment_is_set(open) || (!first && r->phase != PHASE_UNUSED))
        return false;
    stay->start = open.time;
    stay->is_first = true;
    if (first) {
        stay->end = first->begin;
        stay->how = STAY_REUSED;
    } else if (moment_is_set(close)) {
        stay->end = close.time;
        stay->how = STAY_CLOSED;
    }
    return stay->end - stay->start > AT_ONCE;
}

bool stays_have_earlier(const struct exchange_log *log, const struct record *records,
                        uint32_t index)
{
    struct stay first = {.end = INT64_MAX};
    struct member_list own = members_of(&log->of_record, index);
    return own.count > 1 ||
           find_first(&first, &records[index], own.count ? &log->exchanges[own.items[0]] : NULL);
}

void stays_append_earlier(struct stays *stays, const struct exchange_log *log,
                          const struct record *records, uint32_t index, int64_t leg)
{
    const struct record *r = &records[index];
    struct member_list own = members_of(&log->of_record, index);
    struct stay *stay = reserve(stays, own.count);
    *stay = (struct stay){.record = index, .how = STAY_OPEN, .end = INT64_MAX};
    stay += find_first(stay, r, own.count ? &log->exchanges[own.items[0]] : NULL);
    struct moment close = record_close(r);
    int64_t over = moment_is_set(close) ? close.time : INT64_MAX;
    const struct exchange *before = NULL;
    for (size_t i = 0; i < own.count; i++) {
        const struct exchange *next = &log->exchanges[own.items[i]];
        if (next->begin >= over)
            break; // it crossed the close
        if (before && before->end != NANOS_UNKNOWN && before->end + leg < next->begin)
            *stay++ = (struct stay){.start = before->end + leg,
                                    .end = next->begin,
                                    .record = index,
                                    .how = STAY_REUSED,
                                    .has_body = before->has_body};
        before = next;
    }
    stays->count = (size_t)(stay - stays->items);
}

bool stay_final(const struct exchange_log *log, const struct record *records, uint32_t index,
                int64_t leg, struct stay *stay)
{
    struct member_list own = members_of(&log->of_record, index);
    struct moment close = record_close(&records[index]);
    int64_t over = moment_is_set(close) ? close.time : INT64_MAX;
    while (own.count > 0 && log->exchanges[own.items[own.count - 1]].begin >= over)
        own.count--;
    const struct exchange *last = own.count ? &log->exchanges[own.items[own.count - 1]] : NULL;
    *stay = (struct stay){.record = index, .how = STAY_OPEN, .end = INT64_MAX};
    return find_final(stay, &records[index], last, leg);
}

void stays_append(struct stays *stays, const struct exchange_log *log, const struct record *records,
                  uint32_t index, int64_t leg)
{
    stays_append_earlier(stays, log, records, index, leg);
    stays->count += stay_final(log, records, index, leg, reserve(stays, 0));
}

int64_t stay_before_last(const struct exchange_log *log, uint32_t index)
{
    struct member_list own = members_of(&log->of_record, index);
    if (own.count < 2)
        return NANOS_UNKNOWN;
    const struct exchange *before = &log->exchanges[own.items[own.count - 2]];
    const struct exchange *last = &log->exchanges[own.items[own.count - 1]];
    return before->end == NANOS_UNKNOWN ? NANOS_UNKNOWN : last->begin - before->end;
}
