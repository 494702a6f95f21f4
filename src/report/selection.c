// SPDX-License-Identifier: BSD-2-Clause
// The choice depends on records and options alone, so that two runs choose alike.
#include <inttypes.h>

#include "judge/finding.h"
#include "report/selection.h"

struct quota {
    uint64_t members, wanted, seen;
};

static size_t mark_evidence(const struct report *report, uint8_t *is_chosen, size_t most)
{
    const GArray *findings = report->analysis->findings;
    size_t count = 0;
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const struct finding *finding = &g_array_index(findings, struct finding, i);
        for (uint32_t j = 0; j < finding->evidence_count && count < most; j++) {
            uint32_t index = finding->evidence[j];
            if (is_chosen[index] || !rows_lists(report, index))
                continue;
            is_chosen[index] = 1;
            count++;
        }
    }
    return count;
}

// Shares `slots` among the causes: equal parts, and what a small cause leaves goes to the others.
static void share_slots(struct quota quotas[CAUSES], uint64_t slots)
{
    for (;;) {
        uint64_t needy = 0, given = 0;
        for (int c = 0; c < CAUSES; c++)
            needy += quotas[c].wanted < quotas[c].members;
        if (needy == 0 || slots == 0)
            return;
        for (int c = 0; c < CAUSES && given < slots; c++) {
            uint64_t more = MIN(quotas[c].members - quotas[c].wanted, MAX(slots / needy, 1));
            more = MIN(more, slots - given);
            quotas[c].wanted += more;
            given += more;
        }
        slots -= given;
    }
}

// Of n members, the j-th is wanted when its step crosses a whole number of `wanted` / n.
static bool is_turn(struct quota *quota)
{
    uint64_t j = quota->seen++;
    return (j + 1) * quota->wanted / quota->members > j * quota->wanted / quota->members;
}

static void mark_evenly(const struct report *report, uint8_t *is_chosen, uint64_t slots)
{
    const struct analysis *analysis = report->analysis;
    struct quota quotas[CAUSES] = {{0, 0, 0}};
    if (slots == 0)
        return;
    for (size_t i = 0; i < analysis->record_count; i++) {
        if (!is_chosen[i] && rows_lists(report, i))
            quotas[analysis->verdicts[i].cause].members++;
    }
    share_slots(quotas, slots);
    for (size_t i = 0; i < analysis->record_count; i++) {
        if (!is_chosen[i] && rows_lists(report, i))
            is_chosen[i] = is_turn(&quotas[analysis->verdicts[i].cause]);
    }
}

static char *selection_words(const struct report *report, const struct chosen_rows *chosen)
{
    enum cause only = report->options->only_cause;
    const char *of_cause = only == CAUSE_NONE ? "" : " of cause ";
    const char *key = only == CAUSE_NONE ? "" : cause_key(only);
    if (report->analysis->windows > 0)
        return g_strdup_printf("%zu of the last %" PRIu64 "%s%s, those that were judged together",
                               chosen->count, chosen->listed, of_cause, key);
    if (chosen->count == chosen->listed)
        return g_strdup_printf("all%s%s", of_cause, key);
    if (chosen->count == 0)
        return g_strdup("none");
    return g_strdup_printf("%zu of %" PRIu64 "%s%s: those that are evidence of a finding, then "
                           "evenly per cause",
                           chosen->count, chosen->listed, of_cause, key);
}

void selection_choose(const struct rows *rows, struct chosen_rows *chosen)
{
    const struct report *report = rows->report;
    size_t total = report->analysis->record_count;
    uint8_t *is_chosen = g_new0(uint8_t, total + 1);
    chosen->listed = 0;
    for (size_t i = 0; i < total; i++)
        chosen->listed += rows_lists(report, i);
    int64_t most = report->options->max_connections;
    uint64_t slots = most < 0 || (uint64_t)most > chosen->listed ? chosen->listed : (uint64_t)most;
    slots -= mark_evidence(report, is_chosen, slots);
    mark_evenly(report, is_chosen, slots);
    chosen->indexes = g_new(uint32_t, total + 1);
    chosen->count = 0;
    for (size_t i = 0; i < total; i++) {
        uint32_t index = rows_nth(rows, i);
        if (is_chosen[index])
            chosen->indexes[chosen->count++] = index;
    }
    chosen->words = selection_words(report, chosen);
    g_free(is_chosen);
}

void selection_clear(struct chosen_rows *chosen)
{
    g_free(chosen->indexes);
    g_free(chosen->words);
}
