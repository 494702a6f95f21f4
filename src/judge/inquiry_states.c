// SPDX-License-Identifier: BSD-2-Clause
// Findings about TCP states that last, and about ports.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/inquiry.h"
#include "judge/socket_spans.h"
#include "judge/socket_waits.h"
#include "judge/sockets.h"

#define MEDIAN_OF           100000 // durations that the median is taken of
#define TIME_WAIT_NOTE      100    // sockets on one host
#define TIME_WAIT_WARN      5000
#define PORTS_WARN          0.5 // of PORTS_LIMIT
#define PORTS_CRITICAL      0.8
#define EXHAUSTION_WARN     3600.0 // seconds
#define EXHAUSTION_CRITICAL 300.0

static uint32_t peak_of(const struct inquiry *inquiry, enum tcp_state state)
{
    const struct sockets *sockets = inquiry->analysis->sockets;
    uint32_t peak = 0;
    for (guint h = 0; sockets && h < sockets->hosts->len; h++)
        peak = MAX(peak, g_array_index(sockets->hosts, struct socket_host, h).peak[state]);
    return peak;
}

#define LASTING 2 // states
struct lasting {
    enum finding_id finding;
    enum tcp_state state;
    GArray *durations; // double, seconds
};

static void note_span(struct inquiry *inquiry, struct lasting *lasting, size_t record,
                      const struct socket_span *span)
{
    int64_t nanos = MIN(span->to, inquiry->analysis->last) - span->from;
    double seconds = inquiry_seconds(nanos);
    if (nanos < WAIT_LASTS)
        return;
    bool is_new = !inquiry->is_made[lasting->finding];
    struct finding *finding = inquiry_draft(inquiry, lasting->finding, SEVERITY_NOTE);
    bool is_counted = inquiry->analysis->verdicts[record].cause == CAUSE_CLOSE_WAIT_LEAK &&
                      lasting->finding == FINDING_CLOSE_WAIT;
    finding->connections += !is_counted;
    finding->values[0] = is_new ? seconds : fmax(finding->values[0], seconds);
    inquiry_add_pair(finding, inquiry->analysis->pair_of[record]);
    inquiry_add_evidence(finding, record);
    if (lasting->durations->len < MEDIAN_OF)
        g_array_append_val(lasting->durations, seconds);
}

static void note_end(struct inquiry *inquiry, struct lasting lasting[LASTING], size_t record,
                     const struct socket_end *end)
{
    for (unsigned s = 0; s < end->count; s++)
        for (size_t l = 0; l < LASTING; l++)
            if (end->spans[s].state == lasting[l].state)
                note_span(inquiry, &lasting[l], record, &end->spans[s]);
}

static bool may_wait(const struct inquiry *inquiry)
{
    bool has_waits = false;
    for (guint p = 0; p < inquiry->analysis->pairs->len; p++)
        has_waits |= inquiry_pair(inquiry, p)->has_waits;
    return has_waits;
}

static void find_lasting(struct inquiry *inquiry, struct lasting lasting[LASTING])
{
    const struct analysis *a = inquiry->analysis;
    for (size_t i = 0; i < a->record_count; i++) {
        const struct record *r = &a->records[i];
        if (!inquiry_pair(inquiry, a->pair_of[i])->has_waits || a->verdicts[i].is_probe ||
            record_has(r, FACT_HALF_CLOSE) || !wait_may_last(r))
            continue;
        struct socket_end ends[2];
        socket_spans(r, (struct socket_bounds){a->first, SPAN_OPEN}, ends);
        for (int side = CLIENT; side <= SERVER; side++)
            note_end(inquiry, lasting, i, &ends[side]);
    }
}

