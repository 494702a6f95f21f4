// SPDX-License-Identifier: BSD-2-Clause
// Runs every conversation of tests/conversations as a test of its own, named by its sentence.
// Arguments, when there are any: run only conversations whose name contains one of them.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/conversation.h"

static const struct conversation *find(const GPtrArray *all, const char *name)
{
    for (guint i = 0; i < all->len; i++) {
        const struct conversation *c = g_ptr_array_index(all, i);
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

// CUnit gives a test no argument: the suite is the file, the test's name the conversation's.
static void says_what_is_expected(void)
{
    g_autofree char *folder = conversation_folder();
    g_autofree char *path = g_build_filename(folder, CU_get_current_suite()->pName, NULL);
    g_autoptr(GPtrArray) all = conversation_load(path, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    const struct conversation *c = find(all, CU_get_current_test()->pName);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c);
    CU_ASSERT_TRUE(c->wanted->len > 0 || c->records == 0);
    GArray *segments = conversation_segments(c);
    struct outcome *outcome = outcome_new(segments);
    CU_ASSERT_TRUE(expectation_check(c, outcome));
    outcome_free(outcome);
    g_array_free(segments, TRUE);
}

static bool is_chosen(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i]))
            return true;
    return argc < 2;
}

static bool add_file(const char *path, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = conversation_load(path, &error);
    if (!all) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    g_autofree char *name = g_path_get_basename(path);
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (guint i = 0; i < all->len; i++) {
        const struct conversation *c = g_ptr_array_index(all, i);
        if (find(all, c->name) != c) {
            fprintf(stderr, "%s:%u: a second conversation of this name\n", path, c->line);
            return false;
        }
        if (is_chosen(c->name, argc, argv) || is_chosen(name, argc, argv))
            CU_add_test(suite, c->name, says_what_is_expected);
    }
    return true;
}

static bool add_files(int argc, char **argv)
{
    g_autoptr(GPtrArray) paths = conversation_files();
    bool is_read = paths->len > 0;
    for (guint i = 0; i < paths->len; i++)
        is_read &= add_file(g_ptr_array_index(paths, i), argc, argv);
    return is_read;
}

int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS || !add_files(argc, argv))
        return EXIT_FAILURE;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
