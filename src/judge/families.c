// SPDX-License-Identifier: BSD-2-Clause
// Connections that were reached at the other address family.
#include "judge/families.h"

#include <string.h>

#define HEAD_START NANOS_PER_SECOND // the other family is tried within this: 50 to 300 ms are usual
#define LOOKS      64               // connections looked at after a failure

static bool is_v4(const struct address *address)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address->bytes, prefix, sizeof prefix) == 0;
}

int64_t families_other_after(const struct analysis *analysis, size_t index)
{
    const struct record *failed = &analysis->records[index];
    size_t end = MIN(index + 1 + LOOKS, analysis->record_count);
    for (size_t i = index + 1; i < end; i++) {
        const struct record *r = &analysis->records[i];
        int64_t after = r->at[AT_START].time - failed->at[AT_START].time;
        if (after > HEAD_START)
            break;
        if (record_has(r, FACT_ESTABLISHED) && r->end[SERVER].port == failed->end[SERVER].port &&
            is_v4(&r->end[SERVER].address) != is_v4(&failed->end[SERVER].address))
            return after;
    }
    return NANOS_UNKNOWN;
}
