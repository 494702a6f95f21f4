// SPDX-License-Identifier: BSD-2-Clause
// The short way of a usual segment and the long way leave a flow alike, byte for byte: over every
// conversation, over generated ones, as they are and varied, and over orders at random.
#include <CUnit/Basic.h>

#include "engine/leaving.h"
#include "engine/naming.h"
#include "engine/orient.h"
#include "engine/taking.h"
#include "engine/tcp.h"
#include "tests/generated.h"
#include "tests/orders.h"
#include "tests/variation.h"

#define GENERATED    100
#define RANDOM_BYTES 2000

// The same connection, by each way.
struct twins {
    struct flow quick, full;
};

// How many segments went a short way.
struct counts {
    unsigned usual, brief, first;
};

struct run {
    struct names *names[2];
    struct context quick, full;
    GPtrArray *twins;
    struct counts counts;
    unsigned different;
};

static void context_begin(struct context *context, struct names **names)
{
    *names = names_new(&limits_default);
    *context = (struct context){.limits = limits_default, .names = *names};
    exchanges_init(&context->exchanges);
}

static void context_end(struct context *context, struct names *names)
{
    targets_free(context->targets);
    flow_free_spares(context);
    exchanges_end(&context->exchanges);
    names_free(names);
}

static bool are_works_alike(const struct work *a, const struct work *b)
{
    bool are = a->pending_count == b->pending_count && a->is_unasked == b->is_unasked &&
               a->request_ack == b->request_ack && a->request_body_at == b->request_body_at;
    for (int side = CLIENT; side <= SERVER; side++)
        are = are && a->parked_bytes[side] == b->parked_bytes[side] &&
              a->sent[side] == b->sent[side] && a->hole_since[side] == b->hole_since[side] &&
              a->unacked_since[side] == b->unacked_since[side] &&
              a->zero_since[side] == b->zero_since[side] &&
              a->zero_until[side] == b->zero_until[side] &&
              a->reader[side].remaining == b->reader[side].remaining &&
              a->reader[side].held_length == b->reader[side].held_length &&
              a->reader[side].scanned == b->reader[side].scanned &&
              a->reader[side].is_late == b->reader[side].is_late;
    return are;
}

static bool are_alike(const struct flow *a, const struct flow *b)
{
    struct flow x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    x.work = y.work = NULL;
    x.closing = y.closing = NULL;
    return memcmp(&x, &y, sizeof x) == 0 && !a->work == !b->work && !a->closing == !b->closing &&
           (!a->work || are_works_alike(a->work, b->work)) &&
           (!a->closing || memcmp(a->closing, b->closing, sizeof *a->closing) == 0);
}

// The short way looks at nothing of this.
static bool has_more_to_do(const struct flow *flow)
{
    const struct work *work = flow->work;
    bool has = false;
    for (int side = CLIENT; work && side <= SERVER; side++)
        has = has || (work->parked[side] && g_tree_nnodes(work->parked[side]) > 0) ||
              work->hole_since[side] != NANOS_UNKNOWN || work->sent[side] > 0;
    return has || flow->closing;
}

static void end(struct run *run, guint index)
{
    struct twins *twins = g_ptr_array_index(run->twins, index);
    leaving_settle(&run->quick, &twins->quick);
    leaving_settle(&run->full, &twins->full);
    run->different += !are_alike(&twins->quick, &twins->full);
    g_ptr_array_remove_index(run->twins, index);
}

static struct twins *begin(struct run *run, const struct segment *segment)
{
    struct twins *twins = g_new0(struct twins, 1);
    tcp_begin(&twins->quick, segment);
    tcp_begin(&twins->full, segment);
    g_ptr_array_add(run->twins, twins);
    return twins;
}

static struct twins *find_or_begin(struct run *run, const struct segment *segment)
{
    for (guint i = 0; i < run->twins->len; i++) {
        struct twins *twins = g_ptr_array_index(run->twins, i);
        if (!orient_is_from(&twins->full, segment, CLIENT) &&
            !orient_is_from(&twins->full, segment, SERVER))
            continue;
        if (!(segment->flags & TCP_SYN) || !tcp_begins_anew(&twins->full, segment))
            return twins;
        end(run, i);
        break;
    }
    return tcp_begins(segment) ? begin(run, segment) : NULL;
}

