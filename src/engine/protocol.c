// SPDX-License-Identifier: BSD-2-Clause
// What a connection speaks when it isn't HTTP/1: recognised by content, on any port.
#include "engine/protocol.h"

#include "engine/head.h"
#include "engine/message.h"
#include "engine/stream.h"

#define TLS_ALERT        0x15
#define TLS_HANDSHAKE    0x16
#define TLS_APPLICATION  0x17
#define TLS_ALERT_SEALED 19 // an encrypted TLS 1.3 alert record: 2 bytes, type, 16 bytes tag

static bool is_http_port(const struct reading *reading)
{
    const uint16_t *ports = reading->context->http_ports;
    while (ports && *ports && *ports != reading->flow->record.end[SERVER].port)
        ports++;
    return ports && *ports;
}

// TLS record header (RFC 8446 section 5.1): handshake, version 3.x.
static bool is_tls(struct slice bytes)
{
    return bytes.at[0] == TLS_HANDSHAKE && (bytes.length < 2 || bytes.at[1] == 3);
}

// Connection preface (RFC 9113 section 3.4).
static bool is_http2(struct slice bytes)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n";
    return bytes.length >= 4 &&
           memcmp(bytes.at, preface, MIN(bytes.length, sizeof preface - 1)) == 0;
}

static void silence(struct reading *reading, enum fact fact)
{
    flow_note(reading->flow, fact);
    reading->flow->reader[CLIENT] = READ_SILENT;
    reading->flow->reader[SERVER] = READ_SILENT;
}

bool protocol_is_other(struct reading *reading)
{
    const struct record *record = &reading->flow->record;
    bool sure = false;
    if (record->requests > 0 || record->responses > 0)
        return false;
    if (is_tls(reading->bytes))
        silence(reading, FACT_TLS);
    else if (reading->side == CLIENT && is_http2(reading->bytes))
        silence(reading, FACT_HTTP2);
    else if (!is_http_port(reading) &&
             !head_may_begin(reading->bytes, reading->side == CLIENT ? HEAD_REQUEST : HEAD_RESPONSE,
                             &sure))
        silence(reading, FACT_OTHER_PROTOCOL);
    else
        return false;
    return true;
}

// Record types 20 to 23, versions 3.0 to 3.4, length at most 2^14 + 256 (RFC 8446 section 5).
bool protocol_is_tls_record(struct reading *reading)
{
    const struct record *record = &reading->flow->record;
    struct slice bytes = reading->bytes;
    bool is_unread = record->requests == 0 && record->responses == 0;
    if (!is_unread || !reading->at_segment_start || bytes.length < 5)
        return false;
    if (bytes.at[0] < 0x14 || bytes.at[0] > TLS_APPLICATION || bytes.at[1] != 3 ||
        bytes.at[2] > 4 || read_be16(bytes.at + 3) > (1 << 14) + 256)
        return false;
    silence(reading, FACT_TLS);
    return true;
}

bool protocol_turns_to_http(struct reading *reading)
{
    struct flow *flow = reading->flow;
    bool sure = false;
    bool is_first = reading->side == SERVER && reading->at == FIRST_BYTE &&
                    flow_is(flow, FLOW_BASE << CLIENT) && flow->stream[CLIENT].next > FIRST_BYTE;
    if (!is_first || !head_may_begin(reading->bytes, HEAD_RESPONSE, &sure) || !sure)
        return false;
    flow_set_fact(flow, FACT_OTHER_PROTOCOL, false);
    flow_set_fact(flow, FACT_TLS, false);
    flow_note(flow, FACT_BAD_REQUEST);
    flow->reader[CLIENT] = READ_LOST;
    return true;
}

static bool is_alert(struct slice bytes)
{
    if (bytes.length < 5 || bytes.at[1] != 3)
        return false;
    return bytes.at[0] == TLS_ALERT ||
           (bytes.at[0] == TLS_APPLICATION && read_be16(bytes.at + 3) == TLS_ALERT_SEALED &&
            bytes.length == 5 + TLS_ALERT_SEALED);
}

static enum fact alerted(enum side side)
{
    return side == CLIENT ? FACT_CLIENT_ALERTED : FACT_SERVER_ALERTED;
}

// An alert that answers the other side's, or its FIN, begins nothing (RFC 8446 section 6.1).
static void note_alert(struct flow *flow, enum side side, uint32_t ack)
{
    const struct stream *peer = &flow->stream[!side];
    uint64_t acked = flow_is(flow, FLOW_BASE << !side) ? stream_position(peer, ack) : 0;
    bool has_fin = flow_is(flow, FLOW_FIN << !side);
    bool has_alert = record_has(&flow->record, alerted(!side));
    if ((has_fin && acked > flow->closing->fin[!side]) || (has_alert && acked >= peer->next))
        return;
    flow_note(flow, alerted(side));
    if (has_fin)
        flow_note(flow, alerted(!side));
}

void protocol_silent(struct reading *reading)
{
    struct flow *flow = reading->flow;
    bool alerts = record_has(&flow->record, FACT_TLS) && is_alert(reading->bytes);
    flow_set_fact(flow, FACT_TLS_ALERT, alerts);
    if (alerts) {
        note_alert(flow, reading->side, reading->ack);
        return;
    }
    flow_set_fact(flow, FACT_CLIENT_ALERTED, false);
    flow_set_fact(flow, FACT_SERVER_ALERTED, false);
    message_touch(reading);
}

void protocol_fin(struct flow *flow, enum side side, uint32_t ack)
{
    if (record_has(&flow->record, alerted(!side)) && !record_has(&flow->record, alerted(side)))
        note_alert(flow, side, ack);
}

void protocol_beyond(struct reading *reading)
{
    struct record *record = &reading->flow->record;
    struct moment *beyond = &record->at[AT_BEYOND];
    if (!moment_is_set(*beyond) && moment_is_set(reading->moment))
        *beyond = reading->moment;
    if (reading->side == SERVER) {
        if (record->close_by == CLOSE_BY_CLIENT)
            flow_note(reading->flow, FACT_LATE_RESPONSE);
        return;
    }
    if (record->close_by != CLOSE_BY_SERVER || record_has(record, FACT_RACED_REQUEST) ||
        record_has(record, FACT_STALE_REQUEST))
        return;
    uint64_t fin = reading->flow->closing->fin[SERVER];
    bool knows_fin =
        flow_is(reading->flow, FLOW_FIN << SERVER) &&
        (moment_is_set(record->at[AT_SERVER_FIN_ACK]) ||
         (reading->ack && stream_position(&reading->flow->stream[SERVER], reading->ack) > fin));
    flow_note(reading->flow, knows_fin ? FACT_STALE_REQUEST : FACT_RACED_REQUEST);
}
