// SPDX-License-Identifier: BSD-2-Clause
// Evidence: the packets that a verdict rests on, each with its words.
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

static void write_moment(GString *text, const struct rows *rows, size_t index, enum moment_id id)
{
    const struct record *r = &rows->report->analysis->records[index];
    begin_item(text, rows, r->at[id]);
    row_details_append(text, r, &rows->report->analysis->verdicts[index], id);
    json_text_literal(text, "\"}");
}

static void append_group_of(GString *text, const struct verdict *v, const char *what)
{
    json_text_count(text, v->size);
    json_text_literal(text, " connections ");
    json_text_words(text, what);
    json_text_literal(text, " ");
    json_text_duration(text, v->value);
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
        json_text_duration(text, v->value);
        return;
    case GROUP_ADVERTISED:
        json_text_literal(text, "the gap equals the advertised Keep-Alive timeout: ");
        json_text_duration(text, v->value);
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
        json_text_count(text, v->size);
        json_text_literal(text, " connections closed together");
        if (v->value <= 0)
            return;
        json_text_literal(text, " within ");
        json_text_duration(text, v->value);
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

static unsigned larger(unsigned one, unsigned other)
{
    return one > other ? one : other;
}

// What was sent and never answered, where the cause rests on it.
static void write_unanswered(GString *text, const struct rows *rows, const struct record *r,
                             const struct verdict *v)
{
    bool is_probing = v->cause == CAUSE_TCP_KEEPALIVE_FAILED;
    bool is_sending =
        v->cause == CAUSE_RETRANSMISSION_TIMEOUT || v->cause == CAUSE_MIDDLEBOX_IDLE_DROP;
    unsigned count =
        is_probing   ? larger(r->end[CLIENT].probes_unanswered, r->end[SERVER].probes_unanswered)
        : is_sending ? larger(r->end[CLIENT].tail_retransmits, r->end[SERVER].tail_retransmits)
                     : 0;
    if (count == 0)
        return;
    begin_item(text, rows, r->at[AT_END]);
    json_text_count(text, count);
    json_text_words(text, is_probing ? " TCP keep-alive probes were not answered\"}"
                                     : " retransmissions were not acknowledged\"}");
}

static void write_groups(GString *text, const struct rows *rows, const struct record *r,
                         const struct verdict *v)
{
    struct moment close = record_close(r);
    struct moment where = moment_is_set(close) ? close : r->at[AT_END];
    write_unanswered(text, rows, r, v);
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
        write_moment(text, rows, index, order[i]);
    write_groups(text, rows, r, v);
    json_text_literal(text, "]");
}
