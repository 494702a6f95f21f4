// SPDX-License-Identifier: BSD-2-Clause
// Findings that a cause is behind: a table says which, one pass over the connections counts.
#include <math.h>
#include <string.h>

#include "judge/inquiry.h"
#include "judge/thresholds.h"

// From this share of all connections, or this many, closes are a warning and not just a note.
#define WARN_SHARE 0.05
#define WARN_COUNT 100
#define ONE_SHOTS  2 // calls that make a habit

// What the closes of a finding do.
enum harm {
    HARM_HANDSHAKES, // cost a handshake each
    HARM_REQUESTS,   // lose a request each
    HARM_SOCKETS     // keep sockets for good
};

static const struct cause_finding {
    enum cause cause;
    enum finding_id finding;
    enum harm harm;
} table[] = {
    {CAUSE_UNREAD_BODY, FINDING_BODY_NOT_DRAINED, HARM_HANDSHAKES},
    {CAUSE_CLIENT_POOL_LIMIT, FINDING_POOL_TOO_SMALL, HARM_HANDSHAKES},
    {CAUSE_CLIENT_POOL_LIMIT_TOTAL, FINDING_POOL_TOO_SMALL, HARM_HANDSHAKES},
    {CAUSE_LEAKED_CONNECTION, FINDING_CONNECTIONS_LEAKED, HARM_SOCKETS},
    {CAUSE_CLIENT_ASKED_CLOSE, FINDING_CLOSE_HEADER, HARM_HANDSHAKES},
    {CAUSE_SERVER_SAID_CLOSE, FINDING_CLOSE_HEADER, HARM_HANDSHAKES},
    {CAUSE_SERVER_ERROR_CLOSE, FINDING_CLOSE_HEADER, HARM_HANDSHAKES},
    {CAUSE_CLOSE_DELIMITED_RESPONSE, FINDING_CLOSE_HEADER, HARM_HANDSHAKES},
    {CAUSE_SERVER_REQUEST_LIMIT, FINDING_REQUEST_LIMIT_LOW, HARM_HANDSHAKES},
    {CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, FINDING_CLIENT_TIMEOUTS, HARM_REQUESTS},
    {CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, FINDING_CLIENT_TIMEOUTS, HARM_REQUESTS},
    {CAUSE_SERVER_TIMEOUT_READING_REQUEST, FINDING_SERVER_TIMEOUTS, HARM_REQUESTS},
    {CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, FINDING_SERVER_TIMEOUTS, HARM_REQUESTS},
    {CAUSE_KEEPALIVE_RACE, FINDING_KEEPALIVE_RACES, HARM_REQUESTS},
    {CAUSE_STALE_REUSE, FINDING_STALE_REUSE, HARM_REQUESTS},
    {CAUSE_SERVER_ABORTED, FINDING_SERVER_ABORTS, HARM_REQUESTS},
    {CAUSE_TRUNCATED_RESPONSE, FINDING_TRUNCATED_RESPONSES, HARM_REQUESTS},
    {CAUSE_CONNECT_REFUSED, FINDING_CONNECT_FAILURES, HARM_REQUESTS},
    {CAUSE_CONNECT_TIMEOUT, FINDING_CONNECT_FAILURES, HARM_REQUESTS},
    {CAUSE_CLOSE_WAIT_LEAK, FINDING_CLOSE_WAIT, HARM_SOCKETS},
    {CAUSE_MIDDLEBOX_IDLE_DROP, FINDING_MIDDLEBOX_DROPS, HARM_REQUESTS},
};

struct worst {
    uint64_t connections[FINDING_LIST];
};

_Static_assert(G_N_ELEMENTS(table) < UINT8_MAX, "a row's number is a byte");

// What is counted while pairs and connections are gone over.
struct counting {
    uint8_t row_of[CAUSES]; // the row's number in the table + 1; 0: no finding
    uint64_t firm[FINDINGS];
    struct worst worst[FINDINGS];
    struct finding spare[FINDINGS]; // evidence of others than the worst pair
};

static const struct cause_finding *row_of(const struct counting *counting, enum cause cause)
{
    uint8_t row = counting->row_of[cause];
    return row ? &table[row - 1] : NULL;
}

