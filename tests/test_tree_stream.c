// SPDX-License-Identifier: BSD-2-Clause
// A long text arrives whole and in order, whoever writes it; the first failure is told. Numbers of
// a tree keep their digits.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_text.h"
#include "report/tree_write.h"

// Appends the numbers from 0, one to a line, as callers do: to a text that they keep.
static bool write_numbers(struct tree_stream *stream, unsigned count)
{
    GString *text = stream->text;
    bool goes_on = true;
    for (unsigned i = 0; i < count && goes_on; i++) {
        json_text_count(text, i);
        json_text_literal(text, "\n");
        goes_on = tree_stream_pass(stream);
    }
    return goes_on;
}

static void check_numbers(unsigned count)
{
    FILE *file = tmpfile();
    struct tree_stream stream;
    tree_stream_begin(&stream, file);
    CU_ASSERT_TRUE(write_numbers(&stream, count));
    CU_ASSERT_TRUE(tree_stream_end(&stream, NULL));
    rewind(file);
    unsigned number, expected = 0;
    while (fscanf(file, "%u\n", &number) == 1 && number == expected)
        expected++;
    CU_ASSERT_EQUAL(expected, count);
    CU_ASSERT_TRUE(feof(file));
    fclose(file);
}

static void arrives_whole(void)
{
    check_numbers(0);
    check_numbers(1000);
    check_numbers(1000000);
}

static void tells_the_first_failure(void)
{
    FILE *full = fopen("/dev/full", "w");
    struct tree_stream stream;
    GError *error = NULL;
    tree_stream_begin(&stream, full);
    CU_ASSERT_FALSE(write_numbers(&stream, 10000000));
    CU_ASSERT_FALSE(tree_stream_end(&stream, &error));
    CU_ASSERT_STRING_EQUAL(error ? error->message : "", g_strerror(ENOSPC));
    g_clear_error(&error);
    fclose(full);
}

// Also those that no int64_t holds.
static void numbers_keep_their_digits(void)
{
    static const char numbers[] =
        "[0,7,-1,-9223372036854775808,9223372036854775807,18446744073709551615]";
    GString *text = g_string_new(NULL);
    json_object *tree = json_tokener_parse(numbers);
    tree_write(text, tree);
    g_string_append_c(text, '\0');
    CU_ASSERT_STRING_EQUAL(text->str, numbers);
    json_object_put(tree);
    g_string_free(text, TRUE);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("tree_stream", NULL, NULL);
    CU_ADD_TEST(suite, arrives_whole);
    CU_ADD_TEST(suite, numbers_keep_their_digits);
    CU_ADD_TEST(suite, tells_the_first_failure);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
