// SPDX-License-Identifier: BSD-2-Clause
// Sockets over time: for each host the number of its connections in each TCP state, per step,
// reconstructed from the packets. Nothing is drawn after the capture's last packet.
#pragma once

#include <glib.h>

#include "judge/analysis.h"

#define SOCKET_STEPS 240   // at most this many steps over the capture
#define SOCKET_HOSTS 64    // the busiest hosts that are drawn
#define SOCKET_WAITS 16    // waits of a host that are kept
#define PORTS_LIMIT  28232 // Linux default ephemeral ports 32768-60999

// How long ends of a host waited for a program: in FIN_WAIT2 for the peer's, in CLOSE_WAIT for its
// own; a second or more.
struct socket_wait {
    enum tcp_state state;
    struct endpoint peer; // port 0: a client
    uint64_t connections;
    int64_t longest, mean; // ns
};

struct socket_host {
    struct address address;
    bool is_client, is_server; // roles it takes
    uint64_t ends;             // ends of connections that it had
    uint32_t *counts;          // [TCP_STATES * steps], row per state: as netstat would
                               // have shown at the step's time
    uint32_t peak[TCP_STATES]; // exact, also between steps
    uint32_t ports_peak;       // most ports in use to one server endpoint
    double exhaustion_seconds; // until PORTS_LIMIT from none, as observed or at the observed
                               // rate; NAN when never, on loopback, in captures under a second
    double close_rate;         // closes per second that left it a TIME_WAIT: steady
                               // state of TIME_WAIT = close_rate x 60
    GArray *waits;             // struct socket_wait, most connections first
};

struct sockets {
    int64_t first, step; // ns: time of step 0, length of a step
    uint32_t steps;
    GArray *hosts; // struct socket_host, busiest first
};

// Of the records and pairs of the analysis, from the capture's first packet on; after windows that
// were let go, from the first record on. NULL without packets. `marks` are those of
// pairs_new(); NULL: not known.
struct sockets *sockets_new(const struct analysis *analysis, const struct host_marks *marks);
void sockets_free(struct sockets *sockets);
