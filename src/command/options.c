// SPDX-License-Identifier: BSD-2-Clause
// Parses the options of analyze and live. What this version can't do is said, never ignored.
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "capture/source.h"
#include "command/arguments.h"
#include "command/options.h"

#define DEFAULT_CONNECTIONS 10000
#define DEFAULT_TOP         10
#define RECORDS_MOST        100000000

// The letters of the options that take a value.
#define VALUED "rifscaZjoTw"

// The strings as GOption gives them; what is checked and kept goes into struct options.
struct raw {
    struct options *options;
    GPtrArray *files; // in the order of the arguments
    char **outputs, **gates, **stops, **clients, **servers;
    char *format, *cause, *ports, *connections, *records, *packets, *snaplen, *top, *jobs;
    char *write, *redact, *names;
    gboolean no_names, quiet, verbose, strict, separate, no_probes, list, version, arguments;
};

static bool options_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool options_fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_propagate_error(error, g_error_new_valist(OPTIONS_ERROR, 0, format, arguments));
    va_end(arguments);
    return false;
}

static gboolean options_take_when(const char *name, const char *text, gpointer data, GError **error)
{
    static const char *const words[] = {"auto", "always", "never"};
    struct options *options = ((struct raw *)data)->options;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(text, words[i]) == 0) {
            *(strcmp(name, "--color") == 0 ? &options->color : &options->progress) = i;
            return true;
        }
    return options_fail(error, "%s=%s: it is auto, always or never", name, text);
}

static gboolean options_take_file(const char *name, const char *path, gpointer data, GError **error)
{
    (void)name, (void)error;
    g_ptr_array_add(((struct raw *)data)->files, g_strdup(path));
    return TRUE;
}

static gboolean options_take_list(const char *name, const char *path, gpointer data, GError **error)
{
    (void)name, (void)error;
    struct raw *raw = data;
    raw->options->lacks_list |= !arguments_list(path, raw->files);
    return true;
}

// `files` are the flags of what captures alone have.
static void options_add_reading(GOptionContext *context, struct raw *raw, gint files)
{
    const GOptionEntry entries[] = {
        {"read", 'r', files | G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK,
         (gpointer)options_take_file, "Read this capture", "FILE"},
        {"interface", 'i', 0, G_OPTION_ARG_FILENAME, &raw->options->interface,
         "Watch this interface", "IFACE"},
        {"list-interfaces", 'D', 0, G_OPTION_ARG_NONE, &raw->list, "List the interfaces", NULL},
        {"filter", 'f', 0, G_OPTION_ARG_FILENAME, &raw->options->filter,
         "Only packets that match (BPF)", "FILTER"},
        {"snaplen", 's', 0, G_OPTION_ARG_FILENAME, &raw->snaplen, "Use N bytes of a packet", "N"},
        {"count", 'c', 0, G_OPTION_ARG_FILENAME, &raw->packets, "Stop after N packets", "N"},
        {"autostop", 'a', 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->stops,
         "Stop after seconds or packets", "duration:N|packets:N"},
        {"relinquish", 'Z', 0, G_OPTION_ARG_FILENAME, &raw->options->user,
         "Become this user once the capture runs", "USER"},
        {"files-from", 0, files | G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK,
         (gpointer)options_take_list, "Read the names of captures from this file", "LIST"},
        {"separate", 0, files, G_OPTION_ARG_NONE, &raw->separate, "One report for each capture",
         NULL},
        {"jobs", 'j', files, G_OPTION_ARG_FILENAME, &raw->jobs,
         "Work with N threads (as many as processors, 4 at most)", "N"},
        {"numeric", 'n', 0, G_OPTION_ARG_NONE, &raw->no_names,
         "Accepted; names are never looked up", NULL},
        {"write", 'w', G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &raw->write, "", "FILE"},
        {"names", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &raw->names, "", "FILE"},
        {0}};
    g_option_context_add_main_entries(context, entries, NULL);
}

