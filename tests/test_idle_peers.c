// SPDX-License-Identifier: BSD-2-Clause
// Peers, rivals and the use of a pool are what a look at every stay counts at every close.
#include "grouped.h"
#include "judge/idle_peers.h"

#define ROUNDS 200

struct counting {
    struct by_hand hand;
    struct exchange_log log;
    uint32_t *items;
    struct pool pool;
    GArray *stays; // struct stay
    bool are_rivals;
};

// Few times, so that much happens at once; some ends are unknown, some clocks go back.
static void add_any(struct by_hand *hand, GRand *random, int32_t span)
{
    int64_t now = g_rand_int_range(random, 0, span);
    struct record r = opened(1, (uint16_t)hand->records->len, now);
    int32_t uses = g_rand_int_range(random, 0, 4);
    for (int32_t i = 0; i < uses; i++) {
        int64_t begin = now + g_rand_int_range(random, 0, 3) * 20;
        now = begin + g_rand_int_range(random, 0, 6) * 5;
        asked(&r, (uint32_t)uses, begin, now);
        exchanged(hand, &r, begin, g_rand_int_range(random, 0, 30) ? now : -1);
        g_array_index(hand->exchanges, struct exchange, hand->exchanges->len - 1).has_body =
            g_rand_boolean(random);
    }
    int64_t close = now + g_rand_int_range(random, 0, 5) * g_rand_int_range(random, 0, 200);
    if (g_rand_int_range(random, 0, 5))
        closed(&r, g_rand_int_range(random, 0, 4) ? CLIENT : SERVER, close, close + 1);
    if (r.gap != NANOS_UNKNOWN && !g_rand_int_range(random, 0, 3))
        r.gap = r.gap / 3;
    if (!g_rand_int_range(random, 0, 20))
        r.gap = NANOS_UNKNOWN;
    if (!g_rand_int_range(random, 0, 20))
        r.phase = PHASE_AWAITING;
    if (!g_rand_int_range(random, 0, 20))
        fact(&r, FACT_FIN_UNSEEN);
    if (!g_rand_int_range(random, 0, 20))
        r.at[AT_START].time -= 50 * NANOS_PER_MS;
    judged(hand, r, CAUSE_OPEN);
}

static void counting_begin(struct counting *c, GRand *random)
{
    static const int64_t legs[] = {0, NANOS_PER_MS, 40 * NANOS_PER_MS};
    by_hand_init(&c->hand);
    int32_t count = g_rand_int_range(random, 0, 60), span = g_rand_int_range(random, 1, 3000);
    for (int32_t i = 0; i < count; i++)
        add_any(&c->hand, random, span);
    c->log = by_hand_log(&c->hand);
    c->items = g_new(uint32_t, (size_t)count + 1);
    c->pool = (struct pool){.log = &c->log,
                            .records = (const struct record *)(void *)c->hand.records->data,
                            .list = {c->items, 0},
                            .leg = legs[g_rand_int_range(random, 0, G_N_ELEMENTS(legs))]};
    for (uint32_t i = 0; i < (uint32_t)count; i++)
        if (g_rand_int_range(random, 0, 10)) // others are of another pool
            c->items[c->pool.list.count++] = i;
    c->stays = g_array_new(FALSE, FALSE, sizeof(struct stay));
}

static void counting_end(struct counting *c)
{
    g_array_free(c->stays, TRUE);
    g_free(c->items);
    exchange_log_free(&c->log);
    by_hand_clear(&c->hand);
}

static const struct stay *stay_at(const struct counting *c, guint i)
{
    return &g_array_index(c->stays, struct stay, i);
}

// Rivals' last stays begin by their responses.
static bool final_of(const struct counting *c, uint32_t i, struct stay *stay)
{
    const struct record *r = &c->pool.records[i];
    if (!stay_final(&c->log, c->pool.records, i, c->pool.leg, stay))
        return false;
    if (c->are_rivals && stay->how == STAY_CLOSED && moment_is_set(r->at[AT_RESPONSE_END]))
        stay->start = MIN(r->at[AT_RESPONSE_END].time + c->pool.leg, stay->end - 1);
    return true;
}

