// SPDX-License-Identifier: BSD-2-Clause
// Builds records and verdicts by hand: the report floor is tested without the ones below.
#include "report_fixture.h"

#include <math.h>

#include "judge/finding.h"
#include "judge/known.h"
#include "judge/sockets.h"

#define START INT64_C(1700000000123456789)
#define STEP  INT64_C(10000000) // between connections

static const enum cause causes_used[] = {
    CAUSE_CLIENT_POOL_LIMIT,
    CAUSE_SERVER_IDLE_TIMEOUT,
    CAUSE_OPEN,
    CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE,
    CAUSE_UNREAD_BODY,
    CAUSE_OPAQUE_CLOSED,
    CAUSE_RETRANSMISSION_TIMEOUT,
    CAUSE_UNATTRIBUTED,
    CAUSE_CONNECT_REFUSED,
    CAUSE_CLIENT_ASKED_CLOSE,
};
#define KINDS G_N_ELEMENTS(causes_used)

static struct moment moment_of(size_t index, unsigned nth, int64_t after)
{
    return (struct moment){START + (int64_t)index * STEP + after, (uint32_t)(index * 20 + nth)};
}

static struct address address_of(uint32_t host, bool is_v6)
{
    struct address a = {{0}};
    if (is_v6)
        memcpy(a.bytes, "\x20\x01\x0d\xb8", 4);
    else
        memset(a.bytes + 10, 0xff, 2);
    a.bytes[12] = 10;
    a.bytes[13] = (uint8_t)(host >> 16);
    a.bytes[14] = (uint8_t)(host >> 8);
    a.bytes[15] = (uint8_t)host;
    return a;
}

static void set_ends(struct record *r, size_t index)
{
    bool is_v6 = index % 7 == 3;
    r->end[CLIENT].address = address_of(1 + index % 3, is_v6);
    r->end[SERVER].address = address_of(256 + index % 2, is_v6);
    r->end[CLIENT].port = (uint16_t)(32768 + index % 28000);
    r->end[SERVER].port = index % 2 ? 80 : 8080;
    r->end[CLIENT].bytes = 1000 + index % 999;
    r->end[SERVER].bytes = 100000 + index % 9999;
    r->end[CLIENT].packets = 12;
    r->end[SERVER].packets = 14;
    r->end[SERVER].lost = index % KINDS == 7 ? 1460 : 0;
    r->end[CLIENT].state = TCP_TIME_WAIT;
    r->end[SERVER].state = TCP_CLOSED;
    r->initial_seq = (uint32_t)(index * 2654435761U);
}

static void set_exchange(struct record *r, size_t index, struct names *names, struct slice hostile)
{
    static const char agent[] = "Go-http-client/1.1", method[] = "GET",
                      target[] = "/api/items?page=";
    char number[300];
    int length = snprintf(number, sizeof number, "%s%zu%.*s", target, index % 50,
                          (int)MIN(hostile.length, 250), (const char *)hostile.at);
    r->requests = r->responses = 1 + (uint32_t)(index * index % 12);
    r->responses_complete = r->responses;
    r->last_status = 200;
    r->expected = r->received = 4096;
    r->names[NAME_HOST] = names_intern(names, hostile.length ? hostile : slice_of("shop", 4), 128);
    r->names[NAME_AGENT] = names_intern(names, slice_of(agent, strlen(agent)), 128);
    r->names[NAME_SOFTWARE] = names_intern(names, slice_of("nginx", 5), 128);
    r->names[NAME_FIRST_METHOD] = r->names[NAME_LAST_METHOD] =
        names_intern(names, slice_of(method, strlen(method)), 128);
    r->names[NAME_FIRST_TARGET] = r->names[NAME_LAST_TARGET] =
        names_intern(names, slice_of(number, MIN((size_t)length, sizeof number - 1)), 256);
    r->at[AT_FIRST_REQUEST] = moment_of(index, 4, 1100000);
    r->at[AT_LAST_REQUEST] = moment_of(index, 8, 2000000);
    r->at[AT_REQUEST_END] = moment_of(index, 8, 2000000);
    r->at[AT_RESPONSE_BEGIN] = moment_of(index, 9, 3000000);
    r->at[AT_RESPONSE_END] = moment_of(index, 10, 3100000);
    r->phase = PHASE_IDLE;
}

static void close_with(struct record *r, size_t index, enum close_by by, enum close_how how)
{
    enum moment_id fin = by == CLOSE_BY_CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN;
    r->close_by = (uint8_t)by;
    r->close_how = (uint8_t)how;
    r->at[how == CLOSE_RST ? AT_RST : fin] = moment_of(index, 11, 3200000);
    r->gap = r->phase == PHASE_IDLE ? 100000 : NANOS_UNKNOWN;
}

