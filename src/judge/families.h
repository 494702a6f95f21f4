// SPDX-License-Identifier: BSD-2-Clause
// Names with an IPv4 and an IPv6 address: clients try the other family when one fails, or beside it
// after a head start (RFC 8305 section 5).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "judge/analysis.h"

// How long after the connection of this record was tried, in ns, the same port was tried at the
// other address family and reached; NANOS_UNKNOWN: it wasn't.
int64_t families_other_after(const struct analysis *analysis, size_t index);
