// SPDX-License-Identifier: BSD-2-Clause
// Adds records up: totals, cause rows, and the distribution of requests per connection.
#include "judge/summary.h"

#include <math.h>

enum blamed { BLAMED_CLIENT, BLAMED_SERVER, BLAMED_NETWORK, BLAMED_NONE, BLAMED };

static const char *const blamed_words[BLAMED] = {"client", "server", "network", "none"};

struct tally {
    struct totals totals;
    GArray *causes;                      // struct cause_row in order of appearance
    uint32_t row_of[CAUSES + 1][BLAMED]; // 1 + index into causes; 0: no row yet
    uint64_t families[FAMILIES];
    GArray *requests; // uint32_t per counted connection
    bool is_sorted;
};

struct tally *tally_new(void)
{
    struct tally *tally = g_new0(struct tally, 1);
    tally->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_row));
    tally->requests = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return tally;
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    g_array_free(tally->causes, TRUE);
    g_array_free(tally->requests, TRUE);
    g_free(tally);
}

static enum blamed blamed_of(const struct verdict *verdict, const struct record *record)
{
    switch (verdict_blames(verdict, record)[0]) {
    case 'c':
        return BLAMED_CLIENT;
    case 's':
        return BLAMED_SERVER;
    default:
        return verdict_blames(verdict, record)[1] == 'e' ? BLAMED_NETWORK : BLAMED_NONE;
    }
}

static void add_cause(struct tally *tally, const struct record *record,
                      const struct verdict *verdict)
{
    enum blamed blamed = blamed_of(verdict, record);
    uint32_t *row = &tally->row_of[verdict->cause][blamed];
    if (*row == 0) {
        struct cause_row fresh = {.cause = (enum cause)verdict->cause, .by = blamed_words[blamed]};
        g_array_append_val(tally->causes, fresh);
        *row = tally->causes->len;
    }
    struct cause_row *into = &g_array_index(tally->causes, struct cause_row, *row - 1);
    into->connections++;
    into->confidence[verdict->confidence]++;
    tally->families[cause_family(into->cause)]++;
}

static void add_coverage(struct totals *totals, const struct record *record,
                         const struct verdict *verdict)
{
    bool both = record_has(record, FACT_CLIENT_SEEN) && record_has(record, FACT_SERVER_SEEN);
    totals->midstream += record_has(record, FACT_MIDSTREAM);
    totals->one_direction += !both && record_has(record, FACT_ESTABLISHED);
    totals->snaplen_cut += record_has(record, FACT_SNAPLEN_CUT);
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
    g_array_append_val(tally->requests, record->requests);
    tally->is_sorted = false;
}

static int compare_counts(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort_requests(struct tally *tally)
{
    if (!tally->is_sorted)
        g_array_sort(tally->requests, compare_counts);
    tally->is_sorted = true;
}

// Nearest rank: the smallest value with at least `percent` of all at or below it.
static uint32_t percentile(const GArray *sorted, uint64_t percent)
{
    if (sorted->len == 0)
        return 0;
    uint64_t rank = (percent * sorted->len + 99) / 100;
    return g_array_index(sorted, uint32_t, (rank ? rank : 1) - 1);
}

void tally_totals(struct tally *tally, struct totals *totals)
{
    sort_requests(tally);
    *totals = tally->totals;
    const GArray *sorted = tally->requests;
    struct distribution *all = &totals->per_connection;
    all->connections = sorted->len;
    all->mean = sorted->len ? (double)totals->counted_requests / sorted->len : NAN;
    all->p50 = percentile(sorted, 50);
    all->p90 = percentile(sorted, 90);
    all->p99 = percentile(sorted, 99);
    all->max = percentile(sorted, 100);
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

GArray *tally_causes(const struct tally *tally)
{
    GArray *rows = g_array_sized_new(FALSE, FALSE, sizeof(struct cause_row), tally->causes->len);
    if (tally->causes->len)
        g_array_append_vals(rows, tally->causes->data, tally->causes->len);
    g_array_sort(rows, compare_cause_rows);
    return rows;
}

GArray *tally_families(const struct tally *tally)
{
    // The verdict leads with these; the others follow in the order of their definition.
    static const enum family leading[] = {FAMILY_CONNECTION_CLOSE, FAMILY_TIMEOUT,
                                          FAMILY_INCOMPLETE_BODY, FAMILY_IDLE_EXPIRY};
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct family_row));
    bool is_listed[FAMILIES] = {false};
    for (size_t i = 0; i < G_N_ELEMENTS(leading) + FAMILIES; i++) {
        bool leads = i < G_N_ELEMENTS(leading);
        enum family family = leads ? leading[i] : (enum family)(i - G_N_ELEMENTS(leading));
        if (is_listed[family] || tally->families[family] == 0)
            continue;
        is_listed[family] = true;
        struct family_row row = {family, tally->families[family]};
        g_array_append_val(rows, row);
    }
    return rows;
}

// The first and last count of the range that holds `count`: exact to 100, then 1-2-5 decades.
static void range_of(uint64_t count, uint64_t *from, uint64_t *to)
{
    static const uint64_t steps[] = {2, 5, 10};
    *from = *to = count;
    if (count <= 100)
        return;
    uint64_t low = 100;
    for (uint64_t decade = 100;; decade *= 10) {
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
            if (count <= steps[i] * decade) {
                *from = low + 1;
                *to = steps[i] * decade;
                return;
            }
            low = steps[i] * decade;
        }
    }
}

GArray *tally_histogram(struct tally *tally)
{
    sort_requests(tally);
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct histogram_row));
    for (guint i = 0; i < tally->requests->len; i++) {
        struct histogram_row row = {0, 0, 1};
        range_of(g_array_index(tally->requests, uint32_t, i), &row.from, &row.to);
        struct histogram_row *last =
            rows->len ? &g_array_index(rows, struct histogram_row, rows->len - 1) : NULL;
        if (last && last->from == row.from)
            last->connections++;
        else
            g_array_append_val(rows, row);
    }
    return rows;
}
