// SPDX-License-Identifier: BSD-2-Clause
// Starts threads and waits for them.
#include "base/crew.h"

#define CREW_MOST 16

void crew_run(unsigned threads, GThreadFunc worker, gpointer work)
{
    GThread *others[CREW_MOST];
    unsigned count = 0;
    while (count + 1 < MIN(threads, CREW_MOST)) {
        GThread *other = g_thread_try_new("crew", worker, work, NULL);
        if (!other)
            break;
        others[count++] = other;
    }
    worker(work);
    while (count > 0)
        g_thread_join(others[--count]);
}
