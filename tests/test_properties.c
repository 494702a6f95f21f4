// SPDX-License-Identifier: BSD-2-Clause
// Properties of the engine, over every conversation and over generated ones: cutting, shuffling,
// repeating and duplicating the same bytes, other sequence numbers and ports give the same record.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/generated.h"
#include "tests/variation.h"

#define ROUNDS    10
#define GENERATED 150
#define SAID_MAX  5

typedef GArray *vary(const GArray *segments, GRand *random);

// What a variation may change in a record, beyond frames and packet counts.
struct allowed {
    uint64_t facts; // bits: enum fact
    bool only_sums; // times may change too: only counts, lengths, phase and close are compared
};

#define BIT(fact) (UINT64_C(1) << FACT_##fact)

// Frames and counts of packets are the capture's, not the conversation's.
static struct record plain(const struct record *record, struct allowed allowed)
{
    struct record r = *record;
    for (int i = 0; i < MOMENTS; i++)
        r.at[i].frame = r.at[i].frame != 0;
    for (int side = CLIENT; side <= SERVER; side++) {
        r.end[side].packets = r.end[side].retransmitted = 0;
        r.end[side].tail_retransmits = 0;
    }
    r.initial_seq = 0;
    r.facts &= ~allowed.facts;
    if (!allowed.only_sums)
        return r;
    memset(r.at, 0, sizeof(r.at));
    r.end[CLIENT].probes_unanswered = r.end[SERVER].probes_unanswered = 0;
    r.gap = r.idle_max = 0;
    r.rtt_us = r.stalled_ms = r.probe_period_ms = 0;
    return r;
}

static void print_difference(const struct record *a, const struct record *b)
{
    for (int i = 0; i < FACTS; i++)
        if (record_has(a, (enum fact)i) != record_has(b, (enum fact)i))
            printf("\n      %s: %s", record_has(a, (enum fact)i) ? "missing" : "added",
                   fact_words((enum fact)i));
    for (int i = 0; i < MOMENTS; i++)
        if (a->at[i].time != b->at[i].time || a->at[i].frame != b->at[i].frame)
            printf("\n      %s: %lld, was %lld", moment_words((enum moment_id)i),
                   (long long)(b->at[i].time - CONVERSATION_TIME),
                   (long long)(a->at[i].time - CONVERSATION_TIME));
    printf("\n      requests %u was %u, responses %u was %u, complete %u was %u", b->requests,
           a->requests, b->responses, a->responses, b->responses_complete, a->responses_complete);
    printf("\n      outstanding %u was %u, phase %d was %d, gap %lld was %lld", b->outstanding,
           a->outstanding, b->phase, a->phase, (long long)b->gap, (long long)a->gap);
    printf("\n      received %lld was %lld, lost %u %u was %u %u, probes %u %u was %u %u\n    ",
           (long long)b->received, (long long)a->received, b->end[0].lost, b->end[1].lost,
           a->end[0].lost, a->end[1].lost, b->end[0].probes, b->end[1].probes, a->end[0].probes,
           a->end[1].probes);
}

static bool are_same(const struct outcome *a, const struct outcome *b, struct allowed allowed)
{
    if (a->records->len != b->records->len)
        return false;
    for (guint i = 0; i < a->records->len; i++) {
        struct record x = plain(&g_array_index(a->records, struct record, i), allowed);
        struct record y = plain(&g_array_index(b->records, struct record, i), allowed);
        if (memcmp(&x, &y, sizeof(x)) != 0) {
            print_difference(&x, &y);
            return false;
        }
    }
    return a->counts.strays == b->counts.strays;
}

static bool holds_for(const struct conversation *c, vary *variation, struct allowed allowed)
{
    bool holds = true;
    GArray *segments = conversation_segments(c);
    struct outcome *plain_outcome = outcome_new(segments);
    for (guint32 seed = 1; seed <= ROUNDS && holds; seed++) {
        GRand *random = g_rand_new_with_seed(seed);
        GArray *varied = variation(segments, random);
        struct outcome *outcome = outcome_new(varied);
        holds = are_same(plain_outcome, outcome, allowed);
        outcome_free(outcome);
        g_array_free(varied, TRUE);
        g_rand_free(random);
    }
    if (!holds)
        printf("  %s:%u: %s", c->path, c->line, c->name);
    outcome_free(plain_outcome);
    g_array_free(segments, TRUE);
    return holds;
}

