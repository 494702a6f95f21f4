// SPDX-License-Identifier: BSD-2-Clause
// The log of exchanges of all connections.
#pragma once

#include <glib.h>

#include "engine/record.h"

// Takes those out (of struct exchange) whose connections began with these frames, in ascending
// order.
void exchanges_forget(GArray *exchanges, const uint32_t *frames, size_t count);
