// SPDX-License-Identifier: BSD-2-Clause
// A pool that is replayed is the one that plain lists make of the same requests, also at many
// limits at once, at times far apart, and where the capture ends or its clock goes back.
#include <CUnit/Basic.h>

#include "by_hand.h"
#include "judge/pool_depths.h"
#include "judge/pool_limits.h"

#define MOST    400 // requests
#define ROUNDS  300
#define MINUTE  (60 * NANOS_PER_SECOND)
#define NO_USES UINT32_MAX // a dial that wasn't made

struct idle {
    int64_t since;
    uint32_t host, uses;
};

struct event {
    int64_t time;
    size_t request;
    bool ends;
};

struct plain {
    const struct replay_request *requests;
    struct pool_setting setting;
    struct pool_result result;
    struct event events[2 * MOST];
    struct idle idle[2 * MOST]; // the oldest first
    int64_t waits[2 * MOST];
    uint32_t uses[MOST];
    size_t event_count, idle_count, wait_count;
    uint32_t owed;
};

static void close_one(struct plain *plain, int64_t now, bool leaves_wait)
{
    size_t waiting = 0;
    plain->result.closes++;
    if (!leaves_wait)
        return;
    plain->waits[plain->wait_count++] = now;
    for (size_t i = 0; i < plain->wait_count; i++)
        waiting += plain->waits[i] + MINUTE > now;
    plain->result.time_wait_peak = MAX(plain->result.time_wait_peak, waiting);
}

// As many as in the capture leave a TIME_WAIT, evenly spread.
static void close_own(struct plain *plain, int64_t now)
{
    uint32_t closes = plain->setting.closes;
    plain->owed += closes - plain->setting.resets;
    bool leaves_wait = plain->owed >= closes;
    plain->owed -= leaves_wait ? closes : 0;
    close_one(plain, now, leaves_wait);
}

static struct idle remove_at(struct plain *plain, size_t place)
{
    struct idle idle = plain->idle[place];
    for (size_t i = place + 1; i < plain->idle_count; i++)
        plain->idle[i - 1] = plain->idle[i];
    plain->idle_count--;
    return idle;
}

static size_t idle_of(const struct plain *plain, uint32_t host, size_t *newest)
{
    size_t count = 0;
    for (size_t i = 0; i < plain->idle_count; i++) {
        if (plain->idle[i].host != host)
            continue;
        *newest = i;
        count++;
    }
    return count;
}

static void expire(struct plain *plain, int64_t now)
{
    int64_t own = plain->setting.idle_timeout, timeout = MIN(own, plain->setting.server_timeout);
    while (plain->idle_count && timeout < INT64_MAX && now - plain->idle[0].since >= timeout) {
        int64_t end = remove_at(plain, 0).since + timeout;
        if (timeout == own)
            close_own(plain, end);
        else
            close_one(plain, end, false);
    }
}

static void give_back(struct plain *plain, struct idle idle)
{
    const struct pool_setting *setting = &plain->setting;
    bool is_total = setting->model == POOL_TOTAL;
    size_t newest, kept = is_total ? plain->idle_count : idle_of(plain, idle.host, &newest);
    if (setting->max_requests && idle.uses >= setting->max_requests) {
        close_one(plain, idle.since, false);
        return;
    }
    plain->result.idle_most = MAX(plain->result.idle_most, (uint32_t)kept + 1);
    if (kept >= setting->limit) {
        close_own(plain, idle.since);
        if (!is_total || setting->limit == 0)
            return;
        remove_at(plain, 0);
    }
    plain->idle[plain->idle_count++] = idle;
}

static void begin(struct plain *plain, size_t i)
{
    const struct replay_request *request = &plain->requests[i];
    bool is_dial = request->kind == REPLAY_DIAL || request->kind == REPLAY_UNUSED;
    size_t newest, idle = idle_of(plain, request->host, &newest);
    plain->uses[i] = !is_dial;
    if (request->kind == REPLAY_END) {
        if (idle)
            remove_at(plain, newest);
        if (idle)
            close_one(plain, request->begin, request->leaves_wait);
    } else if (!idle) {
        plain->result.opens++;
    } else if (is_dial) {
        plain->uses[i] = NO_USES;
    } else {
        plain->uses[i] += remove_at(plain, newest).uses;
    }
}

