// SPDX-License-Identifier: BSD-2-Clause
// Inflates member after member.
#include "capture/gunzip.h"

#ifdef HAVE_ZLIB

#include <zlib.h>

#define PACKED_BYTES ((size_t)64 * 1024)
#define GZIP_ONLY    16 // added to the window's bits

struct gunzip {
    struct input *input;
    z_stream stream;
    bool is_between; // members
    size_t capacity;
    uint8_t packed[];
};

struct gunzip *gunzip_new(struct input *input)
{
    size_t capacity = MAX(PACKED_BYTES, input->window.length);
    struct gunzip *gunzip = g_malloc0(sizeof *gunzip + capacity);
    gunzip->input = input;
    gunzip->capacity = capacity;
    memcpy(gunzip->packed, input->window.at, input->window.length);
    gunzip->stream.next_in = gunzip->packed;
    gunzip->stream.avail_in = (uInt)input->window.length;
    if (inflateInit2(&gunzip->stream, MAX_WBITS + GZIP_ONLY) != Z_OK)
        g_error("no memory to unpack gzip");
    return gunzip;
}

void gunzip_free(struct gunzip *gunzip)
{
    if (!gunzip)
        return;
    inflateEnd(&gunzip->stream);
    g_free(gunzip);
}

// Moves what is left to the front and reads behind it; 0 at the end.
static ssize_t read_packed(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    memmove(gunzip->packed, stream->next_in, stream->avail_in);
    stream->next_in = gunzip->packed;
    ssize_t got = input_read_raw(gunzip->input, gunzip->packed + stream->avail_in,
                                 gunzip->capacity - stream->avail_in);
    if (got > 0)
        stream->avail_in += (uInt)got;
    return got;
}

// Whether another member begins: 1, 0 or -1, as read() tells.
static ssize_t next_member(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    while (stream->avail_in < 2) {
        ssize_t got = read_packed(gunzip);
        if (got <= 0)
            return got;
    }
    if (stream->next_in[0] != 0x1f || stream->next_in[1] != 0x8b)
        return 0;
    inflateReset(stream);
    gunzip->is_between = false;
    return 1;
}

ssize_t gunzip_read(struct gunzip *gunzip, uint8_t *to, size_t room)
{
    z_stream *stream = &gunzip->stream;
    stream->next_out = to;
    stream->avail_out = (uInt)room;
    for (;;) {
        ssize_t going = gunzip->is_between ? next_member(gunzip) : 1;
        if (going <= 0)
            return going;
        int status = inflate(stream, Z_SYNC_FLUSH);
        gunzip->is_between = status == Z_STREAM_END;
        if (stream->avail_out < room)
            return (ssize_t)(room - stream->avail_out);
        if (status == Z_BUF_ERROR) // more is needed: at the end of the input it is cut short
            going = read_packed(gunzip) > 0;
        else if (status != Z_OK && status != Z_STREAM_END)
            going = 0;
        if (!going)
            return -1;
    }
}

#else

struct gunzip *gunzip_new(struct input *input)
{
    (void)input;
    return NULL;
}

void gunzip_free(struct gunzip *gunzip)
{
    (void)gunzip;
}

ssize_t gunzip_read(struct gunzip *gunzip, uint8_t *to, size_t room)
{
    (void)gunzip, (void)to, (void)room;
    return -1;
}

#endif
