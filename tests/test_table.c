// SPDX-License-Identifier: BSD-2-Clause
// The flow table's hash spreads tuples that somebody chose as well as any others.
#include <CUnit/Basic.h>

#include "engine/table.h"

#define TUPLES (1u << 17)
#define TABLES 16 // each with keys of its own

static struct segment syn(uint32_t client, uint16_t from, uint32_t server, uint16_t to)
{
    struct segment segment = {.from.port = from, .to.port = to, .flags = TCP_SYN};
    const uint32_t addresses[2] = {g_htonl(client), g_htonl(server)};
    segment.from.address.bytes[10] = segment.from.address.bytes[11] = 0xff;
    segment.to.address.bytes[10] = segment.to.address.bytes[11] = 0xff;
    memcpy(segment.from.address.bytes + 12, &addresses[0], 4);
    memcpy(segment.to.address.bytes + 12, &addresses[1], 4);
    return segment;
}

static struct segment at_random(uint32_t i)
{
    uint64_t mixed = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
    return syn((uint32_t)(mixed >> 32), (uint16_t)mixed, 0xc0a80001, 80);
}

// Of two hosts: alike for a hash whose keys are 0.
static struct segment of_two_hosts(uint32_t i)
{
    return syn(0x0a000001, (uint16_t)i, 0xc0a80001, (uint16_t)(1 + (i >> 16)));
}

static struct segment in_a_row(uint32_t i)
{
    return syn(0x0a000000 + i, 50000, 0xc0a80001, 80);
}

static struct segment by_high_bits(uint32_t i)
{
    return syn(i << 15, 50000, 0xc0a80001, 80);
}

static struct segment by_few_bits(uint32_t i)
{
    return syn(0x0a000000 ^ (i & 0xff) << 16, (uint16_t)(i >> 8 << 7), 0xc0a80001, 80);
}

static struct segment of_hosts_of_their_own(uint32_t i)
{
    return syn(0x0a000000 + i, 50000, 0xf0000000 - i, 80);
}

// Both ends change, so that their sum does not.
static struct segment of_one_sum(uint32_t i)
{
    return syn(0x0a000000 + i, 50000, 0xc0a80001, (uint16_t)(60000 - i));
}

static uint64_t hash_of(const struct table *table, const struct segment *segment)
{
    struct place place;
    table_seek(table, segment, 1, &place);
    return place.hash;
}

// Pairs of tuples that fall into one of TUPLES slots, by the bits of the hash from `shift` on.
static uint64_t collisions(const struct table *table, struct segment (*tuple)(uint32_t),
                           unsigned shift)
{
    uint16_t *slots = g_new0(uint16_t, TUPLES);
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < TUPLES; i++) {
        struct segment segment = tuple(i);
        pairs += slots[hash_of(table, &segment) >> shift & (TUPLES - 1)]++;
    }
    g_free(slots);
    return pairs;
}

static void chosen_tuples_spread_as_any_others(void)
{
    static struct segment (*const chosen[])(uint32_t) = {
        of_two_hosts, in_a_row, by_high_bits, by_few_bits, of_hosts_of_their_own, of_one_sum};
    // Whichever bits the table uses.
    static const unsigned shifts[] = {16, 22, 28, 36};
    for (guint32 seed = 0; seed < TABLES; seed++) {
        g_random_set_seed(seed);
        struct table *table = table_new(1000);
        for (size_t s = 0; s < G_N_ELEMENTS(shifts); s++) {
            uint64_t others = collisions(table, at_random, shifts[s]);
            for (size_t c = 0; c < G_N_ELEMENTS(chosen); c++)
                CU_ASSERT_TRUE(collisions(table, chosen[c], shifts[s]) <= 2 * others);
        }
        table_free(table);
    }
}

static void both_directions_of_a_tuple_fall_together(void)
{
    struct table *table = table_new(1000);
    struct segment one = syn(0x0a000001, 50000, 0xc0a80001, 80);
    struct segment other = syn(0xc0a80001, 80, 0x0a000001, 50000);
    CU_ASSERT_EQUAL(hash_of(table, &one), hash_of(table, &other));
    table_free(table);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("table", NULL, NULL);
    CU_ADD_TEST(suite, chosen_tuples_spread_as_any_others);
    CU_ADD_TEST(suite, both_directions_of_a_tuple_fall_together);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
