// SPDX-License-Identifier: BSD-2-Clause
// Sets of what connections have.
#include "judge/traits.h"

#include "judge/thresholds.h"

#define F(id) (UINT64_C(1) << FACT_##id)

void traits_add(struct traits *traits, const struct record *record, const struct verdict *verdict)
{
    traits->facts |= record->facts;
    traits->closes |= trait_close((enum close_by)record->close_by, (enum phase)record->phase);
    traits->causes |= trait_cause((enum cause)verdict->cause);
    traits->has_gaps |= record->gap != NANOS_UNKNOWN && record->gap > AT_ONCE;
}

void traits_join(struct traits *traits, const struct traits *other)
{
    traits->facts |= other->facts;
    traits->closes |= other->closes;
    traits->causes |= other->causes;
    traits->has_gaps |= other->has_gaps;
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
