// SPDX-License-Identifier: BSD-2-Clause
// main() of a fuzz target that is built without a fuzzer: runs it over the files and folders named
// as arguments, so that every compiler and sanitizer sees the kept inputs.
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

// Runs the target over one file; how many inputs it ran.
static unsigned replay_file(const char *path)
{
    char *bytes;
    size_t length;
    GError *error = NULL;
    if (!g_file_get_contents(path, &bytes, &length, &error))
        g_error("%s", error->message);
    // A copy of exactly its size lets a sanitizer see one byte too many.
    uint8_t *exact = g_memdup2(bytes, length);
    LLVMFuzzerTestOneInput(exact, length);
    g_free(exact);
    g_free(bytes);
    return 1;
}

static unsigned replay_folder(const char *path)
{
    GError *error = NULL;
    GDir *folder = g_dir_open(path, 0, &error);
    if (!folder)
        g_error("%s", error->message);
    unsigned ran = 0;
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
        char *file = g_build_filename(path, name, NULL);
        ran += replay_file(file);
        g_free(file);
    }
    g_dir_close(folder);
    return ran;
}

int main(int argc, char **argv)
{
    unsigned ran = 0;
    for (int i = 1; i < argc; i++)
        ran += g_file_test(argv[i], G_FILE_TEST_IS_DIR) ? replay_folder(argv[i])
                                                        : replay_file(argv[i]);
    printf("%s: %u inputs replayed\n", argv[0], ran);
    return ran == 0;
}
