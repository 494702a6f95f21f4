// SPDX-License-Identifier: BSD-2-Clause
// Files of src/data/ that the build puts into the program, so that it runs from anywhere.
#pragma once

#include "base/slice.h"

// The bytes of src/data/NAME; empty when there is no such file. A zero byte follows the end.
struct slice embedded_find(const char *name);

// The table that build-aux/embed generates; ends with a name of NULL.
struct embedded_file {
    const char *name;
    const unsigned char *bytes;
    size_t length;
};
extern const struct embedded_file embedded_files[];
