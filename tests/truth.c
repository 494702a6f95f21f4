// SPDX-License-Identifier: BSD-2-Clause
// Reads what the recorded programs know of the connections of a sample.
#include "tests/truth.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "capture/source.h"

GArray *truths_load(const char *path)
{
    char *text = NULL;
    GArray *truths = g_array_new(FALSE, TRUE, sizeof(struct truth));
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return truths;
    char **lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        struct truth truth = {.port = 0};
        unsigned port = 0;
        if ((*line)[0] == '#' || (*line)[0] == '\0')
            continue;
        if (sscanf(*line, "* %159s %11s", truth.causes, truth.by) < 1 &&
            sscanf(*line, "%45s %u %159s %11s", truth.client, &port, truth.causes, truth.by) < 3)
            continue;
        truth.port = (uint16_t)port;
        g_array_append_val(truths, truth);
    }
    g_strfreev(lines);
    g_free(text);
    return truths;
}

static void address_text(const struct address *address, char *text)
{
    static const uint8_t v4[12] = {[10] = 0xff, 0xff};
    if (memcmp(address->bytes, v4, sizeof(v4)) == 0)
        inet_ntop(AF_INET, address->bytes + 12, text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, address->bytes, text, INET6_ADDRSTRLEN);
}

const struct truth *truths_take(GArray *truths, const struct endpoint *client)
{
    char text[INET6_ADDRSTRLEN];
    const struct truth *found = NULL;
    address_text(&client->address, text);
    for (guint i = 0; i < truths->len; i++) {
        struct truth *truth = &g_array_index(truths, struct truth, i);
        if (truth->port == 0)
            found = truth;
        if (truth->port != client->port || strcmp(truth->client, text) != 0 || truth->is_used)
            continue;
        truth->is_used = true;
        return truth;
    }
    return found;
}

bool truth_names(const struct truth *truth, enum cause cause)
{
    if (cause >= CAUSES)
        return false;
    char **list = g_strsplit(truth->causes, "|", -1);
    bool found = g_strv_contains((const char *const *)list, cause_key(cause));
    g_strfreev(list);
    return found;
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *truth_capture(const char *base)
{
    char *plain = g_strconcat(base, ".pcap", NULL);
    if (g_file_test(plain, G_FILE_TEST_EXISTS))
        return plain;
    g_free(plain);
    return g_strconcat(base, ".pcap.gz", NULL);
}

static bool reads_gzip(const char *top)
{
    char *path = g_build_filename(top, "tests", "data", "capture", "three.pcap.gz", NULL);
    struct source *source = source_open(path, &limits_default, NULL);
    if (source)
        source_free(source);
    g_free(path);
    return source != NULL;
}

static bool is_readable(const char *base, bool gzip)
{
    char *capture = truth_capture(base);
    bool readable = gzip || !g_str_has_suffix(capture, ".gz");
    g_free(capture);
    return readable;
}

bool truth_is_readable(const char *base)
{
    const char *source = g_getenv("srcdir");
    return is_readable(base, reads_gzip(source ? source : "."));
}

GPtrArray *truth_samples(unsigned *skipped)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const char *source = g_getenv("srcdir"), *top = source ? source : ".", *name;
    char *folder = g_build_filename(top, "samples", NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    bool gzip = reads_gzip(top);
    *skipped = 0;
    while (dir && (name = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(name, ".truth"))
            continue;
        char *base = g_strdup_printf("%s/%.*s", folder, (int)strlen(name) - 6, name);
        if (is_readable(base, gzip)) {
            g_ptr_array_add(paths, base);
        } else {
            g_free(base);
            ++*skipped;
        }
    }
    if (*skipped)
        printf("\n    skipped: %u samples, because this build reads no gzip\n", *skipped);
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, compare_paths);
    g_free(folder);
    return paths;
}
