// SPDX-License-Identifier: BSD-2-Clause
// Hosts behind one address (NAT). All connections of one host to one server share a TCP timestamp
// clock (RFC 7323 section 5.4; Linux before 6.17), and take their ports in sequence (RFC 6056
// section 3.3.4). Where neither shows bands that run side by side, hosts can't be told.
#pragma once

#include <glib.h>

#include "judge/pair.h"

// Pairs by host, and the pair each of them is a part of.
struct hosts {
    GArray *pairs;      // struct pair, without sums
    uint32_t *pair_of;  // [record_count] index into them
    uint32_t *whole_of; // [pairs->len] index into the pairs given
    struct members by_pair;
};

// Splits pairs of several hosts; `by_pair` are their records. False, and nothing to free, when
// there is none.
bool hosts_split(struct hosts *hosts, const struct host_marks *marks, const struct members *by_pair,
                 const GArray *pairs, const uint32_t *pair_of);
void hosts_free(struct hosts *hosts);
