// SPDX-License-Identifier: BSD-2-Clause
// What captures say beside their packets: names of addresses (pcapng Name Resolution Blocks), and
// processes (comments of packets, as ptcpdump writes them: lines "Key: value"). Kept as said, under
// caps; nobody here vouches for it.
#pragma once

#include "base/names.h"
#include "capture/segment.h"

#define NOTE_BYTES 256 // most bytes kept of a value

enum note_field {
#define NOTE(id, key, text_key, is_number) NOTE_##id,
#include "capture/notes.def"
#undef NOTE
    NOTE_FIELDS
};

// A comment being read: values as they stand in it, borrowed; empty when it doesn't tell.
struct note_texts {
    struct slice field[NOTE_FIELDS];
};

// One process: ids in notes_names(), or numbers plus one; 0 when not told.
struct note {
    uint32_t field[NOTE_FIELDS];
};

struct notes;

// One for all captures of a run, which may be read by several threads. Arguments can hold secrets:
// without `has_arguments` they are left out.
struct notes *notes_new(const struct limits *limits, bool has_arguments);
void notes_free(struct notes *notes);

// Adds what a comment's lines tell; what was told before stays.
void notes_read(struct slice comment, struct note_texts *texts);

// The id of a process, the same for the same texts; 0 when they tell nothing, or a cap is reached.
uint32_t notes_keep(struct notes *notes, const struct note_texts *texts);

// Names an address; the first name stays.
void notes_name(struct notes *notes, const struct address *address, struct slice name);

// All of the following only once nobody reads captures any more.
const struct names *notes_names(const struct notes *notes);
uint32_t notes_count(const struct notes *notes);
struct note notes_get(const struct notes *notes, uint32_t id);

// The name of an address, or 0.
uint32_t notes_name_of(const struct notes *notes, const struct address *address);

// "pod_name" and the like.
const char *note_key(enum note_field field);
bool note_is_number(enum note_field field);
