// SPDX-License-Identifier: BSD-2-Clause
// Findings about the capture as a whole: probes, quality, encryption, and what is good.
#include <math.h>

#include "judge/inquiry.h"
#include "judge/thresholds.h"

#define OPAQUE_SHARE       0.9 // of all connections: then nothing can be said of requests
#define UNATTRIBUTED_WARN  0.1
#define ONE_DIRECTION_WARN 0.5
#define GOOD_REUSE         0.9
#define BEST_SHOWN         3
#define GOOD_REQUESTS      20 // below them a ratio says little

static double share_of(const struct inquiry *inquiry, uint64_t connections)
{
    uint64_t all = inquiry->analysis->totals.connections;
    return all > 0 ? (double)connections / (double)all : 0;
}

// The period of the busiest prober: connections of one pair over its time. Those that come nearer
// together than probes do are several probes at one moment (liveness and readiness of one pod).
// Returns how many at a moment.
static uint64_t describe_period(struct inquiry *inquiry, struct finding *finding)
{
    const struct analysis *a = inquiry->analysis;
    int64_t first = INT64_MAX, last = INT64_MIN;
    uint64_t count = 0, all = 0;
    for (size_t i = 0; i < a->record_count && finding->pair_count > 0; i++) {
        if (!a->verdicts[i].is_probe || a->pair_of[i] != finding->pairs[0])
            continue;
        int64_t start = a->records[i].at[AT_START].time;
        first = MIN(first, start);
        all++;
        if (count > 0 && start - last < PROBE_PERIOD_LEAST)
            continue;
        last = MAX(last, start);
        count++;
    }
    if (count > 1)
        finding->values[0] = inquiry_seconds((last - first) / (int64_t)(count - 1));
    uint64_t together = count > 0 ? (all + count / 2) / count : 1;
    finding->values[3] = together > 1 ? (double)together : NAN;
    return together;
}

static void find_probes(struct inquiry *inquiry)
{
    const struct analysis *a = inquiry->analysis;
    double seconds = inquiry_seconds(a->last - a->first);
    uint64_t closes = 0;
    if (a->totals.probe_connections == 0)
        return;
    struct finding *finding = inquiry_draft(inquiry, FINDING_PROBES, SEVERITY_NOTE);
    finding->connections = a->totals.probe_connections;
    for (size_t i = 0; i < a->record_count; i++) {
        if (!a->verdicts[i].is_probe)
            continue;
        closes += a->records[i].close_how == CLOSE_FIN;
        inquiry_add_pair(finding, a->pair_of[i]);
        inquiry_add_evidence(finding, i);
    }
    uint64_t together = describe_period(inquiry, finding);
    finding->values[1] = share_of(inquiry, finding->connections);
    // The last interval of each prober was not captured whole.
    closes -= MIN(closes, finding->pair_count * together);
    if (seconds >= 1)
        finding->values[2] = (double)closes / seconds * 60;
}

static void find_quality(struct inquiry *inquiry)
{
    const struct totals *totals = &inquiry->analysis->totals;
    const double values[] = {(double)totals->lost_bytes, (double)totals->midstream,
                             (double)totals->one_direction, (double)totals->unattributed};
    uint64_t connections = totals->midstream + totals->one_direction + totals->unattributed;
    if (totals->lost_bytes == 0 && connections == 0)
        return;
    bool is_bad = share_of(inquiry, totals->unattributed) >= UNATTRIBUTED_WARN ||
                  share_of(inquiry, totals->one_direction) >= ONE_DIRECTION_WARN;
    struct finding *finding =
        inquiry_draft(inquiry, FINDING_CAPTURE_QUALITY, is_bad ? SEVERITY_WARNING : SEVERITY_NOTE);
    finding->connections = MIN(connections, totals->connections);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        finding->values[i] = values[i];
    for (size_t i = 0; i < inquiry->analysis->record_count; i++)
        if (inquiry->analysis->verdicts[i].cause == CAUSE_UNATTRIBUTED)
            inquiry_add_evidence(finding, i);
}

static void find_opaque(struct inquiry *inquiry)
{
    const struct totals *totals = &inquiry->analysis->totals;
    if (totals->opaque == 0 || share_of(inquiry, totals->opaque) < OPAQUE_SHARE)
        return;
    struct finding *finding = inquiry_draft(inquiry, FINDING_ALL_OPAQUE, SEVERITY_WARNING);
    finding->connections = totals->opaque;
    finding->values[0] = (double)totals->opaque;
    for (size_t i = 0; i < inquiry->analysis->record_count; i++)
        if (record_is_opaque(&inquiry->analysis->records[i]))
            inquiry_add_evidence(finding, i);
}

// The connections that carry most.
static void show_best(const struct inquiry *inquiry, struct finding *finding)
{
    const struct analysis *a = inquiry->analysis;
    for (int place = 0; place < BEST_SHOWN; place++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < a->record_count; i++) {
            bool is_shown = false;
            for (uint32_t k = 0; k < finding->evidence_count; k++)
                is_shown |= finding->evidence[k] == i;
            if (!is_shown && a->records[i].requests > 1 &&
                (best == SIZE_MAX || a->records[i].requests > a->records[best].requests))
                best = i;
        }
        if (best != SIZE_MAX)
            inquiry_add_evidence(finding, best);
    }
}

// Only where nothing worse was found.
static void find_good(struct inquiry *inquiry)
{
    const struct totals *totals = &inquiry->analysis->totals;
    if (totals->counted_requests < GOOD_REQUESTS)
        return;
    double ratio = (double)totals->reused / (double)totals->counted_requests;
    for (int id = 0; id < FINDINGS; id++)
        if (inquiry->is_made[id] && inquiry->drafts[id].severity <= SEVERITY_WARNING)
            return;
    if (ratio < GOOD_REUSE)
        return;
    struct finding *finding = inquiry_draft(inquiry, FINDING_REUSE_GOOD, SEVERITY_GOOD);
    finding->connections = totals->per_connection.connections;
    finding->values[0] = ratio;
    finding->values[1] = totals->per_connection.mean;
    show_best(inquiry, finding);
    if (inquiry->analysis->pairs->len > 0)
        inquiry_add_pair(finding, 0);
}

void inquiry_whole(struct inquiry *inquiry)
{
    find_probes(inquiry);
    find_quality(inquiry);
    find_opaque(inquiry);
    find_good(inquiry);
}
