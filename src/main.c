// SPDX-License-Identifier: BSD-2-Clause
// connreuse: why HTTP connections are closed instead of reused. This file owns what a process has
// only one of: signals and the standard streams. The pipeline is command/pipeline.h:
// source -> decode -> engine -> records -> analysis -> document -> views.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "base/pages.h"
#include "capture/mapped.h"
#include "command/command.h"

static volatile sig_atomic_t stopped;

// The first signal asks to stop; both signals then have their default action again, so that the
// second one ends the program at once.
static void stop(int number)
{
    (void)number;
    stopped = 1;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

// A blocked read has to return when a signal comes: no SA_RESTART. SIGINT is watched although a
// shell ignores it for what it starts in the background: `kill -INT` has to end a capture there
// too. A closed pipe or a full quota is an error of a write, not the end of the program.
static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    mapped_survive_cuts();
}

// With a standard stream closed, the next file opened would take its place: a report could end up
// in a capture. Reading /dev/null instead makes every write to it fail.
static void hold_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
            _exit(STATUS_OUTPUT);
}

// What is freed is used again: a page that comes anew from the system costs as much as reading what
// a page of a capture holds. Threads allocate seldom: one arena, so that all use again what one has
// freed.
static void keep_memory(void)
{
    mallopt(M_ARENA_MAX, 1);
    pages_keep_below(PAGES_KEPT);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int main(int argc, char **argv)
{
    hold_streams();
    watch_signals();
    keep_memory();
    return command_run(argc, argv, &stopped);
}
