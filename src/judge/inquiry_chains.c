// SPDX-License-Identifier: BSD-2-Clause
// Findings about what follows what: retries after a timeout, addresses that a name left behind,
// failures of one address family that hide behind the other.
#include <math.h>
#include <string.h>

#include "judge/dense_ids.h"
#include "judge/inquiry.h"

#define RETRY_NANOS  NANOS_PER_SECOND // a retry follows its timeout within this
#define FAMILY_NANOS NANOS_PER_SECOND // the other family is tried within this (300 ms head start)
#define FAMILY_LOOKS 64               // connections looked at around a failure
#define DRIFT_NANOS  NANOS_PER_SECOND // use of an old address this long after the move is no tail

struct target_key {
    struct address client;
    uint32_t host, target;
} __attribute__((packed));

// The last timeout for a target: when it was, and how long the chain is that it ends.
struct chain_end {
    int64_t closed;
    uint32_t length, record;
};

static bool is_client_timeout(const struct verdict *v)
{
    return v->cause == CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE ||
           v->cause == CAUSE_CLIENT_TIMEOUT_READING_RESPONSE;
}

static struct target_key key_of(const struct record *r, enum record_name target)
{
    return (struct target_key){r->end[CLIENT].address, r->names[NAME_HOST], r->names[target]};
}

// Connections [0, length] of a chain were seen: this one and, the first time, the one it follows.
static void add_link(struct inquiry *inquiry, const struct chain_end *before, size_t record)
{
    struct finding *finding = inquiry_draft(inquiry, FINDING_RETRY_LOOP, SEVERITY_NOTE);
    uint32_t length = before->length + 1;
    if (before->length == 1) {
        finding->values[1] = isnan(finding->values[1]) ? 1 : finding->values[1] + 1;
        finding->connections++;
        inquiry_add_evidence(finding, before->record);
    }
    finding->connections++;
    finding->values[0] = fmax(finding->values[0], length);
    if (length > 2)
        finding->severity = SEVERITY_WARNING;
    inquiry_add_evidence(finding, record);
    inquiry_add_pair(finding, inquiry->analysis->pair_of[record]);
}

// Connections come in order of their first packet, so that a retry comes after its timeout.
static void find_retries(struct inquiry *inquiry)
{
    const struct analysis *a = inquiry->analysis;
    struct dense_ids *ids = dense_ids_new(sizeof(struct target_key));
    GArray *ends = g_array_new(FALSE, FALSE, sizeof(struct chain_end));
    for (size_t i = 0; i < a->record_count; i++) {
        const struct record *r = &a->records[i];
        bool is_timeout = is_client_timeout(&a->verdicts[i]);
        if (r->names[NAME_FIRST_TARGET] == 0 || (!is_timeout && ends->len == 0))
            continue;
        uint32_t length = 1;
        struct target_key first = key_of(r, NAME_FIRST_TARGET);
        uint32_t id = dense_ids_find(ids, &first);
        if (id != DENSE_NONE) {
            const struct chain_end *end = &g_array_index(ends, struct chain_end, id);
            int64_t after = r->at[AT_START].time - end->closed;
            if (after >= 0 && after <= RETRY_NANOS) {
                add_link(inquiry, end, i);
                length = end->length + 1;
            }
        }
        if (!is_timeout)
            continue;
        struct target_key last = key_of(r, NAME_LAST_TARGET);
        struct chain_end end = {record_close(r).time, length, (uint32_t)i};
        id = dense_ids_add(ids, &last);
        if (id == ends->len)
            g_array_append_val(ends, end);
        else
            g_array_index(ends, struct chain_end, id) = end;
    }
    g_array_free(ends, TRUE);
    dense_ids_free(ids);
}

// What a pair did when: opened its first and last connection, sent its last request.
struct activity {
    int64_t first_open, last_open, last_use;
};

static struct activity *activities_of(const struct analysis *a)
{
    struct activity *all = g_new(struct activity, a->pairs->len + 1);
    for (guint p = 0; p < a->pairs->len; p++)
        all[p] = (struct activity){INT64_MAX, INT64_MIN, INT64_MIN};
    for (size_t i = 0; i < a->record_count; i++) {
        const struct record *r = &a->records[i];
        struct activity *activity = &all[a->pair_of[i]];
        int64_t start = r->at[AT_START].time;
        if (record_has(r, FACT_SYN) && record_has(r, FACT_ESTABLISHED)) {
            activity->first_open = MIN(activity->first_open, start);
            activity->last_open = MAX(activity->last_open, start);
        }
        if (moment_is_set(r->at[AT_LAST_REQUEST]))
            activity->last_use = MAX(activity->last_use, r->at[AT_LAST_REQUEST].time);
    }
    return all;
}

struct name_key {
    struct address client;
    uint32_t host, agent;
} __attribute__((packed));

// The newest address of a name: where the last connection was opened.
static bool is_left_behind(const struct activity *old, const struct activity *newest)
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
    struct activity *activities = activities_of(a);
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
                if (round == 0 && activities[p].last_open > activities[*best].last_open)
                    *best = p;
                bool is_old =
                    round == 1 && is_left_behind(&activities[p], &activities[*best]) &&
                    memcmp(&pair->server.address, &inquiry_pair(inquiry, *best)->server.address,
                           sizeof pair->server.address) != 0;
                if (is_old && drifts++ < FINDING_LIST)
                    note_drift(inquiry, p, *best, activities[*best].first_open);
            }
        }
    }
    g_array_free(newest, TRUE);
    dense_ids_free(ids);
    g_free(activities);
}

static bool is_v4(const struct address *address)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address->bytes, prefix, sizeof prefix) == 0;
}

// Whether a connection to the same port was established at the other address family, at about the
// same time.
static bool has_other_family(const struct analysis *a, size_t index)
{
    const struct record *failed = &a->records[index];
    for (int step = -1; step <= 1; step += 2) {
        size_t i = index + (size_t)step;
        for (int looks = 0; looks < FAMILY_LOOKS && i < a->record_count;
             looks++, i += (size_t)step) {
            const struct record *r = &a->records[i];
            int64_t apart = r->at[AT_START].time - failed->at[AT_START].time;
            if (apart > FAMILY_NANOS || apart < -FAMILY_NANOS)
                break;
            if (record_has(r, FACT_ESTABLISHED) &&
                r->end[SERVER].port == failed->end[SERVER].port &&
                is_v4(&r->end[SERVER].address) != is_v4(&failed->end[SERVER].address))
                return true;
        }
    }
    return false;
}

static void find_families(struct inquiry *inquiry)
{
    const struct analysis *a = inquiry->analysis;
    struct finding *finding = &inquiry->drafts[FINDING_CONNECT_FAILURES];
    if (!inquiry->is_made[FINDING_CONNECT_FAILURES])
        return;
    finding->values[2] = 0;
    for (int i = 0; i < 2; i++)
        finding->values[i] = isnan(finding->values[i]) ? 0 : finding->values[i];
    for (size_t i = 0; i < a->record_count; i++) {
        enum cause cause = (enum cause)a->verdicts[i].cause;
        if (cause == CAUSE_CONNECT_REFUSED || cause == CAUSE_CONNECT_TIMEOUT)
            finding->values[2] += has_other_family(a, i);
    }
}

void inquiry_chains(struct inquiry *inquiry)
{
    find_retries(inquiry);
    find_drift(inquiry);
    find_families(inquiry);
}