// What makes the record one of its cause: see causes_used.
static void shape(struct record *r, struct verdict *v, size_t index)
{
    switch (v->cause) {
    case CAUSE_SERVER_IDLE_TIMEOUT:
        close_with(r, index, CLOSE_BY_SERVER, CLOSE_FIN);
        r->gap = 60 * NANOS_PER_SECOND + 5 * NANOS_PER_MS;
        v->group = GROUP_GAP_CLUSTER;
        v->value = 60 * NANOS_PER_SECOND;
        v->size = 212;
        v->evidence |= 1U << AT_SERVER_FIN;
        return;
    case CAUSE_OPEN:
        return;
    case CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE:
        r->phase = PHASE_AWAITING;
        r->outstanding = 1;
        close_with(r, index, CLOSE_BY_CLIENT, CLOSE_RST);
        v->evidence |= 1U << AT_RST;
        return;
    case CAUSE_UNREAD_BODY:
        r->phase = PHASE_BODY;
        r->received = 1234;
        close_with(r, index, CLOSE_BY_CLIENT, CLOSE_RST);
        v->evidence |= 1U << AT_RST;
        return;
    case CAUSE_RETRANSMISSION_TIMEOUT:
        v->by_network = true;
        return;
    case CAUSE_UNATTRIBUTED:
        r->facts |= UINT64_C(1) << FACT_MIDSTREAM | UINT64_C(1) << FACT_LOST_BYTES;
        r->facts &= ~(UINT64_C(1) << FACT_SYN);
        v->reason = REASON_LOSS;
        close_with(r, index, CLOSE_BY_SERVER, CLOSE_FIN);
        return;
    default:
        close_with(r, index, CLOSE_BY_CLIENT, CLOSE_FIN);
        v->evidence |= 1U << AT_CLIENT_FIN;
        return;
    }
}

// What the capture says of some connections: on one end, and on either.
static void set_notes(struct fixture *f, struct record *r, size_t index, struct slice hostile)
{
    struct slice text = hostile.length ? hostile : slice_of("/usr/bin/pay", 12);
    struct note_texts texts = {{[NOTE_PID] = slice_of("4711", 4),
                                [NOTE_COMMAND] = text,
                                [NOTE_ARGUMENTS] = text,
                                [NOTE_POD] = text,
                                [NOTE_NAMESPACE] = slice_of("shop", 4)}};
    notes_name(f->notes, &r->end[SERVER].address, hostile.length ? hostile : slice_of("api", 3));
    if (index % 5 == 2)
        r->end[CLIENT].note = notes_keep(f->notes, &texts);
    if (index % 10 == 2)
        r->end[SERVER].note = r->end[CLIENT].note;
}

static void make_record(struct fixture *f, size_t index, struct slice hostile)
{
    struct record *r = &f->analysis.records[index];
    struct verdict *v = &f->analysis.verdicts[index];
    *v = (struct verdict){.cause = (uint8_t)causes_used[index % KINDS],
                          .runner_up = CAUSE_NONE,
                          .confidence = (uint8_t)(index % CONFIDENCES),
                          .kept_peers = index % KINDS == 0 ? 2 : UINT32_MAX,
                          .evidence = 1U << AT_LAST_REQUEST | 1U << AT_RESPONSE_END};
    r->gap = r->idle_max = NANOS_UNKNOWN;
    r->expected = r->received = LENGTH_UNKNOWN;
    r->advertised_timeout = r->advertised_max = ADVERTISED_NONE;
    r->phase = PHASE_CONNECTING;
    r->facts = UINT64_C(1) << FACT_CLIENT_SEEN | UINT64_C(1) << FACT_SERVER_SEEN |
               UINT64_C(1) << FACT_SYN | UINT64_C(1) << FACT_SYN_ACK |
               UINT64_C(1) << FACT_ESTABLISHED;
    r->at[AT_START] = moment_of(index, 1, 0);
    r->at[AT_END] = moment_of(index, 12, 3300000);
    set_ends(r, index);
    if (v->cause != CAUSE_CONNECT_REFUSED)
        r->at[AT_ESTABLISHED] = moment_of(index, 3, 1000000);
    if (v->cause == CAUSE_OPAQUE_CLOSED)
        r->phase = PHASE_OPAQUE;
    else if (v->cause != CAUSE_CONNECT_REFUSED)
        set_exchange(r, index, f->names, hostile);
    shape(r, v, index);
    v->is_probe = v->cause == CAUSE_CLIENT_ASKED_CLOSE;
    set_notes(f, r, index, hostile);
}

static void sum_up(struct analysis *a)
{
    struct tally *tally = tally_new();
    for (size_t i = 0; i < a->record_count; i++)
        tally_add(tally, &a->records[i], &a->verdicts[i]);
    tally_totals(tally, &a->totals);
    a->causes = tally_causes(tally);
    a->families = causes_families(a->causes);
    a->spread = tally_spread(tally);
    tally_free(tally);
    a->pairs = pairs_new(a->records, a->record_count, a->pair_of, NULL);
    struct members members = members_new(a->pair_of, a->record_count, a->pairs->len);
    pairs_sum_up(a->pairs, &members, a->records, a->verdicts, 1);
    members_free(&members);
}

