// SPDX-License-Identifier: BSD-2-Clause
// The rules table: what one connection alone says, in the order of the tests.
#include "judge/rules.h"

#include <stddef.h>

#include "judge/when.h"

#define P(phase)  (UINT32_C(1) << PHASE_##phase)
#define F(fact)   (UINT64_C(1) << FACT_##fact)
#define E(moment) (UINT32_C(1) << AT_##moment)
#define BY_NOBODY (UINT32_C(1) << CLOSE_BY_NOBODY)
#define BY_CLIENT (UINT32_C(1) << CLOSE_BY_CLIENT)
#define BY_SERVER (UINT32_C(1) << CLOSE_BY_SERVER)
#define CLOSED    (BY_CLIENT | BY_SERVER)
#define ANYONE    (BY_NOBODY | CLOSED)
#define ANY_PHASE UINT32_MAX

const struct rule rules[] = {
    // Connect.
    {CAUSE_CONNECT_REFUSED, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(CONNECTING), F(SYN),
     F(SYN_ACK), when_reset, "the SYN was answered by RST", E(START) | E(RST)},
    {CAUSE_CONNECT_TIMEOUT, CAUSE_NONE, CONFIDENCE_PROVEN, BY_NOBODY, P(CONNECTING), F(SYN),
     F(SYN_ACK) | F(LOST_BYTES), when_syn_repeated, "the SYN was sent again and never answered",
     E(START) | E(END)},
    {CAUSE_OPEN, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_NOBODY, P(CONNECTING), F(SYN),
     F(SYN_ACK) | F(LOST_BYTES) | F(HOLE_AFTER), NULL, "no answer to the SYN yet",
     E(START) | E(END)},
    // Tunnel and opaque.
    {CAUSE_TUNNEL_CLOSED, CAUSE_NONE, CONFIDENCE_PROVEN, CLOSED, P(TUNNEL), 0, 0, NULL, NULL,
     E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_OPAQUE_CLOSED, CAUSE_TUNNEL_CLOSED, CONFIDENCE_AMBIGUOUS, CLOSED, P(OPAQUE),
     F(OTHER_PROTOCOL) | F(MIDSTREAM), 0, NULL, "its beginning isn't in the capture",
     E(START) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_UNATTRIBUTED, CAUSE_OPAQUE_CLOSED, CONFIDENCE_CONSISTENT, CLOSED, P(OPAQUE),
     F(OTHER_PROTOCOL) | F(LOST_BYTES), 0, NULL, "bytes are missing that may begin a message",
     E(START) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_OPAQUE_CLOSED, CAUSE_NONE, CONFIDENCE_PROVEN, CLOSED, P(OPAQUE), 0, 0, NULL, NULL,
     E(START) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_UNUSED_CONNECTION, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, P(UNUSED),
     F(CLIENT_SEEN) | F(ESTABLISHED) | F(SYN), F(SERVER_SEEN), NULL,
     "the client's packets alone, none with data", E(START) | E(CLIENT_FIN) | E(RST)},
    {CAUSE_UNATTRIBUTED, CAUSE_TUNNEL_CLOSED, CONFIDENCE_CONSISTENT, CLOSED, ANY_PHASE,
     F(TUNNEL_UNSEEN), 0, NULL, "what was read may have run in a tunnel",
     E(START) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
// One side's packets alone.
#include "judge/one_direction.def"
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, ANYONE, ANY_PHASE, 0, 0,
     when_one_direction, "packets of one side only", E(START) | E(END)},
    // The server's answer to an unfinished request goes before any framing.
    {CAUSE_SERVER_TIMEOUT_READING_REQUEST, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED,
     P(REQUEST) | P(ANSWERING) | P(LOST), 0,
     F(SERVER_WINDOW_FULL) | F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_timed_out_status,
     "408, or 400 after a silence of the client within its request",
     E(REQUEST_END) | E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_UNUSED_CONNECTION, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, P(UNUSED), 0,
     F(MIDSTREAM) | F(LOST_BYTES), when_unasked_timeout, "408 although nothing was asked",
     E(START) | E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    // RFC 9110 section 15.5.9: a server may say 408 before it ends an idle connection.
    {CAUSE_SERVER_IDLE_TIMEOUT, CAUSE_NONE, CONFIDENCE_STRONG, BY_SERVER, P(IDLE), F(UNASKED_BYTES),
     F(LOST_BYTES) | F(HEAD_CUT) | F(MIDSTREAM), when_told_timeout,
     "0.5 s or more of idleness, then 408 although nothing was asked",
     E(RESPONSE_END) | E(BEYOND) | E(SERVER_FIN) | E(RST)},
    // Protocol.
    {CAUSE_PROTOCOL_ERROR, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, ANY_PHASE, F(BAD_REQUEST),
     F(LOST_BYTES) | F(HEAD_CUT) | F(MIDSTREAM), NULL, NULL,
     E(LAST_REQUEST) | E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    // RFC 9112 section 3.2: a server may read such a request line all the same; this one didn't.
    {CAUSE_PROTOCOL_ERROR, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, P(IDLE) | P(BODY) | P(ANSWERING),
     F(SPACED_TARGET), F(LOST_BYTES) | F(HEAD_CUT) | F(MIDSTREAM), when_turned_away,
     "400 to a request line that is none",
     E(LAST_REQUEST) | E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_PROTOCOL_ERROR, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, ANY_PHASE, F(BAD_RESPONSE),
     F(LOST_BYTES) | F(HEAD_CUT) | F(MIDSTREAM), NULL, NULL,
     E(LAST_REQUEST) | E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_PROTOCOL_ERROR, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, ANY_PHASE, F(BAD_FRAMING),
     F(LOST_BYTES) | F(HEAD_CUT) | F(MIDSTREAM), NULL, NULL,
     E(LAST_REQUEST) | E(RESPONSE_BEGIN) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_PROTOCOL_ERROR, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, P(UNUSED) | P(IDLE) | P(LOST),
     F(UNASKED_BYTES), F(LOST_BYTES) | F(HEAD_CUT) | F(MIDSTREAM), when_unasked_at_once,
     "closed right after bytes that nobody asked for",
     E(RESPONSE_END) | E(BEYOND) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    // Who closed first is not in the capture; an announced close has its cause all the same.
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, ANY_PHASE & ~P(UNUSED),
     F(CLOSE_UNSEEN),
     F(RST_FOREIGN) | F(CLIENT_SAYS_CLOSE) | F(CLIENT_HTTP10) | F(SERVER_SAYS_CLOSE) |
         F(SERVER_HTTP10),
     NULL, NULL, E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN)},
    // The network.
    {CAUSE_TCP_KEEPALIVE_FAILED, CAUSE_NONE, CONFIDENCE_STRONG, ANYONE, ANY_PHASE, F(PROBED), 0,
     when_keepalive_failed, "keep-alive probes stay unanswered, then RST, close or silence",
     E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST) | E(END)},
    {CAUSE_MIDDLEBOX_IDLE_DROP, CAUSE_RETRANSMISSION_TIMEOUT, CONFIDENCE_CONSISTENT, ANYONE,
     P(REQUEST) | P(AWAITING), 0, 0, when_dropped_after_idle,
     "after a long idle stay the request is sent again and never acknowledged",
     E(LAST_REQUEST) | E(REQUEST_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST) | E(END)},
    {CAUSE_MIDDLEBOX_IDLE_DROP, CAUSE_NONE, CONFIDENCE_STRONG, BY_SERVER, P(REQUEST) | P(AWAITING),
     F(RST_FOREIGN), 0, when_foreign_after_idle,
     "after a long idle stay a RST that doesn't fit the server answers the request",
     E(LAST_REQUEST) | E(RST)},
    {CAUSE_MIDDLEBOX_IDLE_DROP, CAUSE_NONE, CONFIDENCE_STRONG, BY_SERVER, P(IDLE),
     F(RST_FOREIGN) | F(RACED_REQUEST), 0, when_foreign_after_idle,
     "after a long idle stay a RST that doesn't fit the server answers the request",
     E(RESPONSE_END) | E(BEYOND) | E(RST)},
    {CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_MIDDLEBOX_IDLE_DROP, CONFIDENCE_AMBIGUOUS, ANYONE,
     ANY_PHASE, F(HEAD_CUT), 0, when_never_acknowledged,
     "data sent again, never acknowledged; cut heads hide how long it was idle before",
     E(LAST_REQUEST) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST) | E(END)},
    {CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_MIDDLEBOX_IDLE_DROP, CONFIDENCE_AMBIGUOUS, ANYONE,
     ANY_PHASE, F(LOST_BYTES), 0, when_never_acknowledged,
     "data sent again, never acknowledged; missing bytes hide how long it was idle before",
     E(LAST_REQUEST) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST) | E(END)},
    {CAUSE_RETRANSMISSION_TIMEOUT, CAUSE_NONE, CONFIDENCE_STRONG, ANYONE, ANY_PHASE, 0, 0,
     when_never_acknowledged,
     "data sent again, never acknowledged, until a side gives up or the capture ends",
     E(LAST_REQUEST) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST) | E(END)},
    // Open.
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_NOBODY, ANY_PHASE, F(FIN_UNSEEN), 0,
     NULL, "a FIN was acknowledged that isn't in the capture", E(START) | E(END)},
    {CAUSE_UNATTRIBUTED, CAUSE_OPEN, CONFIDENCE_CONSISTENT, BY_NOBODY, ANY_PHASE, F(HOLE_AFTER), 0,
     NULL, "packets after its last one are missing between two captures", E(START) | E(END)},
    {CAUSE_UNATTRIBUTED, CAUSE_OPEN, CONFIDENCE_CONSISTENT, BY_NOBODY, P(LOST) | P(CONNECTING),
     F(LOST_LAST_EXCHANGE), 0, NULL, "a close may be among the last bytes, which are missing",
     E(START) | E(END)},
    {CAUSE_OPEN, CAUSE_NONE, CONFIDENCE_PROVEN, BY_NOBODY, ANY_PHASE, 0, 0, NULL, NULL,
     E(START) | E(END)},
    // A first close that the capture lacks: what was outstanding then can't be known.
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, ~(P(IDLE) | P(UNUSED)),
     F(CLOSE_UNSEEN), 0, NULL, "the first close isn't in the capture",
     E(CLIENT_FIN) | E(SERVER_FIN)},
    // Races.
    {CAUSE_UNATTRIBUTED, CAUSE_KEEPALIVE_RACE, CONFIDENCE_CONSISTENT, BY_SERVER,
     P(IDLE) | P(UNUSED), F(RACED_REQUEST), 0, when_answer_to_nothing,
     "a RST without ACK answers the request: the close before it isn't in the capture",
     E(BEYOND) | E(RST)},
    {CAUSE_UNATTRIBUTED, CAUSE_STALE_REUSE, CONFIDENCE_CONSISTENT, BY_SERVER, P(IDLE) | P(UNUSED),
     F(STALE_REQUEST) | F(HEAD_CUT), 0, when_head_unsure,
     "at once after a response; what follows a cut head may be its body",
     E(RESPONSE_END) | E(SERVER_FIN) | E(BEYOND)},
    {CAUSE_STALE_REUSE, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(IDLE) | P(UNUSED),
     F(STALE_REQUEST), 0, NULL, NULL,
     E(RESPONSE_END) | E(SERVER_FIN) | E(SERVER_FIN_ACK) | E(BEYOND) | E(RST)},
    {CAUSE_KEEPALIVE_RACE, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(IDLE), F(RACED_REQUEST), 0,
     when_idle, "idle for 0.5 s or more", E(RESPONSE_END) | E(SERVER_FIN) | E(BEYOND) | E(RST)},
    {CAUSE_KEEPALIVE_RACE, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(IDLE),
     F(RACED_REQUEST) | F(SERVER_SAYS_CLOSE), 0, NULL, NULL,
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN) | E(BEYOND) | E(RST)},
    {CAUSE_KEEPALIVE_RACE, CAUSE_SERVER_ABORTED, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(IDLE),
     F(RACED_REQUEST), 0, NULL, NULL, E(RESPONSE_END) | E(SERVER_FIN) | E(BEYOND) | E(RST)},
    {CAUSE_SERVER_ABORTED, CAUSE_KEEPALIVE_RACE, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(UNUSED),
     F(RACED_REQUEST), 0, NULL, NULL, E(START) | E(SERVER_FIN) | E(BEYOND) | E(RST)},
