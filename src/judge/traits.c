// SPDX-License-Identifier: BSD-2-Clause
// Sets of what connections have.
#include "judge/traits.h"

#include <glib.h>

#include "judge/rules.h"
#include "judge/thresholds.h"

#define F(id) (UINT64_C(1) << FACT_##id)

struct outline outline_of(const struct record *record)
{
    return (struct outline){.close_by = record->close_by,
                            .phase = record->phase,
                            .has_gap = record->gap != NANOS_UNKNOWN,
                            .is_late = record->gap > AT_ONCE,
                            .is_established = record_has(record, FACT_ESTABLISHED),
                            .is_whole = rules_is_whole(record)};
}

struct life life_of(const struct record *record)
{
    return (struct life){record->at[AT_START].time, record_close(record).time};
}

struct traits *traits_new(size_t count)
{
    struct traits *traits = g_new(struct traits, count);
    for (size_t i = 0; i < count; i++)
        traits[i] = (struct traits){.client_leg = INT64_MAX,
                                    .last_established = INT64_MIN,
                                    .last_open = INT64_MIN,
                                    .last_close = INT64_MIN};
    return traits;
}

static int64_t client_leg(const struct record *record)
{
    if (record->close_by != CLOSE_BY_CLIENT || record->phase != PHASE_IDLE ||
        record->gap == NANOS_UNKNOWN)
        return INT64_MAX;
    int64_t since = moment_between(record->at[AT_RESPONSE_END], record_close(record));
    if (since == NANOS_UNKNOWN || since < record->gap)
        return INT64_MAX;
    return MIN(since - record->gap, (int64_t)record->rtt_us * 1000);
}

// Told of a FIN, the other side didn't send its own within OWED_LONG.
static bool owes_close(const struct record *record)
{
    if (record->close_how != CLOSE_FIN)
        return false;
    bool by_client = record->close_by == CLOSE_BY_CLIENT;
    struct moment told = record->at[by_client ? AT_CLIENT_FIN_ACK : AT_SERVER_FIN_ACK];
    struct moment other = record->at[by_client ? AT_SERVER_FIN : AT_CLIENT_FIN];
    if (!moment_is_set(told))
        told = record_close(record);
    return !moment_is_set(other) || other.time - told.time >= OWED_LONG;
}

void traits_add(struct traits *traits, const struct record *record, const struct verdict *verdict)
{
    traits->facts |= record->facts;
    traits->absent |= ~record->facts;
    traits->closes |= trait_close((enum close_by)record->close_by, (enum phase)record->phase);
    traits->causes |= trait_cause((enum cause)verdict->cause);
    traits->most_requests = MAX(traits->most_requests, record->requests);
    traits->has_gaps |= record->gap > AT_ONCE;
    traits->has_client_fins |=
        record->close_by == CLOSE_BY_CLIENT && record->close_how == CLOSE_FIN;
    traits->has_reuse_after_body |= record->reused_after_body > 0;
    traits->owes_closes |= owes_close(record);
    traits->client_leg = MIN(traits->client_leg, client_leg(record));
    traits->last_open = MAX(traits->last_open, record->at[AT_START].time);
    if (record_has(record, FACT_ESTABLISHED))
        traits->last_established = MAX(traits->last_established, record->at[AT_START].time);
    struct moment close = record_close(record);
    traits->last_close = MAX(traits->last_close, moment_is_set(close) ? close.time : INT64_MAX);
}

void traits_join(struct traits *traits, const struct traits *other)
{
    traits->facts |= other->facts;
    traits->absent |= other->absent;
    traits->closes |= other->closes;
    traits->causes |= other->causes;
    traits->most_requests = MAX(traits->most_requests, other->most_requests);
    traits->has_gaps |= other->has_gaps;
    traits->has_client_fins |= other->has_client_fins;
    traits->has_reuse_after_body |= other->has_reuse_after_body;
    traits->owes_closes |= other->owes_closes;
    traits->client_leg = MIN(traits->client_leg, other->client_leg);
    traits->last_established = MAX(traits->last_established, other->last_established);
    traits->last_open = MAX(traits->last_open, other->last_open);
    traits->last_close = MAX(traits->last_close, other->last_close);
}

int64_t traits_end_wave(const struct traits *traits)
{
    if (traits->last_close == INT64_MAX)
        return INT64_MAX;
    return MAX(traits->last_close - BURST, traits->last_open);
}

bool traits_have_idle_close(const struct traits *traits, enum side side)
{
    enum close_by closer = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    return (traits->closes & trait_close(closer, PHASE_IDLE)) != 0;
}

bool traits_lack_packets(const struct traits *traits)
{
    return (traits->facts & (F(LOST_BYTES) | F(FIN_UNSEEN) | F(HOLE_AFTER))) != 0;
}

bool traits_are_damaged(const struct traits *traits)
{
    return (traits->facts & (F(LOST_BYTES) | F(FIN_UNSEEN) | F(CLOSE_UNSEEN) | F(RESYNCHRONIZED) |
                             F(HOLE_AFTER) | F(MIDSTREAM) | F(LIMITED))) != 0;
}
