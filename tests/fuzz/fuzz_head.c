// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for head_read(), head_read_first() and head_may_begin(): a request or response head,
// grown in two steps.
#include <stdint.h>
#include <stdlib.h>

#include "engine/head.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require_within(struct slice part, struct slice whole)
{
    require(part.length == 0 || (part.at >= whole.at && part.length <= whole.length &&
                                 part.at + part.length <= whole.at + whole.length));
}

static void try_kind(struct slice whole, size_t cut, enum head_kind kind)
{
    struct head head, grown;
    size_t scanned = 0;
    bool sure;
    enum head_result result = head_read(whole, kind, &scanned, &head);
    scanned = 0;
    enum head_result first = head_read(slice_first(whole, cut), kind, &scanned, &grown);
    bool may = head_may_begin(slice_first(whole, cut), kind, &sure);
    require(may || !sure);
    if (result == HEAD_COMPLETE) {
        require(may && head.length <= whole.length);
        require(first == (cut < head.length ? HEAD_PARTIAL : HEAD_COMPLETE));
        require(!(head.flags & HEAD_BAD_LENGTH) || !(head.flags & HEAD_LENGTH));
        require(!(head.flags & HEAD_CHUNKED) || !(head.flags & HEAD_CODED));
        require_within(head.method, whole);
        require_within(head.target, whole);
        require_within(head.host, whole);
        require_within(head.agent, whole);
        require_within(head.server, whole);
    }
    if (first == HEAD_PARTIAL) {
        require(head_read(whole, kind, &scanned, &grown) == result || result == HEAD_BAD);
        require(result != HEAD_COMPLETE || grown.length == head.length);
        require(result != HEAD_COMPLETE || grown.flags == head.flags);
    }
}

static void require_same(struct slice a, struct slice b)
{
    require(a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0));
}

static void try_again(struct slice whole, enum head_kind kind, struct head_memory *memory)
{
    struct head head, again;
    size_t scanned = 0;
    enum head_result result = head_read(whole, kind, &scanned, &head);
    require(head_read_first(whole, kind, memory, &again) == result);
    if (result != HEAD_COMPLETE)
        return;
    require(again.length == head.length && again.flags == head.flags);
    require(again.kind == head.kind && again.status == head.status && again.known == head.known);
    require(again.content_length == head.content_length);
    require(again.keep_alive_timeout == head.keep_alive_timeout);
    require(again.keep_alive_max == head.keep_alive_max);
    require_same(again.method, head.method);
    require_same(again.target, head.target);
    require_same(again.host, head.host);
    require_same(again.agent, head.agent);
    require_same(again.server, head.server);
}

// What is remembered of other heads, of which the cut one is another, changes nothing.
static void try_memory(struct slice whole, size_t cut, enum head_kind kind)
{
    struct head_memory memory = {0};
    for (int time = 0; time < 32; time++)
        try_again(time / 16 ? slice_from(whole, time % 2 ? cut : 0) : whole, kind, &memory);
    for (int time = 0; time < 20; time++)
        try_again(slice_from(whole, cut), kind, &memory);
}

// The first byte says where the text that follows is cut.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    struct slice whole = slice_of(bytes + 1, length - 1);
    size_t cut = whole.length * bytes[0] / 255;
    try_kind(whole, cut, HEAD_REQUEST);
    try_kind(whole, cut, HEAD_RESPONSE);
    try_memory(whole, cut, HEAD_REQUEST);
    try_memory(whole, cut, HEAD_RESPONSE);
    return 0;
}
