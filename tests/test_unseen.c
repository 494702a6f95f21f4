// SPDX-License-Identifier: BSD-2-Clause
// What a group leaves open where one side's packets are missing.
#include "grouped.h"

static void retry_of_syn(struct by_hand *hand)
{
    struct record *r = served_and_closed(hand, 0, 10, CLIENT, 20);
    const uint64_t gone = UINT64_C(1) << FACT_SYN_ACK | UINT64_C(1) << FACT_ESTABLISHED |
                          UINT64_C(1) << FACT_SERVER_SEEN;
    r->facts &= ~gone;
    r->phase = PHASE_CONNECTING;
    r->requests = r->responses = r->responses_complete = 0;
    r->close_by = CLOSE_BY_NOBODY;
    r->close_how = CLOSE_OPEN;
    r->syn_retransmits = 1;
}

static void what_the_servers_did_is_unsure_where_their_packets_are_missing(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    retry_of_syn(&hand);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CONNECT_TIMEOUT, CONFIDENCE_PROVEN);
    struct record *other = served_and_closed(&hand, 3000, 3010, CLIENT, 870);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CONNECT_TIMEOUT, CONFIDENCE_PROVEN);
    other->facts &= ~(UINT64_C(1) << FACT_SERVER_SEEN);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CONNECT_TIMEOUT, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_CONNECT_REFUSED);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("unseen", NULL, NULL);
    CU_ADD_TEST(suite, what_the_servers_did_is_unsure_where_their_packets_are_missing);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
