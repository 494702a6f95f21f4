// SPDX-License-Identifier: BSD-2-Clause
// The table of commands, and what they share.
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "command/command.h"

static const struct command *const commands[] = {
    &command_analyze, &command_live,  &command_render,
    &command_explain, &command_rules, &command_schema,
};

// Commands that reports and the documentation may name, and that this version doesn't have.
static const char *const absent[] = {"diff", "merge", "extract", "show"};

static void command_list(FILE *out)
{
    fputs("\nCommands:\n", out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
}

void command_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "connreuse: %s\n", text);
    g_free(text);
}

int command_columns(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COMMAND_COLUMNS;
}

enum status command_misused(const struct command *command, GError *error)
{
    command_say("%s", error->message);
    command_say("run 'connreuse %s --help' for what it takes", command->name);
    g_error_free(error);
    return STATUS_USAGE;
}

// GLib's help, with its one character beyond ASCII spelled out: a plain locale can't print it.
static void command_show_help(const struct command *command, GOptionContext *context)
{
    char *text = g_option_context_get_help(context, TRUE, NULL);
    char **parts = g_strsplit(text, "\u2026", -1);
    char *plain = g_strjoinv("...", parts);
    fputs(plain, stdout);
    g_free(plain);
    g_strfreev(parts);
    g_free(text);
    if (command == &command_analyze)
        command_list(stdout);
    exit((int)command_flush());
}

bool command_parse(const struct command *command, GOptionContext *context, int *argc, char ***argv,
                   GError **error)
{
    gboolean help = FALSE;
    const GOptionEntry entries[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL}, {0}};
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_summary(context, command->summary);
    g_option_context_add_main_entries(context, entries, NULL);
    bool parsed = g_option_context_parse(context, argc, argv, error);
    if (parsed && help)
        command_show_help(command, context);
    return parsed;
}

bool command_parse_none(const struct command *command, int *argc, char ***argv, GError **error)
{
    GOptionContext *context = g_option_context_new(command->operands);
    bool parsed = command_parse(command, context, argc, argv, error);
    g_option_context_free(context);
    return parsed;
}

enum status command_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_DONE;
    command_say("standard output: %s", g_strerror(errno));
    return STATUS_OUTPUT;
}

enum status command_version(void)
{
    puts("connreuse " PACKAGE_VERSION);
    return command_flush();
}

void command_help(FILE *out)
{
    fputs(
        "connreuse tells why HTTP connections are closed instead of reused.\n\n"
        "  connreuse [analyze] [OPTION...] FILE...   captures in, report out; - is standard input\n"
        "  connreuse -i INTERFACE                    watch an interface\n"
        "  connreuse COMMAND --help                  the options of a command\n",
        out);
    command_list(out);
}

static enum status command_start(const struct command *command, int argc, char **argv,
                                 stop_flag stop)
{
    char *name = g_strconcat("connreuse ", command->name, NULL);
    g_set_prgname(name);
    g_free(name);
    return command->run(argc, argv, stop);
}

static enum status command_absent(const char *name)
{
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "", commands[i]->name);
    command_say("there is no command '%s' in this version, and no file of that name", name);
    command_say("commands: %s", names->str);
    g_string_free(names, TRUE);
    return STATUS_USAGE;
}

enum status command_run(int argc, char **argv, stop_flag stop)
{
    const char *first = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(first, commands[i]->name) == 0)
            return command_start(commands[i], argc - 1, argv + 1, stop);
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
        if (strcmp(first, absent[i]) == 0 && !g_file_test(first, G_FILE_TEST_EXISTS))
            return command_absent(first);
    enum status status = command_start(&command_analyze, argc, argv, stop);
    // Not there, and no name of a file by its looks.
    if (status == STATUS_INPUT && g_ascii_isalpha(*first) && !strpbrk(first, "./") &&
        !g_file_test(first, G_FILE_TEST_EXISTS))
        command_say("'%s' is no command either; 'connreuse --help' lists them", first);
    return status;
}

bool command_read(const char *path, char **text, gsize *length, GError **error)
{
    GString *whole = g_string_new(NULL);
    char buffer[16384];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    errno = file ? 0 : errno;
    for (size_t got; file && (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        g_string_append_len(whole, buffer, (gssize)got);
    bool good = file && !ferror(file);
    if (!good)
        g_set_error_literal(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
                            g_strerror(errno));
    if (file && file != stdin)
        fclose(file);
    *length = whole->len;
    *text = g_string_free(whole, !good);
    return good;
}
