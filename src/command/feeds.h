// SPDX-License-Identifier: BSD-2-Clause
// The captures of a run, opened and brought into the order of their first packets.
#pragma once

#include "capture/source.h"
#include "command/status.h"
#include "report/report.h"

#define FEED_BATCH 1024

// A source with the packets that were read to learn when it begins. They are handed out first.
struct feed {
    struct source *source;
    struct packet *packets; // FEED_BATCH of them
    guint number;           // in argument order
    size_t at, waiting;     // of `packets`: done, and read
    uint32_t first_frame;   // ordinal of the packets now minus their frame
    GArray *runs;           // struct report_run
    bool is_begun;
};

// An empty array of feeds, which it owns.
GPtrArray *feeds_new(void);

// Opens the captures; one that can't be read is named on standard error and makes `status`
// STATUS_INPUT. In argument order; free with g_ptr_array_unref().
GPtrArray *feeds_open(char *const *paths, const struct limits *limits, enum status *status);

// What the captures say beside their packets goes there. Before any packet is read.
void feeds_keep_notes(const GPtrArray *feeds, struct notes *notes);

// Threads of their own may unpack what is compressed.
void feeds_work_ahead(const GPtrArray *feeds);

// Plain files may be looked at in memory, from where they were read to.
void feeds_map(const GPtrArray *feeds);

// Whether all are plain files: no signal has to interrupt who reads them.
bool feeds_are_plain(const GPtrArray *feeds);

// The first one's name, as the user gave it.
const char *feeds_first_name(const GPtrArray *feeds);

// The same feeds by the time of their first packets; those without packets last. Borrows.
GPtrArray *feeds_in_time(const GPtrArray *feeds);

// A feed of a source, which it owns.
struct feed *feed_new(struct source *source);

// The next packets, at most `most` (FEED_BATCH): in feed->packets; 0 at the end or a signal.
size_t feed_next(struct feed *feed, size_t most);

// What the report keeps of the feeds: struct report_input, strings and all owned by the array.
GArray *feeds_inputs(const GPtrArray *feeds);

// Tells on standard error what is wrong with what was read; `quiet` leaves warnings out.
// STATUS_INPUT when one holds only link types that nothing here reads.
enum status feeds_complain(const GPtrArray *feeds, bool quiet);

// Whether a capture was cut short or lost packets (--strict).
bool feeds_are_damaged(const GPtrArray *feeds);