// Outstanding: the request is incomplete.
#include "judge/unfinished_request.def"
// Outstanding: the response is awaited.
#include "judge/awaited_response.def"
    // Outstanding: within the response.
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_CLIENT, P(HEAD) | P(BODY),
     F(FIN_UNSEEN), 0, when_reset, "a RST; an earlier FIN isn't in the capture",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(RST)},
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_CLIENT, P(HEAD) | P(BODY),
     F(LOST_BYTES), 0, when_server_fin_may_be_lost,
     "the client's FIN; bytes of the server are missing, and its FIN may be with them",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN)},
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, P(BODY) | P(IDLE), 0, 0,
     when_body_unsure, "the request isn't in the capture; it may be HEAD or ask for the close",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_TRUNCATED_RESPONSE, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_SERVER, P(HEAD), 0,
     F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), NULL, NULL,
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    {CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_CLIENT,
     P(HEAD) | P(BODY), 0, F(CLIENT_WINDOW_FULL) | F(LOST_LAST_EXCHANGE) | F(HEAD_CUT),
     when_server_silent, "a silence of the server of 200 ms and 5 round trips",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(RST)},
    {CAUSE_UNREAD_BODY, CAUSE_CLIENT_CANCELLED, CONFIDENCE_AMBIGUOUS, BY_CLIENT, P(HEAD), 0,
     F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), NULL, NULL,
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(RST)},
    {CAUSE_UNREAD_BODY, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CONFIDENCE_AMBIGUOUS, BY_CLIENT,
     P(BODY), 0, F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_read_for_long,
     "within the body, 0.5 s or more after it began",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(RST) | E(BEYOND)},
    {CAUSE_UNREAD_BODY, CAUSE_NONE, CONFIDENCE_STRONG, BY_CLIENT, P(BODY), 0,
     F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), NULL, NULL,
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(RST) | E(BEYOND)},
    {CAUSE_CLIENT_ASKED_CLOSE, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(BODY) | P(IDLE),
     F(UNTIL_CLOSE) | F(CLIENT_SAYS_CLOSE), F(LOST_LAST_EXCHANGE), when_ended,
     "the server's FIN ends the body", E(LAST_REQUEST) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_SERVER_SAID_CLOSE, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(BODY) | P(IDLE),
     F(UNTIL_CLOSE) | F(SERVER_SAYS_CLOSE), F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_ended,
     "the server's FIN ends the body", E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_CLOSE_DELIMITED_RESPONSE, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(BODY) | P(IDLE),
     F(UNTIL_CLOSE), F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_ended,
     "the server's FIN ends the body", E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CAUSE_TRUNCATED_RESPONSE, CONFIDENCE_CONSISTENT,
     BY_SERVER, P(BODY), 0, F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_stalled,
     "the client had taken nothing for 1 s or more",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    // What the server's kernel held back while the window was full comes out before the FIN.
    {CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CAUSE_TRUNCATED_RESPONSE, CONFIDENCE_AMBIGUOUS,
     BY_SERVER, P(BODY), F(CLIENT_STALLED), F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_ended,
     "the client had taken nothing for 1 s or more within the response",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_TRUNCATED_RESPONSE, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CONFIDENCE_AMBIGUOUS,
     BY_SERVER, P(BODY), F(FIN_WITH_DATA) | F(CLOSER_HAD_UNACKED),
     F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_response_slow,
     "the server's FIN on data, 1 s or more after the response began",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_TRUNCATED_RESPONSE, CAUSE_NONE, CONFIDENCE_PROVEN, BY_SERVER, P(BODY), 0,
     F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), when_ended, "the server's FIN",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_TRUNCATED_RESPONSE, CAUSE_SERVER_ABORTED, CONFIDENCE_CONSISTENT, BY_SERVER, P(BODY), 0,
     F(LOST_LAST_EXCHANGE) | F(HEAD_CUT), NULL, NULL, E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(RST)},
    // Announced.
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, P(IDLE), 0, 0,
     when_request_unseen, "the request of the last response isn't in the capture",
     E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_CLIENT_ASKED_CLOSE, CAUSE_NONE, CONFIDENCE_PROVEN, CLOSED, P(IDLE), F(CLIENT_SAYS_CLOSE),
     0, NULL, NULL, E(LAST_REQUEST) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_CLIENT_ASKED_CLOSE, CAUSE_NONE, CONFIDENCE_PROVEN, CLOSED, P(IDLE), F(CLIENT_HTTP10), 0,
     NULL, NULL, E(LAST_REQUEST) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, P(IDLE), 0, 0, when_head_unsure,
     "a head that is cut or missing may announce the close",
     E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_SERVER_SAID_CLOSE, CAUSE_NONE, CONFIDENCE_PROVEN, CLOSED, P(IDLE), F(SERVER_SAYS_CLOSE),
     0, NULL, NULL, E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_SERVER_SAID_CLOSE, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, P(IDLE), F(SERVER_HTTP10), 0,
     NULL, NULL, E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_SERVER_SAID_CLOSE, CAUSE_NONE, CONFIDENCE_STRONG, CLOSED, P(IDLE), F(COUNTED_DOWN), 0,
     when_short_idle, "closed at the count's end",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    // Unused.
    {CAUSE_UNUSED_CONNECTION, CAUSE_NONE, CONFIDENCE_PROVEN, CLOSED, P(UNUSED), 0,
     F(MIDSTREAM) | F(LOST_BYTES), NULL, NULL, E(START) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    {CAUSE_UNUSED_CONNECTION, CAUSE_NONE, CONFIDENCE_CONSISTENT, CLOSED, P(CONNECTING), F(SYN_ACK),
     F(LOST_BYTES), NULL, "the handshake was left unfinished",
     E(START) | E(CLIENT_FIN) | E(SERVER_FIN) | E(RST)},
    // Idle.
    {CAUSE_STALE_REUSE, CAUSE_KEEPALIVE_RACE, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(IDLE),
     F(RST_NO_ACK), 0, when_answered_unseen,
     "a later RST of the server answers data that isn't in the capture",
     E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    {CAUSE_UNREAD_BODY, CAUSE_NONE, CONFIDENCE_STRONG, BY_CLIENT, P(IDLE), 0, 0,
     when_reset_with_body, "RST at once after a body",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(RST)},
    {CAUSE_UNREAD_BODY, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, BY_CLIENT, P(IDLE), 0,
     F(FIN_UNSEEN), when_reset_soon, "RST 25 to 500 ms after a body: bytes of it were left unread",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(RST)},
    {CAUSE_UNREAD_BODY, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, BY_CLIENT, P(IDLE), 0, 0,
     when_at_once_body, "FIN at once after a complete, non-empty response",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(CLIENT_FIN)},
    {CAUSE_CLIENT_SHUTDOWN, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS, BY_CLIENT, P(IDLE), 0, 0,
     when_at_once, "at once after a response without a body",
     E(RESPONSE_END) | E(CLIENT_FIN) | E(RST)},
    {CAUSE_CLIENT_SHUTDOWN, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS, BY_CLIENT, P(IDLE), 0, 0,
     when_short_idle, "25 to 500 ms after the response", E(RESPONSE_END) | E(CLIENT_FIN) | E(RST)},
    {CAUSE_CLIENT_SHUTDOWN, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS, BY_CLIENT, P(IDLE), 0,
     0, when_idle, "idle for 0.5 s or more", E(RESPONSE_END) | E(CLIENT_FIN) | E(RST)},
    {CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_AMBIGUOUS,
     BY_SERVER, P(IDLE), F(CLIENT_STALLED), 0, when_ended_at_once,
     "at once after a response within which the client had taken nothing for 1 s or more",
     E(RESPONSE_BEGIN) | E(RESPONSE_END) | E(SERVER_FIN)},
    {CAUSE_SERVER_SAID_CLOSE, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(IDLE), 0, 0,
     when_at_once, "at once after the response, although nothing says so",
     E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    {CAUSE_SERVER_SHUTDOWN, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(IDLE), 0,
     0, when_short_idle, "25 to 500 ms after the response",
     E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    {CAUSE_SERVER_IDLE_TIMEOUT, CAUSE_NONE, CONFIDENCE_CONSISTENT, BY_SERVER, P(IDLE), 0, 0,
     when_advertised, "the gap equals Keep-Alive: timeout=, or that and 1 s",
     E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    {CAUSE_SERVER_SHUTDOWN, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS, BY_SERVER, P(IDLE), 0,
     0, when_idle, "idle for 0.5 s or more", E(RESPONSE_END) | E(SERVER_FIN) | E(RST)},
    // What nothing above explains.
    {CAUSE_UNATTRIBUTED, CAUSE_NONE, CONFIDENCE_CONSISTENT, ANYONE, ANY_PHASE, 0, 0, NULL, NULL,
     E(START) | E(END)},
};

const size_t rules_count = sizeof(rules) / sizeof(*rules);

bool rule_fits(const struct rule *rule, const struct record *r)
{
    return rule->closers >> r->close_by & 1 && rule->phases >> r->phase & 1 &&
           (r->facts & rule->must) == rule->must && (r->facts & rule->must_not) == 0;
}

bool rule_holds(const struct rule *rule, const struct record *r)
{
    return rule_fits(rule, r) && (!rule->when || rule->when(r));
}

const struct rule *rules_match(const struct record *record)
{
    const struct rule *rule = rules;
    while (rule < rules + rules_count - 1 && !rule_holds(rule, record))
        rule++;
    return rule;
}

// What the capture lacks, the gravest first; with all there, no rule fits.
static enum reason reason_of(const struct record *r)
{
    if (when_one_direction(r))
        return REASON_ONE_DIRECTION;
    if (record_has(r, FACT_LOST_LAST_EXCHANGE) || record_has(r, FACT_CLOSE_UNSEEN))
        return REASON_LOSS;
    if (record_has(r, FACT_HEAD_CUT))
        return REASON_SNAPLEN;
    if (record_has(r, FACT_LIMITED))
        return REASON_LIMITS;
    if (record_has(r, FACT_LOST_BYTES) || record_has(r, FACT_FIN_UNSEEN) ||
        record_has(r, FACT_HOLE_AFTER))
        return REASON_LOSS;
    if (record_has(r, FACT_MIDSTREAM))
        return REASON_MIDSTREAM;
    if (record_has(r, FACT_SNAPLEN_CUT))
        return REASON_SNAPLEN;
    return record_has(r, FACT_RST_NO_ACK) ? REASON_LOSS : REASON_NO_RULE;
}

// Each is a step down.
static const uint64_t lacks[] = {
    F(LOST_BYTES) | F(LOST_LAST_EXCHANGE) | F(RESYNCHRONIZED),
    F(MIDSTREAM),
    F(HEAD_CUT),
    F(LIMITED),
};

bool rules_is_whole(const struct record *r)
{
    return !(r->facts & (lacks[0] | lacks[1] | lacks[2] | lacks[3])) && !when_one_direction(r);
}

// One step down for each thing that the capture lacks; a runner-up isn't made up for it. Without
// the other side's packets nothing is sure.
enum confidence rules_lowered(enum confidence confidence, const struct record *r)
{
    if (rules_is_whole(r))
        return confidence;
    bool is_onesided = when_one_direction(r) && record_has(r, FACT_ESTABLISHED);
    if (is_onesided && confidence < CONFIDENCE_CONSISTENT)
        return CONFIDENCE_CONSISTENT;
    for (size_t i = 0; i < sizeof(lacks) / sizeof(*lacks); i++) {
        if (r->facts & lacks[i] && confidence < CONFIDENCE_CONSISTENT)
            confidence++;
    }
    return confidence;
}

static bool is_unseen_close(enum cause cause)
{
    return cause == CAUSE_CONNECT_TIMEOUT || cause == CAUSE_RETRANSMISSION_TIMEOUT ||
           cause == CAUSE_TCP_KEEPALIVE_FAILED || cause == CAUSE_MIDDLEBOX_IDLE_DROP;
}

struct verdict rules_judge(const struct record *record)
{
    return rule_verdict(rules_match(record), record);
}

struct verdict rule_verdict(const struct rule *rule, const struct record *record)
{
    bool is_unattributed = rule->cause == CAUSE_UNATTRIBUTED;
    return (struct verdict){
        .kept_peers = UINT32_MAX,
        .evidence = rule->evidence,
        .cause = (uint8_t)rule->cause,
        .runner_up = (uint8_t)rule->runner_up,
        .confidence = (uint8_t)rules_lowered(rule->confidence, record),
        .reason = (uint8_t)(is_unattributed ? reason_of(record) : REASON_NONE),
        .by_network = record->close_by == CLOSE_BY_NOBODY && is_unseen_close(rule->cause),
    };
}
