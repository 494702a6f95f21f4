// SPDX-License-Identifier: BSD-2-Clause
// The embedded file is read as it is; a build without it says nothing.
#include "report/cause_words.h"

#include <glib.h>

#include "base/embedded.h"

struct cause_words {
    GKeyFile *file;
};

struct cause_words *cause_words_new(void)
{
    struct cause_words *words = g_new0(struct cause_words, 1);
    struct slice data = embedded_find("causes.ini");
    words->file = g_key_file_new();
    if (data.length > 0)
        g_key_file_load_from_data(words->file, (const char *)data.at, data.length, G_KEY_FILE_NONE,
                                  NULL);
    return words;
}

void cause_words_free(struct cause_words *words)
{
    g_key_file_free(words->file);
    g_free(words);
}

char *cause_words_advice(const struct cause_words *words, const char *cause)
{
    return g_key_file_get_string(words->file, cause, "advice", NULL);
}

char *cause_words_title(const struct cause_words *words, const char *cause)
{
    return g_key_file_get_string(words->file, cause, "title", NULL);
}
