// SPDX-License-Identifier: BSD-2-Clause
// A pair's processes are counted by sorting one entry for each of its connections.
#include "report/processes.h"

#include <stdlib.h>

#include "capture/notes.h"
#include "report/document_parts.h"
#include "report/json_text.h"
#include "report/tree.h"

#define END_UNTOLD 2 // beside CLIENT and SERVER
#define PAIR_MOST  8

static const char *const end_keys[] = {[CLIENT] = "client", [SERVER] = "server", NULL};

struct told {
    uint32_t note;
    uint8_t end;
};

// The processes of a connection, at most two.
static size_t processes_of(const struct record *r, struct told told[2])
{
    uint32_t client = r->end[CLIENT].note, server = r->end[SERVER].note;
    size_t count = 0;
    if (client != 0)
        told[count++] = (struct told){client, client == server ? END_UNTOLD : CLIENT};
    if (server != 0 && server != client)
        told[count++] = (struct told){server, SERVER};
    return count;
}

static void write_field(GString *text, const struct notes *notes, enum note_field field,
                        uint32_t value)
{
    const struct names *names = notes_names(notes);
    json_text_literal(text, ",\"");
    json_text_words(text, note_key(field));
    json_text_literal(text, "\":");
    if (value == 0)
        json_text_literal(text, "null");
    else if (note_is_number(field))
        json_text_count(text, value - 1);
    else
        json_text_string(text, names_text(names, value), NOTE_BYTES, names_is_cut(names, value));
}

void row_processes_write(GString *text, const struct report *report, const struct record *r)
{
    struct told told[2];
    size_t count = report->notes ? processes_of(r, told) : 0;
    json_text_literal(text, "[");
    for (size_t i = 0; i < count; i++) {
        struct note note = notes_get(report->notes, told[i].note);
        json_text_words(text, i ? ",{\"end\":" : "{\"end\":");
        json_text_key(text, end_keys[told[i].end]);
        for (enum note_field field = 0; field < NOTE_FIELDS; field++)
            write_field(text, report->notes, field, note.field[field]);
        json_text_literal(text, "}");
    }
    json_text_literal(text, "]");
}

// What a pair's connections share: a process of any number.
struct entry {
    uint32_t pair;
    uint32_t end;
    uint32_t command, container, namespace, pod;
    uint32_t first; // of its connections
    uint32_t connections;
};

struct pair_processes {
    const struct notes *notes;
    GArray *entries; // struct entry, by pair
    guint next;
};

static int compare_entries(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b; // all but the count, in the order of the members
    for (size_t i = 0; i < offsetof(struct entry, connections) / sizeof *x; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

static int compare_ranks(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    if (x->connections != y->connections)
        return x->connections > y->connections ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
    return memcmp(a, b, offsetof(struct entry, first)) == 0;
}

static void sum_up(GArray *entries)
{
    guint kept = 0;
    g_array_sort(entries, compare_entries);
    for (guint i = 0; i < entries->len; i++) {
        const struct entry *entry = &g_array_index(entries, struct entry, i);
        struct entry *last = kept ? &g_array_index(entries, struct entry, kept - 1) : NULL;
        if (last && is_same(last, entry))
            last->connections++;
        else
            g_array_index(entries, struct entry, kept++) = *entry;
    }
    g_array_set_size(entries, kept);
    g_array_sort(entries, compare_ranks);
}

struct pair_processes *pair_processes_new(const struct report *report)
{
    const struct analysis *analysis = report->analysis;
    if (report->notes == NULL || notes_count(report->notes) == 0)
        return NULL;
    struct pair_processes *processes = g_new0(struct pair_processes, 1);
    processes->notes = report->notes;
    processes->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    for (size_t i = 0; i < analysis->record_count; i++) {
        struct told told[2];
        size_t count = processes_of(&analysis->records[i], told);
        for (size_t k = 0; k < count; k++) {
            struct note note = notes_get(report->notes, told[k].note);
            const uint32_t *field = note.field;
            const struct entry entry = {
                analysis->pair_of[i],  told[k].end,     field[NOTE_COMMAND], field[NOTE_CONTAINER],
                field[NOTE_NAMESPACE], field[NOTE_POD], (uint32_t)i,         1};
            g_array_append_val(processes->entries, entry);
        }
    }
    sum_up(processes->entries);
    return processes;
}

void pair_processes_free(struct pair_processes *processes)
{
    if (processes == NULL)
        return;
    g_array_free(processes->entries, TRUE);
    g_free(processes);
}

static json_object *entry_object(const struct names *names, const struct entry *entry)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "end", tree_text(end_keys[entry->end]));
    json_object_object_add(object, "command", tree_name(names, entry->command, NAME_BYTES));
    json_object_object_add(object, "container_name",
                           tree_name(names, entry->container, NAME_BYTES));
    json_object_object_add(object, "pod_name", tree_name(names, entry->pod, NAME_BYTES));
    json_object_object_add(object, "pod_namespace", tree_name(names, entry->namespace, NAME_BYTES));
    json_object_object_add(object, "connections", tree_count(entry->connections));
    return object;
}

json_object *pair_processes_list(struct pair_processes *processes, uint32_t pair)
{
    json_object *array = json_object_new_array();
    GArray *entries = processes ? processes->entries : NULL;
    for (; entries && processes->next < entries->len; processes->next++) {
        const struct entry *entry = &g_array_index(entries, struct entry, processes->next);
        if (entry->pair != pair)
            break;
        if (tree_length(array) < PAIR_MOST)
            json_object_array_add(array, entry_object(notes_names(processes->notes), entry));
    }
    return array;
}