static void options_add_choice(GOptionContext *context, struct raw *raw)
{
    const GOptionEntry entries[] = {
        {"client", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->clients,
         "Only connections of these clients", "CIDR"},
        {"server", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->servers,
         "Only connections to these servers", "CIDR[:PORT]"},
        {"cause", 0, 0, G_OPTION_ARG_FILENAME, &raw->cause, "List only connections of this cause",
         "ID"},
        {"no-probes", 0, 0, G_OPTION_ARG_NONE, &raw->no_probes, "Leave out health probes", NULL},
        {"max-connections", 0, 0, G_OPTION_ARG_FILENAME, &raw->connections,
         "Connections listed in JSON and HTML (10000)", "N|all"},
        {"max-records", 0, 0, G_OPTION_ARG_FILENAME, &raw->records,
         "Finished connections kept and judged together (4000000)", "N"},
        {"http-ports", 0, 0, G_OPTION_ARG_FILENAME, &raw->ports,
         "Ports that carry HTTP although it doesn't look like it", "PORT,..."},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &raw->strict,
         "Exit 4 when a capture is cut short or packets are missing", NULL},
        {"fail-on", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->gates,
         "Exit 1 when this holds: reuse_ratio<0.9, cause:unread-body>0", "EXPR"},
        {"arguments", 0, 0, G_OPTION_ARG_NONE, &raw->arguments,
         "Show the arguments of processes that the capture tells", NULL},
        {"label", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->options->labels,
         "Put a label into the report", "K=V"},
        {0}};
    g_option_context_add_main_entries(context, entries, NULL);
}

static void options_add_report(GOptionContext *context, struct raw *raw)
{
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->outputs,
         "Write a report; .txt, .json, .ndjson or .html chooses the format", "FILE"},
        {"format", 'T', 0, G_OPTION_ARG_FILENAME, &raw->format,
         "Format on standard output: text, json, ndjson, html", "FORMAT"},
        {"title", 0, 0, G_OPTION_ARG_FILENAME, &raw->options->title, "Title of the report", "TEXT"},
        {"top", 0, 0, G_OPTION_ARG_FILENAME, &raw->top, "Rows of lists in text (10; 0 all)", "N"},
        {"redact", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &raw->redact, "", "LIST"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &raw->quiet, "No progress and no warnings", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &raw->verbose, "More detail in text", NULL},
        {G_OPTION_REMAINING, 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK,
         (gpointer)options_take_file, NULL, NULL},
        {"version", 'V', 0, G_OPTION_ARG_NONE, &raw->version, "Tell the version", NULL},
        {0}};
    GOptionEntry callbacks[] = {{"color", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer)options_take_when,
                                 "Colours in text: auto, always, never; bare: always", "WHEN"},
                                {"progress", 0, 0, G_OPTION_ARG_CALLBACK,
                                 (gpointer)options_take_when,
                                 "Progress: auto, always, never; bare: always", "WHEN"},
                                {0}};
    g_option_context_add_main_entries(context, entries, NULL);
    GOptionGroup *group = g_option_context_get_main_group(context);
    g_option_group_add_entries(group, callbacks);
}

static bool options_refuse(const struct raw *raw, GError **error)
{
    if (raw->write)
        return options_fail(error, "-w %s: this version does not write packets; use tcpdump -w",
                            raw->write);
    if (raw->redact)
        return options_fail(error, "--redact %s: this version does not redact reports",
                            raw->redact);
    if (raw->names)
        return options_fail(error, "--names %s: this version does not show host names", raw->names);
    return true;
}

static bool options_number(const char *text, int64_t most, int64_t *number)
{
    guint64 value;
    if (!g_ascii_string_to_unsigned(text, 10, 0, (guint64)most, &value, NULL))
        return false;
    *number = (int64_t)value;
    return true;
}

// A whole number, when the option is there.
static bool options_take_number(const char *option, const char *text, int64_t most, int64_t *number,
                                GError **error)
{
    return !text || options_number(text, most, number) ||
           options_fail(error, "%s %s: it is a whole number%s", option, text,
                        most == INT32_MAX ? ", 2147483647 at most" : "");
}

