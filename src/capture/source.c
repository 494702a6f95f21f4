// SPDX-License-Identifier: BSD-2-Clause
// One source, whatever it is: finds the format, hands out packets in batches, keeps the account.
#include "capture/source.h"

#include <stdarg.h>

#include "base/moment.h"
#include "capture/foreign.h"
#include "capture/live.h"
#include "capture/reader.h"
#include "capture/unpack.h"

#define NOISE_MOST     ((size_t)64 * 1024) // text before the magic
#define CLOCK_SLACK    NANOS_PER_MS
#define MAGIC_MOST     ((size_t)12)
#define TAR_MAGIC_MOST ((size_t)512)

struct source {
    struct source_info info;
    struct reader reader;
    struct live *live; // NULL for files
    char *name;
    GArray *link_types;
    int64_t before; // time of the packet before
    bool is_over;
};

static const struct format *const formats[] = {&format_pcap, &format_pcapng};

static const struct format *find_format(struct slice bytes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (bytes.length >= formats[i]->magic_bytes && formats[i]->is_magic(bytes))
            return formats[i];
    }
    return NULL;
}

void reader_damage(struct reader *reader, const char *text, ...)
{
    if (reader->damage)
        return;
    va_list arguments;
    va_start(arguments, text);
    reader->damage = g_string_new(NULL);
    g_string_vprintf(reader->damage, text, arguments);
    va_end(arguments);
    g_string_append_printf(reader->damage, "; %" G_GUINT64_FORMAT " packet%s used", reader->packets,
                           reader->packets == 1 ? "" : "s");
}

// Looks for a magic behind text, such as a remote tcpdump's "listening on eth0" on the same pipe.
static const struct format *find_after_noise(struct source *source)
{
    struct input *input = source->reader.input;
    for (size_t at = 0; at < NOISE_MOST; at++) {
        input_want(input, at + MAGIC_MOST);
        struct slice rest = slice_from(input->window, at);
        const struct format *format = find_format(rest);
        if (format) {
            source->info.noise_bytes = at;
            input_skip(input, at);
            return format;
        }
        if (rest.length == 0 || !foreign_is_text(rest.at[0]))
            return NULL;
    }
    return NULL;
}

// Begins with the capture at the front of the window, or behind text.
static bool begin_capture(struct source *source, GError **error)
{
    struct reader *reader = &source->reader;
    reader->format = find_after_noise(source);
    if (!reader->format) {
        struct slice window = slice_first(reader->input->window, NOISE_MOST);
        foreign_tell(window, source->info.compression, error);
        return false;
    }
    if (reader->format->begin(reader, error))
        return true;
    reader->format = NULL;
    return false;
}

// Whether there is something to unpack, but gzip.
static bool begin_packed(struct source *source)
{
    struct input *input = source->reader.input;
    source->info.compression = unpack_name(input->window);
    bool is_gzip = g_strcmp0(source->info.compression, "gzip") == 0;
    if (!is_gzip || !input_gunzip(input))
        return source->info.compression != NULL;
    input_want(input, MAGIC_MOST);
    return unpack_name(input->window) != NULL;
}

// Compressed data and tars are unpacked; a tar's first member that is a capture begins.
static bool begin(struct source *source, GError **error)
{
    struct input *input = source->reader.input;
    bool is_stopped = input_want(input, MAGIC_MOST) == INPUT_INTERRUPTED;
    if (input->read_error && !is_stopped) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_OPEN, "can't be read: %s",
                    g_strerror(input->read_error));
        return false;
    }
    if (input->window.length == 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_EMPTY, "%s",
                    is_stopped ? "stopped before anything came; tcpdump -U writes at once"
                               : "is empty; was the capture ended before its first write? "
                                 "(tcpdump -U)");
        return false;
    }
    bool is_packed = begin_packed(source);
    GError *first = NULL;
    if (!is_packed && begin_capture(source, &first))
        return true;
    if (!is_packed) {
        input_want(input, TAR_MAGIC_MOST);
        if (!unpack_is_tar(input->window)) {
            g_propagate_error(error, first);
            return false;
        }
        g_clear_error(&first);
    }
    input->unpacker = unpack_new(input, error);
    if (!input->unpacker)
        return false;
    while (!begin_capture(source, first ? NULL : &first)) {
        if (!input_next_member(input)) {
            g_propagate_error(error, first);
            return false;
        }
    }
    g_clear_error(&first);
    return true;
}

static struct source *source_new(const char *name, const struct limits *limits)
{
    struct source *source = g_new0(struct source, 1);
    source->link_types = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    source->reader.limits = *limits;
    source->info.name = source->name = g_strdup(name);
    source->info.first = source->info.last = source->before = NANOS_UNKNOWN;
    return source;
}

struct source *source_open(const char *path, const struct limits *limits, GError **error)
{
    struct source *source = source_new(path, limits);
    source->reader.input = input_open(path, limits, error);
    if (source->reader.input && begin(source, error)) {
        source->info.format = source->reader.format_name;
        return source;
    }
    source_free(source);
    return NULL;
}

void source_keep_notes(struct source *source, struct notes *notes)
{
    source->reader.notes = notes;
}

void source_work_ahead(struct source *source)
{
    source->reader.input->works_ahead = true;
}

void source_map(struct source *source)
{
    source->reader.input->may_map = true;
}

struct source *source_open_live(const char *interface, const char *filter, int snaplen,
                                GError **error)
{
    struct live *live = live_new(interface, filter, snaplen, error);
    if (!live)
        return NULL;
    struct source *source = source_new(interface, &limits_default);
    source->live = live;
    source->info.format = "live";
    return source;
}

