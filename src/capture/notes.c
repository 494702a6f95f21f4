// SPDX-License-Identifier: BSD-2-Clause
// Texts, processes and addresses are interned alike: a process is the bytes of its ids, an address
// its own.
#include "capture/notes.h"

#include <glib.h>

static const struct row {
    const char *key, *text_key;
    bool is_number;
} rows[] = {
#define NOTE(id, key, text_key, is_number) [NOTE_##id] = {key, text_key, is_number},
#include "capture/notes.def"
#undef NOTE
};

struct notes {
    GMutex lock;
    struct names *texts;
    struct names *processes; // struct note
    struct names *addresses; // struct address
    GArray *named;           // uint32_t: [id of the address - 1] its name in `texts`
    bool has_arguments;
};

struct notes *notes_new(const struct limits *limits, bool has_arguments)
{
    struct notes *notes = g_new0(struct notes, 1);
    struct limits own = *limits;
    own.names = limits->notes;
    own.names_bytes = limits->notes_bytes;
    g_mutex_init(&notes->lock);
    notes->texts = names_new(&own);
    notes->processes = names_new(&own);
    notes->addresses = names_new(&own);
    notes->named = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    notes->has_arguments = has_arguments;
    return notes;
}

void notes_free(struct notes *notes)
{
    if (!notes)
        return;
    g_mutex_clear(&notes->lock);
    names_free(notes->texts);
    names_free(notes->processes);
    names_free(notes->addresses);
    g_array_free(notes->named, TRUE);
    g_free(notes);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct slice trim(struct slice text)
{
    while (text.length > 0 && is_blank(text.at[0]))
        text = slice_from(text, 1);
    while (text.length > 0 && is_blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

// Cuts what stands before `mark` off the front, the mark too; all of it when there is no mark.
static struct slice cut(struct slice *text, uint8_t mark)
{
    const uint8_t *at = text->length ? memchr(text->at, mark, text->length) : NULL;
    size_t length = at ? (size_t)(at - text->at) : text->length;
    struct slice first = slice_first(*text, length);
    *text = slice_from(*text, length + 1);
    return first;
}

// A decimal number of 32 bits, plus one; 0 when the text is none.
static uint32_t number_of(struct slice text)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!g_ascii_isdigit(text.at[i]))
            return 0;
        number = number * 10 + (text.at[i] - '0');
        if (number >= UINT32_MAX)
            return 0;
    }
    return text.length ? (uint32_t)number + 1 : 0;
}

static bool is_key(struct slice key, const char *text)
{
    return key.length == strlen(text) && memcmp(key.at, text, key.length) == 0;
}

void notes_read(struct slice comment, struct note_texts *texts)
{
    while (comment.length > 0) {
        struct slice value = cut(&comment, '\n'), key = trim(cut(&value, ':'));
        value = trim(value);
        for (size_t i = 0; i < NOTE_FIELDS; i++)
            if (is_key(key, rows[i].text_key) && texts->field[i].length == 0)
                texts->field[i] = value;
    }
}

uint32_t notes_keep(struct notes *notes, const struct note_texts *texts)
{
    struct note note = {{0}};
    bool is_told = false;
    g_mutex_lock(&notes->lock);
    for (size_t i = 0; i < NOTE_FIELDS; i++) {
        if (rows[i].is_number)
            note.field[i] = number_of(texts->field[i]);
        else if (i != NOTE_ARGUMENTS || notes->has_arguments)
            note.field[i] = names_intern(notes->texts, texts->field[i], NOTE_BYTES);
        is_told |= note.field[i] != 0;
    }
    uint32_t id =
        is_told ? names_intern(notes->processes, slice_of(&note, sizeof note), sizeof note) : 0;
    g_mutex_unlock(&notes->lock);
    return id;
}

void notes_name(struct notes *notes, const struct address *address, struct slice name)
{
    g_mutex_lock(&notes->lock);
    uint32_t id =
        names_intern(notes->addresses, slice_of(address, sizeof *address), sizeof *address);
    uint32_t text = id > notes->named->len ? names_intern(notes->texts, name, NOTE_BYTES) : 0;
    if (id > notes->named->len)
        g_array_append_val(notes->named, text);
    g_mutex_unlock(&notes->lock);
}

const struct names *notes_names(const struct notes *notes)
{
    return notes->texts;
}

uint32_t notes_count(const struct notes *notes)
{
    return names_count(notes->processes);
}

struct note notes_get(const struct notes *notes, uint32_t id)
{
    struct note note = {{0}};
    struct slice bytes = names_text(notes->processes, id);
    if (bytes.length == sizeof note)
        memcpy(&note, bytes.at, sizeof note);
    return note;
}

uint32_t notes_name_of(const struct notes *notes, const struct address *address)
{
    uint32_t id = names_find(notes->addresses, slice_of(address, sizeof *address));
    return id ? g_array_index(notes->named, uint32_t, id - 1) : 0;
}

const char *note_key(enum note_field field)
{
    return rows[field].key;
}

bool note_is_number(enum note_field field)
{
    return rows[field].is_number;
}