// -a duration:N (seconds) or packets:N.
static bool options_take_stop(struct options *options, const char *text, GError **error)
{
    static const char duration[] = "duration:", packets[] = "packets:";
    int64_t number = 0;
    if (g_str_has_prefix(text, duration) &&
        options_number(text + strlen(duration), 1000000000, &number) && number > 0)
        options->duration = number * NANOS_PER_SECOND;
    else if (g_str_has_prefix(text, packets) &&
             options_number(text + strlen(packets), INT64_MAX, &number) && number > 0)
        options->packets = number;
    else
        return options_fail(error, "-a %s: it is duration:SECONDS or packets:N", text);
    return true;
}

static bool options_take_ports(struct options *options, const char *text, GError **error)
{
    char **words = g_strsplit(text ? text : "", ",", -1);
    options->http_ports = g_new0(uint16_t, g_strv_length(words) + 1);
    bool good = true;
    for (unsigned i = 0; text && words[i] && good; i++) {
        int64_t port = 0;
        good = options_number(words[i], 65535, &port) && port > 0;
        options->http_ports[i] = (uint16_t)port;
    }
    g_strfreev(words);
    return good || options_fail(error, "--http-ports %s: it is a list such as 8080,9000", text);
}

static bool options_take_networks(struct options *options, char **texts, enum side side,
                                  GError **error)
{
    for (char **text = texts; text && *text; text++) {
        struct network network;
        if (!network_parse(*text, &network, error)) {
            g_prefix_error(error, side == CLIENT ? "--client: " : "--server: ");
            return false;
        }
        GArray **networks = &options->selection.networks[side];
        if (!*networks)
            *networks = g_array_new(FALSE, FALSE, sizeof(struct network));
        g_array_append_val(*networks, network);
    }
    return true;
}

static bool options_take_gates(struct options *options, char **texts, GError **error)
{
    options->gates = g_ptr_array_new_with_free_func((GDestroyNotify)gate_free);
    for (char **text = texts; text && *text; text++) {
        struct gate *gate = gate_new(*text, error);
        if (!gate)
            return false;
        g_ptr_array_add(options->gates, gate);
    }
    return true;
}

static bool options_take_labels(char **labels, GError **error)
{
    for (char **label = labels; label && *label; label++)
        if (**label == '=' || !strchr(*label, '='))
            return options_fail(error, "--label %s: it is KEY=VALUE", *label);
    return true;
}

static bool options_take_filter(const char *expression, GError **error)
{
    if (!expression)
        return true;
    struct packet_filter *filter = packet_filter_new(expression, error);
    if (!filter)
        g_prefix_error(error, "-f: ");
    packet_filter_free(filter);
    return filter != NULL;
}

static bool options_take_cause(struct options *options, const char *key, GError **error)
{
    options->only_cause = key ? cause_find(key) : CAUSE_NONE;
    if (key && options->only_cause == CAUSE_NONE)
        return options_fail(error, "--cause %s: no such cause; 'connreuse explain' lists them",
                            key);
    return true;
}

static bool options_take_numbers(struct options *options, const struct raw *raw, GError **error)
{
    int64_t top = DEFAULT_TOP, jobs = 0, snaplen = 0;
    if (!options_take_number("-c", raw->packets, INT64_MAX, &options->packets, error) ||
        !options_take_number("-s", raw->snaplen, INT32_MAX, &snaplen, error) ||
        !options_take_number("-j", raw->jobs, INT32_MAX, &jobs, error) ||
        !options_take_number("--top", raw->top, INT32_MAX, &top, error))
        return false;
    options->snaplen = (int)snaplen;
    options->top = (uint32_t)top;
    options->threads = MIN(jobs ? (unsigned)jobs : g_get_num_processors(), THREADS_MOST);
    options->max_connections = DEFAULT_CONNECTIONS;
    if (raw->connections && strcmp(raw->connections, "all") == 0)
        options->max_connections = -1;
    else if (raw->connections &&
             !options_number(raw->connections, INT64_MAX, &options->max_connections))
        return options_fail(error, "--max-connections %s: it is a number or all", raw->connections);
    int64_t records = limits_default.records;
    if (raw->records && (!options_number(raw->records, RECORDS_MOST, &records) || !records))
        return options_fail(error, "--max-records %s: it is a number from 1 to %d", raw->records,
                            RECORDS_MOST);
    options->limits = limits_default;
    options->limits.records = (uint32_t)records;
    for (char **stop = raw->stops; stop && *stop; stop++)
        if (!options_take_stop(options, *stop, error))
            return false;
    return true;
}

