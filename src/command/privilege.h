// SPDX-License-Identifier: BSD-2-Clause
// -Z: once everything is open, root is not needed any more.
#pragma once

#include <stdbool.h>

// Becomes `user` for good; NULL: stays. False, and said, when that can't be done.
bool privilege_drop(const char *user);