static int compare_seconds(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void find_waits(struct inquiry *inquiry)
{
    struct lasting lasting[LASTING] = {
        {FINDING_FIN_WAIT2, TCP_FIN_WAIT2, g_array_new(FALSE, FALSE, sizeof(double))},
        {FINDING_CLOSE_WAIT, TCP_CLOSE_WAIT, g_array_new(FALSE, FALSE, sizeof(double))},
    };
    if (may_wait(inquiry))
        find_lasting(inquiry, lasting);
    for (size_t l = 0; l < LASTING; l++) {
        struct finding *finding = &inquiry->drafts[lasting[l].finding];
        GArray *durations = lasting[l].durations;
        if (durations->len > 0) {
            qsort(durations->data, durations->len, sizeof(double), compare_seconds);
            finding->values[1] = peak_of(inquiry, lasting[l].state);
            if (lasting[l].finding == FINDING_FIN_WAIT2)
                finding->values[2] = g_array_index(durations, double, durations->len / 2);
        }
        g_array_free(durations, TRUE);
    }
    struct finding *fin_wait2 = &inquiry->drafts[FINDING_FIN_WAIT2];
    if (inquiry->is_made[FINDING_FIN_WAIT2] && fin_wait2->values[1] >= TIME_WAIT_NOTE)
        fin_wait2->severity = SEVERITY_WARNING;
}

// The busiest pairs that the host takes part in.
static void add_pairs_of(struct inquiry *inquiry, struct finding *finding,
                         const struct socket_host *host)
{
    for (uint32_t p = 0; p < inquiry->analysis->pairs->len; p++) {
        const struct pair *pair = inquiry_pair(inquiry, p);
        bool is_of = memcmp(&pair->client, &host->address, sizeof host->address) == 0 ||
                     memcmp(&pair->server.address, &host->address, sizeof host->address) == 0;
        if (is_of && finding->pair_count < FINDING_LIST)
            inquiry_add_pair(finding, p);
    }
}

// Closes that left this host a TIME_WAIT: it sent the first FIN, and no RST ended the state.
static void show_waits(const struct inquiry *inquiry, struct finding *finding,
                       const struct address *host)
{
    const struct analysis *a = inquiry->analysis;
    for (size_t i = 0; i < a->record_count && finding->evidence_count < FINDING_LIST; i++) {
        const struct record *r = &a->records[i];
        enum side closer = r->close_by == CLOSE_BY_CLIENT ? CLIENT : SERVER;
        if (r->close_how == CLOSE_FIN && !moment_is_set(r->at[AT_RST]) &&
            memcmp(&r->end[closer].address, host, sizeof *host) == 0)
            inquiry_add_evidence(finding, i);
    }
}

// Connections of the busiest pair, each with a port of its own.
static void show_ports(const struct inquiry *inquiry, struct finding *finding)
{
    const struct analysis *a = inquiry->analysis;
    for (size_t i = 0; i < a->record_count && finding->evidence_count < FINDING_LIST; i++)
        if (finding->pair_count > 0 && a->pair_of[i] == finding->pairs[0])
            inquiry_add_evidence(finding, i);
}

static void find_time_wait(struct inquiry *inquiry)
{
    const struct sockets *sockets = inquiry->analysis->sockets;
    const struct socket_host *worst = NULL;
    for (guint h = 0; sockets && h < sockets->hosts->len; h++) {
        const struct socket_host *host = &g_array_index(sockets->hosts, struct socket_host, h);
        if (!worst || host->peak[TCP_TIME_WAIT] > worst->peak[TCP_TIME_WAIT])
            worst = host;
    }
    if (!worst || worst->peak[TCP_TIME_WAIT] < TIME_WAIT_NOTE)
        return;
    uint32_t peak = worst->peak[TCP_TIME_WAIT];
    struct finding *finding = inquiry_draft(
        inquiry, FINDING_TIME_WAIT, peak >= TIME_WAIT_WARN ? SEVERITY_WARNING : SEVERITY_NOTE);
    finding->connections = peak;
    finding->values[0] = peak;
    finding->values[1] = worst->close_rate;
    finding->values[2] = worst->close_rate * 60;
    add_pairs_of(inquiry, finding, worst);
    show_waits(inquiry, finding, &worst->address);
}

static void find_exhaustion(struct inquiry *inquiry)
{
    const struct sockets *sockets = inquiry->analysis->sockets;
    for (guint h = 0; sockets && h < sockets->hosts->len; h++) {
        const struct socket_host *host = &g_array_index(sockets->hosts, struct socket_host, h);
        double used = (double)host->ports_peak / PORTS_LIMIT;
        bool is_soon = host->exhaustion_seconds <= EXHAUSTION_WARN;
        if (!host->is_client || (used < PORTS_WARN && !is_soon))
            continue;
        bool is_critical =
            used >= PORTS_CRITICAL || host->exhaustion_seconds <= EXHAUSTION_CRITICAL;
        bool is_first = !inquiry->is_made[FINDING_PORT_EXHAUSTION];
        struct finding *finding = inquiry_draft(inquiry, FINDING_PORT_EXHAUSTION, SEVERITY_WARNING);
        if (is_critical)
            finding->severity = SEVERITY_CRITICAL;
        finding->connections += host->ports_peak;
        add_pairs_of(inquiry, finding, host);
        if (!is_first)
            continue;
        finding->values[0] = host->ports_peak;
        finding->values[1] = host->exhaustion_seconds;
        show_ports(inquiry, finding);
    }
}

void inquiry_states(struct inquiry *inquiry)
{
    find_waits(inquiry);
    find_time_wait(inquiry);
    find_exhaustion(inquiry);
}
