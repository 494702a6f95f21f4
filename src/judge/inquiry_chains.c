// SPDX-License-Identifier: BSD-2-Clause
// Findings about what follows what: retries after a timeout, addresses that a name left behind,
// failures of one address family that hide behind the other.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/dense_ids.h"
#include "judge/families.h"
#include "judge/inquiry.h"

#define RETRY_NANOS NANOS_PER_SECOND // a retry follows its timeout within this
#define DRIFT_NANOS NANOS_PER_SECOND // use of an old address this long after the move is no tail

struct target_key {
    struct address client;
    uint32_t host, target;
} __attribute__((packed));

#define NO_RECORD UINT32_MAX

// The timeouts of one target that no retry has followed yet, the earliest first.
struct waiting {
    uint32_t first, last;
};

struct chains {
    const struct analysis *analysis;
    struct dense_ids *targets;
    GArray *waiting;  // struct waiting, one a target
    GArray *timeouts; // records in order of their closes
    guint taken;      // timeouts that were before the present start
    uint32_t *next;   // for each record the one that waits behind it
    uint32_t *length; // for each record the length of the chain that it ends
};

static const uint64_t client_timeouts = UINT64_C(1) << CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE |
                                        UINT64_C(1) << CAUSE_CLIENT_TIMEOUT_READING_RESPONSE;

static struct target_key key_of(const struct record *r, enum record_name target)
{
    return (struct target_key){r->end[CLIENT].address, r->names[NAME_HOST], r->names[target]};
}

// A chain goes on with this record: it counts and, the first time, the one it follows.
static void add_link(struct inquiry *inquiry, const struct chains *chains, uint32_t before,
                     uint32_t record)
{
    struct finding *finding = inquiry_draft(inquiry, FINDING_RETRY_LOOP, SEVERITY_NOTE);
    if (chains->length[before] == 1) {
        finding->values[1] = isnan(finding->values[1]) ? 1 : finding->values[1] + 1;
        finding->connections++;
        inquiry_add_evidence(finding, before);
    }
    finding->connections++;
    finding->values[0] = fmax(finding->values[0], chains->length[record]);
    if (chains->length[record] > 2)
        finding->severity = SEVERITY_WARNING;
    inquiry_add_evidence(finding, record);
    inquiry_add_pair(finding, inquiry->analysis->pair_of[record]);
}

static int64_t closed_at(const struct chains *chains, uint32_t record)
{
    return record_close(&chains->analysis->records[record]).time;
}

static int compare_closes(const void *a, const void *b, void *data)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int64_t left = closed_at(data, x), right = closed_at(data, y);
    return left != right ? (left > right) - (left < right) : (x > y) - (x < y);
}

static void list_timeouts(struct chains *chains)
{
    const struct analysis *a = chains->analysis;
    if (!pairs_have(a->pairs, client_timeouts))
        return;
    for (uint32_t i = 0; i < a->record_count; i++)
        if (client_timeouts >> a->verdicts[i].cause & 1 &&
            a->records[i].names[NAME_LAST_TARGET] != 0)
            g_array_append_val(chains->timeouts, i);
    g_array_sort_with_data(chains->timeouts, compare_closes, chains);
}

// Timeouts up to this time begin to wait for their retry.
static void take_timeouts(struct chains *chains, int64_t now)
{
    for (; chains->taken < chains->timeouts->len; chains->taken++) {
        uint32_t record = g_array_index(chains->timeouts, uint32_t, chains->taken);
        if (closed_at(chains, record) > now)
            return;
        struct target_key key = key_of(&chains->analysis->records[record], NAME_LAST_TARGET);
        uint32_t id = dense_ids_add(chains->targets, &key);
        if (id == chains->waiting->len)
            g_array_append_val(chains->waiting, ((struct waiting){NO_RECORD, NO_RECORD}));
        struct waiting *line = &g_array_index(chains->waiting, struct waiting, id);
        chains->next[record] = NO_RECORD;
        if (line->first == NO_RECORD)
            line->first = record;
        else
            chains->next[line->last] = record;
        line->last = record;
    }
}

// The earliest timeout of the target that this connection may retry, taken out of the line.
static uint32_t followed_by(struct chains *chains, const struct record *record)
{
    struct target_key key = key_of(record, NAME_FIRST_TARGET);
    uint32_t id =
        record->names[NAME_FIRST_TARGET] ? dense_ids_find(chains->targets, &key) : DENSE_NONE;
    if (id == DENSE_NONE)
        return NO_RECORD;
    struct waiting *line = &g_array_index(chains->waiting, struct waiting, id);
    int64_t earliest = record->at[AT_START].time - RETRY_NANOS;
    while (line->first != NO_RECORD && closed_at(chains, line->first) < earliest)
        line->first = chains->next[line->first];
    uint32_t found = line->first;
    if (found != NO_RECORD)
        line->first = chains->next[found];
    return found;
}

