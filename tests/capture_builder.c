// SPDX-License-Identifier: BSD-2-Clause
// Writes captures byte by byte for tests.
#include "capture_builder.h"

#include <sys/mman.h>
#include <unistd.h>

#include "capture/input.h"

struct builder builder_new(bool is_big)
{
    return (struct builder){g_byte_array_new(), is_big};
}

void builder_free(struct builder *builder)
{
    g_byte_array_free(builder->bytes, TRUE);
}

void build_bytes(struct builder *builder, const void *bytes, size_t length)
{
    g_byte_array_append(builder->bytes, (const guint8 *)bytes, (guint)length);
}

void build_text(struct builder *builder, const char *text)
{
    build_bytes(builder, text, strlen(text));
}

static void build_number(struct builder *builder, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        unsigned shift = 8 * (builder->is_big ? bytes - 1 - i : i);
        uint8_t byte = (uint8_t)(value >> shift);
        build_bytes(builder, &byte, 1);
    }
}

void build16(struct builder *builder, uint16_t value)
{
    build_number(builder, value, 2);
}

void build32(struct builder *builder, uint32_t value)
{
    build_number(builder, value, 4);
}

static void build_filling(struct builder *builder, uint32_t length)
{
    uint8_t *filling = (uint8_t *)g_malloc(length + 1);
    memset(filling, 0x2e, length);
    build_bytes(builder, filling, length);
    g_free(filling);
}

void build_pcap_header(struct builder *builder, uint32_t magic, uint32_t link_type)
{
    build32(builder, magic);
    build16(builder, 2);
    build16(builder, 4);
    build32(builder, 0);
    build32(builder, 0);
    build32(builder, 65535);
    build32(builder, link_type);
}

void build_pcap_record(struct builder *builder, int64_t time_us, uint32_t captured, uint32_t wire)
{
    build32(builder, (uint32_t)(time_us / 1000000));
    build32(builder, (uint32_t)(time_us % 1000000));
    build32(builder, captured);
    build32(builder, wire);
    build_filling(builder, captured);
}

static void build_padding(struct builder *builder)
{
    while (builder->bytes->len % 4 != 0)
        build_bytes(builder, "", 1);
}

void build_block(struct builder *builder, uint32_t type, const struct builder *body)
{
    uint32_t length = 12 + ((body->bytes->len + 3) & ~3u);
    build32(builder, type);
    build32(builder, length);
    build_bytes(builder, body->bytes->data, body->bytes->len);
    build_padding(builder);
    build32(builder, length);
}

void build_section(struct builder *builder)
{
    struct builder body = builder_new(builder->is_big);
    build32(&body, 0x1a2b3c4d);
    build16(&body, 1);
    build16(&body, 0);
    build32(&body, UINT32_MAX); // length unknown
    build32(&body, UINT32_MAX);
    build_block(builder, 0x0a0d0d0a, &body);
    builder_free(&body);
}

void build_interface(struct builder *builder, uint16_t link_type, uint32_t snaplen,
                     const struct builder *options)
{
    struct builder body = builder_new(builder->is_big);
    build16(&body, link_type);
    build16(&body, 0);
    build32(&body, snaplen);
    if (options)
        build_bytes(&body, options->bytes->data, options->bytes->len);
    build_block(builder, 1, &body);
    builder_free(&body);
}

void build_option(struct builder *options, uint16_t code, const void *value, uint16_t length)
{
    build16(options, code);
    build16(options, length);
    build_bytes(options, value, length);
    build_padding(options);
}

void build_enhanced(struct builder *builder, uint32_t interface, uint64_t ticks, uint32_t captured)
{
    struct builder body = builder_new(builder->is_big);
    build32(&body, interface);
    build32(&body, (uint32_t)(ticks >> 32));
    build32(&body, (uint32_t)ticks);
    build32(&body, captured);
    build32(&body, captured);
    build_filling(&body, captured);
    build_block(builder, 6, &body);
    builder_free(&body);
}

void build_enhanced_bytes(struct builder *builder, struct slice packet,
                          const struct builder *options)
{
    struct builder body = builder_new(builder->is_big);
    for (int i = 0; i < 3; i++) // interface 0, time
        build32(&body, 0);
    build32(&body, (uint32_t)packet.length);
    build32(&body, (uint32_t)packet.length);
    build_bytes(&body, packet.at, packet.length);
    build_padding(&body);
    build_bytes(&body, options->bytes->data, options->bytes->len);
    build_block(builder, 6, &body);
    builder_free(&body);
}

struct path {
    char text[32];
};

static struct path path_of(int fd)
{
    struct path path;
    g_snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
    return path;
}

static int write_file(const struct builder *builder)
{
    int file = memfd_create("capture", MFD_CLOEXEC);
    g_assert(file >= 0);
    g_assert(write(file, builder->bytes->data, builder->bytes->len) == builder->bytes->len);
    return file;
}

struct source *builder_open_fd(int fd, GError **error)
{
    return source_open(path_of(fd).text, &limits_default, error);
}

struct input *builder_input(const struct builder *builder)
{
    int file = write_file(builder);
    struct input *input = input_open(path_of(file).text, &limits_default, NULL);
    g_assert(input);
    close(file);
    return input;
}

struct source *builder_open(const struct builder *builder, int *fd, GError **error)
{
    int file = write_file(builder);
    struct source *source = builder_open_fd(file, error);
    if (fd)
        *fd = file;
    else
        close(file);
    return source;
}

uint64_t source_count(struct source *source, size_t most)
{
    struct packet packets[64];
    uint64_t count = 0;
    for (size_t got; (got = source_next(source, packets, most)) > 0; count += got)
        source_use(source, packets, got);
    return count;
}
