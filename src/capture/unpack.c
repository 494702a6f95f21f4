// SPDX-License-Identifier: BSD-2-Clause
// Compressed captures and tars, through libarchive. No data is ever given to another program. The
// library is loaded when it is needed: with all that it needs this takes as long as reading 12 MB.
#include "capture/unpack.h"

#include <string.h>

#include "capture/source.h"

static const struct packing {
    const char *magic;
    size_t length;
    const char *name;
} packings[] = {
    {"\x1f\x8b", 2, "gzip"},         // RFC 1952
    {"\x28\xb5\x2f\xfd", 4, "zstd"}, // RFC 8878
    {"\xfd"
     "7zXZ\0",
     6, "xz"},
    {"\x04\x22\x4d\x18", 4, "lz4"},
    {"BZh", 3, "bzip2"},
};

const char *unpack_name(struct slice head)
{
    for (size_t i = 0; i < G_N_ELEMENTS(packings); i++) {
        const struct packing *p = &packings[i];
        if (head.length >= p->length && memcmp(head.at, p->magic, p->length) == 0)
            return p->name;
    }
    return NULL;
}

bool unpack_is_tar(struct slice head)
{
    return head.length >= 263 && memcmp(head.at + 257, "ustar", 5) == 0;
}

static void set_lacking(GError **error, const char *who)
{
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT,
                "is compressed or a tar, and %s has no libarchive; unpack it first, "
                "for example: zcat FILE | connreuse -",
                who);
}

#ifdef HAVE_LIBARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>

#define LIBRARY "libarchive.so.13"

#define FUNCTIONS(X)                                                                               \
    X(archive_entry_filetype)                                                                      \
    X(archive_error_string)                                                                        \
    X(archive_read_data_block)                                                                     \
    X(archive_read_free)                                                                           \
    X(archive_read_new)                                                                            \
    X(archive_read_next_header)                                                                    \
    X(archive_read_open)                                                                           \
    X(archive_read_support_filter_bzip2)                                                           \
    X(archive_read_support_filter_gzip)                                                            \
    X(archive_read_support_filter_lz4)                                                             \
    X(archive_read_support_filter_xz)                                                              \
    X(archive_read_support_filter_zstd)                                                            \
    X(archive_read_support_format_empty)                                                           \
    X(archive_read_support_format_raw)                                                             \
    X(archive_read_support_format_tar)                                                             \
    X(archive_set_error)

struct library {
#define MEMBER(name) __typeof__(&name) name;
    FUNCTIONS(MEMBER)
};

// It stays loaded.
static bool library_load(struct library *library)
{
    void *handle = dlopen(LIBRARY, RTLD_LAZY);
    bool found = handle != NULL;
#define FIND(name) found = found && (*(void **)&library->name = dlsym(handle, #name)) != NULL;
    FUNCTIONS(FIND)
    return found;
}

struct unpacker {
    struct library library;
    struct archive *archive;
    struct input *input;
    uint8_t *packed;   // the next bytes for libarchive
    size_t held;       // of them, given by the window and not yet used
    struct slice rest; // unpacked, not yet read
};

#define PACKED_BYTES ((size_t)64 * 1024)

static la_ssize_t give_packed(struct archive *archive, void *data, const void **bytes)
{
    struct unpacker *unpacker = (struct unpacker *)data;
    *bytes = unpacker->packed;
    if (unpacker->held > 0) {
        size_t held = unpacker->held;
        unpacker->held = 0;
        return (la_ssize_t)held;
    }
    ssize_t got = input_read_packed(unpacker->input, unpacker->packed, PACKED_BYTES);
    if (got < 0) // also when a signal interrupts: then nobody reads on
        unpacker->library.archive_set_error(archive, unpacker->input->read_error, "read error");
    return got;
}

// Takes over what the window holds of the packed stream.
static void take_window(struct unpacker *unpacker, struct input *input)
{
    unpacker->held = input->window.length;
    unpacker->packed = g_malloc(MAX(PACKED_BYTES, unpacker->held));
    memcpy(unpacker->packed, input->window.at, unpacker->held);
    input->window = slice_of(input->buffer->bytes, 0);
    input->offset = 0;
    input->head_length = 0;
}

struct unpacker *unpack_new(struct input *input, GError **error)
{
    struct library library;
    if (!library_load(&library)) {
        set_lacking(error, "this system");
        return NULL;
    }
    struct unpacker *unpacker = g_new0(struct unpacker, 1);
    unpacker->library = library;
    unpacker->input = input;
    const char *name = unpack_name(input->window);
    take_window(unpacker, input);
    struct archive *archive = unpacker->archive = library.archive_read_new();
    library.archive_read_support_filter_gzip(archive);
    library.archive_read_support_filter_zstd(archive);
    library.archive_read_support_filter_xz(archive);
    library.archive_read_support_filter_lz4(archive);
    library.archive_read_support_filter_bzip2(archive);
    library.archive_read_support_format_raw(archive);
    library.archive_read_support_format_tar(archive);
    library.archive_read_support_format_empty(archive);
    if (library.archive_read_open(archive, unpacker, NULL, give_packed, NULL) == ARCHIVE_OK &&
        unpack_next_member(unpacker))
        return unpacker;
    const char *reason = library.archive_error_string(archive);
    // The tools are called like their formats.
    g_set_error(
        error, SOURCE_ERROR, SOURCE_ERROR_FORMAT, "can't be unpacked: %s; copy it again%s%s%s",
        reason ? reason : "there is nothing in it", name ? ", or read what is left of it: " : "",
        name ? name : "", name ? " -dc FILE | connreuse -" : "");
    unpack_free(unpacker);
    return NULL;
}

void unpack_free(struct unpacker *unpacker)
{
    if (!unpacker)
        return;
    unpacker->library.archive_read_free(unpacker->archive);
    g_free(unpacker->packed);
    g_free(unpacker);
}

ssize_t unpack_read(struct unpacker *unpacker, uint8_t *to, size_t room)
{
    while (unpacker->rest.length == 0) {
        const void *bytes;
        size_t length;
        la_int64_t offset;
        int status =
            unpacker->library.archive_read_data_block(unpacker->archive, &bytes, &length, &offset);
        if (status == ARCHIVE_EOF)
            return 0;
        if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
            return -1;
        unpacker->rest = slice_of(bytes, length);
    }
    size_t take = MIN(room, unpacker->rest.length);
    memcpy(to, unpacker->rest.at, take);
    unpacker->rest = slice_from(unpacker->rest, take);
    return (ssize_t)take;
}

bool unpack_next_member(struct unpacker *unpacker)
{
    const struct library *library = &unpacker->library;
    struct archive_entry *entry;
    int status;
    unpacker->rest = slice_of(NULL, 0);
    do
        status = library->archive_read_next_header(unpacker->archive, &entry);
    while (status == ARCHIVE_RETRY || (status >= ARCHIVE_WARN && status != ARCHIVE_EOF &&
                                       library->archive_entry_filetype(entry) != AE_IFREG));
    return status == ARCHIVE_OK || status == ARCHIVE_WARN;
}

#else

struct unpacker *unpack_new(struct input *input, GError **error)
{
    (void)input;
    set_lacking(error, "this build");
    return NULL;
}

void unpack_free(struct unpacker *unpacker)
{
    (void)unpacker;
}

ssize_t unpack_read(struct unpacker *unpacker, uint8_t *to, size_t room)
{
    (void)unpacker, (void)to, (void)room;
    return -1;
}

bool unpack_next_member(struct unpacker *unpacker)
{
    (void)unpacker;
    return false;
}

#endif
