// SPDX-License-Identifier: BSD-2-Clause
// Starts threads and waits for them.
#include "base/crew.h"

#include <pthread.h>
#include <signal.h>

#define CREW_MOST 16

// Signals are for the calling thread: they interrupt what it reads.
void crew_run(unsigned threads, GThreadFunc worker, gpointer work)
{
    GThread *others[CREW_MOST];
    unsigned count = 0;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (count + 1 < MIN(threads, CREW_MOST)) {
        GThread *other = g_thread_try_new("crew", worker, work, NULL);
        if (!other)
            break;
        others[count++] = other;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    worker(work);
    while (count > 0)
        g_thread_join(others[--count]);
}
