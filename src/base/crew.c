// SPDX-License-Identifier: BSD-2-Clause
// Starts threads and waits for them.
#include "base/crew.h"

#include <pthread.h>
#include <signal.h>

#define CREW_MOST 16

GThread *crew_thread(const char *name, GThreadFunc worker, gpointer work)
{
    sigset_t blocked, before;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGBUS); // who looks at what a file has lost gets it (capture/mapped.h)
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    GThread *thread = g_thread_try_new(name, worker, work, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

void crew_run(unsigned threads, GThreadFunc worker, gpointer work)
{
    GThread *others[CREW_MOST];
    unsigned count = 0;
    while (count + 1 < MIN(threads, CREW_MOST)) {
        GThread *other = crew_thread("crew", worker, work);
        if (!other)
            break;
        others[count++] = other;
    }
    worker(work);
    while (count > 0)
        g_thread_join(others[--count]);
}