// Reading resumes only where a segment begins, and another protocol is recognised by how one does:
// cut elsewhere, those say something else.
#define BY_SEGMENT                                                                                 \
    (BIT(MIDSTREAM) | BIT(LOST_BYTES) | BIT(SNAPLEN_CUT) | BIT(RESYNCHRONIZED) | BIT(TLS) |        \
     BIT(HTTP2) | BIT(OTHER_PROTOCOL) | BIT(BAD_REQUEST))
// What was never captured can't be told apart from what comes late.
#define BY_CAPTURE (BIT(MIDSTREAM) | BIT(LOST_BYTES) | BIT(SNAPLEN_CUT))

static bool lacks(const struct conversation *c, uint64_t facts)
{
    GArray *segments = conversation_segments(c);
    struct outcome *outcome = outcome_new(segments);
    uint64_t all = 0;
    for (guint i = 0; i < outcome->records->len; i++)
        all |= g_array_index(outcome->records, struct record, i).facts;
    outcome_free(outcome);
    g_array_free(segments, TRUE);
    return !(all & facts);
}

// Says at most SAID_MAX conversations for which the property does not hold.
static void check_all(vary *variation, uint64_t except, struct allowed allowed)
{
    g_autoptr(GPtrArray) paths = conversation_files();
    CU_ASSERT_TRUE(paths->len > 0);
    unsigned failures = 0;
    for (guint i = 0; i < paths->len && failures < SAID_MAX; i++) {
        g_autoptr(GPtrArray) all = conversation_load(g_ptr_array_index(paths, i), NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(all);
        for (guint k = 0; k < all->len && failures < SAID_MAX; k++) {
            const struct conversation *c = g_ptr_array_index(all, k);
            failures += lacks(c, except) && !holds_for(c, variation, allowed);
        }
    }
    CU_ASSERT_EQUAL(failures, 0);
}

static void is_the_same_cut_at_any_place(void)
{
    check_all(variation_cut, BY_SEGMENT, (struct allowed){0});
}

static void is_the_same_with_the_pieces_in_any_order(void)
{
    check_all(variation_shuffle, BY_SEGMENT, (struct allowed){0});
}

static void is_the_same_when_data_is_sent_twice(void)
{
    check_all(variation_repeat, 0, (struct allowed){.facts = BIT(REQUEST_RETRANSMITTED)});
}

static void is_the_same_when_packets_are_captured_twice(void)
{
    check_all(variation_twice, 0, (struct allowed){.facts = BIT(DUPLICATES)});
}

static void counts_the_same_in_another_capture_order_of_both_directions(void)
{
    static const struct allowed allowed = {
        .facts = BIT(CLOSER_HAD_UNACKED) | BIT(EARLY_RESPONSE),
        .only_sums = true,
    };
    check_all(variation_swap, BY_CAPTURE, allowed);
}

static bool holds_from(const struct conversation *c, uint32_t number)
{
    struct conversation other = *c;
    other.isn[CLIENT] = number;
    other.isn[SERVER] = ~number;
    GArray *segments = conversation_segments(c), *moved = conversation_segments(&other);
    struct outcome *before = outcome_new(segments), *after = outcome_new(moved);
    bool holds = are_same(before, after, (struct allowed){0});
    if (!holds)
        printf("  %s:%u: %s, from %u", c->path, c->line, c->name, number);
    outcome_free(before);
    outcome_free(after);
    g_array_free(segments, TRUE);
    g_array_free(moved, TRUE);
    return holds;
}

// Sequence numbers that wrap within the conversation.
static void is_the_same_with_any_initial_sequence_numbers(void)
{
    static const uint32_t numbers[] = {0,          1,          0x7fffffe0, 0x7fffffff, 0x80000000,
                                       0xffffff00, 0xffffffe4, 0xfffffffe, 0xffffffff};
    g_autoptr(GPtrArray) paths = conversation_files();
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GPtrArray) all = conversation_load(g_ptr_array_index(paths, i), NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(all);
        for (guint k = 0; k < all->len * G_N_ELEMENTS(numbers); k++)
            CU_ASSERT_TRUE(holds_from(g_ptr_array_index(all, k / G_N_ELEMENTS(numbers)),
                                      numbers[k % G_N_ELEMENTS(numbers)]));
    }
}