// Several requests for one target may be on their way at once: each start follows a timeout of its
// own.
static void find_retries(struct inquiry *inquiry)
{
    const struct analysis *a = inquiry->analysis;
    struct chains chains = {
        .analysis = a,
        .targets = dense_ids_new(sizeof(struct target_key)),
        .waiting = g_array_new(FALSE, FALSE, sizeof(struct waiting)),
        .timeouts = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
    };
    list_timeouts(&chains);
    size_t needed = chains.timeouts->len ? a->record_count : 0;
    chains.next = g_new(uint32_t, needed + 1);
    chains.length = g_new0(uint32_t, needed + 1);
    for (uint32_t i = 0; i < needed; i++) {
        take_timeouts(&chains, a->records[i].at[AT_START].time);
        uint32_t before = followed_by(&chains, &a->records[i]);
        chains.length[i] = before == NO_RECORD ? 1 : chains.length[before] + 1;
        if (before != NO_RECORD)
            add_link(inquiry, &chains, before, i);
    }
    g_free(chains.next);
    g_free(chains.length);
    g_array_free(chains.timeouts, TRUE);
    g_array_free(chains.waiting, TRUE);
    dense_ids_free(chains.targets);
}

struct name_key {
    struct address client;
    uint32_t host, agent;
} __attribute__((packed));

// The newest address of a name: where the last connection was opened.
static bool is_left_behind(const struct pair *old, const struct pair *newest)
{
    bool is_opened = newest->first_open != INT64_MAX && old != newest;
    return is_opened && old->last_open < newest->first_open &&
           old->last_use > newest->first_open + DRIFT_NANOS;
}

static void note_drift(struct inquiry *inquiry, uint32_t old, uint32_t newest, int64_t moved)
{
    const struct analysis *a = inquiry->analysis;
    struct finding *finding = inquiry_draft(inquiry, FINDING_ADDRESS_DRIFT, SEVERITY_WARNING);
    inquiry_add_pair(finding, old);
    inquiry_add_pair(finding, newest);
    finding->values[0] = isnan(finding->values[0]) ? 1 : finding->values[0] + 1;
    for (size_t i = 0; i < a->record_count; i++) {
        const struct record *r = &a->records[i];
        if (a->pair_of[i] != old || r->at[AT_LAST_REQUEST].time <= moved ||
            !moment_is_set(r->at[AT_LAST_REQUEST]))
            continue;
        finding->connections++;
        inquiry_add_evidence(finding, i);
    }
}

// Pairs of one client and User-Agent that share a Host are addresses of one name.
static void find_drift(struct inquiry *inquiry)
{
    const struct analysis *a = inquiry->analysis;
    struct dense_ids *ids = dense_ids_new(sizeof(struct name_key));
    GArray *newest = g_array_new(FALSE, FALSE, sizeof(uint32_t)); // pair per name
    unsigned drifts = 0;
    for (int round = 0; round < 2; round++) {
        for (uint32_t p = 0; p < a->pairs->len; p++) {
            const struct pair *pair = inquiry_pair(inquiry, p);
            for (int h = 0; h < PAIR_NAMES && pair->hosts[h] && !pair->is_probe; h++) {
                struct name_key key = {pair->client, pair->hosts[h], pair->agent};
                uint32_t id = dense_ids_add(ids, &key);
                if (id == newest->len)
                    g_array_append_val(newest, p);
                uint32_t *best = &g_array_index(newest, uint32_t, id);
                const struct pair *last = inquiry_pair(inquiry, *best);
                if (round == 0 && pair->last_open > last->last_open)
                    *best = p;
                bool is_old = round == 1 && is_left_behind(pair, last) &&
                              memcmp(&pair->server.address, &last->server.address,
                                     sizeof pair->server.address) != 0;
                if (is_old && drifts++ < FINDING_LIST)
                    note_drift(inquiry, p, *best, last->first_open);
            }
        }
    }
    g_array_free(newest, TRUE);
    dense_ids_free(ids);
}

static int compare_nanos(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void find_families(struct inquiry *inquiry)
{
    const struct analysis *a = inquiry->analysis;
    struct finding *finding = &inquiry->drafts[FINDING_CONNECT_FAILURES];
    GArray *starts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (inquiry->is_made[FINDING_CONNECT_FAILURES]) {
        for (int i = 0; i < 2; i++)
            finding->values[i] = isnan(finding->values[i]) ? 0 : finding->values[i];
        for (size_t i = 0; i < a->record_count; i++) {
            enum cause cause = (enum cause)a->verdicts[i].cause;
            if (cause != CAUSE_CONNECT_REFUSED && cause != CAUSE_CONNECT_TIMEOUT)
                continue;
            int64_t after = families_other_after(a, i);
            if (after != NANOS_UNKNOWN)
                g_array_append_val(starts, after);
        }
        finding->values[2] = starts->len;
    }
    if (starts->len > 0) {
        qsort(starts->data, starts->len, sizeof(int64_t), compare_nanos);
        finding->values[3] = inquiry_seconds(g_array_index(starts, int64_t, starts->len / 2));
    }
    g_array_free(starts, TRUE);
}

void inquiry_chains(struct inquiry *inquiry)
{
    find_retries(inquiry);
    find_drift(inquiry);
    find_families(inquiry);
}
