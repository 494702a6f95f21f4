// SPDX-License-Identifier: BSD-2-Clause
// Findings: runs the searches and orders what they found.
#include "judge/findings.h"

#include <math.h>
#include <string.h>

#include "judge/inquiry.h"

// Linux gives up connecting after 127 s; more is a clock that jumped.
#define HANDSHAKE_MOST (127 * NANOS_PER_SECOND)

struct finding *inquiry_draft(struct inquiry *inquiry, enum finding_id id, enum severity severity)
{
    struct finding *finding = &inquiry->drafts[id];
    if (inquiry->is_made[id])
        return finding;
    *finding = (struct finding){
        .id = id,
        .severity = severity,
        .cost_time = 0,
        .values = {NAN, NAN, NAN, NAN},
    };
    inquiry->is_made[id] = true;
    return finding;
}

static void list_add(uint32_t *list, uint32_t *count, uint32_t item)
{
    if (*count == FINDING_LIST)
        return;
    for (uint32_t i = 0; i < *count; i++)
        if (list[i] == item)
            return;
    list[(*count)++] = item;
}

void inquiry_add_pair(struct finding *finding, uint32_t pair)
{
    list_add(finding->pairs, &finding->pair_count, pair);
}

void inquiry_add_evidence(struct finding *finding, size_t record)
{
    list_add(finding->evidence, &finding->evidence_count, (uint32_t)record);
}

void inquiry_add_handshakes(struct finding *finding, const struct pair *pair, uint64_t count)
{
    finding->handshakes += count;
    finding->round_trips += count;
    if (pair->handshake != NANOS_UNKNOWN && finding->cost_time != NANOS_UNKNOWN)
        finding->cost_time += (int64_t)count * CLAMP(pair->handshake, 0, HANDSHAKE_MOST);
    else if (count > 0)
        finding->cost_time = NANOS_UNKNOWN;
}

void inquiry_add_cost(struct finding *finding, const struct pair *pair, uint64_t closes)
{
    uint64_t opens = pair->totals.opened_with_syn;
    uint64_t needed = MAX(pair->peak_concurrent, 1);
    inquiry_add_handshakes(finding, pair, MIN(closes, opens > needed ? opens - needed : 0));
}

const struct pair *inquiry_pair(const struct inquiry *inquiry, uint32_t index)
{
    return &g_array_index(inquiry->analysis->pairs, struct pair, index);
}

double inquiry_seconds(int64_t nanos)
{
    return nanos == NANOS_UNKNOWN ? NAN : (double)nanos / (double)NANOS_PER_SECOND;
}

static gint compare_findings(gconstpointer a, gconstpointer b)
{
    const struct finding *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity < y->severity ? -1 : 1;
    if (x->connections != y->connections)
        return x->connections < y->connections ? 1 : -1;
    return (int)x->id - (int)y->id;
}

struct inquiry *findings_begin(const struct analysis *analysis, const struct exchange *exchanges,
                               size_t count)
{
    struct inquiry *inquiry = g_new0(struct inquiry, 1);
    inquiry->analysis = analysis;
    inquiry->exchanges = exchanges;
    inquiry->exchange_count = count;
    inquiry->settings = setting_lookup_new(analysis->settings);
    if (analysis->record_count > 0) {
        inquiry_causes(inquiry);
        inquiry_states(inquiry);
        inquiry_chains(inquiry);
    }
    return inquiry;
}

GArray *findings_end(struct inquiry *inquiry)
{
    GArray *findings = g_array_new(FALSE, TRUE, sizeof(struct finding));
    if (inquiry->analysis->record_count > 0) {
        inquiry_pools(inquiry);
        inquiry_whole(inquiry);
    }
    for (int id = 0; id < FINDINGS; id++)
        if (inquiry->is_made[id])
            g_array_append_val(findings, inquiry->drafts[id]);
    g_array_sort(findings, compare_findings);
    setting_lookup_free(inquiry->settings);
    g_free(inquiry);
    return findings;
}

GArray *findings_new(const struct analysis *analysis, const struct exchange *exchanges,
                     size_t count)
{
    return findings_end(findings_begin(analysis, exchanges, count));
}
