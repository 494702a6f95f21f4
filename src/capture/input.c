// SPDX-License-Identifier: BSD-2-Clause
// The window over a file or a pipe: one read at a time, so that a live pipe yields at once.
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/gunzip.h"
#include "capture/pump.h"
#include "capture/source.h"
#include "capture/unpack.h"

// Large enough for few system calls, small enough for two to stay in a processor's own cache. A
// packet may be larger: then more of the buffer is used.
#define WINDOW_BYTES ((size_t)128 * 1024)
#define SHOWN_BYTES  ((size_t)256 * 1024) // at once, of a mapped file
#define FIRST_READ   ((size_t)32 * 1024)
#define PUMP_AFTER   ((size_t)256 * 1024) // unpacked bytes

static void set_open_error(GError **error, int code)
{
    const char *hint = "";
    if (code == EACCES)
        hint = "; run as a user who may read it";
    else if (code == ENOENT)
        hint = "; check the path";
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OPEN, "%s%s", g_strerror(code), hint);
}

static bool check_kind(struct input *input, GError **error)
{
    struct stat status;
    if (fstat(input->fd, &status) != 0) {
        set_open_error(error, errno);
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OPEN,
                    "is a directory; name the capture files in it");
        return false;
    }
    input->is_regular = S_ISREG(status.st_mode);
    if (input->is_regular) {
        input->size_at_open = (uint64_t)status.st_size;
        posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return true;
}

// Another buffer, that nobody else holds.
static struct buffer *spare_buffer(struct input *input)
{
    for (guint i = 0; i < input->buffers->len; i++) {
        struct buffer *buffer = input->buffers->pdata[i];
        if (buffer->holders == 1 && buffer != input->buffer)
            return buffer;
    }
    struct buffer *buffer = buffer_new(input->capacity);
    g_ptr_array_add(input->buffers, buffer);
    return buffer;
}

static void release_buffer(gpointer buffer)
{
    buffer_release(buffer);
}

struct input *input_open(const char *path, const struct limits *limits, GError **error)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        set_open_error(error, errno);
        return NULL;
    }
    struct input *input = g_new0(struct input, 1);
    input->fd = fd;
    input->stop_fd = -1;
    input->buffers = g_ptr_array_new_with_free_func(release_buffer);
    if (!check_kind(input, error)) {
        input_free(input);
        return NULL;
    }
    input->headroom = (size_t)limits->packet_bytes + INPUT_BESIDE;
    input->capacity = input->headroom + PUMP_BYTES;
    input->buffer = spare_buffer(input);
    input->window = slice_of(input->buffer->bytes, 0);
    return input;
}

void input_free(struct input *input)
{
    if (!input)
        return;
    pump_free(input->pump);
    mapped_end(&input->file);
    unpack_free(input->unpacker);
    gunzip_free(input->gunzip);
    close(input->fd);
    g_ptr_array_unref(input->buffers);
    g_free(input);
}

// Waits for bytes, or to be told to stop.
static bool is_stopped(const struct input *input)
{
    struct pollfd wait[] = {{.fd = input->fd, .events = POLLIN},
                            {.fd = input->stop_fd, .events = POLLIN}};
    while (poll(wait, G_N_ELEMENTS(wait), -1) < 0 && errno == EINTR)
        continue;
    return wait[1].revents != 0;
}

ssize_t input_read_raw(struct input *input, uint8_t *to, size_t room)
{
    if (input->stop_fd >= 0 && is_stopped(input)) {
        input->read_error = ECANCELED;
        return -1;
    }
    ssize_t got = read(input->fd, to, room);
    input->read_error = got < 0 ? errno : 0;
    if (got <= 0)
        return got;
    input->bytes_read += (uint64_t)got;
    return got;
}

ssize_t input_read_packed(struct input *input, uint8_t *to, size_t room)
{
    return input->gunzip ? gunzip_read(input->gunzip, to, room) : input_read_raw(input, to, room);
}

ssize_t input_unpack(struct input *input, uint8_t *to, size_t room)
{
    return input->unpacker ? unpack_read(input->unpacker, to, room)
                           : input_read_packed(input, to, room);
}

// Moves what is left to the front, when the room behind it has become small. What was used before
// it may be held, and stays as it is.
static void make_room(struct input *input)
{
    size_t used = (size_t)(input->window.at - input->buffer->bytes);
    bool is_held = input->buffer->holders > 1;
    bool has_room = used + input->window.length < WINDOW_BYTES / 2;
    if (used == 0 || (has_room && (is_held || input->window.length > 0)))
        return;
    if (is_held)
        input->buffer = spare_buffer(input);
    memmove(input->buffer->bytes, input->window.at, input->window.length);
    input->window.at = input->buffer->bytes;
}

static void drop_skipped(struct input *input)
{
    size_t drop = MIN(input->skip, input->window.length);
    input->window = slice_from(input->window, drop);
    input->offset += drop;
    input->skip -= drop;
}

static void keep_head(struct input *input, const uint8_t *bytes, size_t length)
{
    size_t fits = MIN(length, sizeof input->head - input->head_length);
    memcpy(input->head + input->head_length, bytes, fits);
    input->head_length += fits;
}

