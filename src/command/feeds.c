// SPDX-License-Identifier: BSD-2-Clause
// Opens captures, orders them, and says what is wrong with them.
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/resource.h>

#include "capture/decode.h"
#include "command/command.h"
#include "command/feeds.h"

static void feed_free(gpointer data)
{
    struct feed *feed = data;
    source_free(feed->source);
    g_array_free(feed->runs, TRUE);
    g_free(feed->packets);
    g_free(feed);
}

struct feed *feed_new(struct source *source)
{
    struct feed *feed = g_new0(struct feed, 1);
    feed->source = source;
    feed->packets = g_new(struct packet, FEED_BATCH);
    feed->runs = g_array_new(FALSE, FALSE, sizeof(struct report_run));
    return feed;
}

static const char *feed_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

GPtrArray *feeds_new(void)
{
    return g_ptr_array_new_with_free_func(feed_free);
}

static gint feeds_by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// All captures of a rotated set are open at once: each needs a file descriptor.
static void feeds_allow(size_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > count + 64)
        return;
    limit.rlim_cur = MIN(limit.rlim_max, count + 64);
    setrlimit(RLIMIT_NOFILE, &limit);
}

// Opens one capture. In a folder, files that are no captures are passed over.
static enum status feeds_add(GPtrArray *feeds, const char *path, const struct limits *limits,
                             bool in_folder)
{
    GError *error = NULL;
    struct source *source = source_open(path, limits, &error);
    if (source) {
        g_ptr_array_add(feeds, feed_new(source));
        return STATUS_DONE;
    }
    bool is_other = g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT);
    command_say("%s: %s%s", feed_name(path), error->message,
                in_folder && is_other ? "; passed over" : "");
    g_error_free(error);
    return in_folder && is_other ? STATUS_DONE : STATUS_INPUT;
}

// The paths of what is in a folder, by name, but for what is hidden; NULL and said when it can't be
// read.
static GPtrArray *feeds_in_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        command_say("%s: %s; run as a user who may read this folder", path, g_strerror(errno));
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (*entry->d_name != '.')
            g_ptr_array_add(names, g_build_filename(path, entry->d_name, NULL));
    closedir(folder);
    g_ptr_array_sort(names, feeds_by_name);
    return names;
}

// Opens the files of a folder; folders in it are left out.
static enum status feeds_add_folder(GPtrArray *feeds, const char *path, const struct limits *limits)
{
    enum status status = STATUS_DONE;
    guint before = feeds->len;
    GPtrArray *names = feeds_in_folder(path);
    if (!names)
        return STATUS_INPUT;
    feeds_allow(names->len);
    for (guint i = 0; i < names->len; i++)
        if (g_file_test(names->pdata[i], G_FILE_TEST_IS_REGULAR))
            status = status_join(status, feeds_add(feeds, names->pdata[i], limits, true));
    g_ptr_array_unref(names);
    if (feeds->len > before)
        return status;
    command_say("%s: no capture in this folder", path);
    return STATUS_INPUT;
}

GPtrArray *feeds_open(char *const *paths, const struct limits *limits, enum status *status)
{
    GPtrArray *feeds = feeds_new();
    feeds_allow(g_strv_length((char **)paths));
    for (char *const *path = paths; *path; path++) {
        bool is_folder = g_file_test(*path, G_FILE_TEST_IS_DIR);
        *status = status_join(*status, is_folder ? feeds_add_folder(feeds, *path, limits)
                                                 : feeds_add(feeds, *path, limits, false));
    }
    return feeds;
}

void feeds_work_ahead(const GPtrArray *feeds)
{
    for (guint i = 0; i < feeds->len; i++)
        source_work_ahead(((struct feed *)feeds->pdata[i])->source);
}

void feeds_map(const GPtrArray *feeds)
{
    for (guint i = 0; i < feeds->len; i++)
        source_map(((struct feed *)feeds->pdata[i])->source);
}

void feeds_keep_notes(const GPtrArray *feeds, struct notes *notes)
{
    for (guint i = 0; i < feeds->len; i++)
        source_keep_notes(((struct feed *)feeds->pdata[i])->source, notes);
}

bool feeds_are_plain(const GPtrArray *feeds)
{
    for (guint i = 0; i < feeds->len; i++)
        if (!source_info(((struct feed *)feeds->pdata[i])->source)->is_plain)
            return false;
    return true;
}

