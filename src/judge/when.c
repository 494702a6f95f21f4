// SPDX-License-Identifier: BSD-2-Clause
// The tests over numbers that rows of the rules table use.
#include "judge/when.h"

#include "judge/thresholds.h"

static bool has_gap(const struct record *r)
{
    return r->gap != NANOS_UNKNOWN;
}

bool when_reset(const struct record *r)
{
    return r->close_how == CLOSE_RST;
}

bool when_ended(const struct record *r)
{
    return r->close_how == CLOSE_FIN;
}

bool when_begin_seen(const struct record *r)
{
    return record_has(r, FACT_SYN) || record_has(r, FACT_SYN_ACK);
}

bool when_syn_repeated(const struct record *r)
{
    return r->syn_retransmits > 0;
}

bool when_one_direction(const struct record *r)
{
    return !record_has(r, FACT_CLIENT_SEEN) || !record_has(r, FACT_SERVER_SEEN);
}

bool when_at_once(const struct record *r)
{
    return has_gap(r) && r->gap <= AT_ONCE;
}

bool when_ended_at_once(const struct record *r)
{
    return when_at_once(r) && when_ended(r);
}

static bool has_body(const struct record *r)
{
    return r->received > 0 || r->expected > 0;
}

bool when_at_once_body(const struct record *r)
{
    return when_at_once(r) && has_body(r);
}

bool when_reset_with_body(const struct record *r)
{
    return when_at_once_body(r) && when_reset(r);
}

bool when_short_idle(const struct record *r)
{
    return has_gap(r) && r->gap < IDLE_FROM;
}

bool when_reset_soon(const struct record *r)
{
    return when_short_idle(r) && has_body(r) && when_reset(r);
}

bool when_idle(const struct record *r)
{
    return has_gap(r) && r->gap >= IDLE_FROM;
}

// A server may close at the time it tells, or a second later (Node's own reserve), and its timer
// may be coarse; it doesn't close earlier.
bool when_advertised(const struct record *r)
{
    if (!when_idle(r) || r->advertised_timeout == ADVERTISED_NONE || r->advertised_timeout == 0)
        return false;
    int64_t over = r->gap - (int64_t)r->advertised_timeout * NANOS_PER_SECOND;
    return over >= -TIMER_EARLY && over <= TIMER_RESERVE;
}

static int64_t silence_needed(const struct record *r)
{
    int64_t trips = SILENCE_ROUND_TRIPS * (int64_t)r->rtt_us * 1000;
    return trips > SILENCE ? trips : SILENCE;
}

static int64_t request_last_byte(const struct record *r)
{
    struct moment last = r->at[AT_REQUEST_END];
    if (!moment_is_set(last))
        last = r->at[AT_LAST_REQUEST];
    return moment_is_set(last) ? last.time : NANOS_UNKNOWN;
}

static bool is_silent(const struct record *r, int64_t from, int64_t to)
{
    return from != NANOS_UNKNOWN && to != NANOS_UNKNOWN && to - from >= silence_needed(r);
}

bool when_timed_out_status(const struct record *r)
{
    struct moment answer = r->at[AT_RESPONSE_BEGIN];
    if (!moment_is_set(answer))
        return false;
    // Whoever says 408 did not wait any longer, though the client sent on (RFC 9110
    // section 15.5.9).
    return r->last_status == 408 ||
           (when_bad_request(r) && is_silent(r, request_last_byte(r), answer.time));
}

bool when_head_answered(const struct record *r)
{
    return when_bad_request(r) && r->responses > r->requests && when_request_slow(r);
}

// RFC 9110 section 15.5.1: the server can't take the request for one.
bool when_bad_request(const struct record *r)
{
    return r->last_status == 400;
}

bool when_turned_away(const struct record *r)
{
    int64_t wait = moment_between(r->at[AT_RESPONSE_END], record_close(r));
    bool is_soon = wait != NANOS_UNKNOWN && wait <= RIGHT_AFTER;
    return when_bad_request(r) && (is_soon || record_has(r, FACT_SERVER_SAYS_CLOSE));
}

bool when_unasked_timeout(const struct record *r)
{
    return r->last_status == 408;
}

bool when_unasked_at_once(const struct record *r)
{
    struct moment close = record_close(r);
    struct moment bytes = r->at[AT_RESPONSE_END];
    if (moment_is_set(r->at[AT_BEYOND]))
        bytes = r->at[AT_BEYOND];
    return !moment_is_set(bytes) || close.time - bytes.time <= RIGHT_AFTER;
}

bool when_told_timeout(const struct record *r)
{
    return r->last_status == 408 && when_idle(r) && when_unasked_at_once(r);
}

bool when_client_silent(const struct record *r)
{
    struct moment close = record_close(r);
    return moment_is_set(close) && is_silent(r, request_last_byte(r), close.time);
}

bool when_server_silent(const struct record *r)
{
    struct moment close = record_close(r);
    struct moment last = r->at[AT_RESPONSE_END];
    if (!moment_is_set(last))
        last = r->at[AT_RESPONSE_BEGIN];
    return moment_is_set(close) && moment_is_set(last) && is_silent(r, last.time, close.time);
}

bool when_request_slow(const struct record *r)
{
    int64_t wait = moment_between(r->at[AT_LAST_REQUEST], record_close(r));
    return wait != NANOS_UNKNOWN && wait >= IDLE_FROM;
}

bool when_refusal(const struct record *r)
{
    return r->last_status < 500;
}

bool when_stalled(const struct record *r)
{
    return r->stalled_ms >= STALLED_MS;
}