static void list_stays(struct counting *c)
{
    struct stays own = {NULL, 0, 0};
    struct stay last;
    g_array_set_size(c->stays, 0);
    for (size_t k = 0; k < c->pool.list.count; k++) {
        own.count = 0;
        stays_append(&own, &c->log, c->pool.records, c->items[k], c->pool.leg);
        bool is_idle = final_of(c, c->items[k], &last);
        if (is_idle)
            own.items[own.count - 1] = last;
        for (size_t i = 0; i < own.count; i++)
            g_array_append_val(c->stays, own.items[i]);
    }
    g_free(own.items);
}

static int64_t leaves(const struct counting *c, const struct stay *stay)
{
    if (!c->are_rivals)
        return stay_kept_until(stay);
    return stay->how == STAY_CLOSED ? MAX(stay->end - SAME_TIME, stay->start) : stay->end;
}

static bool counts(const struct counting *c, const struct stay *stay)
{
    return c->are_rivals || !stay->is_at_once;
}

// How many peers there were then, or right before what begins then.
static uint32_t peers_then(const struct counting *c, int64_t time, bool is_before)
{
    uint32_t begun = 0, ended = 0;
    for (guint i = 0; i < c->stays->len; i++) {
        const struct stay *stay = stay_at(c, i);
        begun += counts(c, stay) && (is_before ? stay->start < time : stay->start <= time);
        ended += counts(c, stay) &&
                 (stay->how == STAY_REUSED ? stay->end : stay_kept_until(stay)) < time;
    }
    return begun - ended;
}

// The stay that is closed is no peer of itself.
static uint8_t most_of(const struct counting *c, const struct stay *closed)
{
    uint32_t most = peers_then(c, closed->start, true);
    for (guint i = 0; i < c->stays->len; i++) {
        const struct stay *stay = stay_at(c, i);
        if (!counts(c, stay) || stay->start < closed->start || stay->start > closed->end)
            continue;
        bool is_kept = counts(c, closed) && stay->start <= stay_kept_until(closed);
        most = MAX(most, peers_then(c, stay->start, false) - is_kept);
    }
    return (uint8_t)MIN(most, KEPT_AT - 1);
}

static struct peers count_at(const struct counting *c, const struct stay *closed)
{
    int64_t unsure = ORDER_UNSURE + c->pool.leg / 2, other = INT64_MIN;
    struct peers peers = {.is_known = true,
                          .is_at_once = closed->is_at_once,
                          .is_slow = closed->end - closed->start > ORDER_UNSURE};
    for (guint i = 0; i < c->stays->len; i++) {
        const struct stay *stay = stay_at(c, i);
        if (!counts(c, stay))
            continue;
        bool is_older = stay->start < closed->start - SAME_TIME;
        peers.unending += stay->how == STAY_OPEN && is_older;
        if (stay->record != closed->record && stay->start <= closed->end)
            other = MAX(other, stay->start);
        if (stay->start > closed->end || leaves(c, stay) <= closed->end)
            continue;
        peers.older += is_older;
        peers.younger += !is_older;
        peers.has_clearly_older |= stay->start < closed->start - unsure;
        peers.has_clearly_younger |= stay->start >= closed->start + unsure;
    }
    if (c->are_rivals)
        peers.is_caused = other != INT64_MIN && closed->end - other <= AT_ONCE &&
                          closed->end - other <= (closed->end - closed->start) / 2;
    else if (c->pool.records[closed->record].gap < IDLE_FROM)
        peers.most = most_of(c, closed);
    return peers;
}

