// SPDX-License-Identifier: BSD-2-Clause
// Runs a command with its output thrown away and prints what it took, for `make bench`:
// measure SECONDS COMMAND... -> real, user and system seconds, peak KiB, "ok", "failed" or "limit".
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void become(char **command, const sigset_t *signals)
{
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; fd++)
        dup2(nothing, fd);
    setpgid(0, 0);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
    execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    const struct timespec limit = {argc > 2 ? atoi(argv[1]) : 0, 0};
    if (limit.tv_sec <= 0) {
        fputs("usage: measure SECONDS COMMAND...\n", stderr);
        return 2;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    double begin = now();
    pid_t child = fork();
    if (child == 0)
        become(argv + 2, &signals);
    if (child < 0)
        return 1;
    int is_late = sigtimedwait(&signals, NULL, &limit) < 0;
    if (is_late)
        kill(-child, SIGKILL);
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child)
        return 1;
    const char *end = is_late ? "limit" : status == 0 ? "ok" : "failed";
    return printf("%.4f %.4f %.4f %ld %s\n", now() - begin, seconds(usage.ru_utime),
                  seconds(usage.ru_stime), usage.ru_maxrss, end) < 0;
}
