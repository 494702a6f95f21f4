// SPDX-License-Identifier: BSD-2-Clause
// A ring of slots between two threads. Semaphores count what is filled and what is free: waiting
// for one returns when a signal comes, as reading from a pipe does.
#include "capture/pump.h"

#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/crew.h"

#define SLOTS 4

struct slot {
    struct buffer *buffer;
    ssize_t length; // 0 or -1: the end
};

struct pump {
    struct input *input;
    GThread *thread;
    sem_t filled, empty;
    _Atomic bool is_stopped;
    unsigned given, taken; // the reader's
    ssize_t last;          // that it took
    struct slot slots[SLOTS];
};

static gpointer pump_run(void *data)
{
    struct pump *pump = (struct pump *)data;
    struct input *input = pump->input;
    ssize_t length = 1;
    for (unsigned i = 0; length > 0; i++) {
        struct slot *slot = &pump->slots[i % SLOTS];
        sem_wait(&pump->empty); // no signal comes to this thread
        if (pump->is_stopped)
            break;
        length = input_unpack(input, slot->buffer->bytes + input->headroom, PUMP_BYTES);
        slot->length = length;
        sem_post(&pump->filled);
    }
    return NULL;
}

struct pump *pump_new(struct input *input)
{
    struct pump *pump = g_new0(struct pump, 1);
    pump->input = input;
    pump->last = 1;
    sem_init(&pump->filled, 0, 0);
    sem_init(&pump->empty, 0, 0);
    if (!input->is_regular)
        input->stop_fd = eventfd(0, EFD_CLOEXEC);
    pump->thread = crew_thread("unpack", pump_run, pump);
    if (pump->thread)
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
    g_thread_join(pump->thread);
}

void pump_free(struct pump *pump)
{
    if (!pump)
        return;
    if (pump->thread)
        stop(pump);
    if (pump->input->stop_fd >= 0)
        close(pump->input->stop_fd);
    pump->input->stop_fd = -1;
    for (; pump->taken != pump->given; pump->taken++)
        buffer_release(pump->slots[pump->taken % SLOTS].buffer);
    sem_destroy(&pump->filled);
    sem_destroy(&pump->empty);
    g_free(pump);
}

bool pump_has_room(const struct pump *pump)
{
    return pump->last > 0 && pump->given - pump->taken < SLOTS;
}

void pump_give(struct pump *pump, struct buffer *buffer)
{
    pump->slots[pump->given++ % SLOTS].buffer = buffer_hold(buffer);
    sem_post(&pump->empty);
}

ssize_t pump_take(struct pump *pump, struct buffer **buffer)
{
    if (pump->last <= 0)
        return pump->last;
    if (sem_wait(&pump->filled) != 0)
        return PUMP_INTERRUPTED;
    const struct slot *slot = &pump->slots[pump->taken++ % SLOTS];
    *buffer = slot->buffer;
    buffer_release(slot->buffer);
    return pump->last = slot->length;
}
