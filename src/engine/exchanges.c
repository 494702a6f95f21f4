// SPDX-License-Identifier: BSD-2-Clause
// Frames of connections are looked up by bisection: the log is in no order of theirs.
#include "engine/exchanges.h"

#include <stdlib.h>

#include "base/pages.h"

#define PIECE_BYTES (EXCHANGES_PIECE * sizeof(struct exchange))
// Pages move as a whole, and are of 64 KiB at most: pieces follow each other where they go.
_Static_assert(PIECE_BYTES % (64 * 1024) == 0, "a piece fills its pages");

static void piece_free(gpointer piece)
{
    pages_free(piece, PIECE_BYTES);
}

void exchanges_init(struct exchanges *log)
{
    *log = (struct exchanges){.pieces = g_ptr_array_new_with_free_func(piece_free)};
}

void exchanges_end(struct exchanges *log)
{
    g_ptr_array_free(log->pieces, TRUE);
}

static struct exchange *exchange_at(const struct exchanges *log, size_t i)
{
    struct exchange *piece = g_ptr_array_index(log->pieces, i / EXCHANGES_PIECE);
    return &piece[i % EXCHANGES_PIECE];
}

struct exchange *exchanges_add(struct exchanges *log)
{
    size_t place = log->count++ % EXCHANGES_PIECE;
    if (place == 0) {
        log->last = pages_new(PIECE_BYTES);
        g_ptr_array_add(log->pieces, log->last);
        if (log->count > 1) // short captures never fill the first
            pages_ask(log->last, PIECE_BYTES);
    }
    return &log->last[place];
}

size_t exchanges_move(struct exchanges *log, struct pages *pages)
{
    size_t whole = log->count / EXCHANGES_PIECE;
    for (size_t i = 0; i < whole; i++) {
        pages_give(pages, log->pieces->pdata[i], PIECE_BYTES);
        log->pieces->pdata[i] = NULL;
    }
    g_ptr_array_remove_range(log->pieces, 0, (guint)whole);
    log->count -= whole * EXCHANGES_PIECE;
    log->last = log->count ? log->pieces->pdata[0] : NULL;
    return whole * EXCHANGES_PIECE;
}

void exchanges_copy(const struct exchanges *log, struct exchange *to, size_t last)
{
    for (size_t i = log->count - last, run; i < log->count; i += run) {
        run = MIN(EXCHANGES_PIECE - i % EXCHANGES_PIECE, log->count - i);
        memcpy(to, exchange_at(log, i), run * sizeof *to);
        to += run;
    }
}

static int compare_frames(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void exchanges_forget(struct exchanges *log, const uint32_t *frames, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; frames && i < log->count; i++) {
        const struct exchange *exchange = exchange_at(log, i);
        if (!bsearch(&exchange->connection, frames, count, sizeof *frames, compare_frames))
            *exchange_at(log, kept++) = *exchange;
    }
    log->count = kept;
    g_ptr_array_set_size(log->pieces, (gint)((kept + EXCHANGES_PIECE - 1) / EXCHANGES_PIECE));
    log->last = kept ? exchange_at(log, (kept - 1) / EXCHANGES_PIECE * EXCHANGES_PIECE) : NULL;
}