// Keeps the pairs with most closes of the finding, worst first.
static void rank_pair(struct finding *finding, struct worst *worst, uint32_t pair, uint64_t closes)
{
    uint32_t place = finding->pair_count;
    while (place > 0 && worst->connections[place - 1] < closes)
        place--;
    if (place == FINDING_LIST)
        return;
    uint32_t last = MIN(finding->pair_count, FINDING_LIST - 1);
    for (uint32_t i = last; i > place; i--) {
        finding->pairs[i] = finding->pairs[i - 1];
        worst->connections[i] = worst->connections[i - 1];
    }
    finding->pairs[place] = pair;
    worst->connections[place] = closes;
    finding->pair_count = last + 1;
}

// Closes per finding of one pair.
static void count_pair(struct inquiry *inquiry, struct counting *counting, uint32_t index)
{
    const struct pair *pair = inquiry_pair(inquiry, index);
    uint64_t closes[FINDINGS] = {0};
    enum harm harms[FINDINGS] = {0};
    for (guint i = 0; pair->causes && i < pair->causes->len; i++) {
        const struct cause_row *row = &g_array_index(pair->causes, struct cause_row, i);
        const struct cause_finding *entry = row_of(counting, row->cause);
        if (!entry)
            continue;
        closes[entry->finding] += row->connections;
        harms[entry->finding] = entry->harm;
    }
    for (int id = 0; id < FINDINGS; id++) {
        if (closes[id] == 0)
            continue;
        struct finding *finding = inquiry_draft(inquiry, (enum finding_id)id, SEVERITY_NOTE);
        rank_pair(finding, &counting->worst[id], index, closes[id]);
        if (harms[id] != HARM_SOCKETS && id != FINDING_CONNECT_FAILURES)
            inquiry_add_cost(finding, pair, closes[id]);
    }
}

static void add(double *sum, double number)
{
    *sum = (isnan(*sum) ? 0 : *sum) + number;
}

static void most(double *greatest, double number)
{
    if (!isnan(number) && (isnan(*greatest) || number > *greatest))
        *greatest = number;
}

// How late the response came, and whether twice the client's time would have been enough.
static void value_late(struct finding *finding, const struct record *r)
{
    struct moment close = record_close(r), late = r->at[AT_BEYOND];
    if (!record_has(r, FACT_LATE_RESPONSE) || !moment_is_set(late) || !moment_is_set(close))
        return;
    int64_t wait = moment_between(r->at[AT_LAST_REQUEST], close);
    add(&finding->values[1], 1);
    most(&finding->values[2], inquiry_seconds(late.time - close.time));
    if (wait != NANOS_UNKNOWN && late.time - close.time <= wait)
        add(&finding->values[3], 1); // a count until the end
}

static void value_unread(struct finding *finding, const struct record *r)
{
    if (r->expected != LENGTH_UNKNOWN) {
        most(&finding->values[1], (double)r->expected);
        add(&finding->values[0], (double)r->expected); // what came may not have been read either
    }
    if (r->reused_after_empty > 0)
        add(&finding->values[2], 1);
    add(&finding->values[3], r->reused_after_body > 0);
}

static bool answers_probes(const struct record *r)
{
    for (int side = CLIENT; side <= SERVER; side++)
        if (r->end[side].probes > 0 && r->end[side].probes_unanswered == 0)
            return true;
    return false;
}

static void value_of(struct finding *finding, const struct record *r, enum cause cause,
                     const struct pair *pair)
{
    double *v = finding->values;
    switch (cause) {
    case CAUSE_UNREAD_BODY:
        value_unread(finding, r);
        break;
    case CAUSE_CLIENT_ASKED_CLOSE:
    case CAUSE_CONNECT_REFUSED:
    case CAUSE_SERVER_TIMEOUT_READING_REQUEST:
        add(&v[0], 1);
        break;
    case CAUSE_SERVER_ERROR_CLOSE:
        add(&v[2], 1);
        add(&v[1], 1);
        break;
    case CAUSE_CLOSE_DELIMITED_RESPONSE:
        add(&v[3], 1);
        break;
    case CAUSE_SERVER_SAID_CLOSE:
    case CAUSE_CONNECT_TIMEOUT:
    case CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE:
        add(&v[1], 1);
        break;
    case CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE:
    case CAUSE_CLIENT_TIMEOUT_READING_RESPONSE:
        value_late(finding, r);
        break;
    case CAUSE_STALE_REUSE:
        most(&v[0], inquiry_seconds(moment_between(r->at[AT_SERVER_FIN], r->at[AT_BEYOND])));
        break;
    case CAUSE_SERVER_ABORTED:
        add(&v[0], MAX(r->outstanding, 1));
        break;
    case CAUSE_TRUNCATED_RESPONSE:
        if (r->expected > r->received)
            add(&v[0], (double)(r->expected - r->received));
        break;
    case CAUSE_LEAKED_CONNECTION:
        add(&v[0], 1);
        if (pair->is_probed && answers_probes(r))
            add(&v[3], 1);
        break;
    default:
        break;
    }
}

