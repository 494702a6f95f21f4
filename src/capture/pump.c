// SPDX-License-Identifier: BSD-2-Clause
// A ring of slots between two threads. Semaphores count what is filled and what is free: waiting
// for one returns when a signal comes, as reading from a pipe does.
#include "capture/pump.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SLOTS      8
#define SLOT_BYTES ((size_t)64 * 1024)

struct slot {
    ssize_t length; // 0 or -1: the end
    uint8_t bytes[SLOT_BYTES];
};

struct pump {
    struct input *input;
    pthread_t thread;
    sem_t filled, empty;
    _Atomic bool is_stopped;
    bool runs;
    unsigned slot; // that is read
    size_t used;   // of its bytes
    bool is_held;  // it is filled
    struct slot slots[SLOTS];
};

static void *pump_run(void *data)
{
    struct pump *pump = (struct pump *)data;
    ssize_t length = 1;
    for (unsigned i = 0; length > 0; i = (i + 1) % SLOTS) {
        sem_wait(&pump->empty); // no signal comes to this thread
        if (pump->is_stopped)
            break;
        length = input_unpack(pump->input, pump->slots[i].bytes, SLOT_BYTES);
        pump->slots[i].length = length;
        sem_post(&pump->filled);
    }
    return NULL;
}

struct pump *pump_new(struct input *input)
{
    struct pump *pump = g_new0(struct pump, 1);
    pump->input = input;
    sem_init(&pump->filled, 0, 0);
    sem_init(&pump->empty, 0, SLOTS);
    if (!input->is_regular)
        input->stop_fd = eventfd(0, EFD_CLOEXEC);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pump->runs = pthread_create(&pump->thread, NULL, pump_run, pump) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pump->runs)
        return pump;
    pump_free(pump);
    return NULL;
}

// The thread may wait for a free slot, or for a pipe.
static void stop(struct pump *pump)
{
    const uint64_t one = 1;
    pump->is_stopped = true;
    sem_post(&pump->empty);
    if (pump->input->stop_fd >= 0 && write(pump->input->stop_fd, &one, sizeof one) != sizeof one)
        g_error("an eventfd takes no number");
    pthread_join(pump->thread, NULL);
}

void pump_free(struct pump *pump)
{
    if (!pump)
        return;
    if (pump->runs)
        stop(pump);
    if (pump->input->stop_fd >= 0)
        close(pump->input->stop_fd);
    pump->input->stop_fd = -1;
    sem_destroy(&pump->filled);
    sem_destroy(&pump->empty);
    g_free(pump);
}

ssize_t pump_read(struct pump *pump, uint8_t *to, size_t room)
{
    if (!pump->is_held && sem_wait(&pump->filled) != 0)
        return PUMP_INTERRUPTED;
    pump->is_held = true;
    const struct slot *slot = &pump->slots[pump->slot];
    if (slot->length <= 0)
        return slot->length;
    size_t take = MIN(room, (size_t)slot->length - pump->used);
    memcpy(to, slot->bytes + pump->used, take);
    pump->used += take;
    if (pump->used == (size_t)slot->length) {
        pump->slot = (pump->slot + 1) % SLOTS;
        pump->used = 0;
        pump->is_held = false;
        sem_post(&pump->empty);
    }
    return (ssize_t)take;
}
