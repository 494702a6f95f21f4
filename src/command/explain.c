// SPDX-License-Identifier: BSD-2-Clause
// explain: what a cause means, what shows it, what it is confused with, what to do.
#include <string.h>

#include "base/embedded.h"
#include "command/command.h"
#include "judge/verdict.h"

#define COLUMNS 80

// Prints words under a label, wrapped; further lines stand under the first word.
static void explain_print(const char *label, const char *text)
{
    const int indent = 16;
    int column = printf("%-*s", indent, label);
    char **words = g_strsplit_set(text, " \n", -1);
    for (char **word = words; *word; word++) {
        int width = (int)g_utf8_strlen(*word, -1);
        if (!width)
            continue;
        if (column > indent && column + 1 + width > COLUMNS) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        printf("%s%s", column > indent ? " " : "", *word);
        column += width + (column > indent);
    }
    putchar('\n');
    g_strfreev(words);
}

// Every key of the cause's group, in the order of the file.
static void explain_cause(GKeyFile *texts, const char *key)
{
    printf("%s (%s)\n\n", key, family_key(cause_family(cause_find(key))));
    char **names = g_key_file_get_keys(texts, key, NULL, NULL);
    for (char **name = names; name && *name; name++) {
        char *text = g_key_file_get_string(texts, key, *name, NULL);
        char *label = g_strdelimit(g_strdup(*name), "-", ' ');
        explain_print(label, text ? text : "");
        g_free(label);
        g_free(text);
    }
    g_strfreev(names);
}

static enum status explain_list(const char *unknown)
{
    if (unknown)
        command_say("explain: no cause '%s'; it is one of these", unknown);
    FILE *out = unknown ? stderr : stdout;
    fputs("The causes:\n", out);
    for (unsigned cause = 0; cause < CAUSES; cause++)
        fprintf(out, "  %-18s %s\n", family_key(cause_family(cause)), cause_key(cause));
    return unknown ? STATUS_USAGE : command_flush();
}

static enum status explain_run(int argc, char **argv, stop_flag stop)
{
    (void)stop;
    GError *error = NULL;
    if (!command_parse_none(&command_explain, &argc, &argv, &error))
        return command_misused(&command_explain, error);
    if (argc > 2) {
        error = g_error_new(COMMAND_ERROR, 0, "'%s': explain takes one cause", argv[2]);
        return command_misused(&command_explain, error);
    }
    if (argc < 2)
        return explain_list(NULL);
    if (cause_find(argv[1]) == CAUSE_NONE)
        return explain_list(argv[1]);
    struct slice data = embedded_find("causes.ini");
    GKeyFile *texts = g_key_file_new();
    bool good =
        g_key_file_load_from_data(texts, (const char *)data.at, data.length, G_KEY_FILE_NONE, NULL);
    g_assert(good);
    explain_cause(texts, argv[1]);
    g_key_file_free(texts);
    return command_flush();
}

const struct command command_explain = {
    "explain", "[CAUSE]", "What a cause means, its evidence, what it is confused with, fixes",
    explain_run};
