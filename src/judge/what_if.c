// SPDX-License-Identifier: BSD-2-Clause
// The curve over limits and idle timeouts, and its knee.
#include "judge/what_if.h"

#include "base/crew.h"
#include "judge/pool_depths.h"
#include "judge/pool_limits.h"
#include "judge/replay_input.h"
#include "judge/replay_pools.h"
#include "judge/thresholds.h"

#define LIMIT_POINTS   9
#define TIMEOUT_POINTS 4

// Below this share of the opens, or fewer than this many, another setting isn't worth the words.
#define GAIN_SHARE 0.05
#define GAIN_LEAST 2

// The knee keeps all but this share of what the best setting would save.
#define KNEE_SHARE 0.1

_Static_assert(LIMIT_POINTS <= POOL_LIMITS, "all limits are replayed at once");

struct run {
    struct what_if_point point;
    uint32_t idle_most;
};

struct curve {
    struct pool_replay *replay;
    struct pool_setting captured;
    struct pool_depths *depths; // all limits; NULL: they have to be replayed
    GArray *points;             // struct what_if_point
    GArray *runs;               // struct run: every setting replayed so far
};

// A limit that was never reached makes no difference to a higher one, or to none.
static bool is_same(const struct run *run, uint32_t limit, int64_t timeout)
{
    return run->point.idle_timeout == timeout &&
           (run->point.limit == limit || (run->point.limit > limit && run->idle_most <= limit));
}

static struct what_if_point point_from(uint32_t limit, int64_t timeout, struct pool_result result)
{
    return (struct what_if_point){limit, timeout, result.opens, result.closes,
                                  result.time_wait_peak};
}

static struct what_if_point note_run(const struct curve *curve, uint32_t limit, int64_t timeout,
                                     struct pool_result result)
{
    struct run run = {point_from(limit, timeout, result), result.idle_most};
    g_array_append_val(curve->runs, run);
    return run.point;
}

static const struct run *find_run(const struct curve *curve, uint32_t limit, int64_t timeout)
{
    for (guint i = 0; i < curve->runs->len; i++) {
        const struct run *run = &g_array_index(curve->runs, struct run, i);
        if (is_same(run, limit, timeout))
            return run;
    }
    return NULL;
}

static struct what_if_point point_of(const struct curve *curve, uint32_t limit, int64_t timeout)
{
    if (curve->depths)
        return point_from(limit, timeout, pool_depths_at(curve->depths, limit));
    const struct run *run = find_run(curve, limit, timeout);
    if (run) {
        struct what_if_point same = run->point;
        same.limit = limit;
        return same;
    }
    struct pool_setting setting = curve->captured;
    setting.limit = limit;
    setting.idle_timeout = timeout;
    return note_run(curve, limit, timeout, pool_replay_run(curve->replay, setting));
}

// Limits in steps of 1, 2, 5 up to the peak of requests at once, the captured one, and none. When
// the steps are too many for the curve the small ones below the captured limit go first.
static GArray *limits_for(const struct curve *curve)
{
    static const uint32_t steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};
    uint32_t peak = pool_replay_peak(curve->replay), captured = curve->captured.limit;
    GArray *limits = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    bool is_captured_in = captured == UINT32_MAX;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        if (!is_captured_in && captured <= steps[i]) {
            g_array_append_val(limits, captured);
            is_captured_in = true;
        }
        if (captured != steps[i])
            g_array_append_val(limits, steps[i]);
        if (steps[i] >= peak && is_captured_in)
            break;
    }
    const uint32_t none = UINT32_MAX;
    g_array_append_val(limits, none);
    while (limits->len > LIMIT_POINTS)
        g_array_remove_index(limits, g_array_index(limits, uint32_t, 0) == captured ? 1 : 0);
    return limits;
}

// Replays all limits of the curve at once, where that can be done.
static void replay_limits(const struct curve *curve)
{
    struct pool_result results[LIMIT_POINTS];
    int64_t timeout = curve->captured.idle_timeout;
    uint32_t values[LIMIT_POINTS];
    unsigned count = 0;
    if (curve->depths)
        return;
    GArray *limits = limits_for(curve);
    for (guint i = 0; i < limits->len; i++)
        if (!find_run(curve, g_array_index(limits, uint32_t, i), timeout))
            values[count++] = g_array_index(limits, uint32_t, i);
    g_array_free(limits, TRUE);
    if (count < 2 || !pool_limits_run(curve->replay, curve->captured, values, count, results))
        return;
    for (unsigned i = 0; i < count; i++)
        note_run(curve, values[i], timeout, results[i]);
}

static void add_point(struct curve *curve, uint32_t limit, int64_t timeout)
{
    struct what_if_point point = point_of(curve, limit, timeout);
    g_array_append_val(curve->points, point);
}

static bool is_worth(uint64_t opens, uint64_t best)
{
    uint64_t gain = opens > best ? opens - best : 0;
    return gain >= GAIN_LEAST && (double)gain >= GAIN_SHARE * (double)opens;
}

