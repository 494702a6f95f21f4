// SPDX-License-Identifier: BSD-2-Clause
// One-dimensional clusters: values so close together that one timer explains them.
#pragma once

#include <glib.h>

#include "base/moment.h"

struct sample {
    int64_t value; // what is compared: a gap, an age, a wait, or a time
    int64_t time;  // when the connection was closed
    uint32_t record;
    uint32_t cluster; // set: index of its cluster
};

// Samples [first, first + n) after sorting by value.
struct cluster {
    int64_t low, high, centre; // centre: the median
    uint32_t first, n;
    uint32_t moments; // times of closing that lie more than MOMENTS_APART from each other
};

// Tight means a spread below max(50 ms, 2 %) of the value.
int64_t cluster_tight(int64_t value);

// Timers of one setting fire this near to each other on a host that isn't busy.
int64_t cluster_near(int64_t value);

// For bursts: a spread of the window given, whatever the value.
int64_t cluster_burst(int64_t value);
int64_t cluster_instant(int64_t value);

// By value; equal ones stay in order.
void samples_sort(struct sample *samples, size_t count);

// Sorts `samples` by value and cuts them into struct cluster, each within tolerance(low); the
// densest windows first. Every sample belongs to one, maybe alone. Caller frees.
GArray *clusters_new(struct sample *samples, size_t count, int64_t (*tolerance)(int64_t value));

// Whether the samples' times lie at one fraction of the second: a timer that ticks once a second
// closes so, whatever the gaps.
bool cluster_ticks(const struct sample *samples, size_t count);

// Whole seconds are what people configure.
bool cluster_is_whole(int64_t value);

// How many moments of closing these samples have.
uint32_t cluster_moments(const struct sample *samples, size_t count);

// Whether a cluster among `count` samples, sorted by value, is more than chance puts together: it
// holds most of them, or it is tight for how wide the others lie.
bool cluster_is_telling(const struct cluster *cluster, const struct sample *sorted, size_t count);

// How many clusters of this size and spread `count` independent values over the same range are
// expected to make.
double cluster_by_chance(const struct cluster *cluster, const struct sample *sorted, size_t count);

// The same for values that lie near to each other at as many moments; 0 for a cluster that holds
// most values, as a timer that closes nearly all needs no such test.
double cluster_moments_by_chance(const struct cluster *cluster, const struct sample *sorted,
                                 size_t count);
