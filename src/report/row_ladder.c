// SPDX-License-Identifier: BSD-2-Clause
// A connection's moments as rungs of a ladder: when, which frame, who sent it, what it was.
#include "report/json_text.h"
#include "report/row_parts.h"

size_t row_moments(const struct record *r, uint32_t bits, enum moment_id order[MOMENTS])
{
    size_t count = 0;
    for (int id = 0; id < MOMENTS; id++) {
        if (!(bits >> id & 1) || !moment_is_set(r->at[id]))
            continue;
        size_t at = count++;
        for (; at > 0 && r->at[order[at - 1]].frame > r->at[id].frame; at--)
            order[at] = order[at - 1];
        order[at] = (enum moment_id)id;
    }
    return count;
}

// Who sent the packet of a moment; NULL where the record doesn't tell.
static const char *sender_of(const struct record *r, enum moment_id id)
{
    switch (id) {
    case AT_START:
        return record_has(r, FACT_SYN) ? "client" : NULL;
    case AT_ESTABLISHED:
    case AT_FIRST_REQUEST:
    case AT_LAST_REQUEST:
    case AT_REQUEST_END:
    case AT_CLIENT_FIN:
    case AT_SERVER_FIN_ACK:
        return "client";
    case AT_RESPONSE_BEGIN:
    case AT_RESPONSE_END:
    case AT_SERVER_FIN:
    case AT_CLIENT_FIN_ACK:
        return "server";
    case AT_RST:
        if (r->close_how != CLOSE_RST)
            return NULL;
        return r->close_by == CLOSE_BY_CLIENT ? "client" : "server";
    case AT_BEYOND:
        return record_has(r, FACT_LATE_RESPONSE) ? "server" : "client";
    case AT_END:
    case MOMENTS:
        break;
    }
    return NULL;
}

void row_ladder_write(GString *text, const struct rows *rows, size_t index)
{
    const struct record *r = &rows->report->analysis->records[index];
    enum moment_id order[MOMENTS];
    size_t count = rows->is_evidence[index] ? row_moments(r, UINT32_MAX, order) : 0;
    json_text_literal(text, "[");
    for (size_t i = 0; i < count; i++) {
        json_text_words(text, i > 0 ? ",{\"time\":" : "{\"time\":");
        json_text_time(text, r->at[order[i]].time);
        json_text_literal(text, ",");
        row_place_write(text, rows, r->at[order[i]].frame);
        json_text_literal(text, ",\"from\":");
        json_text_key(text, sender_of(r, order[i]));
        json_text_literal(text, ",\"what\":");
        json_text_key(text, moment_words(order[i]));
        json_text_literal(text, "}");
    }
    json_text_literal(text, "]");
}