static void end(struct plain *plain, size_t i, int64_t now)
{
    const struct replay_request *request = &plain->requests[i];
    uint32_t uses = request->kind == REPLAY_SEED ? 0 : plain->uses[i];
    if (uses == NO_USES)
        return;
    if (request->kind == REPLAY_LAST || request->kind == REPLAY_UNUSED)
        close_one(plain, now, request->leaves_wait);
    else
        give_back(plain, (struct idle){now, request->host, uses});
}

// Ends before what begins at the same time, else in order.
static void add_event(struct plain *plain, struct event event)
{
    size_t place = plain->event_count++;
    for (; place > 0 && plain->events[place - 1].time > event.time; place--)
        plain->events[place] = plain->events[place - 1];
    plain->events[place] = event;
}

static struct pool_result replay(const GArray *requests, int64_t last, struct pool_setting setting)
{
    struct plain *plain = g_new0(struct plain, 1);
    plain->requests = (const struct replay_request *)(const void *)requests->data;
    plain->setting = setting;
    for (size_t i = 0; i < requests->len; i++) {
        const struct replay_request *r = &plain->requests[i];
        if (r->kind != REPLAY_END && r->begin <= last && r->end <= last)
            add_event(plain, (struct event){MAX(r->end, r->begin + 1), i, true});
    }
    for (size_t i = 0; i < requests->len; i++)
        if (plain->requests[i].kind != REPLAY_SEED && plain->requests[i].begin <= last)
            add_event(plain, (struct event){plain->requests[i].begin, i, false});
    for (size_t i = 0; i < plain->event_count; i++) {
        const struct event *event = &plain->events[i];
        expire(plain, event->time);
        if (event->ends)
            end(plain, event->request, event->time);
        else
            begin(plain, event->request);
    }
    expire(plain, last);
    struct pool_result result = plain->result;
    g_free(plain);
    return result;
}

struct shape {
    int64_t grain;   // of times, ns
    int32_t span;    // of grains, from the first to the last begin
    int32_t longest; // request, in grains
    uint32_t hosts;
    bool has_dials;
};

// At least `least`, which is more likely than each of the others.
static int32_t rather(GRand *random, int32_t from, int32_t to, int32_t least)
{
    int32_t number = g_rand_int_range(random, from, to);
    return MAX(number, least);
}

static struct shape any_shape(GRand *random)
{
    static const int64_t grains[] = {1, NANOS_PER_MS, NANOS_PER_SECOND, 1000 * NANOS_PER_SECOND};
    static const int32_t spans[] = {1, 30, 1000, 2000000};
    int32_t span = spans[g_rand_int_range(random, 0, G_N_ELEMENTS(spans))];
    return (struct shape){
        .grain = grains[g_rand_int_range(random, 0, G_N_ELEMENTS(grains))],
        .span = span,
        .longest = g_rand_boolean(random) ? 2 : MAX(span / 3, 2),
        .hosts = (uint32_t)rather(random, -2, 4, 1),
        .has_dials = g_rand_int_range(random, 0, 3) == 0,
    };
}