// The smallest limit of the curve that saves nearly what no limit at all would save.
static uint32_t knee_of_limits(const struct curve *curve, uint64_t opens)
{
    uint32_t captured = curve->captured.limit;
    uint64_t best = opens;
    for (guint i = 0; i < curve->points->len; i++)
        best = MIN(best, g_array_index(curve->points, struct what_if_point, i).opens);
    if (!is_worth(opens, best))
        return captured;
    for (guint i = 0; i < curve->points->len; i++) {
        const struct what_if_point *point = &g_array_index(curve->points, struct what_if_point, i);
        if ((double)(point->opens - best) <= KNEE_SHARE * (double)(opens - best))
            return point->limit;
    }
    return captured;
}

// Longer idle timeouts at this limit, as far as the server's own leaves room, and the knee.
static int64_t knee_of_timeouts(struct curve *curve, uint32_t limit, uint64_t opens)
{
    static const int64_t seconds[] = {5, 15, 30, 60, 90, 120, 300, 600, 1800, 3600};
    int64_t captured = curve->captured.idle_timeout;
    guint first = curve->points->len;
    if (captured == INT64_MAX)
        return captured;
    for (size_t i = 0; i < G_N_ELEMENTS(seconds); i++) {
        int64_t timeout = seconds[i] * NANOS_PER_SECOND;
        if (timeout > captured + captured / 10 && curve->points->len < first + TIMEOUT_POINTS - 1)
            add_point(curve, limit, timeout);
    }
    add_point(curve, limit, INT64_MAX);
    uint64_t best = opens;
    for (guint i = first; i < curve->points->len; i++)
        best = MIN(best, g_array_index(curve->points, struct what_if_point, i).opens);
    if (!is_worth(opens, best))
        return captured;
    for (guint i = first; i < curve->points->len; i++) {
        const struct what_if_point *point = &g_array_index(curve->points, struct what_if_point, i);
        if ((double)(point->opens - best) <= KNEE_SHARE * (double)(opens - best))
            return point->idle_timeout;
    }
    return captured;
}

static struct what_if_point replay_captured(struct curve *curve)
{
    replay_limits(curve);
    return point_of(curve, curve->captured.limit, curve->captured.idle_timeout);
}

// Whether a replay is further than a tenth from the captured opens.
static bool is_off(uint64_t opens, uint64_t replayed)
{
    return (opens > replayed ? opens - replayed : replayed - opens) * 10 > opens;
}

static void replay_anew(struct curve *curve, uint32_t hosts)
{
    pool_replay_spread(curve->replay, hosts);
    g_array_set_size(curve->runs, 0);
    pool_depths_free(curve->depths);
    curve->depths = pool_depths_new(curve->replay, curve->captured);
}

// Where one pool would have opened fewer connections than were captured, the client has several:
// as many as it takes, with the least doubt about what was idle. If no number of them explains the
// opens it stays at one.
static void split_pools(struct curve *curve, const struct replay_group *group,
                        struct what_if *what_if)
{
    static const int64_t margins[] = {AT_ONCE, AT_ONCE / 5, ORDER_UNSURE / 2, 0};
    struct what_if_point one = what_if->captured;
    size_t tried = 0;
    while (tried < G_N_ELEMENTS(margins) && what_if->captured.opens < group->opens &&
           is_off(group->opens, what_if->captured.opens)) {
        what_if->pools = replay_pools_assign(group->requests, margins[tried++]);
        replay_anew(curve, what_if->pools);
        what_if->captured = point_of(curve, one.limit, one.idle_timeout);
    }
    if (tried == 0)
        return;
    if (is_off(group->opens, what_if->captured.opens)) {
        for (guint i = 0; i < group->requests->len; i++)
            g_array_index(group->requests, struct replay_request, i).host = 0;
        replay_anew(curve, 1);
        what_if->pools = 1;
        what_if->captured = one;
    }
    replay_captured(curve);
}

// What is opened at limits that were replayed.
struct bracket {
    uint32_t low, high;
    uint64_t most, least; // opens at them
};

// Where a straight line between both would meet so many opens.
static uint32_t limit_between(const struct bracket *b, uint64_t opens)
{
    if (opens > b->most || opens <= b->least)
        return b->low + (b->high - b->low) / 2;
    double share = (double)(b->most - opens) / (double)(b->most - b->least);
    uint32_t limit = b->low + (uint32_t)(share * (b->high - b->low));
    return CLAMP(limit, b->low + 1, b->high - 1);
}

