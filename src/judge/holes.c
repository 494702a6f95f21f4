// SPDX-License-Identifier: BSD-2-Clause
// Only all connections together show that a seam is a hole: their records learn of it here.
#include "judge/holes.h"

#include "judge/thresholds.h"

bool hole_is_proven(const struct seam *seam)
{
    bool jumps = seam->jumping > 0 && seam->jumping * HOLE_SHARE >= seam->going_on;
    return jumps || (seam->stopped >= HOLE_STOPPED && seam->stopped * HOLE_SHARE >= seam->going_on);
}

// The first seam behind a frame; NULL when there is none.
static struct seam *seam_behind(GArray *seams, uint32_t frame)
{
    guint low = 0, high = seams->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(seams, struct seam, middle).frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low < seams->len ? &g_array_index(seams, struct seam, low) : NULL;
}

// Whether a close, or the second one, is still owed.
static bool is_open(const struct record *r)
{
    bool is_closed = moment_is_set(r->at[AT_CLIENT_FIN]) && moment_is_set(r->at[AT_SERVER_FIN]);
    return !is_closed && r->close_how != CLOSE_RST;
}

static void count_stopped(GArray *seams, const struct record *records, size_t count, int64_t last)
{
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &records[i];
        struct seam *seam = seam_behind(seams, r->at[AT_END].frame);
        bool is_owed = r->close_how == CLOSE_OPEN && r->outstanding > 0;
        if (seam && is_owed && last - r->at[AT_END].time >= UNFINISHED)
            seam->stopped++;
    }
}

void holes_mark(GArray *seams, struct record *records, size_t count, int64_t last)
{
    uint32_t hole = 0; // the last frame before the last hole
    if (seams->len == 0)
        return;
    count_stopped(seams, records, count, last);
    for (guint i = 0; i < seams->len; i++)
        if (hole_is_proven(&g_array_index(seams, struct seam, i)))
            hole = g_array_index(seams, struct seam, i).frame;
    for (size_t i = 0; i < count; i++)
        if (records[i].at[AT_END].frame <= hole && is_open(&records[i]))
            records[i].facts |= UINT64_C(1) << FACT_HOLE_AFTER;
}
