// SPDX-License-Identifier: BSD-2-Clause
// Adds records up: totals, cause rows, and the spread of requests per connection.
#include "judge/summary.h"

#include <string.h>

#define F(fact) (UINT64_C(1) << FACT_##fact)

struct tally {
    struct totals totals;
    GArray *causes;                         // struct cause_row in order of appearance
    uint32_t row_of[CAUSES + 1][BLAME_ANY]; // 1 + index into causes; 0: no row yet
    GArray *spread;                         // struct spread_row
};

struct tally *tally_new(void)
{
    struct tally *tally = g_new0(struct tally, 1);
    tally->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_row));
    tally->spread = spread_new();
    return tally;
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    g_array_free(tally->causes, TRUE);
    g_array_free(tally->spread, TRUE);
    g_free(tally);
}

static void add_cause(struct tally *tally, const struct record *record,
                      const struct verdict *verdict)
{
    enum blame blame = verdict_blames(verdict, record);
    uint32_t *row = &tally->row_of[verdict->cause][blame];
    if (*row == 0) {
        struct cause_row fresh = {.cause = (enum cause)verdict->cause, .by = blame_key(blame)};
        g_array_append_val(tally->causes, fresh);
        *row = tally->causes->len;
    }
    struct cause_row *into = &g_array_index(tally->causes, struct cause_row, *row - 1);
    into->connections++;
    into->confidence[verdict->confidence]++;
}

static void add_coverage(struct totals *totals, const struct record *record,
                         const struct verdict *verdict)
{
    static const uint64_t both = F(CLIENT_SEEN) | F(SERVER_SEEN);
    static const uint64_t rare = F(MIDSTREAM) | F(SNAPLEN_CUT) | F(HEAD_CUT);
    if ((record->facts & (both | rare)) != both) {
        totals->midstream += record_has(record, FACT_MIDSTREAM);
        totals->one_direction +=
            (record->facts & both) != both && record_has(record, FACT_ESTABLISHED);
        totals->snaplen_cut += record_has(record, FACT_SNAPLEN_CUT);
        totals->heads_cut += record_has(record, FACT_HEAD_CUT);
    }
    totals->opaque += record_is_opaque(record);
    totals->unattributed += verdict->cause == CAUSE_UNATTRIBUTED;
    totals->lost_bytes += (uint64_t)record->end[CLIENT].lost + record->end[SERVER].lost;
}

void tally_add(struct tally *tally, const struct record *record, const struct verdict *verdict)
{
    struct totals *totals = &tally->totals;
    totals->connections++;
    bool is_closed = record->close_by != CLOSE_BY_NOBODY || verdict->by_network;
    totals->closed += is_closed;
    totals->open += !is_closed;
    totals->bytes += record->end[CLIENT].bytes + record->end[SERVER].bytes;
    totals->opened_with_syn += record_has(record, FACT_SYN);
    add_coverage(totals, record, verdict);
    add_cause(tally, record, verdict);
    if (!record_is_opaque(record)) {
        totals->requests += record->requests;
        totals->responses += record->responses;
    }
    if (verdict->is_probe) {
        totals->probe_connections++;
        totals->probe_requests += record->requests;
    }
    if (!verdict_counts(verdict, record))
        return;
    totals->counted_requests += record->requests;
    totals->reused += record->requests ? record->requests - 1 : 0;
    spread_add(tally->spread, record->requests, 1);
}

void tally_totals(const struct tally *tally, struct totals *totals)
{
    *totals = tally->totals;
    totals->per_connection = spread_distribution(tally->spread);
}

void totals_add(struct totals *totals, const struct totals *other)
{
    totals->connections += other->connections;
    totals->closed += other->closed;
    totals->open += other->open;
    totals->requests += other->requests;
    totals->responses += other->responses;
    totals->bytes += other->bytes;
    totals->reused += other->reused;
    totals->counted_requests += other->counted_requests;
    totals->opened_with_syn += other->opened_with_syn;
    totals->probe_connections += other->probe_connections;
    totals->probe_requests += other->probe_requests;
    totals->midstream += other->midstream;
    totals->one_direction += other->one_direction;
    totals->snaplen_cut += other->snaplen_cut;
    totals->heads_cut += other->heads_cut;
    totals->opaque += other->opaque;
    totals->unattributed += other->unattributed;
    totals->lost_bytes += other->lost_bytes;
}

// The row of the same cause and side, appended when there is none.
static struct cause_row *cause_row_of(GArray *causes, const struct cause_row *like)
{
    for (guint i = 0; i < causes->len; i++) {
        struct cause_row *row = &g_array_index(causes, struct cause_row, i);
        if (row->cause == like->cause && strcmp(row->by, like->by) == 0)
            return row;
    }
    const struct cause_row fresh = {.cause = like->cause, .by = like->by};
    g_array_append_val(causes, fresh);
    return &g_array_index(causes, struct cause_row, causes->len - 1);
}

static int compare_cause_rows(const void *a, const void *b)
{
    const struct cause_row *left = a, *right = b;
    if (left->connections != right->connections)
        return left->connections < right->connections ? 1 : -1;
    if (left->cause != right->cause)
        return left->cause < right->cause ? -1 : 1;
    return g_strcmp0(left->by, right->by);
}

void causes_add(GArray *causes, const GArray *other)
{
    for (guint i = 0; i < other->len; i++) {
        const struct cause_row *row = &g_array_index(other, struct cause_row, i);
        struct cause_row *into = cause_row_of(causes, row);
        into->connections += row->connections;
        for (int c = 0; c < CONFIDENCES; c++)
            into->confidence[c] += row->confidence[c];
    }
    g_array_sort(causes, compare_cause_rows);
}

GArray *tally_causes(const struct tally *tally)
{
    GArray *rows = g_array_sized_new(FALSE, FALSE, sizeof(struct cause_row), tally->causes->len);
    if (tally->causes->len)
        g_array_append_vals(rows, tally->causes->data, tally->causes->len);
    g_array_sort(rows, compare_cause_rows);
    return rows;
}

GArray *tally_spread(const struct tally *tally)
{
    GArray *spread = spread_new();
    spread_add_all(spread, tally->spread);
    return spread;
}

GArray *causes_families(const GArray *causes)
{
    // The verdict leads with these; the others follow in the order of their definition.
    static const enum family leading[] = {FAMILY_CONNECTION_CLOSE, FAMILY_TIMEOUT,
                                          FAMILY_INCOMPLETE_BODY, FAMILY_IDLE_EXPIRY};
    uint64_t connections[FAMILIES] = {0};
    for (guint i = 0; i < causes->len; i++) {
        const struct cause_row *row = &g_array_index(causes, struct cause_row, i);
        connections[cause_family(row->cause)] += row->connections;
    }
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct family_row));
    for (size_t i = 0; i < G_N_ELEMENTS(leading) + FAMILIES; i++) {
        bool leads = i < G_N_ELEMENTS(leading);
        enum family family = leads ? leading[i] : (enum family)(i - G_N_ELEMENTS(leading));
        struct family_row row = {family, connections[family]};
        connections[family] = 0; // listed
        if (row.connections)
            g_array_append_val(rows, row);
    }
    return rows;
}
