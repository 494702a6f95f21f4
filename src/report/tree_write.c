// SPDX-License-Identifier: BSD-2-Clause
// One way to write any tree, made now or read from a file: hostile strings meet one escape.
#include "report/tree_write.h"

#include <errno.h>
#include <semaphore.h>

#include "base/crew.h"
#include "report/document_rows.h"
#include "report/json_text.h"

#define PASS_BYTES (256 * 1024)

static void write_string(GString *text, const char *bytes, size_t length)
{
    json_text_string(text, slice_of(bytes, length), length, false);
}

static void write_array(GString *text, json_object *array)
{
    json_text_literal(text, "[");
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        if (i > 0)
            json_text_literal(text, ",");
        tree_write(text, json_object_array_get_idx(array, i));
    }
    json_text_literal(text, "]");
}

static void write_object(GString *text, json_object *object)
{
    bool is_first = true;
    json_text_literal(text, "{");
    json_object_object_foreach(object, key, value)
    {
        if (!is_first)
            json_text_literal(text, ",");
        is_first = false;
        write_string(text, key, strlen(key));
        json_text_literal(text, ":");
        tree_write(text, value);
    }
    json_text_literal(text, "}");
}

// A saved report may hold what no int64_t does: json-c writes that.
static void write_integer(GString *text, json_object *value)
{
    int64_t number = json_object_get_int64(value);
    if (number >= 0 && number < INT64_MAX)
        json_text_count(text, (uint64_t)number);
    else
        json_text_words(text, json_object_to_json_string(value));
}

void tree_write(GString *text, json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_object(text, value);
        return;
    case json_type_array:
        write_array(text, value);
        return;
    case json_type_string:
        write_string(text, json_object_get_string(value),
                     (size_t)json_object_get_string_len(value));
        return;
    case json_type_boolean:
        if (!document_row_write(text, value))
            json_text_words(text, json_object_get_boolean(value) ? "true" : "false");
        return;
    case json_type_int:
        write_integer(text, value);
        return;
    case json_type_double:
        json_text_words(text, json_object_to_json_string(value));
        return;
    case json_type_null:
        json_text_literal(text, "null");
        return;
    }
}

static void write_text(struct tree_stream *stream, GString *text)
{
    errno = 0;
    if (g_atomic_int_get(&stream->failure) == 0 &&
        fwrite(text->str, 1, text->len, stream->out) != text->len)
        g_atomic_int_set(&stream->failure, errno ? errno : EIO);
    text->len = 0;
}

// The other text, between the thread that fills it and the one that writes it.
struct behind {
    struct tree_stream *stream;
    GThread *thread;
    GString *text;     // an empty one is the last
    sem_t full, empty; // whose it is
};

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) < 0)
        continue; // a signal came
}

static gpointer write_behind(gpointer data)
{
    struct behind *behind = data;
    for (await(&behind->full); behind->text->len > 0; await(&behind->full)) {
        write_text(behind->stream, behind->text);
        sem_post(&behind->empty);
    }
    return NULL;
}

static GString *text_new(void)
{
    return g_string_sized_new(PASS_BYTES + 65536);
}

// What is large enough to be handed on is most often not the last.
static void begin_behind(struct tree_stream *stream)
{
    struct behind *behind = stream->behind = g_new0(struct behind, 1);
    behind->stream = stream;
    behind->text = text_new();
    sem_init(&behind->full, 0, 0);
    sem_init(&behind->empty, 0, 1);
    behind->thread = crew_thread("write", write_behind, behind);
}

// Whoever appends goes on with the same text: the bytes leave in another.
static void hand_over(struct tree_stream *stream)
{
    struct behind *behind = stream->behind;
    await(&behind->empty);
    GString all = *stream->text;
    *stream->text = *behind->text;
    *behind->text = all;
    sem_post(&behind->full);
}

static void end_behind(struct tree_stream *stream)
{
    struct behind *behind = stream->behind;
    if (!behind)
        return;
    if (behind->thread) {
        await(&behind->empty);
        sem_post(&behind->full);
        g_thread_join(behind->thread);
    }
    sem_destroy(&behind->full);
    sem_destroy(&behind->empty);
    g_string_free(behind->text, TRUE);
    g_clear_pointer(&stream->behind, g_free);
}

void tree_stream_begin(struct tree_stream *stream, FILE *out)
{
    *stream = (struct tree_stream){.out = out, .text = text_new()};
}

bool tree_stream_pass(struct tree_stream *stream)
{
    if (stream->text->len >= PASS_BYTES) {
        if (!stream->behind)
            begin_behind(stream);
        if (stream->behind->thread)
            hand_over(stream);
        else
            write_text(stream, stream->text);
    }
    return g_atomic_int_get(&stream->failure) == 0;
}

bool tree_stream_end(struct tree_stream *stream, GError **error)
{
    end_behind(stream);
    write_text(stream, stream->text);
    errno = 0;
    if (stream->failure == 0 && fflush(stream->out) != 0)
        stream->failure = errno ? errno : EIO;
    g_string_free(stream->text, TRUE);
    if (stream->failure != 0)
        g_set_error_literal(error, G_FILE_ERROR, (int)g_file_error_from_errno(stream->failure),
                            g_strerror(stream->failure));
    return stream->failure == 0;
}
