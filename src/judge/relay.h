// SPDX-License-Identifier: BSD-2-Clause
// Whether a request was passed on by a proxy, as far as its head and its connection tell.
#pragma once

#include "base/names.h"
#include "engine/record.h"

// Fields that say so (Via, Forwarded, X-Forwarded-For), several User-Agents on one connection, a
// Host that names another endpoint than the connection's, or a head that its User-Agent's program
// doesn't write. Address translation changes the endpoint too; a proxy that keeps the head and is
// named by its upstream's own address isn't told.
bool relay_is_told(const struct names *names, const struct record *r);
