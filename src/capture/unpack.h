// SPDX-License-Identifier: BSD-2-Clause
// What is inside compressed captures and tars (libarchive, when the build has it).
#pragma once

#include <glib.h>

#include "capture/input.h"

// "gzip", "zstd", "xz", "lz4", "bzip2" by the magic of the first bytes, else NULL.
const char *unpack_name(struct slice head);

// Whether these bytes (263 are needed) begin a tar.
bool unpack_is_tar(struct slice head);

// Reads the rest of the stream through libarchive, the bytes in the window first. Goes to the
// first member. NULL and `error` when it is damaged, or the program was built without it.
struct unpacker *unpack_new(struct input *input, GError **error);
void unpack_free(struct unpacker *unpacker);

// The next bytes; 0 at the end of the member, -1 when the stream is cut short or corrupt, or when
// reading failed (then the input's read_error says why). After -1 nothing more comes.
ssize_t unpack_read(struct unpacker *unpacker, uint8_t *to, size_t room);
bool unpack_next_member(struct unpacker *unpacker);