// One-shot tools: each connection carries one request and is closed at once, with nothing wrong.
static bool is_one_shot(const struct record *r, const struct verdict *v)
{
    return v->cause == CAUSE_CLIENT_SHUTDOWN && r->requests == 1 && r->gap != NANOS_UNKNOWN &&
           r->gap <= AT_ONCE;
}

// Evidence comes from the worst pair; that of others is kept until it is clear that there is room.
static void count_record(struct inquiry *inquiry, struct counting *counting, size_t i)
{
    const struct record *r = &inquiry->analysis->records[i];
    const struct verdict *v = &inquiry->analysis->verdicts[i];
    uint32_t pair = inquiry->analysis->pair_of[i];
    const struct cause_finding *entry = row_of(counting, (enum cause)v->cause);
    enum finding_id id = entry ? entry->finding : FINDING_ONE_SHOT_CLIENTS;
    if (v->is_probe || (!entry && !is_one_shot(r, v)))
        return;
    struct finding *finding = inquiry_draft(inquiry, id, SEVERITY_NOTE);
    if (!entry)
        inquiry_add_pair(finding, pair);
    finding->connections++;
    counting->firm[id] += v->confidence != CONFIDENCE_AMBIGUOUS;
    value_of(finding, r, (enum cause)v->cause, inquiry_pair(inquiry, pair));
    if (finding->pair_count > 0 && finding->pairs[0] == pair)
        inquiry_add_evidence(finding, i);
    else
        inquiry_add_evidence(&counting->spare[id], i);
}

// Connections leak or requests get lost: critical from many on. Handshakes are at most a warning.
static enum severity severity_of(const struct inquiry *inquiry, enum finding_id id, enum harm harm,
                                 uint64_t firm)
{
    double all = (double)MAX(inquiry->analysis->totals.connections, 1);
    bool is_much = (double)firm >= WARN_SHARE * all || firm >= WARN_COUNT;
    if (firm == 0)
        return SEVERITY_NOTE;
    if (harm == HARM_SOCKETS)
        return firm >= WARN_COUNT ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    if (harm == HARM_REQUESTS && id != FINDING_CONNECT_FAILURES)
        return firm >= WARN_COUNT && is_much ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    return is_much ? SEVERITY_WARNING : SEVERITY_NOTE;
}

static void settle(struct inquiry *inquiry, const struct counting *counting)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        enum finding_id id = table[i].finding;
        struct finding *finding = &inquiry->drafts[id];
        if (!inquiry->is_made[id])
            continue;
        inquiry->is_made[id] = finding->connections > 0;
        finding->severity = severity_of(inquiry, id, table[i].harm, counting->firm[id]);
        for (uint32_t e = 0; e < counting->spare[id].evidence_count; e++)
            inquiry_add_evidence(finding, counting->spare[id].evidence[e]);
    }
    struct finding *one_shot = &inquiry->drafts[FINDING_ONE_SHOT_CLIENTS];
    inquiry->is_made[FINDING_ONE_SHOT_CLIENTS] &= one_shot->connections >= ONE_SHOTS;
    struct finding *late = &inquiry->drafts[FINDING_CLIENT_TIMEOUTS];
    if (inquiry->is_made[FINDING_CLIENT_TIMEOUTS])
        late->values[3] /= (double)late->connections;
}

void inquiry_causes(struct inquiry *inquiry)
{
    struct counting *counting = g_new0(struct counting, 1);
    for (uint8_t i = 0; i < G_N_ELEMENTS(table); i++)
        counting->row_of[table[i].cause] = i + 1;
    for (uint32_t p = 0; p < inquiry->analysis->pairs->len; p++)
        if (!inquiry_pair(inquiry, p)->is_probe)
            count_pair(inquiry, counting, p);
    for (size_t i = 0; i < inquiry->analysis->record_count; i++)
        count_record(inquiry, counting, i);
    settle(inquiry, counting);
    g_free(counting);
}
