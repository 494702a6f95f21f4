// SPDX-License-Identifier: BSD-2-Clause
// Reassembly of IP fragments in a small set-associative table; nothing grows with the input.
#include "capture/fragments.h"

#include <glib.h>

#include "base/moment.h"

#define RANGES      32 // disjoint pieces of one datagram; in-order fragments make one
#define WAYS        4
#define PATIENCE    (30 * NANOS_PER_SECOND) // as Linux: net.ipv4.ipfrag_time
#define END_UNKNOWN UINT32_MAX

struct range {
    uint32_t from, to;
};

struct datagram {
    struct address from, to;
    int64_t begun;
    uint32_t id;
    uint8_t protocol;
    bool is_ipv6;
    bool is_used;
    uint32_t ranges;
    uint32_t end;            // of the whole, once the last fragment is there
    uint32_t captured_until; // the first byte that wasn't captured
    uint8_t *bytes;
    uint32_t room;
    struct range range[RANGES];
};

struct fragments {
    struct datagram *datagrams;
    uint32_t count; // a multiple of WAYS
    uint32_t bytes_most;
};

struct fragments *fragments_new(const struct limits *limits)
{
    struct fragments *fragments = g_new0(struct fragments, 1);
    fragments->count = MAX(limits->fragments / WAYS, 1) * WAYS;
    fragments->bytes_most = limits->fragment_bytes;
    return fragments;
}

void fragments_free(struct fragments *fragments)
{
    if (!fragments)
        return;
    for (uint32_t i = 0; fragments->datagrams && i < fragments->count; i++)
        g_free(fragments->datagrams[i].bytes);
    g_free(fragments->datagrams);
    g_free(fragments);
}

static uint32_t hash(const struct fragment *f)
{
    uint64_t mix = (uint64_t)f->id * UINT64_C(0x9e3779b97f4a7c15) + f->protocol;
    for (int i = 0; i < 16; i++)
        mix = (mix ^ f->from.bytes[i] ^ (uint64_t)f->to.bytes[i] << 8) * UINT64_C(0x100000001b3);
    return (uint32_t)(mix >> 32);
}

static bool is_same(const struct datagram *d, const struct fragment *f)
{
    return d->is_used && d->id == f->id && d->protocol == f->protocol && d->is_ipv6 == f->is_ipv6 &&
           memcmp(&d->from, &f->from, sizeof f->from) == 0 &&
           memcmp(&d->to, &f->to, sizeof f->to) == 0;
}

static bool is_stale(const struct datagram *d, int64_t now)
{
    return now - d->begun > PATIENCE || d->begun - now > PATIENCE;
}

// The datagram of a fragment, a new one in place of the oldest if need be.
static struct datagram *find(struct fragments *fragments, const struct fragment *f)
{
    if (!fragments->datagrams)
        fragments->datagrams = g_new0(struct datagram, fragments->count);
    struct datagram *set = fragments->datagrams + hash(f) % (fragments->count / WAYS) * WAYS;
    struct datagram *oldest = set;
    for (struct datagram *d = set; d < set + WAYS; d++) {
        if (is_same(d, f) && !is_stale(d, f->time))
            return d;
        if (!d->is_used || (oldest->is_used && d->begun < oldest->begun))
            oldest = d;
    }
    uint8_t *bytes = oldest->bytes;
    uint32_t room = oldest->room;
    *oldest = (struct datagram){
        .from = f->from,
        .to = f->to,
        .begun = f->time,
        .id = f->id,
        .protocol = f->protocol,
        .is_ipv6 = f->is_ipv6,
        .is_used = true,
        .end = END_UNKNOWN,
        .captured_until = UINT32_MAX,
        .bytes = bytes,
        .room = room,
    };
    return oldest;
}

static void make_room(struct datagram *d, uint32_t wanted)
{
    if (wanted <= d->room)
        return;
    d->room = MAX(d->room, 2048);
    while (d->room < wanted)
        d->room *= 2;
    d->bytes = g_realloc(d->bytes, d->room);
}

enum fit { FIT_NEW, FIT_KNOWN, FIT_OVERLAP };

// Where a range goes among the sorted ones.
static enum fit find_place(const struct datagram *d, struct range new, uint32_t *place)
{
    uint32_t i = 0;
    while (i < d->ranges && d->range[i].to <= new.from)
        i++;
    *place = i;
    if (i == d->ranges || new.to <= d->range[i].from)
        return FIT_NEW;
    bool is_inside = new.from >= d->range[i].from &&new.to <= d->range[i].to;
    return is_inside ? FIT_KNOWN : FIT_OVERLAP;
}

static bool insert_range(struct datagram *d, struct range new, uint32_t place)
{
    bool joins_before = place > 0 && d->range[place - 1].to == new.from;
    bool joins_after = place < d->ranges && d->range[place].from == new.to;
    if (joins_before && joins_after) {
        d->range[place - 1].to = d->range[place].to;
        d->ranges--;
        memmove(d->range + place, d->range + place + 1, (d->ranges - place) * sizeof new);
    } else if (joins_before) {
        d->range[place - 1].to = new.to;
    } else if (joins_after) {
        d->range[place].from = new.from;
    } else if (d->ranges == RANGES) {
        return false;
    } else {
        memmove(d->range + place + 1, d->range + place, (d->ranges - place) * sizeof new);
        d->range[place] = new;
        d->ranges++;
    }
    return true;
}

// False when the fragment contradicts the others.
static bool place_fragment(struct datagram *d, const struct fragment *f)
{
    struct range new = {f->offset, f->offset + f->part.wire};
    uint32_t last = d->ranges ? d->range[d->ranges - 1].to : 0;
    uint32_t place;
    if (f->is_last && (d->end == END_UNKNOWN ? last > new.to : d->end != new.to))
        return false;
    if (d->end != END_UNKNOWN && new.to > d->end)
        return false;
    enum fit fit = find_place(d, new, &place);
    if (fit != FIT_NEW)
        return fit == FIT_KNOWN;
    if (!insert_range(d, new, place))
        return false;
    if (f->is_last)
        d->end = new.to;
    make_room(d, new.to);
    memcpy(d->bytes + f->offset, f->part.at, f->part.captured);
    if (f->part.captured < f->part.wire)
        d->captured_until = MIN(d->captured_until, f->offset + f->part.captured);
    return true;
}

bool fragments_take(struct fragments *fragments, const struct fragment *f, struct layer *whole)
{
    if (f->part.wire == 0 || f->part.wire > fragments->bytes_most ||
        f->offset + f->part.wire > fragments->bytes_most)
        return false;
    if (!f->is_last && f->part.wire % 8 != 0)
        return false;
    struct datagram *d = find(fragments, f);
    if (!place_fragment(d, f)) {
        d->is_used = false;
        return false;
    }
    if (d->ranges != 1 || d->range[0].from != 0 || d->range[0].to != d->end)
        return false;
    d->is_used = false;
    *whole = (struct layer){d->bytes, MIN(d->end, d->captured_until), d->end};
    return true;
}
