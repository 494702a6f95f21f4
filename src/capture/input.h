// SPDX-License-Identifier: BSD-2-Clause
// Bytes in order, through a window of fixed size: a file, a pipe, or what a compressed one holds.
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "base/slice.h"
#include "capture/mapped.h"

#define INPUT_HEAD   4096
#define INPUT_BESIDE 1024 // what a window holds at least beside the largest packet

struct gunzip;
struct pump;
struct unpacker;

enum input_state { INPUT_MORE, INPUT_END, INPUT_FAILED, INPUT_INTERRUPTED };

struct input {
    struct slice window;   // what has arrived and isn't used yet; moves with input_more()
    uint64_t offset;       // of the window's first byte in the (unpacked) stream
    struct buffer *buffer; // where the window lies
    GPtrArray *buffers;    // all of them: those that nobody else holds are used again
    size_t capacity;       // of each
    size_t headroom;       // of one that comes filled: what is left of the one before goes there
    uint64_t skip;         // bytes still to be dropped unseen
    int fd;
    bool is_regular;
    uint64_t size_at_open;       // of a regular file, else 0
    _Atomic uint64_t bytes_read; // from the file descriptor
    int read_error;              // errno of a read that failed, else 0
    struct gunzip *gunzip;       // NULL: what is read isn't gzip
    struct unpacker *unpacker;   // of that; NULL: it is neither packed otherwise nor a tar
    struct pump *pump;           // that does both; NULL: the reader does
    bool works_ahead;            // a pump may be begun
    bool may_map;                // a plain file
    struct mapped file;          // what of it is seen without being read
    uint64_t unpacked;           // bytes of this member that were read
    int stop_fd;                 // readable: reading is to end; -1 none
    uint8_t head[INPUT_HEAD];    // the first bytes of the (unpacked) stream, to judge damage by
    size_t head_length;
};

// A file that is what it holds.
static inline bool input_is_plain(const struct input *input)
{
    return input->is_regular && !input->gunzip && !input->unpacker;
}

// Opens a path, or standard input for "-". The message names no file.
struct input *input_open(const char *path, const struct limits *limits, GError **error);
void input_free(struct input *input);

// Reads once, as much as is there, behind the window. Pointers into the window become invalid, but
// those into a buffer that somebody holds.
enum input_state input_more(struct input *input);

// Reads until the window holds `want` bytes (capacity at most).
enum input_state input_want(struct input *input, size_t want);

// Drops bytes from the front of the window, and what isn't there yet when it comes.
void input_skip(struct input *input, uint64_t bytes);

// The window begins with gzip: from here on it is unpacked. False when the build can't.
bool input_gunzip(struct input *input);

// A tar holds several captures: goes on to the next one; false when there is none.
bool input_next_member(struct input *input);

// Gives the window's memory back: nothing will be read any more.
void input_release(struct input *input);

// How much a regular file grew (or, negative, shrank) since it was opened.
int64_t input_growth(const struct input *input);

// Read from the file descriptor itself (-1 and `read_error` on failure, EINTR included); what isn't
// gzip any more, but may be packed otherwise; what isn't packed at all (0 at the end of a member).
ssize_t input_read_raw(struct input *input, uint8_t *to, size_t room);
ssize_t input_read_packed(struct input *input, uint8_t *to, size_t room);
ssize_t input_unpack(struct input *input, uint8_t *to, size_t room);