static bool options_take(struct options *options, const struct raw *raw, GError **error)
{
    options->quiet = raw->quiet;
    options->verbose = raw->verbose;
    options->strict = raw->strict;
    options->separate = raw->separate;
    options->without_probes = raw->no_probes;
    options->has_arguments = raw->arguments;
    options->lists_interfaces = raw->list;
    options->shows_version = raw->version;
    if (options->title && !*options->title)
        g_clear_pointer(&options->title, g_free);
    guint inputs = 0;
    for (char **file = options->files; *file; file++)
        inputs += strcmp(*file, "-") == 0;
    if (inputs > 1)
        return options_fail(error, "-: standard input can be read once only");
    if (!options_refuse(raw, error) || !options_take_numbers(options, raw, error) ||
        !options_take_ports(options, raw->ports, error) ||
        !options_take_networks(options, raw->clients, CLIENT, error) ||
        !options_take_networks(options, raw->servers, SERVER, error) ||
        !options_take_labels(options->labels, error) ||
        !options_take_gates(options, raw->gates, error) ||
        !options_take_cause(options, raw->cause, error) ||
        !options_take_filter(options->filter, error))
        return false;
    options->outputs = output_plan(raw->outputs, raw->format, error);
    return options->outputs != NULL;
}

static void raw_free(struct raw *raw)
{
    char **lists[] = {raw->gates, raw->stops, raw->clients, raw->servers};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    char *texts[] = {raw->format,  raw->cause,   raw->ports,   raw->connections,
                     raw->records, raw->packets, raw->snaplen, raw->top,
                     raw->jobs,    raw->write,   raw->redact,  raw->names};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

// Parses what the command knows into `raw`.
static bool raw_parse(struct raw *raw, const struct command *command, int argc, char **argv,
                      GError **error)
{
    GOptionContext *context = g_option_context_new(command->operands);
    g_option_context_set_main_group(context, g_option_group_new("main", "", "", raw, NULL));
    if (command != &command_render) {
        options_add_reading(context, raw, command == &command_live ? G_OPTION_FLAG_HIDDEN : 0);
        options_add_choice(context, raw);
    }
    options_add_report(context, raw);
    GStringChunk *texts = g_string_chunk_new(1024);
    GPtrArray *list = arguments_part(argc, argv, VALUED, texts);
    char **parted = (char **)list->pdata;
    int count = (int)list->len - 1;
    bool good = command_parse(command, context, &count, &parted, error);
    g_ptr_array_unref(list);
    g_string_chunk_free(texts);
    g_option_context_free(context);
    return good;
}

bool options_parse(struct options *options, const struct command *command, int argc, char **argv,
                   GError **error)
{
    *options = (struct options){.only_cause = CAUSE_NONE};
    struct raw raw = {.options = options, .files = g_ptr_array_new()};
    char *rest = g_strjoinv(" ", argv + 1);
    options->line = g_strconcat(g_get_prgname(), " ", rest, NULL);
    g_free(rest);
    bool good = raw_parse(&raw, command, argc, argv, error);
    g_ptr_array_add(raw.files, NULL);
    options->files = (char **)g_ptr_array_free(raw.files, FALSE);
    good = good && options_take(options, &raw, error);
    options->paths = raw.outputs;
    raw_free(&raw);
    return good;
}

void options_free(struct options *options)
{
    g_strfreev(options->files);
    g_strfreev(options->labels);
    g_strfreev(options->paths);
    g_free(options->interface);
    g_free(options->filter);
    g_free(options->user);
    g_free(options->title);
    g_free(options->line);
    g_free(options->http_ports);
    g_clear_pointer(&options->gates, g_ptr_array_unref);
    g_clear_pointer(&options->outputs, g_array_unref);
    select_free(&options->selection);
}

bool options_is_on(enum when when, FILE *stream)
{
    return when == WHEN_ALWAYS || (when == WHEN_AUTO && isatty(fileno(stream)));
}
