// SPDX-License-Identifier: BSD-2-Clause
// Several threads that do one kind of work; each takes its next piece from what they share.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

// The pieces of a work that are taken already.
struct pieces {
    gint taken; // atomic
    gint count;
};

// The next piece that nobody has taken; false when there is none.
static inline bool pieces_take(struct pieces *pieces, size_t *piece)
{
    gint next = g_atomic_int_add(&pieces->taken, 1);
    *piece = (size_t)next;
    return next < pieces->count;
}

// A thread that no signal comes to but SIGBUS for what it does itself: signals are for the calling
// one, as they interrupt what it reads. NULL when there can't be one. Caller joins it.
GThread *crew_thread(const char *name, GThreadFunc worker, gpointer work);

// Runs `worker` on `threads` threads, the calling one among them, and returns when all are done.
// Fewer do the work when there can't be more.
void crew_run(unsigned threads, GThreadFunc worker, gpointer work);
