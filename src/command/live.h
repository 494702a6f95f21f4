// SPDX-License-Identifier: BSD-2-Clause
// What analyze needs of live: `connreuse -i IFACE` and `-D`.
#pragma once

#include "command/command.h"
#include "command/options.h"

// Watches options->interface until a signal, -c or -a, then reports.
enum status live_watch(const struct options *options, stop_flag stop);

// Lists the interfaces on standard output.
enum status live_list(void);