// The pool closed connections beyond a limit that no setting tells: the limit at which the replay
// comes nearest to the captured opens. More is never opened with a higher limit.
static void fit_limit(struct curve *curve, const struct replay_group *group,
                      struct what_if *what_if)
{
    int64_t timeout = curve->captured.idle_timeout;
    if (!group->lacks_limit || !is_off(group->opens, what_if->captured.opens))
        return;
    struct bracket b = {0, pool_replay_peak(curve->replay), group->requests->len,
                        point_of(curve, UINT32_MAX, timeout).opens};
    for (unsigned tried = 0; b.high - b.low > 1; tried++) {
        uint32_t limit =
            tried % 3 == 2 ? b.low + (b.high - b.low) / 2 : limit_between(&b, group->opens);
        struct what_if_point point = point_of(curve, limit, timeout);
        *(point.opens >= group->opens ? &b.low : &b.high) = limit;
        *(point.opens >= group->opens ? &b.most : &b.least) = point.opens;
    }
    struct what_if_point more = point_of(curve, b.low, timeout);
    struct what_if_point fewer = point_of(curve, b.high, timeout);
    bool is_nearer = more.opens - group->opens <= group->opens - fewer.opens;
    struct what_if_point best = is_nearer ? more : fewer;
    if (is_off(group->opens, best.opens))
        return;
    curve->captured.limit = best.limit;
    what_if->captured = best;
    what_if->is_fitted = true;
}

static void recommend(struct curve *curve, struct what_if *what_if)
{
    int64_t timeout = curve->captured.idle_timeout;
    GArray *limits = limits_for(curve);
    replay_limits(curve);
    point_of(curve, UINT32_MAX, timeout); // tells which limits are never reached
    for (guint i = 0; i < limits->len; i++)
        add_point(curve, g_array_index(limits, uint32_t, i), timeout);
    g_array_free(limits, TRUE);
    uint32_t limit = knee_of_limits(curve, what_if->replayed_opens);
    what_if->recommended = point_of(curve, limit, timeout);
    timeout = knee_of_timeouts(curve, limit, what_if->recommended.opens);
    what_if->recommended = point_of(curve, limit, timeout);
}

// The client kept far more than the settings say: no replay is needed to tell that they don't
// explain its opens.
static bool is_refuted(const struct replay_group *group, struct what_if *what_if)
{
    if (group->captured.limit > 0 || group->lacks_limit)
        return false;
    uint64_t opens = pool_replay_unpooled(group->requests, group->horizon);
    if (opens <= group->opens || !is_off(group->opens, opens))
        return false;
    what_if->is_off = true;
    what_if->shared_opens = what_if->replayed_opens = opens;
    what_if->captured = what_if->recommended = (struct what_if_point){
        .idle_timeout = group->captured.idle_timeout,
        .opens = group->opens,
    };
    return true;
}

static struct what_if what_if_of(const struct replay_group *group)
{
    struct what_if what_if = {
        .pair = group->pair,
        .curve = g_array_new(FALSE, FALSE, sizeof(struct what_if_point)),
        .pools = 1,
    };
    if (is_refuted(group, &what_if))
        return what_if;
    struct curve curve = {
        .replay = pool_replay_new(group->requests, group->hosts, group->horizon),
        .captured = group->captured,
        .points = what_if.curve,
        .runs = g_array_new(FALSE, FALSE, sizeof(struct run)),
    };
    curve.depths = pool_depths_new(curve.replay, curve.captured);
    what_if.captured = replay_captured(&curve);
    what_if.shared_opens = what_if.captured.opens;
    fit_limit(&curve, group, &what_if);
    if (group->captured.model == POOL_PER_HOST)
        split_pools(&curve, group, &what_if);
    what_if.replayed_opens = what_if.captured.opens;
    what_if.captured.opens = group->opens;
    what_if.is_off = is_off(group->opens, what_if.replayed_opens);
    what_if.recommended = what_if.captured;
    if (!what_if.is_off)
        recommend(&curve, &what_if);
    g_array_free(curve.runs, TRUE);
    pool_depths_free(curve.depths);
    pool_replay_free(curve.replay);
    return what_if;
}

static void clear_what_if(gpointer data)
{
    g_array_free(((struct what_if *)data)->curve, TRUE);
}

// The groups that threads replay, each by itself.
struct replays {
    struct pieces pieces;
    const GArray *groups;    // struct replay_group
    struct what_if *results; // one for each; no curve: too few requests
};

static gpointer replay_groups(gpointer work)
{
    struct replays *replays = work;
    size_t i;
    while (pieces_take(&replays->pieces, &i)) {
        const struct replay_group *group = &g_array_index(replays->groups, struct replay_group, i);
        if (group->requests->len >= 2)
            replays->results[i] = what_if_of(group);
    }
    return NULL;
}

GArray *what_ifs_new(struct replay_input *input, unsigned threads)
{
    GArray *what_ifs = g_array_new(FALSE, TRUE, sizeof(struct what_if));
    g_array_set_clear_func(what_ifs, clear_what_if);
    const GArray *groups = replay_input_settle(input);
    struct replays replays = {.pieces = {0, (gint)groups->len},
                              .groups = groups,
                              .results = g_new0(struct what_if, groups->len + 1)};
    crew_run(MIN(threads, groups->len), replay_groups, &replays);
    for (guint i = 0; i < groups->len; i++)
        if (replays.results[i].curve)
            g_array_append_val(what_ifs, replays.results[i]);
    g_free(replays.results);
    return what_ifs;
}

void what_ifs_free(GArray *what_ifs)
{
    if (what_ifs)
        g_array_free(what_ifs, TRUE);
}