static GArray *segments_from(const GArray *segments, guint first)
{
    GArray *rest = g_array_new(FALSE, TRUE, sizeof(struct segment));
    return g_array_append_vals(rest, &g_array_index(segments, struct segment, first),
                               segments->len - first);
}

// What comes of the segments from `first` on, captured as if the server had the higher port; in the
// records that is put right.
static struct outcome *exchanged_from(const GArray *segments, guint first)
{
    g_autoptr(GArray) rest = segments_from(segments, first);
    for (guint i = 0; i < rest->len; i++) {
        struct segment *segment = &g_array_index(rest, struct segment, i);
        uint16_t from = segment->from.port;
        segment->from.port = segment->to.port;
        segment->to.port = from;
    }
    struct outcome *outcome = outcome_new(rest);
    for (guint i = 0; i < outcome->records->len; i++) {
        struct record *record = &g_array_index(outcome->records, struct record, i);
        uint16_t client = record->end[CLIENT].port;
        record->end[CLIENT].port = record->end[SERVER].port;
        record->end[SERVER].port = client;
    }
    return outcome;
}

// Whether a SYN or a head told who the client is.
static bool is_told(const struct outcome *outcome)
{
    bool is = true;
    for (guint i = 0; i < outcome->records->len; i++) {
        const struct record *record = &g_array_index(outcome->records, struct record, i);
        is &= record->requests + record->responses > 0 || record_has(record, FACT_SYN) ||
              record_has(record, FACT_SYN_ACK);
    }
    return is;
}

static bool holds_exchanged(const struct conversation *c)
{
    bool holds = true;
    g_autoptr(GArray) segments = conversation_segments(c);
    for (guint first = 0; first < segments->len; first++) {
        g_autoptr(GArray) rest = segments_from(segments, first);
        struct outcome *usual = outcome_new(rest), *other = exchanged_from(segments, first);
        bool are = !is_told(usual) || are_same(usual, other, (struct allowed){0});
        if (!are)
            printf("  %s:%u: %s, from segment %u", c->path, c->line, c->name, first + 1);
        holds &= are;
        outcome_free(usual);
        outcome_free(other);
    }
    return holds;
}

// Wherever the capture begins, the ports are but a guess.
static void is_the_same_whichever_port_is_higher(void)
{
    g_autoptr(GPtrArray) paths = conversation_files();
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GPtrArray) all = conversation_load(g_ptr_array_index(paths, i), NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(all);
        for (guint k = 0; k < all->len; k++)
            CU_ASSERT_TRUE(holds_exchanged(g_ptr_array_index(all, k)));
    }
}

// Exchanges made at random, of which the numbers are known.
static void reads_generated_exchanges_as_they_were_made(void)
{
    static vary *const variations[] = {variation_cut, variation_shuffle, variation_repeat,
                                       variation_twice, variation_swap};
    for (guint32 seed = 1; seed <= GENERATED; seed++) {
        GRand *random = g_rand_new_with_seed(seed);
        struct generated *g = generated_new(random);
        GArray *varied = variations[seed % G_N_ELEMENTS(variations)](g->segments, random);
        struct outcome *outcome = outcome_new(varied);
        bool is_right = outcome->records->len == 1 &&
                        generated_check(g, &g_array_index(outcome->records, struct record, 0));
        if (!is_right)
            printf("\n    generated conversation %u", seed);
        CU_ASSERT_TRUE(is_right);
        outcome_free(outcome);
        g_array_free(varied, TRUE);
        generated_free(g);
        g_rand_free(random);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("a record", NULL, NULL);
    CU_ADD_TEST(suite, is_the_same_cut_at_any_place);
    CU_ADD_TEST(suite, is_the_same_with_the_pieces_in_any_order);
    CU_ADD_TEST(suite, is_the_same_when_data_is_sent_twice);
    CU_ADD_TEST(suite, is_the_same_when_packets_are_captured_twice);
    CU_ADD_TEST(suite, counts_the_same_in_another_capture_order_of_both_directions);
    CU_ADD_TEST(suite, is_the_same_with_any_initial_sequence_numbers);
    CU_ADD_TEST(suite, is_the_same_whichever_port_is_higher);
    CU_ADD_TEST(suite, reads_generated_exchanges_as_they_were_made);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
