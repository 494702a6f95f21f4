// SPDX-License-Identifier: BSD-2-Clause
// Times and seconds of a document back as integer nanoseconds.
#pragma once

#include "report/tree.h"

// Nanoseconds since the epoch of an RFC 3339 time in UTC as documents hold it (years 1900 to 2110);
// NANOS_UNKNOWN for anything else. Differences of two, and of one and seconds, never overflow.
int64_t html_nanos_of_time(json_object *value);

// Nanoseconds of decimal seconds, exactly; NANOS_UNKNOWN from 2e9 seconds on and for anything else.
int64_t html_nanos_of_seconds(json_object *value);