void source_free(struct source *source)
{
    if (!source)
        return;
    if (source->reader.format)
        source->reader.format->end(&source->reader);
    if (source->reader.damage)
        g_string_free(source->reader.damage, TRUE);
    input_free(source->reader.input);
    live_free(source->live);
    g_array_free(source->link_types, TRUE);
    g_free(source->name);
    g_free(source);
}

static void note_link_type(struct source *source, uint16_t link_type)
{
    for (guint i = 0; i < source->link_types->len; i++) {
        if (g_array_index(source->link_types, uint16_t, i) == link_type)
            return;
    }
    g_array_append_val(source->link_types, link_type);
}

// Whether the packets are as most are: of the same link type, none earlier than the one before.
static bool is_in_order(const struct packet *packets, size_t count, int64_t before,
                        uint16_t link_type)
{
    for (size_t i = 0; i < count; i++) {
        if (packets[i].time < before || packets[i].link_type != link_type)
            return false;
        before = packets[i].time;
    }
    return true;
}

bool source_use(struct source *source, const struct packet *packets, size_t count)
{
    struct source_info *info = &source->info;
    if (count == 0)
        return true;
    if (info->packets == 0) {
        info->first = info->last = source->before = packets[0].time;
        note_link_type(source, packets[0].link_type);
    }
    uint16_t link_type = g_array_index(source->link_types, uint16_t, 0);
    bool are_in_order = is_in_order(packets, count, source->before, link_type);
    for (size_t i = are_in_order ? count - 1 : 0; i < count; i++) {
        int64_t time = packets[i].time;
        info->first = MIN(info->first, time);
        info->last = MAX(info->last, time);
        info->clock_backwards |= time < source->before - CLOCK_SLACK;
        source->before = time;
        note_link_type(source, packets[i].link_type);
    }
    info->packets += count;
    return are_in_order;
}

// The file changed under us: said beside what is missing at its end.
static void tell_growth(struct source *source)
{
    struct reader *reader = &source->reader;
    int64_t growth = input_growth(reader->input);
    if (growth == 0)
        return;
    const char *what = growth > 0 ? "it grew while it was read (still being written?)"
                                  : "it was cut while it was read";
    if (reader->damage)
        g_string_append_printf(reader->damage, "; %s", what);
    else
        reader_damage(reader, "%s", what);
}

static void tell_end(struct source *source, enum input_state state)
{
    struct reader *reader = &source->reader;
    const struct input *input = reader->input;
    uint64_t missing = reader->missing + input->skip;
    if (input->read_error)
        reader_damage(reader, "read error after %" G_GUINT64_FORMAT " bytes: %s", input->bytes_read,
                      g_strerror(input->read_error));
    else if (state == INPUT_FAILED)
        reader_damage(reader, "its %s data is cut short or corrupt after packet %" G_GUINT64_FORMAT,
                      source->info.compression ? source->info.compression : "tar", reader->packets);
    else if (missing > 0)
        reader_damage(
            reader, "cut short in %s %" G_GUINT64_FORMAT " (%" G_GUINT64_FORMAT " bytes missing)%s",
            reader->part, reader->part_number, missing,
            foreign_is_mangled((struct slice){input->head, input->head_length}, false)
                ? "; " FOREIGN_MANGLED
                : "");
    tell_growth(source);
}

// At the end of the bytes: whether another capture of a tar follows.
static bool go_on(struct source *source, enum input_state state)
{
    tell_end(source, state);
    struct reader *reader = &source->reader;
    while (!reader->damage && input_next_member(reader->input)) {
        if (reader->format)
            reader->format->end(reader);
        reader->format = NULL;
        if (begin_capture(source, NULL))
            return true;
    }
    return false;
}

static size_t take(struct reader *reader, struct packet *packets, size_t most)
{
    if (reader->input->skip == 0)
        mapped_scout(&reader->input->file, &reader->trail, reader->input->window);
    return reader->format->take(reader, packets, most);
}

size_t source_next(struct source *source, struct packet *packets, size_t most)
{
    struct reader *reader = &source->reader;
    size_t count = 0;
    if (source->is_over || most == 0)
        return 0;
    if (source->live) {
        count = live_take(source->live, packets, most);
        for (size_t i = 0; i < count; i++)
            source->info.bytes_read += packets[i].bytes.length;
        source->is_over = live_is_over(source->live);
    }
    while (!source->live && (count = take(reader, packets, most)) == 0) {
        enum input_state state = reader->damage ? INPUT_END : input_more(reader->input);
        if (state == INPUT_INTERRUPTED)
            return 0;
        if (state != INPUT_MORE && !go_on(source, state)) {
            source->is_over = true;
            input_release(reader->input);
            return 0;
        }
    }
    return count;
}

struct buffer *source_buffer(const struct source *source)
{
    return source->live ? NULL : source->reader.input->buffer;
}

bool source_is_over(const struct source *source)
{
    return source->is_over;
}

const struct source_info *source_info(struct source *source)
{
    struct source_info *info = &source->info;
    const struct reader *reader = &source->reader;
    info->link_types = (const uint16_t *)source->link_types->data;
    info->link_type_count = source->link_types->len;
    if (source->live) {
        info->has_kernel_drops = live_drops(source->live, &info->kernel_drops);
        info->damage = live_damage(source->live);
    } else {
        info->bytes_read = reader->input->bytes_read;
        info->bytes_total = reader->input->size_at_open;
        info->is_plain = input_is_plain(reader->input);
        info->has_kernel_drops = reader->has_drops;
        info->kernel_drops = reader->drops;
        info->damage = reader->damage ? reader->damage->str : NULL;
    }
    info->truncated = info->damage != NULL;
    return info;
}
