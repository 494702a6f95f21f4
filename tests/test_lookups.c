// SPDX-License-Identifier: BSD-2-Clause
// What sorts, finds and numbers many things fast does as plain loops do: none, one, alike ones, and
// numbers from end to end of their range.
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#include "base/radix.h"
#include "judge/cluster.h"
#include "judge/dense_ids.h"
#include "judge/keyed.h"
#include "judge/record_index.h"
#include "judge/repeats.h"
#include "judge/thresholds.h"
#include "judge/time_index.h"

#define MOST   700
#define ROUNDS 120

static size_t any_count(GRand *random, int round)
{
    return round < 12 ? (size_t)round / 3 : (size_t)g_rand_int_range(random, 0, MOST);
}

// Few different ones, some of a capture, or any.
static uint64_t any_number(GRand *random, int round)
{
    uint64_t number = (uint64_t)g_rand_int(random) << 32 | g_rand_int(random);
    switch (round % 4) {
    case 0:
        return number % 5;
    case 1:
        return UINT64_C(1700000000000000000) + number % 100000 * 1000;
    case 2:
        return number % 3 ? number : number % 2 ? INT64_MAX : (uint64_t)INT64_MIN;
    default:
        return number;
    }
}

static int compare_places(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

// Keys with their places, as they were and sorted.
static void fill(struct keyed *items, struct keyed *sorted, size_t count, GRand *random, int round)
{
    for (size_t i = 0; i < count; i++)
        items[i] = sorted[i] = (struct keyed){(int64_t)any_number(random, round), (uint32_t)i};
    qsort(sorted, count, sizeof *sorted, compare_places);
}

static void keys_are_sorted_and_alike_ones_stay(void)
{
    struct keyed items[MOST], sorted[MOST];
    int64_t keys[MOST], values[MOST];
    uint32_t order[MOST], wrong = 0;
    GRand *random = g_rand_new_with_seed(1);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = any_count(random, round);
        fill(items, sorted, count, random, round);
        for (size_t i = 0; i < count; i++)
            keys[i] = values[i] = items[i].key;
        keyed_sort(items, count);
        keyed_order(keys, order, count);
        keyed_sort_values(values, count);
        for (size_t i = 0; i < count; i++) {
            wrong += items[i].key != sorted[i].key || items[i].item != sorted[i].item;
            wrong += keys[i] != sorted[i].key || order[i] != sorted[i].item;
            wrong += values[i] != sorted[i].key;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
}

// Digits of all widths, at all places.
static void words_are_sorted_by_some_of_their_bits(void)
{
    struct keyed sorted[MOST];
    uint64_t words[MOST], before[MOST];
    uint32_t wrong = 0;
    GRand *random = g_rand_new_with_seed(2);
    for (int round = 0; round < 4 * ROUNDS; round++) {
        size_t count = any_count(random, round);
        unsigned low = (unsigned)g_rand_int_range(random, 0, 40);
        unsigned high = (unsigned)g_rand_int_range(random, (gint32)low + 1, 64);
        uint64_t above = any_number(random, 3) << high;
        for (size_t i = 0; i < count; i++) {
            uint64_t below = any_number(random, round) & ((UINT64_C(1) << high) - 1);
            words[i] = before[i] = above | below;
            sorted[i] = (struct keyed){(int64_t)(below >> low), (uint32_t)i};
        }
        qsort(sorted, count, sizeof *sorted, compare_places);
        radix_sort(words, count, low, high);
        for (size_t i = 0; i < count; i++)
            wrong += words[i] != before[sorted[i].item];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
}

// More words than a cache holds are sorted part by part.
static void many_words_are_sorted(void)
{
    enum { COUNT = 100000 };
    uint64_t *words = g_new(uint64_t, COUNT);
    uint32_t wrong = 0;
    GRand *random = g_rand_new_with_seed(7);
    for (int round = 0; round < 8; round++) {
        unsigned low = round % 2 ? 32 : 20, high = low + (round % 3 ? 32 : 23);
        for (size_t i = 0; i < COUNT; i++)
            words[i] = (any_number(random, round) << low | i) & UINT64_MAX >> (64 - high);
        radix_sort(words, COUNT, low, high);
        for (size_t i = 1; i < COUNT; i++) {
            uint64_t before = words[i - 1] >> low, key = words[i] >> low;
            wrong += before > key || (before == key && words[i - 1] >= words[i]);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
    g_free(words);
}

static void times_are_found_where_a_loop_finds_them(void)
{
    struct keyed items[MOST], sorted[MOST];
    int64_t times[MOST];
    uint32_t wrong = 0;
    GRand *random = g_rand_new_with_seed(3);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = any_count(random, round);
        fill(items, sorted, count, random, round);
        for (size_t i = 0; i < count; i++)
            times[i] = sorted[i].key;
        struct time_index index = time_index_new(times, count);
        for (int i = 0; i < 50; i++) {
            int64_t time = (int64_t)any_number(random, round + i % 2);
            size_t place = 0;
            while (place < count && times[place] < time)
                place++;
            wrong += time_index_find(&index, time) != place;
        }
        time_index_free(&index);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
}

static void records_are_found_by_their_frames(void)
{
    uint32_t *frames = g_new(uint32_t, MOST);
    uint32_t wrong = 0;
    GRand *random = g_rand_new_with_seed(4);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = any_count(random, round);
        uint32_t frame = g_rand_int(random) % 1000000;
        for (size_t i = 0; i < count; i++) {
            bool is_far = round % 3 == 0 && g_rand_int_range(random, 0, 50) == 0;
            frame += 1 + g_rand_int(random) % (is_far ? 1000000 : 1 + (uint32_t)round % 7);
            frames[i] = frame;
        }
        struct record_index *index = record_index_new(frames, count);
        for (int i = 0; i < 50; i++) {
            uint32_t near = count ? frames[g_rand_int(random) % count] : 0;
            uint32_t wanted = i % 9 ? near + g_rand_int(random) % 3 - 1 : g_rand_int(random);
            size_t place = 0;
            while (place < count && frames[place] != wanted)
                place++;
            wrong += record_index_find(index, wanted) != (place < count ? place : RECORD_NONE);
        }
        record_index_free(index);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
    g_free(frames);
}

static size_t count_equal(const uint64_t *keys, size_t count, uint64_t key)
{
    size_t equal = 0;
    for (size_t i = 0; i < count; i++)
        equal += keys[i] == key;
    return equal;
}

// Of every key that comes again all places are told, in order.
static void keys_that_come_again_are_told(void)
{
    uint64_t keys[MOST];
    uint32_t wrong = 0;
    GRand *random = g_rand_new_with_seed(5);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = any_count(random, round), again = 0, told = 0;
        for (size_t i = 0; i < count; i++)
            keys[i] = round % 3 ? any_number(random, round) : g_rand_int(random) % (2 * MOST);
        for (size_t i = 0; i < count; i++)
            again += count_equal(keys, count, keys[i]) > 1;
        GArray *repeats = repeats_find(keys, count);
        for (guint i = 0; i < repeats->len; i++) {
            const struct keyed *repeat = &g_array_index(repeats, struct keyed, i);
            wrong += repeat->item >= count || keys[repeat->item] != (uint64_t)repeat->key;
            wrong += i > 0 && (repeat[-1].key > repeat->key ||
                               (repeat[-1].key == repeat->key && repeat[-1].item >= repeat->item));
            told += count_equal(keys, count, (uint64_t)repeat->key) > 1;
        }
        wrong += told != again;
        g_array_free(repeats, TRUE);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
}

static void keys_are_numbered_as_they_are_met(void)
{
    uint64_t met[MOST];
    uint32_t wrong = 0;
    GRand *random = g_rand_new_with_seed(6);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = any_count(random, round);
        uint32_t known = 0;
        struct dense_ids *ids = dense_ids_new(sizeof(uint64_t));
        for (size_t i = 0; i < count; i++) {
            uint64_t key = any_number(random, round);
            uint32_t id = 0;
            while (id < known && met[id] != key)
                id++;
            wrong += dense_ids_find(ids, &key) != (id < known ? id : DENSE_NONE);
            wrong += dense_ids_add(ids, &key) != id;
            wrong += memcmp(dense_ids_key(ids, id), &key, sizeof key) != 0;
            if (id == known)
                met[known++] = key;
        }
        wrong += dense_ids_count(ids) != known;
        dense_ids_free(ids);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
}

// Of the windows that begin within the first one, the fullest; what lies before it is another one.
static guint cut_plainly(const struct sample *samples, size_t count, uint32_t *firsts)
{
    guint clusters = 0;
    for (size_t i = 0, next; i < count; i = next) {
        size_t best = i, first_reach = 0, most = 0;
        for (size_t start = i; start == i || start < i + first_reach; start++) {
            size_t reach = 0;
            while (start + reach < count && samples[start + reach].value - samples[start].value <
                                                cluster_tight(samples[start].value))
                reach++;
            first_reach = start == i ? reach : first_reach;
            best = reach > most ? start : best;
            most = MAX(most, reach);
        }
        if (best > i)
            firsts[clusters++] = (uint32_t)i;
        firsts[clusters++] = (uint32_t)best;
        next = best + most;
    }
    return clusters;
}

static void values_are_cut_into_the_fullest_windows(void)
{
    struct sample samples[MOST];
    uint32_t firsts[MOST], wrong = 0;
    GRand *random = g_rand_new_with_seed(7);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = any_count(random, round);
        for (size_t i = 0; i < count; i++)
            samples[i] = (struct sample){
                .value = g_rand_int_range(random, 0, round % 2 ? 200 : 9000) * 10 * NANOS_PER_MS,
                .time = g_rand_int_range(random, 0, 50) * MOMENTS_APART / 2,
            };
        GArray *clusters = clusters_new(samples, count, cluster_tight);
        guint expected = cut_plainly(samples, count, firsts);
        wrong += clusters->len != expected;
        for (guint i = 0; i < MIN(expected, clusters->len); i++) {
            const struct cluster *cluster = &g_array_index(clusters, struct cluster, i);
            wrong += cluster->first != firsts[i] || samples[cluster->first].cluster != i;
            wrong += cluster->first + cluster->n != (i + 1 < expected ? firsts[i + 1] : count);
        }
        g_array_free(clusters, TRUE);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sorting and finding", NULL, NULL);
    CU_ADD_TEST(suite, keys_are_sorted_and_alike_ones_stay);
    CU_ADD_TEST(suite, words_are_sorted_by_some_of_their_bits);
    CU_ADD_TEST(suite, many_words_are_sorted);
    CU_ADD_TEST(suite, times_are_found_where_a_loop_finds_them);
    CU_ADD_TEST(suite, records_are_found_by_their_frames);
    CU_ADD_TEST(suite, keys_that_come_again_are_told);
    CU_ADD_TEST(suite, keys_are_numbered_as_they_are_met);
    CU_ADD_TEST(suite, values_are_cut_into_the_fullest_windows);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
