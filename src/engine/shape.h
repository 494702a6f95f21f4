// SPDX-License-Identifier: BSD-2-Clause
// What lengths and times tell of an exchange whose heads the snapshot length cut: bytes of the
// client behind the server's are the next request, bytes of the server behind those its response.
// Where a message ends they don't tell.
#pragma once

#include "engine/reader.h"

// Bytes that no reader follows, in order.
void shape_note(struct reading *reading);

// A request begins: the idle stay before it.
void shape_request(struct flow *flow, struct moment moment);

// The phase of a connection whose reading was lost at a cut head; the last response is presumed
// complete. Other connections are left alone.
void shape_describe(struct record *record);
