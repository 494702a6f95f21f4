// SPDX-License-Identifier: BSD-2-Clause
// One record as one JSON object, written straight to text: a tree would cost more than the
// capture's reading. Key order is that of the report's specification.
#include "capture/address.h"
#include "engine/identity.h"
#include "judge/twins.h"
#include "report/document_parts.h"
#include "report/json_text.h"
#include "report/processes.h"
#include "report/row_parts.h"

#define TARGET_BYTES 256 // most bytes of a target that a report shows

bool rows_lists(const struct report *report, size_t index)
{
    enum cause only = report->options->only_cause;
    return only == CAUSE_NONE || report->analysis->verdicts[index].cause == only;
}

static void write_name(GString *text, const struct rows *rows, uint32_t id, size_t most)
{
    const struct names *names = rows->report->analysis->names;
    struct slice name = names_text(names, id);
    if (name.length == 0)
        json_text_literal(text, "null");
    else
        json_text_string(text, name, most, names_is_cut(names, id));
}

static void write_end(GString *text, const struct record *r, enum side side)
{
    char address[ADDRESS_TEXT_BYTES];
    size_t length = address_print(&r->end[side].address, address);
    json_text_literal(text, "{\"address\":\"");
    json_text_raw(text, address, length);
    json_text_literal(text, "\",\"port\":");
    json_text_count(text, r->end[side].port);
    json_text_literal(text, ",\"packets\":");
    json_text_count(text, r->end[side].packets);
    json_text_literal(text, ",\"bytes\":");
    json_text_count(text, r->end[side].bytes);
    json_text_literal(text, ",\"retransmitted\":");
    json_text_count(text, r->end[side].retransmitted);
    json_text_literal(text, ",\"lost_bytes\":");
    json_text_count(text, r->end[side].lost);
    json_text_literal(text, "}");
}

static int64_t time_of(struct moment moment)
{
    return moment_is_set(moment) ? moment.time : NANOS_UNKNOWN;
}

static void write_times(GString *text, const struct record *r)
{
    bool from_syn = record_has(r, FACT_SYN) && !record_has(r, FACT_MIDSTREAM);
    int64_t handshake = moment_between(r->at[AT_START], r->at[AT_ESTABLISHED]);
    json_text_literal(text, ",\"start\":");
    json_text_time(text, time_of(r->at[AT_START]));
    json_text_literal(text, ",\"end\":");
    json_text_time(text, time_of(r->at[AT_END]));
    json_text_literal(text, ",\"duration_seconds\":");
    json_text_seconds(text, moment_between(r->at[AT_START], r->at[AT_END]));
    json_text_literal(text, ",\"handshake_seconds\":");
    json_text_seconds(text, from_syn && handshake >= 0 ? handshake : NANOS_UNKNOWN);
    json_text_literal(text, ",\"idle_before_close_seconds\":");
    json_text_seconds(text, r->gap);
    json_text_literal(text, ",\"idle_max_seconds\":");
    json_text_seconds(text, r->idle_max);
}

static void write_count_or_null(GString *text, bool is_known, uint64_t count)
{
    if (is_known)
        json_text_count(text, count);
    else
        json_text_literal(text, "null");
}

static void write_counts(GString *text, const struct record *r)
{
    bool is_known = !record_is_opaque(r);
    json_text_literal(text, ",\"requests\":");
    write_count_or_null(text, is_known, r->requests);
    json_text_literal(text, ",\"responses\":");
    write_count_or_null(text, is_known, r->responses);
    json_text_literal(text, ",\"responses_complete\":");
    write_count_or_null(text, is_known, r->responses_complete);
    json_text_literal(text, ",\"outstanding\":");
    write_count_or_null(text, is_known, r->outstanding);
}

// `names` are the method's and the target's.
static void write_request(GString *text, const struct rows *rows, const uint32_t names[2],
                          struct moment moment)
{
    bool is_known = names[0] != 0 || names[1] != 0;
    json_text_literal(text, "{\"method\":");
    write_name(text, rows, names[0], NAME_BYTES);
    json_text_literal(text, ",\"target\":");
    write_name(text, rows, names[1], TARGET_BYTES);
    json_text_literal(text, ",");
    row_place_write(text, rows, is_known ? moment.frame : 0);
    json_text_literal(text, "}");
}

static void write_names(GString *text, const struct rows *rows, const struct record *r)
{
    json_text_literal(text, ",\"host\":");
    write_name(text, rows, r->names[NAME_HOST], NAME_BYTES);
    json_text_literal(text, ",\"user_agent\":");
    write_name(text, rows, r->names[NAME_AGENT], NAME_BYTES);
    json_text_literal(text, ",\"server_software\":");
    write_name(text, rows, r->names[NAME_SOFTWARE], NAME_BYTES);
    json_text_literal(text, ",\"first_request\":");
    write_request(text, rows, &r->names[NAME_FIRST_METHOD], r->at[AT_FIRST_REQUEST]);
    json_text_literal(text, ",\"last_request\":");
    write_request(text, rows, &r->names[NAME_LAST_METHOD], r->at[AT_LAST_REQUEST]);
    json_text_literal(text, ",\"last_status\":");
    write_count_or_null(text, r->last_status != 0, r->last_status);
}