// Reads behind the window.
static ssize_t read_behind(struct input *input)
{
    make_room(input);
    uint8_t *end = (uint8_t *)input->window.at + input->window.length;
    size_t used = (size_t)(end - input->buffer->bytes);
    size_t room = (used < WINDOW_BYTES ? WINDOW_BYTES : input->capacity) - used;
    g_assert(room > 0);
    if (input->bytes_read == 0) // many files are open at once before one of them is read
        room = MIN(room, FIRST_READ);
    ssize_t got = input_unpack(input, end, room);
    if (got > 0)
        keep_head(input, end, (size_t)got);
    return got;
}

// Goes on in a buffer that was filled; what is left of the window moves before that.
static void go_on_in(struct input *input, struct buffer *buffer)
{
    g_assert(input->window.length <= input->headroom);
    input->buffer = buffer;
    input->window.at = memcpy(buffer->bytes + input->headroom - input->window.length,
                              input->window.at, input->window.length);
}

static ssize_t take_pumped(struct input *input)
{
    while (pump_has_room(input->pump))
        pump_give(input->pump, spare_buffer(input));
    struct buffer *buffer;
    ssize_t got = pump_take(input->pump, &buffer);
    if (got > 0)
        go_on_in(input, buffer);
    return got;
}

// What follows the window is mapped, if there is anything.
static void map(struct input *input)
{
    struct mapped *file = &input->file;
    off_t end = input_is_plain(input) ? lseek(input->fd, 0, SEEK_CUR) : -1;
    input->may_map = false;
    if (end < 0 || !mapped_begin(file, input->fd, input->size_at_open, (uint64_t)end))
        return;
    g_ptr_array_set_size(input->buffers, 0);
    input->buffer = file->buffer;
    input->window.at = file->buffer->bytes + file->shown - input->window.length;
}

// What was mapped and can't be had, or came later, is read.
static ssize_t read_rest(struct input *input)
{
    if (lseek(input->fd, (off_t)input->file.shown, SEEK_SET) < 0)
        return -1;
    go_on_in(input, spare_buffer(input));
    mapped_end(&input->file);
    return read_behind(input);
}

static ssize_t take_mapped(struct input *input)
{
    mapped_leave(&input->file, input->file.shown - input->window.length);
    size_t got = mapped_show(&input->file, input->fd, SHOWN_BYTES);
    if (got == 0)
        return read_rest(input);
    input->bytes_read += got;
    return (ssize_t)got;
}

// Large captures are unpacked ahead; many small ones may be open at once. What isn't packed is
// mapped, or read by who looks at it next, that it is in that processor's cache.
static bool may_pump(const struct input *input)
{
    bool is_packed = input->gunzip || input->unpacker;
    return is_packed && input->works_ahead && input->unpacked >= PUMP_AFTER;
}

enum input_state input_more(struct input *input)
{
    if (!input->pump && may_pump(input))
        input->pump = pump_new(input);
    if (input->may_map)
        map(input);
    ssize_t got = input->pump          ? take_pumped(input)
                  : input->file.buffer ? take_mapped(input)
                                       : read_behind(input);
    if (got == PUMP_INTERRUPTED || (got < 0 && input->read_error == EINTR))
        return INPUT_INTERRUPTED;
    if (got < 0)
        return INPUT_FAILED;
    if (got == 0)
        return INPUT_END;
    input->unpacked += (size_t)got;
    input->window.length += (size_t)got;
    drop_skipped(input);
    return INPUT_MORE;
}

enum input_state input_want(struct input *input, size_t want)
{
    g_assert(want <= input->capacity);
    while (input->window.length < want) {
        enum input_state state = input_more(input);
        if (state != INPUT_MORE)
            return state;
    }
    return INPUT_MORE;
}

void input_skip(struct input *input, uint64_t bytes)
{
    input->skip += bytes;
    drop_skipped(input);
}

bool input_gunzip(struct input *input)
{
    input->gunzip = gunzip_new(input);
    if (!input->gunzip)
        return false;
    input->window = slice_of(input->buffer->bytes, 0);
    input->offset = input->head_length = 0;
    return true;
}

bool input_next_member(struct input *input)
{
    g_clear_pointer(&input->pump, pump_free);
    if (!input->unpacker || !unpack_next_member(input->unpacker))
        return false;
    input->unpacked = 0;
    if (input->buffer->holders > 1)
        input->buffer = spare_buffer(input);
    input->window = slice_of(input->buffer->bytes, 0);
    input->skip = 0;
    return true;
}

void input_release(struct input *input)
{
    g_clear_pointer(&input->pump, pump_free);
    mapped_end(&input->file);
    g_ptr_array_set_size(input->buffers, 0);
    input->buffer = NULL;
    input->window = slice_of(NULL, 0);
}

int64_t input_growth(const struct input *input)
{
    struct stat status;
    if (!input->is_regular || fstat(input->fd, &status) != 0)
        return 0;
    return (int64_t)status.st_size - (int64_t)input->size_at_open;
}
