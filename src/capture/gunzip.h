// SPDX-License-Identifier: BSD-2-Clause
// gzip (RFC 1952) as it comes, through zlib when the build has it: whatever a writer has flushed is
// there at once, where libarchive waits for more.
#pragma once

#include "capture/input.h"

struct gunzip;

// Goes on with the packed stream in the input's window, which is then empty. NULL: no zlib.
struct gunzip *gunzip_new(struct input *input);
void gunzip_free(struct gunzip *gunzip);

// As unpack_read(). Bytes behind the last gzip member are ignored.
ssize_t gunzip_read(struct gunzip *gunzip, uint8_t *to, size_t room);
