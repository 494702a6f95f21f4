// SPDX-License-Identifier: BSD-2-Clause
// The tests over numbers that rows of the rules table use, beyond closers, phases and facts.
#pragma once

#include "engine/record.h"

bool when_reset(const struct record *record);           // the first close is a RST
bool when_ended(const struct record *record);           // the first close is a FIN
bool when_begin_seen(const struct record *record);      // a SYN or a SYN-ACK
bool when_syn_repeated(const struct record *record);    // the SYN was sent again
bool when_one_direction(const struct record *record);   // packets of one side only
bool when_at_once(const struct record *record);         // gap <= AT_ONCE
bool when_at_once_body(const struct record *record);    // and the last response had a body
bool when_reset_with_body(const struct record *record); // and the close is a RST
bool when_reset_soon(const struct record *record);      // the same, within IDLE_FROM
bool when_ended_at_once(const struct record *record);   // FIN with a gap <= AT_ONCE
bool when_short_idle(const struct record *record);      // gap < IDLE_FROM
bool when_idle(const struct record *record);            // gap >= IDLE_FROM
bool when_advertised(const struct record *record);      // gap equals Keep-Alive: timeout=, or + 1 s
bool when_timed_out_status(const struct record *record);   // 408, or 400 after a client's silence
bool when_head_answered(const struct record *record);      // 400 to a head after 0.5 s
bool when_bad_request(const struct record *record);        // status 400
bool when_turned_away(const struct record *record);        // 400, and a close right after
bool when_unasked_timeout(const struct record *record);    // 408 that answers no request
bool when_unasked_at_once(const struct record *record);    // closed right after unasked bytes
bool when_told_timeout(const struct record *record);       // 408 after IDLE_FROM, and a close
bool when_client_silent(const struct record *record);      // silence, then the close
bool when_server_silent(const struct record *record);      // silence within the response
bool when_request_slow(const struct record *record);       // close IDLE_FROM after it began
bool when_refusal(const struct record *record);            // final status below 500
bool when_stalled(const struct record *record);            // the closer's data stood for STALLED_MS
bool when_keepalive_failed(const struct record *record);   // unanswered probes of who gave up
bool when_never_acknowledged(const struct record *record); // RETRANSMISSIONS without an ACK
bool when_dropped_after_idle(const struct record *record); // the same after DROP_IDLE
bool when_foreign_after_idle(const struct record *record); // a foreign RST after DROP_IDLE
bool when_answer_to_nothing(const struct record *record);  // RST without ACK answers a request
bool when_request_unseen(const struct record *record);     // no request of the last response
bool when_body_unsure(const struct record *record);        // it may say that none is due
bool when_head_unsure(const struct record *record);        // a head may hide an announcement
bool when_answer_may_be_lost(const struct record *record); // the server's missing bytes
bool when_server_fin_may_be_lost(const struct record *record);
bool when_reset_unseen(const struct record *record);       // RST of a server whose FIN isn't seen
bool when_reset_at_once(const struct record *record);      // RST with a gap <= AT_ONCE
bool when_answered_later(const struct record *record);     // short idle; then the server's FIN
bool when_answered_late(const struct record *record);      // bytes beyond, then the server's FIN
bool when_given_up_at_once(const struct record *record);   // client's close AT_ONCE after asking
bool when_asked_after_close(const struct record *record);  // request behind the FIN's ACK
bool when_crossed_after_idle(const struct record *record); // FIN at once after a late request
bool when_sent_once(const struct record *record);          // no retransmission at the end
bool when_body_begun(const struct record *record);         // some bytes of the body
bool when_response_slow(const struct record *record);      // close STALLED_MS after its begin
bool when_answered_unseen(const struct record *record); // RST after the server's FIN, for nothing
bool when_read_for_long(const struct record *record);   // close IDLE_FROM after the response began