static bool is_idle_close(const struct record *r)
{
    return r->close_by == CLOSE_BY_CLIENT && r->phase == PHASE_IDLE && r->gap != NANOS_UNKNOWN &&
           moment_is_set(record_close(r));
}

static bool is_same(const struct peers *a, const struct peers *b)
{
    return a->older == b->older && a->younger == b->younger && a->unending == b->unending &&
           a->most == b->most && a->is_known == b->is_known && a->is_at_once == b->is_at_once &&
           a->is_slow == b->is_slow && a->is_caused == b->is_caused &&
           a->has_clearly_older == b->has_clearly_older &&
           a->has_clearly_younger == b->has_clearly_younger;
}

static void check_peers(struct counting *c, const struct peers *found)
{
    list_stays(c);
    for (size_t k = 0; k < c->pool.list.count; k++) {
        struct peers peers = {0};
        struct stay closed;
        if (final_of(c, c->items[k], &closed) && is_idle_close(&c->pool.records[c->items[k]]))
            peers = count_at(c, &closed);
        CU_ASSERT(is_same(&found[c->items[k]], &peers));
    }
}

static void check_use(const struct counting *c, const struct pool_use *found)
{
    struct pool_use use = {.is_lossy = found->is_lossy};
    int64_t open = INT64_MIN;
    for (size_t k = 0; k < c->pool.list.count; k++) {
        const struct record *r = &c->pool.records[c->items[k]];
        bool has_idle = false;
        open = MAX(open, r->at[AT_START].time);
        for (guint i = 0; i < c->stays->len; i++)
            has_idle |= counts(c, stay_at(c, i)) && stay_at(c, i)->start <= open &&
                        leaves(c, stay_at(c, i)) > open;
        use.opens++;
        use.opens_with_idle += has_idle;
    }
    for (guint i = 0; i < c->stays->len; i++) {
        const struct stay *stay = stay_at(c, i);
        bool is_kept = counts(c, stay) && !stay->is_first;
        bool is_sure = is_kept && stay->how != STAY_OPEN;
        use.kept_after_body += is_kept && (is_sure || !use.is_lossy) && stay->has_body;
        use.kept_after_empty += is_kept && (is_sure || !use.is_lossy) && !stay->has_body;
        use.kept_for_sure += is_sure;
    }
    CU_ASSERT_EQUAL(found->opens, use.opens);
    CU_ASSERT_EQUAL(found->opens_with_idle, use.opens_with_idle);
    CU_ASSERT_EQUAL(found->kept_after_body, use.kept_after_body);
    CU_ASSERT_EQUAL(found->kept_after_empty, use.kept_after_empty);
    CU_ASSERT_EQUAL(found->kept_for_sure, use.kept_for_sure);
}

static void peers_are_those_of_every_stay(void)
{
    GRand *random = g_rand_new_with_seed(2);
    for (int round = 0; round < ROUNDS; round++) {
        struct counting c = {.are_rivals = false};
        struct pool_use use = {.is_lossy = round % 2};
        counting_begin(&c, random);
        struct peers *found = g_new0(struct peers, c.hand.records->len + 1);
        idle_peers_count(&c.pool, found, &use);
        check_peers(&c, found);
        check_use(&c, &use);
        counting_end(&c);
        g_free(found);
    }
    g_rand_free(random);
}

static void rivals_are_those_of_every_stay(void)
{
    GRand *random = g_rand_new_with_seed(3);
    for (int round = 0; round < ROUNDS; round++) {
        struct counting c = {.are_rivals = true};
        counting_begin(&c, random);
        struct peers *found = g_new0(struct peers, c.hand.records->len + 1);
        idle_rivals_count(&c.pool, found);
        check_peers(&c, found);
        counting_end(&c);
        g_free(found);
    }
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("idle peers, counted one by one", NULL, NULL);
    CU_ADD_TEST(suite, peers_are_those_of_every_stay);
    CU_ADD_TEST(suite, rivals_are_those_of_every_stay);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