// The wire is told in capture order, also when that is not the order of the closes.
static bool is_first_captured_of(const struct record *r, enum side side)
{
    bool is_closer = r->close_by == (side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER);
    return is_closer != record_has(r, FACT_CLOSE_OVERTAKEN);
}

static struct moment first_captured_close(const struct record *r)
{
    if (!record_has(r, FACT_CLOSE_OVERTAKEN))
        return record_close(r);
    return r->at[r->close_by == CLOSE_BY_CLIENT ? AT_SERVER_FIN : AT_CLIENT_FIN];
}

static const char *close_by_key(const struct record *r, const struct verdict *v)
{
    if (r->close_by == CLOSE_BY_NOBODY || r->close_how == CLOSE_OPEN)
        return v->by_network ? "network" : NULL;
    return is_first_captured_of(r, CLIENT) ? "client" : "server";
}

static const char *close_how_key(const struct record *r, const struct verdict *v)
{
    if (r->close_how == CLOSE_OPEN)
        return v->by_network ? "timeout" : NULL;
    return r->close_how == CLOSE_FIN ? "fin" : "rst";
}

static void write_close(GString *text, const struct rows *rows, const struct record *r,
                        const struct verdict *v)
{
    struct moment close = first_captured_close(r);
    json_text_literal(text, ",\"close\":{\"by\":");
    json_text_key(text, close_by_key(r, v));
    json_text_literal(text, ",\"how\":");
    json_text_key(text, close_how_key(r, v));
    json_text_literal(text, ",\"simultaneous\":");
    json_text_words(text, record_has(r, FACT_CLOSE_BOTH) ? "true," : "false,");
    row_place_write(text, rows, close.frame);
    json_text_literal(text, ",\"time\":");
    json_text_time(text, time_of(close));
    json_text_literal(text, ",\"tcp_states\":{\"client\":");
    json_text_key(text, tcp_state_name(r->end[CLIENT].state));
    json_text_literal(text, ",\"server\":");
    json_text_key(text, tcp_state_name(r->end[SERVER].state));
    json_text_literal(text, "},\"cause\":");
    json_text_key(text, cause_key(v->cause));
    json_text_literal(text, ",\"family\":");
    json_text_key(text, family_key(cause_family(v->cause)));
    json_text_literal(text, ",\"confidence\":");
    json_text_key(text, confidence_key(v->confidence));
    json_text_literal(text, ",\"runner_up\":");
    json_text_key(text, v->runner_up == CAUSE_NONE ? NULL : cause_key(v->runner_up));
    json_text_literal(text, ",\"reason\":");
    json_text_key(text, v->reason == REASON_NONE ? NULL : reason_key(v->reason));
    json_text_literal(text, "}");
}

static void write_body(GString *text, const struct record *r)
{
    bool has_response = r->responses > 0;
    json_text_literal(text, ",\"body\":{\"expected_bytes\":");
    write_count_or_null(text, has_response && r->expected >= 0, (uint64_t)r->expected);
    json_text_literal(text, ",\"received_bytes\":");
    write_count_or_null(text, has_response && r->received >= 0, (uint64_t)r->received);
    json_text_literal(text, "}");
}

// The connection that is the same one under another name.
static void write_twin(GString *text, const struct rows *rows, size_t index)
{
    const uint32_t *twin_of = rows->report->analysis->twin_of;
    char id[ROW_ID];
    json_text_literal(text, ",\"twin\":");
    if (!twin_of || twin_of[index] == TWIN_NONE) {
        json_text_literal(text, "null");
        return;
    }
    rows_id(rows, twin_of[index], id);
    json_text_literal(text, "\"");
    json_text_words(text, id);
    json_text_literal(text, "\"");
}

void rows_write(GString *text, const struct rows *rows, size_t index)
{
    const struct record *r = &rows->report->analysis->records[index];
    const struct verdict *v = &rows->report->analysis->verdicts[index];
    char id[ROW_ID], community[IDENTITY_COMMUNITY_BYTES];
    rows_id(rows, index, id);
    identity_community(r, community);
    json_text_literal(text,
                      "{\"type\":\"connection\",\"schema\":\"connreuse.connection/1\",\"id\":\"");
    json_text_words(text, id);
    json_text_literal(text, "\",\"community_id\":\"");
    json_text_words(text, community);
    json_text_literal(text, "\",\"client\":");
    write_end(text, r, CLIENT);
    json_text_literal(text, ",\"server\":");
    write_end(text, r, SERVER);
    write_times(text, r);
    write_counts(text, r);
    write_names(text, rows, r);
    write_close(text, rows, r, v);
    write_body(text, r);
    json_text_literal(text, ",\"evidence\":");
    row_evidence_write(text, rows, index);
    json_text_literal(text, ",\"filter\":");
    row_filter_write(text, rows, index);
    json_text_literal(text, ",\"labels\":");
    json_text_raw(text, rows->labels->str, rows->labels->len);
    json_text_literal(text, ",\"probe\":");
    json_text_words(text, v->is_probe ? "true" : "false");
    write_twin(text, rows, index);
    json_text_literal(text, ",\"ladder\":");
    row_ladder_write(text, rows, index);
    json_text_literal(text, ",\"processes\":");
    row_processes_write(text, rows->report, r);
    json_text_literal(text, "}");
    json_text_end(text);
}
