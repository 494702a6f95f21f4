// SPDX-License-Identifier: BSD-2-Clause
// What a moment of a connection shows beyond its name.
#include "report/json_text.h"
#include "report/row_parts.h"

// Facts that a cause rests on, and the moment beside which they are told.
static const struct {
    enum cause cause;
    enum fact fact;
    enum moment_id at;
} telling[] = {
    {CAUSE_CLIENT_ASKED_CLOSE, FACT_CLIENT_SAYS_CLOSE, AT_LAST_REQUEST},
    {CAUSE_CLIENT_ASKED_CLOSE, FACT_CLIENT_HTTP10, AT_LAST_REQUEST},
    {CAUSE_SERVER_SAID_CLOSE, FACT_SERVER_SAYS_CLOSE, AT_RESPONSE_BEGIN},
    {CAUSE_SERVER_SAID_CLOSE, FACT_SERVER_HTTP10, AT_RESPONSE_BEGIN},
    {CAUSE_SERVER_REQUEST_LIMIT, FACT_SERVER_SAYS_CLOSE, AT_RESPONSE_BEGIN},
    {CAUSE_SERVER_REQUEST_LIMIT, FACT_COUNTED_DOWN, AT_RESPONSE_BEGIN},
    {CAUSE_SERVER_ERROR_CLOSE, FACT_SERVER_SAYS_CLOSE, AT_RESPONSE_BEGIN},
    {CAUSE_CLOSE_DELIMITED_RESPONSE, FACT_UNTIL_CLOSE, AT_RESPONSE_BEGIN},
    {CAUSE_EARLY_RESPONSE, FACT_EARLY_RESPONSE, AT_RESPONSE_END},
    {CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, FACT_CLIENT_WINDOW_FULL, AT_SERVER_FIN},
    {CAUSE_MIDDLEBOX_IDLE_DROP, FACT_RST_FOREIGN, AT_RST},
    {CAUSE_PROTOCOL_ERROR, FACT_BAD_REQUEST, AT_LAST_REQUEST},
    {CAUSE_PROTOCOL_ERROR, FACT_SPACED_TARGET, AT_LAST_REQUEST},
    {CAUSE_PROTOCOL_ERROR, FACT_BAD_RESPONSE, AT_RESPONSE_BEGIN},
    {CAUSE_PROTOCOL_ERROR, FACT_BAD_FRAMING, AT_RESPONSE_BEGIN},
    {CAUSE_PROTOCOL_ERROR, FACT_UNASKED_BYTES, AT_BEYOND},
    {CAUSE_SERVER_IDLE_TIMEOUT, FACT_UNASKED_BYTES, AT_BEYOND},
    {CAUSE_OPAQUE_CLOSED, FACT_TLS, AT_START},
    {CAUSE_OPAQUE_CLOSED, FACT_HTTP2, AT_START},
    {CAUSE_OPAQUE_CLOSED, FACT_OTHER_PROTOCOL, AT_START},
    {CAUSE_TUNNEL_CLOSED, FACT_UPGRADED, AT_RESPONSE_BEGIN},
    {CAUSE_TUNNEL_CLOSED, FACT_CONNECTED, AT_RESPONSE_BEGIN},
};

static void append_facts(GString *text, const struct record *r, const struct verdict *v,
                         enum moment_id id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(telling); i++) {
        if (telling[i].cause != v->cause || telling[i].at != id || !record_has(r, telling[i].fact))
            continue;
        json_text_literal(text, ": ");
        json_text_words(text, fact_words(telling[i].fact));
    }
}

static void append_after(GString *text, int64_t nanos, const char *what)
{
    json_text_literal(text, ", ");
    json_text_duration(text, nanos);
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
static void append_close(GString *text, const struct record *r)
{
    struct moment close = record_close(r);
    if (r->phase == PHASE_BODY)
        append_body(text, r);
    else if (r->phase == PHASE_AWAITING && moment_is_set(r->at[AT_REQUEST_END]))
        append_after(text, close.time - r->at[AT_REQUEST_END].time,
                     record_has(r, FACT_HALF_CLOSE) ? "the request" : "the request, no response");
    else if (r->gap != NANOS_UNKNOWN && r->phase == PHASE_IDLE)
        append_after(text, r->gap, "the last response");
    else if (r->gap != NANOS_UNKNOWN && r->phase == PHASE_UNUSED)
        append_after(text, r->gap, "the handshake");
    else if (r->gap != NANOS_UNKNOWN && r->phase == PHASE_OPAQUE)
        append_after(text, r->gap, "the last data");
}

// Bytes that the closer could not know of yet, or no more.
static void append_beyond(GString *text, const struct record *r)
{
    struct moment close = record_close(r);
    if (!moment_is_set(close))
        return;
    if (record_has(r, FACT_LATE_RESPONSE))
        append_after(text, r->at[AT_BEYOND].time - close.time,
                     record_has(r, FACT_HALF_CLOSE)
                         ? "the client ended its side: the response"
                         : "the close: the response, which needed so much longer");
    else if (record_has(r, FACT_RACED_REQUEST))
        json_text_literal(text, ": a request that crosses the server's close");
    else if (record_has(r, FACT_STALE_REQUEST))
        json_text_literal(text, ": a request although the close was acknowledged");
}

void row_details_append(GString *text, const struct record *r, const struct verdict *v,
                        enum moment_id id)
{
    bool is_partial = id == AT_RESPONSE_END && (r->phase == PHASE_BODY || r->phase == PHASE_HEAD);
    json_text_words(text, is_partial ? "last byte seen of the last response" : moment_words(id));
    if (id == AT_BEYOND)
        append_beyond(text, r);
    else if ((id == AT_RST || id == AT_CLIENT_FIN || id == AT_SERVER_FIN) &&
             r->at[id].frame == record_close(r).frame)
        append_close(text, r);
    append_facts(text, r, v, id);
}
