// SPDX-License-Identifier: BSD-2-Clause
// Parts values from their letters; a value that is an argument of its own is left alone. GOption
// would take a capture for the value that --color lacks.
#include <string.h>

#include "command/arguments.h"
#include "command/command.h"

// Appends one argument; true when the next one is its value.
static bool arguments_add(GPtrArray *list, const char *argument, const char *valued,
                          GStringChunk *texts)
{
    bool is_cluster = argument[0] == '-' && argument[1] != '-';
    size_t letters = is_cluster ? 1 + strcspn(argument + 1, valued) : 0;
    if (!is_cluster || !argument[letters]) {
        g_ptr_array_add(list, g_string_chunk_insert(texts, argument));
        return false;
    }
    letters++;
    g_ptr_array_add(list, g_string_chunk_insert_len(texts, argument, (gssize)letters));
    if (argument[letters])
        g_ptr_array_add(list, g_string_chunk_insert(texts, argument + letters));
    return !argument[letters];
}

// Whether a value may be left out, and is.
static bool lacks_when(const char *argument, const char *next)
{
    if (strcmp(argument, "--color") != 0 && strcmp(argument, "--progress") != 0)
        return false;
    return !next ||
           (strcmp(next, "auto") != 0 && strcmp(next, "always") != 0 && strcmp(next, "never") != 0);
}

GPtrArray *arguments_part(int count, char *const *arguments, const char *valued,
                          GStringChunk *texts)
{
    GPtrArray *list = g_ptr_array_new();
    bool ended = false, is_value = false;
    for (int i = 0; i < count; i++) {
        ended = ended || (!is_value && strcmp(arguments[i], "--") == 0);
        if (ended || is_value) {
            g_ptr_array_add(list, g_string_chunk_insert(texts, arguments[i]));
            is_value = false;
        } else if (lacks_when(arguments[i], i + 1 < count ? arguments[i + 1] : NULL)) {
            char *whole = g_strconcat(arguments[i], "=always", NULL);
            g_ptr_array_add(list, g_string_chunk_insert(texts, whole));
            g_free(whole);
        } else {
            is_value = arguments_add(list, arguments[i], valued, texts);
        }
    }
    g_ptr_array_add(list, NULL);
    return list;
}

bool arguments_list(const char *path, GPtrArray *files)
{
    GError *error = NULL;
    char *text;
    gsize length;
    guint before = files->len;
    if (!command_read(path, &text, &length, &error)) {
        command_say("--files-from %s: %s", path, error->message);
        g_error_free(error);
        return false;
    }
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (*g_strchomp(*line))
            g_ptr_array_add(files, g_strdup(*line));
    g_strfreev(lines);
    g_free(text);
    if (files->len == before)
        command_say("--files-from %s: it names no capture", path);
    return files->len > before;
}
