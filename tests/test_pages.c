// SPDX-License-Identifier: BSD-2-Clause
// Pages that move to where memory is filled: what lies below stays, what is too much goes.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cells.h"
#include "base/pages.h"

static size_t page;

static char *mapped(size_t pages)
{
    return mmap(NULL, pages * page, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

static bool is_mapped(char *at)
{
    unsigned char there;
    return mincore(at, page, &there) == 0;
}

static void keeps_what_lies_below(void)
{
    size_t bytes = 300 * page;
    char *memory = g_malloc(bytes);
    struct pages pages;
    memset(memory, 'a', bytes);
    pages_begin(&pages, memory, bytes);
    CU_ASSERT_EQUAL((uintptr_t)pages.at % page, 0);
    CU_ASSERT_TRUE(pages.at >= memory && pages.end <= memory + bytes);
    pages_reach(&pages, memory + page);
    char *below = pages.at, *given = mapped(20);
    memset(given, 'b', 20 * page);
    pages_give(&pages, given, 20 * page);
    CU_ASSERT_EQUAL(pages.at, below + 20 * page);
    CU_ASSERT_EQUAL(below[-1], 'a');
    CU_ASSERT_EQUAL(*below, 'b');
    CU_ASSERT_EQUAL(*pages.at, 'a');
    CU_ASSERT_FALSE(is_mapped(given));
    memset(memory, 'c', bytes);
    g_free(memory);
}

// As flows in pages of 16 KiB or 64 KiB.
static void moves_a_part_of_a_page_as_a_whole(void)
{
    char *memory = mapped(9), *first = mapped(3), *second = mapped(3), *third = mapped(3);
    struct pages pages;
    pages_begin(&pages, memory, 8 * page);
    memset(memory + 8 * page, 'a', page);
    memset(second, 'b', 2 * page + 1);
    pages_give(&pages, first, 2 * page + 1);
    CU_ASSERT_EQUAL(pages.at, memory + 3 * page);
    pages_give(&pages, second, 2 * page + 1);
    CU_ASSERT_EQUAL(pages.at, memory + 6 * page);
    CU_ASSERT_TRUE(memory[3 * page] == 'b' && memory[5 * page] == 'b');
    pages_give(&pages, third, 2 * page + 1);
    CU_ASSERT_EQUAL(pages.at, pages.end);
    CU_ASSERT_EQUAL(memory[8 * page], 'a');
    CU_ASSERT_FALSE(is_mapped(third + 2 * page));
    munmap(memory, 9 * page);
}

static void reaches_no_further_than_the_end(void)
{
    char *memory = mapped(50);
    struct pages pages;
    pages_begin(&pages, memory + 1, 50 * page - 2);
    pages_reach(&pages, memory + 50 * page - 1);
    CU_ASSERT_EQUAL(pages.at, memory + 49 * page);
    CU_ASSERT_EQUAL(pages.at, pages.end);
    munmap(memory, 50 * page);
}

static void gives_back_what_is_too_much(void)
{
    char *memory = mapped(5), *given = mapped(8), *other = mapped(3);
    struct pages pages;
    pages_begin(&pages, memory, 5 * page);
    pages_give(&pages, given, 8 * page);
    CU_ASSERT_EQUAL(pages.at, pages.end);
    CU_ASSERT_FALSE(is_mapped(given) || is_mapped(given + 7 * page));
    pages_give(&pages, other, 3 * page);
    CU_ASSERT_FALSE(is_mapped(other));
    memset(memory, 'd', 5 * page);
    other = mapped(3);
    pages_give(NULL, other, 3 * page);
    CU_ASSERT_FALSE(is_mapped(other));
    munmap(memory, 5 * page);
}

static void has_no_page_of_its_own_when_it_is_small(void)
{
    char *memory = mapped(2);
    struct pages pages;
    pages_begin(&pages, memory + 8, 100);
    CU_ASSERT_EQUAL(pages.at, pages.end);
    pages_reach(&pages, memory + 108);
    CU_ASSERT_EQUAL(pages.at, pages.end);
    munmap(memory, 2 * page);
}

static void keeps_what_it_held_as_it_grows(void)
{
    char *memory = pages_new(3 * page);
    memset(memory, 'a', 3 * page);
    memory = pages_grow(memory, 3 * page, 5 * page);
    CU_ASSERT_TRUE(memory[0] == 'a' && memory[3 * page - 1] == 'a');
    CU_ASSERT_TRUE(memory[3 * page] == 0 && memory[8 * page - 1] == 0);
    pages_free(memory, 8 * page);
}

#define CELLS 20000 // more than a block

static void takes_cells_again_that_were_given_back(void)
{
    struct cells cells = {0};
    static uint64_t *all[CELLS];
    unsigned wrong = 0;
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < CELLS; i++) {
            all[i] = cells_take(&cells, 3 * sizeof(uint64_t));
            all[i][0] = all[i][2] = i;
        }
        for (uint64_t i = 0; i < CELLS; i++)
            wrong += all[i][0] != i || all[i][2] != i;
        unsigned blocks = cells.blocks->len;
        for (uint64_t i = 0; i < CELLS; i++)
            cells_give(&cells, all[i]);
        CU_ASSERT_PTR_EQUAL(cells_take(&cells, 3 * sizeof(uint64_t)), all[CELLS - 1]);
        cells_give(&cells, all[CELLS - 1]);
        CU_ASSERT_EQUAL(cells.blocks->len, blocks);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    cells_end(&cells);
    CU_ASSERT_PTR_NULL(cells.blocks);
}

int main(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("pages", NULL, NULL);
    CU_ADD_TEST(suite, keeps_what_lies_below);
    CU_ADD_TEST(suite, moves_a_part_of_a_page_as_a_whole);
    CU_ADD_TEST(suite, reaches_no_further_than_the_end);
    CU_ADD_TEST(suite, gives_back_what_is_too_much);
    CU_ADD_TEST(suite, has_no_page_of_its_own_when_it_is_small);
    CU_ADD_TEST(suite, keeps_what_it_held_as_it_grows);
    CU_ADD_TEST(suite, takes_cells_again_that_were_given_back);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
