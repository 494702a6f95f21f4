// SPDX-License-Identifier: BSD-2-Clause
// Where packets come from: a mapped file, a stream (pipe, compressed), or a live interface.
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "capture/buffer.h"
#include "capture/packet.h"

struct source;

// What a source is and what has been used of it so far; the inputs[] of the report.
struct source_info {
    const char *name;           // as the user gave it; owned by the source
    const char *format;         // "pcap", "pcap-ns", "pcapng", "pcap-modified", "live"
    const char *compression;    // "gzip", "zstd", "xz", "lz4", "bzip2", or NULL
    const uint16_t *link_types; // distinct, in order of appearance
    size_t link_type_count;
    uint64_t packets; // those, and the first and last, that source_use() was told of
    uint64_t bytes_read, bytes_total; // of the file, for progress; total 0 when unknown
    int64_t first, last;              // earliest and latest packet time; NANOS_UNKNOWN without one
    bool is_plain;                    // a file of packets: nothing is waited for or unpacked
    uint64_t kernel_drops;
    bool has_kernel_drops; // the source tells drops at all
    bool truncated;        // cut short, damaged, or changed while it was read
    const char *damage;    // what, where, next step: "cut short in packet 9 (12 bytes missing)"
    uint64_t noise_bytes;  // text skipped before the magic
    bool clock_backwards;  // a packet earlier than the one before it by more than 1 ms
};

enum source_error { SOURCE_ERROR_OPEN, SOURCE_ERROR_EMPTY, SOURCE_ERROR_FORMAT, SOURCE_ERROR_LIVE };
#define SOURCE_ERROR (g_quark_from_static_string("connreuse-source"))

// Opens a capture file; "-" is standard input, read packet by packet. NULL and `error` when it
// can't be read as a capture at all (missing, empty, no capture): the message says what and the
// next step, without the file's name.
struct source *source_open(const char *path, const struct limits *limits, GError **error);

struct notes;

// What the capture says beside its packets goes there from now on. Before the first packet is read.
void source_keep_notes(struct source *source, struct notes *notes);

// A thread of its own may unpack what is compressed.
void source_work_ahead(struct source *source);

// A plain file may be looked at in memory instead of being read, which is cheaper.
void source_map(struct source *source);

// Opens an interface. `filter` (BPF) may be NULL; `snaplen` 0 is the default (262144).
struct source *source_open_live(const char *interface, const char *filter, int snaplen,
                                GError **error);
void source_free(struct source *source);

// Fills up to `most` packets and returns how many; 0: the end or damage (see source_info), or, with
// source_is_over() false, a signal that interrupted the read, or a live source on which nothing
// came within 100 ms. Their bytes stay valid until the next call. `frame` is set to 1, 2, 3 ... of
// this source, as Wireshark counts: numbers of frames without a packet are left out. A live source
// hands packets over up to 100 ms late: after a stop read on for that.
size_t source_next(struct source *source, struct packet *packets, size_t most);

// Where the last packets lie: as long as it is held, they stay. NULL: until the next call only.
struct buffer *source_buffer(const struct source *source);

// These packets, the next ones that source_next() filled in, are used: source_info() counts them.
// True when none of them is earlier than the one before (false: nothing is known).
bool source_use(struct source *source, const struct packet *packets, size_t count);

bool source_is_over(const struct source *source);
const struct source_info *source_info(struct source *source);

// A BPF filter for packets of files (libpcap compiles it once per link type, no I/O).
struct packet_filter;
struct packet_filter *packet_filter_new(const char *expression, GError **error);
bool packet_filter_takes(struct packet_filter *filter, const struct packet *packet);
void packet_filter_free(struct packet_filter *filter);
