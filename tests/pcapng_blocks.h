// SPDX-License-Identifier: BSD-2-Clause
// Small pcapng captures, and what a source must say of them.
#pragma once

#include <CUnit/Basic.h>

#include "capture_builder.h"

enum { IF_TSRESOL = 9, IF_TSOFFSET = 14, ISB_IFDROP = 5, ISB_OSDROP = 7, EPB_DROPCOUNT = 4 };

static inline struct builder begin(bool is_big, uint32_t snaplen)
{
    struct builder builder = builder_new(is_big);
    build_section(&builder);
    build_interface(&builder, 1, snaplen, NULL);
    return builder;
}

static inline struct source *open_whole(const struct builder *builder)
{
    struct source *source = builder_open(builder, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    return source;
}

static inline void expect(struct builder *builder, uint64_t packets, const char *damage)
{
    struct source *source = open_whole(builder);
    CU_ASSERT_EQUAL(source_count(source, 3), packets);
    const struct source_info *info = source_info(source);
    CU_ASSERT_STRING_EQUAL(info->damage ? info->damage : "", damage);
    CU_ASSERT_STRING_EQUAL(info->format, "pcapng");
    source_free(source);
    builder_free(builder);
}

// Writes another number of 32 bits that far from the end.
static inline void patch(struct builder *builder, guint from_end, uint32_t value)
{
    guint length = builder->bytes->len;
    g_byte_array_set_size(builder->bytes, length - from_end);
    guint8 *tail = g_memdup2(builder->bytes->data + length - from_end + 4, from_end - 4);
    build32(builder, value);
    build_bytes(builder, tail, from_end - 4);
    g_free(tail);
}
