// SPDX-License-Identifier: BSD-2-Clause
// Files of src/data/ that the build puts into the program, so that it runs from anywhere.
#pragma once

#include "base/slice.h"

// The bytes of src/data/NAME; empty when there is no such file. A zero byte follows the end.
struct slice embedded_find(const char *name);