static struct replay_request any_request(GRand *random, const struct shape *shape)
{
    static const enum replay_kind kinds[] = {REPLAY_REQUEST, REPLAY_REQUEST, REPLAY_LAST,
                                             REPLAY_UNUSED,  REPLAY_SEED,    REPLAY_END,
                                             REPLAY_DIAL};
    int32_t most = (int32_t)G_N_ELEMENTS(kinds) - !shape->has_dials;
    enum replay_kind kind = kinds[rather(random, -4, most, 0)];
    int64_t since = kind == REPLAY_SEED ? 0 : g_rand_int_range(random, 0, shape->span);
    int64_t length = kind == REPLAY_SEED ? 0 : g_rand_int_range(random, 0, shape->longest);
    if (kind == REPLAY_REQUEST && g_rand_int_range(random, 0, 40) == 0)
        length = -length; // the clock went back
    bool is_open = kind == REPLAY_END || g_rand_int_range(random, 0, 20) == 0;
    return (struct replay_request){
        .begin = BEGIN + since * shape->grain,
        .end = is_open ? INT64_MAX : BEGIN + (since + length) * shape->grain,
        .next = INT64_MAX,
        .host = (uint32_t)g_rand_int_range(random, 0, (int32_t)shape->hosts),
        .kind = (uint8_t)kind,
        .leaves_wait = g_rand_boolean(random) & 1,
    };
}

static int64_t any_timeout(GRand *random, const struct shape *shape)
{
    return g_rand_boolean(random) ? INT64_MAX
                                  : g_rand_int_range(random, 1, shape->span + 1) * shape->grain;
}

static struct pool_setting any_setting(GRand *random, const struct shape *shape)
{
    struct pool_setting setting = {
        .model = g_rand_int_range(random, 0, 3) ? POOL_PER_HOST : POOL_TOTAL,
        .idle_timeout = any_timeout(random, shape),
        .server_timeout = any_timeout(random, shape),
        .max_requests = (uint32_t)rather(random, -5, 5, 0),
        .closes = (uint32_t)g_rand_int_range(random, 0, 2) * 50,
    };
    setting.resets = setting.closes ? (uint32_t)g_rand_int_range(random, 0, 51) : 0;
    return setting;
}

static bool is_same(struct pool_result a, struct pool_result b)
{
    return a.opens == b.opens && a.closes == b.closes && a.time_wait_peak == b.time_wait_peak &&
           a.idle_most == b.idle_most;
}

// At every limit, one by one and, without anything that ends idle connections, all at once.
static unsigned count_wrong(const GArray *requests, uint32_t hosts, int64_t last,
                            struct pool_setting setting)
{
    static const uint32_t limits[] = {0, 1, 2, 3, 10, 70, UINT32_MAX};
    struct pool_result results[G_N_ELEMENTS(limits)];
    struct pool_replay *pool = pool_replay_new(requests, hosts, last);
    struct pool_setting endless = setting;
    unsigned wrong = 0;
    endless.idle_timeout = endless.server_timeout = INT64_MAX;
    endless.max_requests = 0;
    struct pool_depths *depths = pool_depths_new(pool, endless);
    bool at_once = pool_limits_run(pool, endless, limits, G_N_ELEMENTS(limits), results);
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        setting.limit = endless.limit = limits[i];
        struct pool_result plain = replay(requests, last, endless);
        wrong += !is_same(pool_replay_run(pool, setting), replay(requests, last, setting));
        wrong += at_once && !is_same(results[i], plain);
        wrong += depths && !is_same(pool_depths_at(depths, limits[i]), plain);
    }
    pool_depths_free(depths);
    pool_replay_free(pool);
    return wrong;
}

static void replays_are_those_of_plain_lists(void)
{
    GRand *random = g_rand_new_with_seed(3);
    for (int round = 0; round < ROUNDS; round++) {
        GArray *requests = g_array_new(FALSE, FALSE, sizeof(struct replay_request));
        struct shape shape = any_shape(random);
        int32_t count =
            round < 40 ? round / 10 : g_rand_int_range(random, 0, MOST / (round % 9 + 1));
        for (int32_t i = 0; i < count; i++) {
            struct replay_request request = any_request(random, &shape);
            g_array_append_val(requests, request);
        }
        int64_t last = BEGIN + shape.span / (1 + round % 2) * shape.grain;
        CU_ASSERT_EQUAL(count_wrong(requests, shape.hosts, last, any_setting(random, &shape)), 0);
        g_array_free(requests, TRUE);
    }
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("replays", NULL, NULL);
    CU_ADD_TEST(suite, replays_are_those_of_plain_lists);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
