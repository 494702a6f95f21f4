// SPDX-License-Identifier: BSD-2-Clause
// When SIGINT and SIGTERM interrupt a system call: while reading, not while writing.
#include "command/command.h"

static void stop_restart(int number, bool writing)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0)
        return;
    if (writing)
        action.sa_flags |= SA_RESTART;
    else
        action.sa_flags &= ~SA_RESTART;
    sigaction(number, &action, NULL);
}

void stop_restarts(bool writing)
{
    // Both are held back meanwhile, so that a handler that resets them isn't undone.
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_BLOCK, &both, &before);
    stop_restart(SIGINT, writing);
    stop_restart(SIGTERM, writing);
    sigprocmask(SIG_SETMASK, &before, NULL);
}
