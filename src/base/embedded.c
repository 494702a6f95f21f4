// SPDX-License-Identifier: BSD-2-Clause
// Finds the files that the build put into the program.
#include "base/embedded.h"

struct slice embedded_find(const char *name)
{
    for (const struct embedded_file *file = embedded_files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return slice_of(file->bytes, file->length);
    return slice_of(NULL, 0);
}