const char *feeds_first_name(const GPtrArray *feeds)
{
    return source_info(((struct feed *)feeds->pdata[0])->source)->name;
}

static gint feeds_by_time(gconstpointer a, gconstpointer b)
{
    const struct feed *x = *(struct feed *const *)a, *y = *(struct feed *const *)b;
    if (!x->waiting || !y->waiting)
        return (x->waiting == 0) - (y->waiting == 0);
    int64_t s = x->packets[0].time, t = y->packets[0].time;
    return (s > t) - (s < t);
}

GPtrArray *feeds_in_time(const GPtrArray *feeds)
{
    GPtrArray *order = g_ptr_array_new();
    for (guint i = 0; i < feeds->len; i++) {
        struct feed *feed = feeds->pdata[i];
        feed->number = i;
        // With one capture nothing has to be known before it is read.
        if (feeds->len > 1)
            feed->waiting = source_next(feed->source, feed->packets, FEED_BATCH);
        g_ptr_array_add(order, feed);
    }
    g_ptr_array_sort(order, feeds_by_time); // stable: equal times stay in argument order
    return order;
}

size_t feed_next(struct feed *feed, size_t most)
{
    return source_next(feed->source, feed->packets, MIN(most, FEED_BATCH));
}

static void feeds_clear_input(gpointer data)
{
    struct report_input *input = data;
    g_free((char *)input->info.name);
    g_free((char *)input->info.format);
    g_free((char *)input->info.compression);
    g_free((char *)input->info.damage);
    g_free((uint16_t *)input->info.link_types);
    g_free((struct report_run *)input->runs);
}

GArray *feeds_inputs(const GPtrArray *feeds)
{
    GArray *inputs = g_array_new(FALSE, FALSE, sizeof(struct report_input));
    g_array_set_clear_func(inputs, feeds_clear_input);
    for (guint i = 0; i < feeds->len; i++) {
        const struct feed *feed = feeds->pdata[i];
        struct report_input input = {.info = *source_info(feed->source)};
        input.run_count = feed->runs->len;
        input.runs = g_memdup2(feed->runs->data, feed->runs->len * sizeof *input.runs);
        struct source_info *info = &input.info;
        info->name = g_strdup(info->name);
        info->format = g_strdup(info->format);
        info->compression = g_strdup(info->compression);
        info->damage = g_strdup(info->damage);
        info->link_types =
            g_memdup2(info->link_types, info->link_type_count * sizeof *info->link_types);
        g_array_append_val(inputs, input);
    }
    return inputs;
}

// Packets, and none of a link type that is read here.
static bool feed_is_foreign(const struct source_info *info)
{
    for (size_t i = 0; i < info->link_type_count; i++)
        if (decode_knows_link(info->link_types[i]))
            return false;
    return info->packets > 0 && info->link_type_count > 0;
}

static void feed_warn(const struct source_info *info)
{
    const char *name = feed_name(info->name);
    if (info->noise_bytes)
        command_say("%s: %" PRIu64 " bytes of text before the capture skipped", name,
                    info->noise_bytes);
    if (info->damage)
        command_say("%s: %s", name, info->damage);
    if (info->kernel_drops)
        command_say("%s: packets dropped while capturing: %" PRIu64 "; raise the buffer "
                    "(tcpdump -B 32768) or filter",
                    name, info->kernel_drops);
}

enum status feeds_complain(const GPtrArray *feeds, bool quiet)
{
    enum status status = STATUS_DONE;
    for (guint i = 0; i < feeds->len; i++) {
        struct feed *feed = feeds->pdata[i];
        const struct source_info *info = source_info(feed->source);
        bool is_unread = info->damage && !info->packets && !feed->waiting;
        bool is_foreign = feed_is_foreign(info);
        if (!quiet || is_unread)
            feed_warn(info);
        if (is_foreign)
            command_say("%s: all packets are of link type %u, which connreuse does not read; "
                        "capture on an Ethernet, loopback or 'any' interface",
                        feed_name(info->name), info->link_types[0]);
        if (is_unread || is_foreign)
            status = STATUS_INPUT;
    }
    return status;
}

bool feeds_are_damaged(const GPtrArray *feeds)
{
    for (guint i = 0; i < feeds->len; i++) {
        struct feed *feed = feeds->pdata[i];
        const struct source_info *info = source_info(feed->source);
        if (info->truncated || info->kernel_drops)
            return true;
    }
    return false;
}
