// SPDX-License-Identifier: BSD-2-Clause
// Sums over windows. Counts are exact; pairs are those with most connections.
#include "judge/settled.h"

#include <string.h>

#include "judge/finding.h"

struct settled *settled_new(uint32_t pairs_most)
{
    struct settled *settled = g_new0(struct settled, 1);
    settled->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_row));
    settled->spread = spread_new();
    settled->pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    settled->pairs_most = pairs_most;
    return settled;
}

void settled_free(struct settled *settled)
{
    if (!settled)
        return;
    pairs_free(settled->pairs);
    g_array_free(settled->spread, TRUE);
    g_array_free(settled->causes, TRUE);
    g_free(settled);
}

// Sums the pairs up for the records that are left. In place: there may be as many as records.
static void sum_up_pairs(struct analysis *window)
{
    struct members members = members_new(window->pair_of, window->record_count, window->pairs->len);
    for (guint p = 0; p < window->pairs->len; p++) {
        struct pair *pair = &g_array_index(window->pairs, struct pair, p);
        pair_free_sums(pair);
        pair_clear_sums(pair);
    }
    pairs_sum_up(window->pairs, &members, window->records, window->verdicts, 1);
    members_free(&members);
}

// Keeps those with most connections.
static void drop_pairs(struct settled *settled)
{
    uint32_t *place = g_new(uint32_t, settled->pairs->len + 1);
    pairs_rank(settled->pairs, place);
    g_free(place);
    for (guint p = settled->pairs_most; p < settled->pairs->len; p++)
        pair_free_sums(&g_array_index(settled->pairs, struct pair, p));
    settled->pairs_dropped += settled->pairs->len - settled->pairs_most;
    g_array_set_size(settled->pairs, settled->pairs_most);
}

void settled_add(struct settled *settled, struct analysis *window)
{
    struct tally *tally = tally_new();
    struct totals totals;
    for (size_t i = 0; i < window->record_count; i++)
        tally_add(tally, &window->records[i], &window->verdicts[i]);
    tally_totals(tally, &totals);
    GArray *causes = tally_causes(tally), *spread = tally_spread(tally);
    sum_up_pairs(window);
    totals_add(&settled->totals, &totals);
    causes_add(settled->causes, causes);
    spread_add_all(settled->spread, spread);
    pairs_merge(settled->pairs, window->pairs);
    if (settled->pairs->len > 2 * settled->pairs_most)
        drop_pairs(settled);
    settled->windows++;
    g_array_free(spread, TRUE);
    g_array_free(causes, TRUE);
    tally_free(tally);
}

static void move_pairs(struct analysis *all, const uint32_t *place)
{
    for (size_t i = 0; i < all->record_count; i++)
        all->pair_of[i] = place[all->pair_of[i]];
    for (guint i = 0; i < all->findings->len; i++) {
        struct finding *finding = &g_array_index(all->findings, struct finding, i);
        for (uint32_t p = 0; p < finding->pair_count; p++)
            finding->pairs[p] = place[finding->pairs[p]];
    }
    for (guint i = 0; i < all->conflicts->len; i++) {
        struct conflict *conflict = &g_array_index(all->conflicts, struct conflict, i);
        conflict->pair = place[conflict->pair];
    }
    for (guint i = 0; i < all->what_ifs->len; i++) {
        struct what_if *what_if = &g_array_index(all->what_ifs, struct what_if, i);
        what_if->pair = place[what_if->pair];
    }
}

void settled_merge(const struct settled *settled, struct analysis *last)
{
    totals_add(&last->totals, &settled->totals);
    causes_add(last->causes, settled->causes);
    spread_add_all(last->spread, settled->spread);
    last->totals.per_connection = spread_distribution(last->spread);
    g_array_free(last->families, TRUE);
    last->families = causes_families(last->causes);
    pairs_merge(last->pairs, settled->pairs);
    uint32_t *place = g_new(uint32_t, last->pairs->len + 1);
    pairs_rank(last->pairs, place);
    move_pairs(last, place);
    g_free(place);
    last->windows = settled->windows;
    last->settled = settled->totals.connections;
    last->pairs_dropped = settled->pairs_dropped;
}