static void add_groups(struct analysis *a)
{
    a->findings = g_array_new(FALSE, TRUE, sizeof(struct finding));
    a->settings = g_array_new(FALSE, TRUE, sizeof(struct setting));
    a->conflicts = g_array_new(FALSE, TRUE, sizeof(struct conflict));
    a->what_ifs = g_array_new(FALSE, TRUE, sizeof(struct what_if));
    if (a->record_count == 0)
        return;
    struct finding finding = {.id = FINDING_BODY_NOT_DRAINED,
                              .severity = SEVERITY_CRITICAL,
                              .connections = 4,
                              .pair_count = 1,
                              .evidence = {(uint32_t)a->record_count - 1},
                              .evidence_count = 1,
                              .handshakes = 4,
                              .cost_time = 12345678};
    struct setting setting = {.host = {a->records[0].end[SERVER].address, 80},
                              .role = SERVER,
                              .kind = SETTING_IDLE_TIMEOUT,
                              .value = 60 * NANOS_PER_SECOND,
                              .low = 59 * NANOS_PER_SECOND,
                              .high = 61 * NANOS_PER_SECOND,
                              .n = 212,
                              .advertised = NANOS_UNKNOWN};
    struct conflict conflict = {0, 90 * NANOS_PER_SECOND, 60 * NANOS_PER_SECOND, 3, 2, 1, 1,
                                7, 55 * NANOS_PER_SECOND};
    struct what_if what_if = {.captured = {2, INT64_MAX, 100, 98, 60},
                              .recommended = {UINT32_MAX, 90 * NANOS_PER_SECOND, 10, 8, 6},
                              .replayed_opens = 101,
                              .curve = g_array_new(FALSE, TRUE, sizeof(struct what_if_point))};
    g_array_append_val(what_if.curve, what_if.captured);
    g_array_append_val(a->findings, finding);
    g_array_append_val(a->settings, setting);
    g_array_append_val(a->conflicts, conflict);
    g_array_append_val(a->what_ifs, what_if);
    a->sockets = sockets_new(a, NULL);
}

void fixture_init(struct fixture *f, size_t connections, struct slice hostile)
{
    static const uint16_t links[] = {1, 113};
    memset(f, 0, sizeof *f);
    f->names = names_new(&limits_default);
    f->notes = notes_new(&limits_default, true);
    f->analysis = (struct analysis){.names = f->names,
                                    .records = g_new0(struct record, connections + 1),
                                    .verdicts = g_new0(struct verdict, connections + 1),
                                    .pair_of = g_new0(uint32_t, connections + 1),
                                    .record_count = connections,
                                    .first = START,
                                    .last = START + (int64_t)(connections + 1) * STEP};
    for (size_t i = 0; i < connections; i++)
        make_record(f, i, hostile);
    sum_up(&f->analysis);
    add_groups(&f->analysis);
    struct source_info info = {.name = "b.pcap",
                               .format = "pcap",
                               .link_types = links,
                               .link_type_count = 2,
                               .packets = connections * 10,
                               .bytes_read = 1000,
                               .first = START + NANOS_PER_SECOND,
                               .last = START + 2 * NANOS_PER_SECOND};
    f->runs[0] = (struct report_run){(uint32_t)(connections * 10), 0};
    f->inputs[0] = (struct report_input){info, &f->runs[0], 1};
    info.name = "a.pcapng";
    info.format = "pcapng";
    info.compression = "gzip";
    info.first -= NANOS_PER_SECOND;
    info.last -= NANOS_PER_SECOND;
    info.truncated = true;
    info.damage = "cut short in packet 9 (12 bytes missing)";
    f->inputs[1] = (struct report_input){info, &f->runs[1], 1};
    f->skipped[0] = (struct skipped_row){"not-ip", 17};
    f->options = (struct report_options){.command = "connreuse a.pcapng b.pcap",
                                         .started = START,
                                         .max_connections = -1,
                                         .top = 10,
                                         .only_cause = CAUSE_NONE,
                                         .width = 80};
    f->report = (struct report){&f->analysis, f->inputs, 2,           {.segments = 1000},
                                f->skipped,   1,         &f->options, f->notes};
}

void fixture_clear(struct fixture *f)
{
    struct analysis *a = &f->analysis;
    g_free(a->records);
    g_free(a->verdicts);
    g_free(a->pair_of);
    g_array_free(a->causes, TRUE);
    g_array_free(a->families, TRUE);
    g_array_free(a->spread, TRUE);
    pairs_free(a->pairs);
    for (guint i = 0; i < a->what_ifs->len; i++)
        g_array_free(g_array_index(a->what_ifs, struct what_if, i).curve, TRUE);
    g_array_free(a->findings, TRUE);
    g_array_free(a->settings, TRUE);
    g_array_free(a->conflicts, TRUE);
    g_array_free(a->what_ifs, TRUE);
    if (a->sockets != NULL)
        sockets_free(a->sockets);
    names_free(f->names);
    notes_free(f->notes);
}