static void take(struct run *run, const struct segment *segment)
{
    struct twins *twins = find_or_begin(run, segment);
    if (!twins)
        return;
    if (flow_is(&twins->quick, FLOW_STEADY) && taking_usual(&run->quick, &twins->quick, segment))
        run->counts.usual++;
    else if (taking_first_syn(&twins->quick, segment))
        run->counts.first++;
    else if (taking_brief(&twins->quick, segment))
        run->counts.brief++;
    else
        tcp_take(&run->quick, &twins->quick, segment);
    tcp_take(&run->full, &twins->full, segment);
    run->different += !are_alike(&twins->quick, &twins->full) ||
                      (flow_is(&twins->full, FLOW_STEADY) && has_more_to_do(&twins->full));
}

// Takes all by both ways.
static void check(const GArray *segments, struct counts *counts)
{
    struct run run = {.twins = g_ptr_array_new_with_free_func(g_free)};
    context_begin(&run.quick, &run.names[0]);
    context_begin(&run.full, &run.names[1]);
    for (guint i = 0; i < segments->len; i++)
        take(&run, &g_array_index(segments, struct segment, i));
    while (run.twins->len > 0)
        end(&run, 0);
    CU_ASSERT_EQUAL(run.different, 0);
    g_ptr_array_unref(run.twins);
    context_end(&run.quick, run.names[0]);
    context_end(&run.full, run.names[1]);
    counts->usual += run.counts.usual;
    counts->brief += run.counts.brief;
    counts->first += run.counts.first;
}

static void check_varied(const GArray *segments, guint32 seed, struct counts *counts)
{
    static GArray *(*const variations[])(const GArray *, GRand *) = {
        variation_cut, variation_shuffle, variation_repeat, variation_twice, variation_swap};
    check(segments, counts);
    for (size_t i = 0; i < G_N_ELEMENTS(variations); i++) {
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        g_autoptr(GArray) varied = variations[i](segments, random);
        check(varied, counts);
    }
}

static void leave_a_flow_alike_in_conversations(void)
{
    struct counts counts = {0};
    g_autoptr(GPtrArray) paths = conversation_files();
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GPtrArray) all = conversation_load(g_ptr_array_index(paths, i), NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(all);
        for (guint k = 0; k < all->len; k++) {
            g_autoptr(GArray) segments = conversation_segments(g_ptr_array_index(all, k));
            check_varied(segments, k, &counts);
        }
    }
    CU_ASSERT_TRUE(counts.usual > 1000 && counts.brief > 100 && counts.first > 100);
}

static void leave_a_flow_alike_in_generated_ones(void)
{
    struct counts counts = {0};
    for (guint32 seed = 0; seed < GENERATED; seed++) {
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        struct generated *generated = generated_new(random);
        check_varied(generated->segments, seed, &counts);
        generated_free(generated);
    }
    CU_ASSERT_TRUE(counts.usual > 1000 && counts.brief > 100 && counts.first > 100);
}

static void leave_a_flow_alike_at_random(void)
{
    struct counts counts = {0};
    for (guint32 seed = 0; seed < GENERATED; seed++) {
        uint8_t bytes[RANDOM_BYTES];
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)g_rand_int_range(random, 0, 256);
        struct orders orders = orders_obey(slice_of(bytes, sizeof bytes));
        check(orders.segments, &counts);
        orders_clear(&orders);
    }
    CU_ASSERT_TRUE(counts.usual > 1000 && counts.brief > 100 && counts.first > 100);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("the short way and the long way", NULL, NULL);
    CU_ADD_TEST(suite, leave_a_flow_alike_in_conversations);
    CU_ADD_TEST(suite, leave_a_flow_alike_in_generated_ones);
    CU_ADD_TEST(suite, leave_a_flow_alike_at_random);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
