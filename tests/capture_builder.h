// SPDX-License-Identifier: BSD-2-Clause
// Writes captures byte by byte for tests, and opens them as a file or piece by piece as a pipe.
#pragma once

#include <glib.h>

#include "capture/source.h"

struct builder {
    GByteArray *bytes;
    bool is_big; // byte order of the numbers
};

struct builder builder_new(bool is_big);
void builder_free(struct builder *builder);

void build_bytes(struct builder *builder, const void *bytes, size_t length);
void build_text(struct builder *builder, const char *text);
void build16(struct builder *builder, uint16_t value);
void build32(struct builder *builder, uint32_t value);

// A classic file header with this magic and link type, and a record of `captured` equal bytes.
void build_pcap_header(struct builder *builder, uint32_t magic, uint32_t link_type);
void build_pcap_record(struct builder *builder, int64_t time_us, uint32_t captured, uint32_t wire);

// pcapng: `body` is padded to four bytes. Options are words that follow each other.
void build_block(struct builder *builder, uint32_t type, const struct builder *body);
void build_section(struct builder *builder);
void build_interface(struct builder *builder, uint16_t link_type, uint32_t snaplen,
                     const struct builder *options);
void build_option(struct builder *options, uint16_t code, const void *value, uint16_t length);
void build_enhanced(struct builder *builder, uint32_t interface, uint64_t ticks, uint32_t captured);
void build_enhanced_bytes(struct builder *builder, struct slice packet,
                          const struct builder *options);

// The bytes as a file; NULL and `error` as source_open(). `fd` may be NULL: then it is closed.
struct source *builder_open(const struct builder *builder, int *fd, GError **error);

// Opens what is behind a file descriptor by its path.
struct source *builder_open_fd(int fd, GError **error);

// The bytes as a file for a single format's reader.
struct input *builder_input(const struct builder *builder);

// Counts the packets to the end, at most `most` in a batch.
uint64_t source_count(struct source *source, size_t most);
