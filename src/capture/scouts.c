// SPDX-License-Identifier: BSD-2-Clause
// All scouts take a step, then the next: the processor waits for their bytes side by side.
#include "capture/scouts.h"

#include <string.h>

#define SCOUTS     8
#define SPAN_LEAST 4096 // bytes for each: below that, it takes longer to find a record
#define LINE       64   // of a processor's cache
#define HEADER     32   // of a record, at most
#define HEADERS    96   // with those of the packet, mostly

struct scout {
    const uint8_t *at, *end;
};

static uint32_t word_at(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint32_t length_of(const struct trail *trail, const uint8_t *at)
{
    uint32_t length = word_at(at + trail->length_at);
    return trail->is_swapped ? __builtin_bswap32(length) : length;
}

// The bytes to the next record; 0: none can be so long.
static size_t extent(const struct trail *trail, const uint8_t *at)
{
    uint32_t length = length_of(trail, at);
    bool is_possible = length >= trail->least && length <= trail->most;
    return is_possible ? (size_t)trail->beside + length : 0;
}

static bool is_alike(const struct trail *trail, const uint8_t *at, const uint8_t *first)
{
    return ((word_at(at) ^ word_at(first)) & word_at(trail->sign)) == 0 && extent(trail, at) > 0;
}

// Whether a record seems to be here, and another one behind it. HEADER bytes are there.
static bool is_record(const struct trail *trail, const uint8_t *at, const uint8_t *first,
                      const uint8_t *end)
{
    if (!is_alike(trail, at, first))
        return false;
    size_t bytes = extent(trail, at);
    return (size_t)(end - at) < bytes + HEADER || is_alike(trail, at + bytes, first);
}

// What seems to be a record and begins in so many bytes; HEADER more are there. NULL: nothing.
static const uint8_t *find_record(const struct trail *trail, const uint8_t *from, size_t span,
                                  const uint8_t *first, const uint8_t *end)
{
    const uint8_t *to = from + span + trail->sought;
    for (const uint8_t *at = from + trail->sought; at < to; at++) {
        at = memchr(at, first[trail->sought], (size_t)(to - at));
        if (!at || is_record(trail, at - trail->sought, first, end))
            return at ? at - trail->sought : NULL;
    }
    return NULL;
}

// Fetches the headers at a scout and goes on to the next record; false at the end of its way.
static inline bool step(const struct trail *trail, struct scout *scout)
{
    const uint8_t *at = scout->at;
    size_t bytes = extent(trail, at);
    __builtin_prefetch(at + LINE);
    __builtin_prefetch(at + HEADERS);
    if (bytes == 0 || (size_t)(scout->end - at) < bytes + HEADER)
        return false;
    scout->at = at + bytes;
    return true;
}

size_t scouts_send(const struct trail *trail, struct slice bytes)
{
    const struct trail way = *trail;
    const uint8_t *first = bytes.at, *end = first + bytes.length;
    size_t span = bytes.length / SCOUTS, count = 1, met = 0;
    struct scout scouts[SCOUTS] = {{first, end}};
    if (span < SPAN_LEAST)
        return 0;
    size_t whole = extent(&way, first);
    if (whole == 0 || whole > bytes.length)
        return 0;
    for (size_t i = 1; i < SCOUTS; i++) {
        const uint8_t *at = find_record(&way, first + i * span, span - HEADER, first, end);
        if (!at)
            continue;
        scouts[count - 1].end = at;
        scouts[count++] = (struct scout){at, end};
    }
    while (count > 0) {
        met += count;
        for (size_t i = count; i-- > 0;)
            if (!step(&way, &scouts[i]))
                scouts[i] = scouts[--count];
    }
    return met;
}