// Probes of `side` stay unanswered, and it gives up or nothing more comes.
static bool probes_fail(const struct record *r, enum side side)
{
    int needed = (int)PROBES_UNANSWERED + (r->close_by == CLOSE_BY_NOBODY);
    enum close_by self = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    return r->end[side].probes_unanswered >= needed &&
           (r->close_by == CLOSE_BY_NOBODY || r->close_by == self);
}

bool when_keepalive_failed(const struct record *r)
{
    return !when_one_direction(r) && (probes_fail(r, CLIENT) || probes_fail(r, SERVER));
}

static bool data_fails(const struct record *r, enum side side)
{
    enum close_by self = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    return r->end[side].tail_retransmits >= RETRANSMISSIONS &&
           (r->close_by == CLOSE_BY_NOBODY || r->close_by == self);
}

bool when_never_acknowledged(const struct record *r)
{
    return !when_one_direction(r) && (data_fails(r, CLIENT) || data_fails(r, SERVER));
}

static bool was_idle_long(const struct record *r)
{
    return r->idle_max != NANOS_UNKNOWN && r->idle_max >= DROP_IDLE;
}

bool when_dropped_after_idle(const struct record *r)
{
    return when_never_acknowledged(r) && was_idle_long(r);
}

bool when_foreign_after_idle(const struct record *r)
{
    return when_reset(r) && was_idle_long(r);
}

bool when_answer_to_nothing(const struct record *r)
{
    return when_reset(r) && record_has(r, FACT_RST_NO_ACK);
}

bool when_request_unseen(const struct record *r)
{
    return r->requests == 0 &&
           (r->gap == NANOS_UNKNOWN || r->gap < IDLE_FROM || record_has(r, FACT_SERVER_SAYS_CLOSE));
}

// A response without any byte of its body may answer HEAD; one that the close ends, a request that
// asked for the close.
bool when_body_unsure(const struct record *r)
{
    bool has_none = r->phase == PHASE_BODY && r->received == 0;
    return r->requests == 0 && (has_none || record_has(r, FACT_UNTIL_CLOSE));
}

// Whoever announces a close closes within AT_ONCE, or at the latest before a timer would.
bool when_head_unsure(const struct record *r)
{
    if (!record_has(r, FACT_HEAD_CUT) && !record_has(r, FACT_LOST_LAST_EXCHANGE))
        return false;
    return !when_idle(r) || record_has(r, FACT_SERVER_SAYS_CLOSE);
}

// Fewer responses than requests that don't wait: some are missing, maybe the last.
bool when_answer_may_be_lost(const struct record *r)
{
    return r->end[SERVER].lost > 0 &&
           (r->responses_complete == 0 || record_has(r, FACT_RESYNCHRONIZED) ||
            r->requests != r->responses_complete + r->outstanding);
}

bool when_server_fin_may_be_lost(const struct record *r)
{
    return when_ended(r) && r->end[SERVER].lost > 0 && !moment_is_set(r->at[AT_SERVER_FIN]);
}

bool when_reset_unseen(const struct record *r)
{
    return when_ended(r) && moment_is_set(r->at[AT_RST]) && !moment_is_set(r->at[AT_SERVER_FIN]);
}

bool when_reset_at_once(const struct record *r)
{
    return when_at_once(r) && when_reset(r);
}

bool when_answered_later(const struct record *r)
{
    return when_short_idle(r) && when_ended(r) &&
           r->at[AT_SERVER_FIN_ACK].frame > r->at[AT_CLIENT_FIN].frame;
}

// A client that ends its sending side does so with its request; one that gives up, later.
bool when_answered_late(const struct record *r)
{
    int64_t wait = moment_between(r->at[AT_REQUEST_END], record_close(r));
    return wait <= AT_ONCE && moment_is_set(r->at[AT_BEYOND]) &&
           r->at[AT_SERVER_FIN].frame > r->at[AT_BEYOND].frame;
}

bool when_given_up_at_once(const struct record *r)
{
    int64_t wait = moment_between(r->at[AT_REQUEST_END], record_close(r));
    return wait != NANOS_UNKNOWN && wait <= AT_ONCE;
}

bool when_asked_after_close(const struct record *r)
{
    return r->at[AT_LAST_REQUEST].frame > r->at[AT_SERVER_FIN_ACK].frame;
}

bool when_crossed_after_idle(const struct record *r)
{
    struct moment asked = r->at[AT_LAST_REQUEST];
    return moment_between(r->at[AT_RESPONSE_END], asked) >= IDLE_FROM &&
           moment_between(asked, r->at[AT_SERVER_FIN_ACK]) <= AT_ONCE;
}

bool when_sent_once(const struct record *r)
{
    return r->end[CLIENT].tail_retransmits == 0;
}

bool when_body_begun(const struct record *r)
{
    return r->received > 0;
}

bool when_response_slow(const struct record *r)
{
    int64_t time = moment_between(r->at[AT_RESPONSE_BEGIN], record_close(r));
    return when_ended(r) && time != NANOS_UNKNOWN && time >= STALLED_MS * NANOS_PER_MS;
}

// A client that is told of a close sends nothing but its own FIN; probes would be answered too.
bool when_answered_unseen(const struct record *r)
{
    int64_t later = moment_between(r->at[AT_SERVER_FIN], r->at[AT_RST]);
    return when_ended(r) && later != NANOS_UNKNOWN && later >= 0 && later < OWED_LONG &&
           !moment_is_set(r->at[AT_CLIENT_FIN]) && r->end[CLIENT].probes == 0;
}

bool when_read_for_long(const struct record *r)
{
    int64_t time = moment_between(r->at[AT_RESPONSE_BEGIN], record_close(r));
    return time != NANOS_UNKNOWN && time >= IDLE_FROM;
}
