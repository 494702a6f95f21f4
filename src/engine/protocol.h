// SPDX-License-Identifier: BSD-2-Clause
// What a connection speaks when it isn't HTTP/1: recognised by content, on any port.
#pragma once

#include "engine/reader.h"

// Whether these first bytes of a side are of another protocol (TLS, HTTP/2, ...); notes the fact
// and silences both readers.
bool protocol_is_other(struct reading *reading);

// Whether a segment of a connection whose beginning was not captured is a TLS record.
bool protocol_is_tls_record(struct reading *reading);

// A server that answers unreadable bytes in HTTP/1 makes them a bad request.
bool protocol_turns_to_http(struct reading *reading);

// Bytes of a tunnel or another protocol: only their moment matters, and a TLS alert.
void protocol_silent(struct reading *reading);

// The side's FIN, with this acknowledgement number: does it cross the other's alert?
void protocol_fin(struct flow *flow, enum side side, uint32_t ack);

// Bytes or a message beyond the closer's view: a race, a stale reuse, a late response.
void protocol_beyond(struct reading *reading);
