// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time: for each host the number of its connections in each TCP state, per step,
// reconstructed from the packets.
#pragma once

#include <glib.h>

#include "engine/record.h"

#define SOCKET_STEPS 240 // at most this many steps over the capture
#define PORTS_LIMIT 28232 // Linux default ephemeral ports 32768-60999

struct socket_host {
    struct address address;
    bool is_client, is_server;           // roles it takes
    uint32_t *counts;                    // [TCP_STATES * steps], row per state
    uint32_t peak[TCP_STATES];
    uint32_t ports_peak;                 // most ports in use to one server endpoint
    double exhaustion_seconds;           // at the observed rate; NAN when never
    double close_rate;                   // closes of this host per second, it being active closer
};

struct sockets {
    int64_t first, step; // ns: time of step 0, length of a step
    uint32_t steps;
    GArray *hosts; // struct socket_host, busiest first
};

// NULL without packets. `first` and `last` are the capture's.
struct sockets *sockets_new(const struct record *records, size_t count, int64_t first,
                            int64_t last);
void sockets_free(struct sockets *sockets);
