// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for piped captures: cut into pieces of any size, a pipe yields the same packets and
// the same damage as a file of the same bytes. Why something is no capture may be told differently:
// that depends on what has arrived by then.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define PIECES_MOST 16 // what a pipe holds without a reader, each up to PIPE_BUF bytes
#define PIECE_MOST  4096

// What a source gave: a hash over all its packets, and the damage at its end.
struct outcome {
    uint64_t packets, hash;
    char *damage;
    bool is_refused;
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
    const uint8_t *at = (const uint8_t *)bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static struct outcome read_all(int fd, size_t batch)
{
    struct outcome outcome = {0};
    char path[32];
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    GError *error = NULL;
    struct source *source = source_open(path, &limits_default, &error);
    close(fd);
    if (!source) {
        outcome.is_refused = true;
        g_error_free(error);
        return outcome;
    }
    struct packet packets[64];
    for (size_t got; (got = source_next(source, packets, batch)) > 0; outcome.packets += got) {
        for (size_t i = 0; i < got; i++) {
            const struct packet *p = &packets[i];
            outcome.hash = mix(outcome.hash, p->bytes.at, p->bytes.length);
            outcome.hash = mix(outcome.hash, &p->time, sizeof p->time);
            outcome.hash = mix(outcome.hash, &p->wire_length, sizeof p->wire_length);
            outcome.hash = mix(outcome.hash, &p->link_type, sizeof p->link_type);
        }
    }
    require(source_is_over(source));
    outcome.damage = g_strdup(source_info(source)->damage);
    source_free(source);
    return outcome;
}

// A pipe in packet mode: each piece that goes in is one read. The first byte chooses their sizes.
static int open_pieces(const uint8_t *bytes, size_t length, size_t piece)
{
    int ends[2];
    require(pipe2(ends, O_DIRECT | O_CLOEXEC) == 0);
    for (size_t at = 0, pieces = 0; at < length; pieces++) {
        size_t take = pieces < PIECES_MOST / 2 ? piece : PIECE_MOST;
        take = MIN(take, length - at);
        require(write(ends[1], bytes + at, take) == (ssize_t)take);
        at += take;
    }
    close(ends[1]);
    return ends[0];
}

static int open_whole(const uint8_t *bytes, size_t length)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 1 || length > PIECES_MOST / 2 * PIECE_MOST)
        return 0;
    size_t piece = (size_t)bytes[0] + 1;
    bytes++, length--;
    struct outcome whole = read_all(open_whole(bytes, length), 64);
    struct outcome pieces = read_all(open_pieces(bytes, length, piece), 1 + piece % 5);
    require(whole.packets == pieces.packets && whole.hash == pieces.hash);
    require(whole.is_refused == pieces.is_refused);
    require(g_strcmp0(whole.damage, pieces.damage) == 0);
    g_free(whole.damage);
    g_free(pieces.damage);
    return 0;
}
