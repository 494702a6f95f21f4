// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for head_read() and head_may_begin(): a request or response head, grown in two steps.
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

// What was remembered of a request changes nothing when it comes again.
static void try_memory(struct slice whole)
{
    struct head_memory memory = {0};
    struct head head, again;
    size_t scanned = 0;
    enum head_result result = head_read(whole, HEAD_REQUEST, &scanned, &head);
    for (int time = 0; time < 2; time++) {
        require(head_read_request(whole, &memory, &again) == result);
        require(result != HEAD_COMPLETE || again.length == head.length);
        require(result != HEAD_COMPLETE || again.flags == head.flags);
        require(result != HEAD_COMPLETE || again.content_length == head.content_length);
        require(result != HEAD_COMPLETE || again.host.length == head.host.length);
        require(result != HEAD_COMPLETE || again.agent.length == head.agent.length);
    }
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
    try_memory(whole);
    return 0;
}
