// SPDX-License-Identifier: BSD-2-Clause
// Plans the outputs of a run and writes files so that a half-written one never has its final name.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/options.h"
#include "command/output.h"

#define OUTPUT_BUFFER (256 * 1024)

static const struct {
    const char *name, *suffix;
    enum report_format format;
} formats[] = {
    {"text", ".txt", REPORT_TEXT},
    {"json", ".json", REPORT_JSON},
    {"ndjson", ".ndjson", REPORT_NDJSON},
    {"html", ".html", REPORT_HTML},
};

static const struct {
    const char *name, *suffix;
} later[] = {{"csv", ".csv"}, {"openmetrics", ".prom"}};

static bool output_by_name(const char *name, enum report_format *format, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(formats[i].name, name) == 0) {
            *format = formats[i].format;
            return true;
        }
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++)
        if (strcmp(later[i].name, name) == 0) {
            g_set_error(error, OPTIONS_ERROR, 0,
                        "this version does not write %s: take text, json, "
                        "ndjson or html",
                        name);
            return false;
        }
    g_set_error(error, OPTIONS_ERROR, 0, "no format '%s': it is text, json, ndjson or html", name);
    return false;
}

static bool output_by_suffix(const char *path, enum report_format *format, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (g_str_has_suffix(path, formats[i].suffix)) {
            *format = formats[i].format;
            return true;
        }
    const char *text = "the suffix chooses the format: .txt, .json, .ndjson or .html";
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++)
        if (g_str_has_suffix(path, later[i].suffix))
            text = "this version writes .txt, .json, .ndjson and .html only";
    g_set_error(error, OPTIONS_ERROR, 0, "-o %s: %s", path, text);
    return false;
}

GArray *output_plan(char **paths, const char *format, GError **error)
{
    GArray *outputs = g_array_new(FALSE, FALSE, sizeof(struct output));
    bool good = true;
    if (format || !paths) {
        struct output standard = {.path = NULL, .format = REPORT_TEXT};
        good = !format || output_by_name(format, &standard.format, error);
        g_array_append_val(outputs, standard);
    }
    for (char **path = paths; good && path && *path; path++) {
        struct output output = {.path = *path, .format = REPORT_TEXT};
        good = output_by_suffix(*path, &output.format, error);
        g_array_append_val(outputs, output);
    }
    if (good)
        return outputs;
    g_array_free(outputs, TRUE);
    return NULL;
}

// What a link that leads to no file yet names; other paths as they are. Caller frees.
static char *output_new_target(const char *path)
{
    char *link = g_file_read_link(path, NULL);
    if (!link)
        return g_strdup(path);
    char *folder = g_path_get_dirname(path);
    char *target = g_path_is_absolute(link) ? g_strdup(link) : g_build_filename(folder, link, NULL);
    g_free(folder);
    g_free(link);
    return target;
}

// What is written: a link is written through, not replaced. Caller frees.
static char *output_target(const char *path)
{
    char *resolved = realpath(path, NULL);
    char *target = resolved ? g_strdup(resolved) : output_new_target(path);
    free(resolved);
    return target;
}

// Whether `target` is there, and no file that a new one would take the place of.
static bool output_is_special(const char *target)
{
    struct stat status;
    return stat(target, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool output_check_one(const char *path)
{
    char *target = output_target(path), *folder = g_path_get_dirname(target);
    bool is_special = output_is_special(target);
    bool is_folder = is_special && g_file_test(target, G_FILE_TEST_IS_DIR);
    bool has_folder = g_file_test(folder, G_FILE_TEST_IS_DIR);
    bool may_write = is_special || faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
    if (is_folder)
        command_say("%s: is a folder; write elsewhere", path);
    else if (!has_folder)
        command_say("%s: there is no folder %s; make it, or write elsewhere", path, folder);
    else if (!may_write)
        command_say("%s: folder %s: %s; write elsewhere", path, folder, g_strerror(errno));
    g_free(folder);
    g_free(target);
    return !is_folder && has_folder && may_write;
}

bool output_check(const GArray *outputs)
{
    bool good = true;
    for (guint i = 0; i < outputs->len; i++) {
        const char *path = g_array_index(outputs, struct output, i).path;
        good = (!path || output_check_one(path)) && good;
    }
    return good;
}

static bool output_is_same(const char *one, const char *other)
{
    struct stat a, b;
    return stat(one, &a) == 0 && S_ISREG(a.st_mode) && stat(other, &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool output_spares(const GArray *outputs, char *const *inputs)
{
    for (guint i = 0; i < outputs->len; i++) {
        const char *path = g_array_index(outputs, struct output, i).path;
        for (char *const *input = inputs; path && *input; input++) {
            if (!output_is_same(path, *input))
                continue;
            command_say("%s: is a capture to be read; write elsewhere", path);
            return false;
        }
    }
    return true;
}

static bool output_failed(GError **error)
{
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s", g_strerror(errno));
    return false;
}

// Opens a new file beside `path`, with the permissions that a plain open would give.
static int output_open_beside(struct output_file *file)
{
    file->temporary = g_strconcat(file->path, ".XXXXXX", NULL);
    int fd = mkstemp(file->temporary);
    if (fd < 0)
        return -1;
    mode_t mask = umask(0);
    umask(mask);
    struct stat old;
    mode_t mode = stat(file->path, &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask;
    if (fchmod(fd, mode) == 0)
        return fd;
    close(fd);
    unlink(file->temporary);
    return -1;
}

bool output_open(struct output_file *file, const char *path, GError **error)
{
    *file = (struct output_file){.path = output_target(path)};
    if (output_is_special(file->path)) {
        file->stream = fopen(file->path, "w");
    } else {
        int fd = output_open_beside(file);
        file->stream = fd < 0 ? NULL : fdopen(fd, "w");
    }
    if (file->stream) {
        setvbuf(file->stream, NULL, _IOFBF, OUTPUT_BUFFER);
        return true;
    }
    output_failed(error);
    g_clear_pointer(&file->temporary, g_free);
    g_clear_pointer(&file->path, g_free);
    return false;
}

bool output_close(struct output_file *file, bool written, GError **error)
{
    // fclose() alone forgets an error of an earlier write.
    bool had_error = ferror(file->stream);
    bool good = fclose(file->stream) == 0 && !had_error;
    if (good && written && file->temporary)
        good = rename(file->temporary, file->path) == 0;
    if (written && !good)
        output_failed(error);
    if (file->temporary && !(good && written))
        unlink(file->temporary);
    g_free(file->temporary);
    g_free(file->path);
    return good;
}

char *output_stem(const char *input, GHashTable *used)
{
    char *base = strcmp(input, "-") == 0 ? g_strdup("stdin") : g_path_get_basename(input);
    char *dot = strrchr(base, '.');
    if (dot && dot != base)
        *dot = '\0';
    char *stem = g_strdup(base);
    for (unsigned n = 2; !g_hash_table_add(used, g_strdup(stem)); n++) {
        g_free(stem);
        stem = g_strdup_printf("%s-%u", base, n);
    }
    g_free(base);
    return stem;
}

char *output_path_for(const char *path, const char *stem)
{
    const char *suffix = strrchr(path, '.');
    return g_strdup_printf("%.*s-%s%s", (int)(suffix - path), path, stem, suffix);
}
