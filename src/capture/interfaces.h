// SPDX-License-Identifier: BSD-2-Clause
// The network interfaces that a live capture can be made on.
#pragma once

#include <glib.h>

// Lines "NAME  description" of the interfaces that can be opened, owned by the array; NULL and an
// error of SOURCE_ERROR_LIVE when they can't be listed.
GPtrArray *interfaces_list(GError **error);
