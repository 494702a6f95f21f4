// SPDX-License-Identifier: BSD-2-Clause
// The progress line: not before a second has gone, rarely, and wiped in the end.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/progress.h"

// What the steps wrote to standard error. Caller frees.
static char *told(void (*steps)(struct progress *), struct progress *progress)
{
    char text[4096] = "";
    FILE *file = tmpfile();
    fflush(stderr);
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    steps(progress);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return g_strdup(text);
}

// A reading that began so many milliseconds ago.
static struct progress since(int64_t ms)
{
    struct progress progress;
    progress_begin(&progress, true);
    progress.started -= ms * 1000;
    return progress;
}

static void waits_a_second_and_between_lines(void)
{
    struct progress young = since(0), old = since(2000), off;
    CU_ASSERT_FALSE(progress_is_due(&young));
    CU_ASSERT_TRUE(progress_is_due(&old));
    CU_ASSERT_FALSE(progress_is_due(&old));
    old.shown -= 300000;
    CU_ASSERT_TRUE(progress_is_due(&old));
    progress_begin(&off, false);
    off.started -= 2000000;
    CU_ASSERT_FALSE(progress_is_due(&off));
}

static void show_much(struct progress *progress)
{
    const struct progress_state much = {UINT64_C(99999999999999), UINT64_C(100000000000000),
                                        UINT64_C(1000000000000), UINT64_C(100000000000)};
    progress->shown = progress->started + 2 * G_USEC_PER_SEC;
    progress_show(progress, &much);
}

static void fits_the_screen(void)
{
    struct progress progress = since(2000);
    char *text = told(show_much, &progress);
    CU_ASSERT_EQUAL(strlen(text), strlen("\r\033[K") + COMMAND_COLUMNS - 1);
    g_free(text);
}

static void show_half(struct progress *progress)
{
    const struct progress_state half = {50000000, 100000000, 4000, 7};
    progress->shown = progress->started + 2 * G_USEC_PER_SEC;
    progress_show(progress, &half);
    progress_end(progress);
}

static void show_unknown(struct progress *progress)
{
    const struct progress_state some = {50000000, 0, 4000, 7};
    progress->shown = progress->started + 2 * G_USEC_PER_SEC;
    progress_show(progress, &some);
}

static void tells_how_far_how_fast_and_how_long(void)
{
    struct progress progress = since(2000);
    char *text = told(show_half, &progress);
    CU_ASSERT_TRUE(g_str_has_prefix(text, "\r\033[K[#####.....]  50 %  2 s left  "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "50 MB  2000 packets/s  7 connections"));
    CU_ASSERT_TRUE(g_str_has_suffix(text, "\r\033[K"));
    g_free(text);
}

static void has_no_bar_where_the_size_is_not_known(void)
{
    struct progress progress = since(2000);
    char *text = told(show_unknown, &progress);
    CU_ASSERT_TRUE(g_str_has_prefix(text, "\r\033[K50 MB  2000 packets/s"));
    g_free(text);
}

static void wipe(struct progress *progress)
{
    progress_end(progress);
}

static void wipes_nothing_where_nothing_stands(void)
{
    struct progress progress = since(2000);
    char *text = told(wipe, &progress);
    CU_ASSERT_STRING_EQUAL(text, "");
    g_free(text);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("progress", NULL, NULL);
    CU_ADD_TEST(suite, waits_a_second_and_between_lines);
    CU_ADD_TEST(suite, fits_the_screen);
    CU_ADD_TEST(suite, tells_how_far_how_fast_and_how_long);
    CU_ADD_TEST(suite, has_no_bar_where_the_size_is_not_known);
    CU_ADD_TEST(suite, wipes_nothing_where_nothing_stands);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
