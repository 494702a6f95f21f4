// SPDX-License-Identifier: BSD-2-Clause
// Evidence: the packets that a verdict rests on, each with its words.
#include "report/duration_text.h"
#include "report/json_text.h"
#include "report/row_parts.h"

void row_place_write(GString *text, const struct rows *rows, uint32_t frame)
{
    if (frame == 0) {
        json_text_literal(text, "\"input\":null,\"frame\":null");
        return;
    }
    struct place place = places_find(&rows->places, frame);
    json_text_literal(text, "\"input\":");
    json_text_count(text, place.input);
    json_text_literal(text, ",\"frame\":");
    json_text_count(text, place.frame);
}

static void append_duration(GString *text, int64_t nanos)
{
    char words[DURATION_TEXT];
    json_text_raw(text, words, duration_text(nanos, words));
}

// Opens an item up to its words; the caller appends them and `"}`.
static void begin_item(GString *text, const struct rows *rows, struct moment moment)
{
    if (text->str[text->len - 1] != '[')
        json_text_literal(text, ",");
    json_text_literal(text, "{");
    row_place_write(text, rows, moment.frame);
    json_text_literal(text, ",\"time\":");
    json_text_time(text, moment_is_set(moment) ? moment.time : NANOS_UNKNOWN);
    json_text_literal(text, ",\"what\":\"");
}

static void append_after(GString *text, int64_t nanos, const char *what)
{
    json_text_literal(text, ", ");
    append_duration(text, nanos);
    json_text_literal(text, " after ");
    json_text_words(text, what);
}

static void append_body(GString *text, const struct record *r)
{
    json_text_literal(text, ", ");
    json_text_count(text, (uint64_t)MAX(r->received, 0));
    if (r->expected != LENGTH_UNKNOWN) {
        json_text_literal(text, " of ");
        json_text_count(text, (uint64_t)r->expected);
    }
    json_text_literal(text, " body bytes received");
}

// What the first close itself shows: how long nothing happened, or what was missing.
static void append_close_details(GString *text, const struct record *r)
{
    struct moment close = record_close(r);
    bool is_stay = r->phase == PHASE_IDLE || r->phase == PHASE_UNUSED || r->phase == PHASE_OPAQUE;
    if (is_stay && r->gap != NANOS_UNKNOWN)
        append_after(text, r->gap,
                     r->phase == PHASE_UNUSED ? "the handshake"
                     : r->phase == PHASE_IDLE ? "the last response"
                                              : "the last data");
    else if (r->phase == PHASE_AWAITING && moment_is_set(r->at[AT_REQUEST_END]))
        append_after(text, close.time - r->at[AT_REQUEST_END].time, "the request, no response");
    else if (r->phase == PHASE_BODY)
        append_body(text, r);
}

static void append_beyond_details(GString *text, const struct record *r)
{
    struct moment close = record_close(r);
    if (moment_is_set(close) && record_has(r, FACT_LATE_RESPONSE))
        append_after(text, r->at[AT_BEYOND].time - close.time, "the close: a late response");
    else if (moment_is_set(close) && record_has(r, FACT_RACED_REQUEST))
        json_text_literal(text, ": a request that crosses the server's close");
    else if (moment_is_set(close) && record_has(r, FACT_STALE_REQUEST))
        json_text_literal(text, ": a request although the close was acknowledged");
}

static void write_moment(GString *text, const struct rows *rows, const struct record *r,
                         enum moment_id id)
{
    struct moment close = record_close(r);
    begin_item(text, rows, r->at[id]);
    json_text_words(text, moment_words(id));
    if (id == AT_BEYOND)
        append_beyond_details(text, r);
    else if ((id == AT_RST || id == AT_CLIENT_FIN || id == AT_SERVER_FIN) &&
             r->at[id].frame == close.frame)
        append_close_details(text, r);
    json_text_literal(text, "\"}");
}

static void append_group_of(GString *text, const struct verdict *v, const char *what)
{
    json_text_count(text, v->size);
    json_text_literal(text, " connections ");
    json_text_words(text, what);
    json_text_literal(text, " ");
    append_duration(text, v->value);
}

// What the group of connections says, in words; nothing for GROUP_NONE.
static void append_group(GString *text, const struct verdict *v)
{
    switch ((enum group)v->group) {
    case GROUP_GAP_CLUSTER:
        append_group_of(text, v, "closed after the same gap of");
        return;
    case GROUP_AGE_CLUSTER:
        append_group_of(text, v, "closed at the same age of");
        return;
    case GROUP_WAIT_CLUSTER:
        append_group_of(text, v, "closed after the same wait of");
        return;
    case GROUP_KNOWN_DEFAULT:
        json_text_literal(text, "the gap equals a known default: ");
        append_duration(text, v->value);
        return;
    case GROUP_ADVERTISED:
        json_text_literal(text, "the gap equals the advertised Keep-Alive timeout: ");
        append_duration(text, v->value);
        return;
    case GROUP_REQUEST_COUNT:
        json_text_count(text, v->size);
        json_text_literal(text, " connections ended at request ");
        json_text_count(text, (uint64_t)v->value);
        return;
    case GROUP_KEPT_PEERS:
        json_text_literal(text, "idle connections kept: ");
        json_text_count(text, (uint64_t)v->value);
        json_text_literal(text, ", in ");
        json_text_count(text, v->size);
        json_text_literal(text, " closes that agree");
        return;
    case GROUP_BURST:
        append_group_of(text, v, "closed together within");
        return;
    case GROUP_UNPOOLED:
        json_text_count(text, v->size);
        json_text_literal(text, " idle connections that later opens did not use");
        return;
    case GROUP_NONE:
    case GROUPS:
        return;
    }
}

static void write_groups(GString *text, const struct rows *rows, const struct record *r,
                         const struct verdict *v)
{
    struct moment close = record_close(r);
    struct moment where = moment_is_set(close) ? close : r->at[AT_END];
    if (v->group != GROUP_NONE) {
        begin_item(text, rows, where);
        append_group(text, v);
        json_text_literal(text, "\"}");
    }
    if (v->kept_peers == UINT32_MAX || cause_family(v->cause) == FAMILY_IDLE_EXPIRY)
        return;
    begin_item(text, rows, where);
    json_text_literal(text, "idle connections of this pair kept at that moment: ");
    json_text_count(text, v->kept_peers);
    json_text_literal(text, "\"}");
}

void row_evidence_write(GString *text, const struct rows *rows, size_t index)
{
    const struct record *r = &rows->report->analysis->records[index];
    const struct verdict *v = &rows->report->analysis->verdicts[index];
    enum moment_id order[MOMENTS];
    size_t count = row_moments(r, v->evidence, order);
    json_text_literal(text, "[");
    for (size_t i = 0; i < count; i++)
        write_moment(text, rows, r, order[i]);
    write_groups(text, rows, r, v);
    json_text_literal(text, "]");
}
