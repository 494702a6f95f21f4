// SPDX-License-Identifier: BSD-2-Clause
// Judges every record, alone and in its groups, and sums up.
#include "judge/analysis.h"

#include "judge/rules.h"
#include "judge/sockets.h"

static int compare_frames(const void *a, const void *b)
{
    uint32_t left = ((const struct record *)a)->at[AT_START].frame;
    uint32_t right = ((const struct record *)b)->at[AT_START].frame;
    return (left > right) - (left < right);
}

static bool is_sorted(const struct record *records, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (records[i - 1].at[AT_START].frame > records[i].at[AT_START].frame)
            return false;
    }
    return true;
}

static void add_up(struct analysis *all, bool without_probes)
{
    struct tally *tally = tally_new();
    for (size_t i = 0; i < all->record_count; i++) {
        if (!without_probes || !all->verdicts[i].is_probe)
            tally_add(tally, &all->records[i], &all->verdicts[i]);
    }
    tally_totals(tally, &all->totals);
    all->causes = tally_causes(tally);
    all->families = tally_families(tally);
    all->histogram = tally_histogram(tally);
    tally_free(tally);
}

struct analysis *analysis_new(const struct analysis_input *input)
{
    struct analysis *all = g_new0(struct analysis, 1);
    all->names = input->names;
    all->records = input->records;
    all->record_count = input->record_count;
    all->first = input->first;
    all->last = input->last;
    if (!is_sorted(all->records, all->record_count))
        qsort(all->records, all->record_count, sizeof(*all->records), compare_frames);
    all->verdicts = g_new(struct verdict, all->record_count + 1);
    all->pair_of = g_new(uint32_t, all->record_count + 1);
    for (size_t i = 0; i < all->record_count; i++)
        all->verdicts[i] = rules_judge(&all->records[i]);
    all->pairs = pairs_new(all->records, all->record_count, all->pair_of);
    struct members members = members_new(all->pair_of, all->record_count, all->pairs->len);
    pairs_sum_up(all->pairs, &members, all->records, all->verdicts, input->without_probes);
    members_free(&members);
    add_up(all, input->without_probes);
    all->findings = g_array_new(FALSE, TRUE, 1);
    all->settings = g_array_new(FALSE, TRUE, 1);
    all->conflicts = g_array_new(FALSE, TRUE, 1);
    all->what_ifs = g_array_new(FALSE, TRUE, 1);
    return all;
}

void analysis_free(struct analysis *all)
{
    if (!all)
        return;
    g_free(all->records);
    g_free(all->verdicts);
    g_free(all->pair_of);
    g_array_free(all->causes, TRUE);
    g_array_free(all->families, TRUE);
    g_array_free(all->histogram, TRUE);
    pairs_free(all->pairs);
    g_array_free(all->findings, TRUE);
    g_array_free(all->settings, TRUE);
    g_array_free(all->conflicts, TRUE);
    g_array_free(all->what_ifs, TRUE);
    g_free(all);
}
