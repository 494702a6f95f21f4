// SPDX-License-Identifier: BSD-2-Clause
// Closes by the client at once after a response: the pool was full, a body was left unread, or the
// client had no further use for the connection.
#include "judge/bursts.h"
#include "judge/keyed.h"
#include "judge/thresholds.h"
#include "judge/when.h"

// Clients that use a connection once, or end with their work; this ranks, it doesn't decide.
static const char *const one_shot_agents[] = {"curl/", "Wget/",   "ApacheBench/",
                                              "hey/",  "HTTPie/", "wrk"};

struct pool_view {
    const struct traits *traits;
    uint32_t closes, after_body, after_empty;
    uint32_t reused_body, reused_empty; // earlier, on the connections closed
    uint32_t kept[KEPT_AT];             // closes by number of kept peers
    uint32_t kept_at_end[KEPT_AT];      // the same for those from end_wave on, `at_end` of them
    uint32_t kept_unsure[KEPT_AT];      // and for those whose peers may be gone, `unsure` of them
    uint32_t at_end, unsure, weighed;   // weighed: the sum of kept[]
    uint32_t mode;                      // of kept peers; 0 none
    uint32_t limit;                     // the mode of kept peers, or the most in one burst; 0 none
    bool is_sharp;                      // the limit explains the closes
    bool body_separates; // closes only after bodies, reuse only after empty responses
    bool has_peers;      // nearly all closes beside at least one kept peer
    bool is_damaged;     // packets are missing: peers may be invisible
    bool is_doubtful;    // and seem to be there because their close is
    bool is_spoilt;      // so many are that no count tells a limit from unread bodies
    int64_t first_close, last_close;
    int64_t end_wave;  // from here on all that the pair has open is closed; INT64_MAX: not so
    int64_t kept_from; // of those, from here on only as many remain as the pool keeps
    uint32_t agent;    // of the first connection, that of most
    bool is_one_shot;  // that agent is one of one_shot_agents
};

// The reset of an unread body stands for itself, unless all resets come beside a full pool
// (HAProxy throws connections away so); other closes at once are weighed here.
static bool takes_part(const struct groups *groups, uint32_t i, bool is_reset)
{
    return groups_is_idle_close(groups, i, CLIENT) && !groups->outlines[i].is_late &&
           groups_burst(groups, i)->what != BURST_SHUTDOWN &&
           (groups->verdicts[i].confidence == CONFIDENCE_STRONG) == is_reset;
}

static uint32_t kept_of(const struct groups *groups, uint32_t i)
{
    // The client decides between the end of the response and the FIN; what its pool holds then is
    // idle on the wire too.
    return groups->peers[i].most;
}

static bool has_body(const struct record *r)
{
    return r->received > 0 || r->expected > 0;
}

static uint32_t closes_between(const struct pool_view *view, uint32_t low, uint32_t high)
{
    uint32_t sum = 0;
    for (uint32_t kept = low; kept <= high && kept < KEPT_AT; kept++)
        sum += view->kept[kept];
    return sum;
}

static uint32_t mode_of(const struct pool_view *view)
{
    uint32_t mode = 0;
    for (uint32_t kept = 1; kept < KEPT_AT; kept++) {
        if (view->kept[kept] > 0 && (mode == 0 || view->kept[kept] >= view->kept[mode]))
            mode = kept;
    }
    return mode;
}

static uint32_t most_kept(const struct pool_view *view)
{
    uint32_t most = KEPT_AT - 1;
    while (most > 0 && view->kept[most] == 0)
        most--;
    return most;
}

// A full pool keeps nothing beside more peers than its limit: connections that were kept although
// as many and one more were idle speak against it.
static bool is_refuted(const struct pool_view *view, const struct groups *groups, uint32_t pair)
{
    struct member_list list = members_of(&groups->by_pair, pair);
    struct pool pool = groups_pool(groups, list, &groups->of_pair[pair]);
    struct pool_kept kept = pool_kept_over(&pool, view->limit);
    return kept.over * 100 > kept.all * POOL_REFUTED;
}

// The closes at the end count only where there are too few others. Those beside peers that are
// never seen again don't say what the limit is, unless all others are too few: such peers may be
// gone where packets are missing.
static void choose_closes(struct pool_view *view, bool is_lossy)
{
    bool takes_end = view->closes - view->at_end - view->unsure < POOL_CLOSES;
    uint32_t sure = view->closes - view->unsure - (takes_end ? 0 : view->at_end);
    bool needs_unsure = sure < POOL_CLOSES, takes_unsure = needs_unsure || !is_lossy;
    for (uint32_t kept = 0; takes_end && kept < KEPT_AT; kept++)
        view->kept[kept] += view->kept_at_end[kept];
    view->mode = mode_of(view);
    for (uint32_t kept = 0; takes_unsure && kept < KEPT_AT; kept++)
        view->kept[kept] += view->kept_unsure[kept];
    if (needs_unsure)
        view->mode = mode_of(view);
    if (takes_end)
        view->end_wave = INT64_MAX;
    view->weighed = sure + (takes_unsure ? view->unsure : 0);
    view->is_doubtful = needs_unsure && view->unsure > 0 && is_lossy;
}

static void find_limit(struct pool_view *view, const struct groups *groups, uint32_t pair)
{
    uint32_t mode = view->mode, n = view->weighed;
    if (n < POOL_CLOSES || mode == 0)
        return;
    bool is_burst = view->last_close - view->first_close <= POOL_BURST;
    // Beside no peer there is no full pool. Peers that aren't in the capture lower the count, none
    // raises it: then it may be one.
    uint32_t near = closes_between(view, mode - 1, mode + 1);
    uint32_t below = closes_between(view, 0, mode + 1) - near;
    bool is_near = near * 100 >= n * (view->is_damaged ? POOL_NEAR_LOSSY : POOL_NEAR);
    bool is_mode = view->kept[mode] >= view->kept[0] && view->kept[mode] * 100 >= n * POOL_MODE &&
                   (is_near || (view->is_damaged && (near + below) * 100 >= n * POOL_NEAR));
    view->limit = is_mode ? mode : most_kept(view);
    view->is_sharp = (is_mode || is_burst) && !is_refuted(view, groups, pair);
    view->is_doubtful |= is_mode && !is_near;
}

// Whether so few speak against it that missing packets explain them.
static bool is_clean(uint32_t against, uint32_t for_it, bool is_damaged)
{
    return against == 0 || (is_damaged && against * 100 <= for_it * BODIES_SPOILT);
}

// Closes at once come after bodies alone, reuse comes after empty responses alone: in the whole
// pool, or on the closed connections themselves (another process' pool may keep what it likes).
static bool body_separates(const struct pool_view *view, const struct pool_use *use)
{
    bool pool = use->kept_after_empty >= 1 &&
                is_clean(use->kept_after_body, use->kept_after_empty, view->is_damaged);
    bool own = view->reused_empty >= BODIES_TELLING &&
               is_clean(view->reused_body, view->reused_empty, view->is_damaged);
    return view->after_body >= 1 && (pool || own) &&
           is_clean(view->after_empty, view->after_body, view->is_damaged);
}

static int64_t kept_from(const struct groups *groups, struct member_list list,
                         const struct pool_view *view)
{
    int64_t *closes = g_new(int64_t, list.count + 1);
    for (size_t k = 0; k < list.count; k++)
        closes[k] = groups->lives[list.items[k]].close;
    keyed_sort_values(closes, list.count);
    int64_t from = closes[list.count - MIN(view->limit, list.count)];
    g_free(closes);
    return from;
}

static bool is_one_shot_agent(const struct groups *groups, uint32_t i, const struct pool_view *view)
{
    if (view && groups->records[i].names[NAME_AGENT] == view->agent)
        return view->is_one_shot;
    return agent_is_one_of(groups_fingerprint(groups, i, CLIENT), one_shot_agents,
                           G_N_ELEMENTS(one_shot_agents));
}

static void add_kept(struct pool_view *view, uint32_t kept, bool is_unsure, bool is_at_end)
{
    view->unsure += is_unsure;
    view->at_end += !is_unsure && is_at_end;
    (is_unsure ? view->kept_unsure : is_at_end ? view->kept_at_end : view->kept)[kept]++;
}

static bool is_spoilt(const struct groups *groups, struct member_list list)
{
    const uint64_t losses = UINT64_C(1) << FACT_LOST_BYTES | UINT64_C(1) << FACT_FIN_UNSEEN;
    size_t damaged = 0;
    for (size_t k = 0; k < list.count; k++)
        damaged += (groups->records[list.items[k]].facts & losses) != 0;
    return damaged * SPOILT_PARTS >= list.count;
}

static struct pool_view view_of(const struct groups *groups, uint32_t pair, bool is_reset)
{
    struct member_list list = members_of(&groups->by_pair, pair);
    struct pool_view view = {.first_close = INT64_MAX, .last_close = INT64_MIN};
    view.traits = &groups->of_pair[pair];
    view.end_wave = traits_end_wave(view.traits);
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        if (!takes_part(groups, i, is_reset))
            continue;
        const struct record *r = &groups->records[i];
        int64_t close = groups->lives[i].close;
        view.closes++;
        add_kept(&view, kept_of(groups, i), groups->peers[i].unending > 0, close >= view.end_wave);
        view.reused_body += r->reused_after_body;
        view.reused_empty += r->reused_after_empty;
        view.after_body += has_body(r);
        view.after_empty += !has_body(r);
        view.first_close = MIN(view.first_close, close);
        view.last_close = MAX(view.last_close, close);
    }
    choose_closes(&view, groups->uses[pair].is_lossy || traits_are_damaged(view.traits));
    view.has_peers = view.weighed >= POOL_CLOSES && view.kept[0] * 100 <= view.weighed * POOL_ALONE;
    view.is_damaged = traits_are_damaged(view.traits);
    view.is_spoilt = view.is_damaged && is_spoilt(groups, list);
    view.body_separates = body_separates(&view, &groups->uses[pair]);
    find_limit(&view, groups, pair);
    view.agent = groups->records[list.items[0]].names[NAME_AGENT];
    view.is_one_shot = is_one_shot_agent(groups, list.items[0], NULL);
    if (view.is_sharp && view.end_wave != INT64_MAX)
        view.kept_from = kept_from(groups, list, &view);
    return view;
}

// Nothing in the group decides: what the client does later ranks the two.
static void say_undecided(struct groups *groups, uint32_t i, const struct pool_view *view)
{
    bool drains = view->traits->has_reuse_after_body && kept_of(groups, i) > 0;
    const struct record *r = &groups->records[i];
    // One that went on after a body reads them; a tool that does so closes when it has finished.
    bool is_one_shot =
        (r->requests <= 1 || r->reused_after_body > 0) && is_one_shot_agent(groups, i, view);
    bool opens_later = view->traits->last_open > record_close(r).time;
    if (!has_body(r))
        groups_say(groups, i, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_POOL_LIMIT);
    else if (is_one_shot || !opens_later || groups_burst(groups, i)->what == BURST_LAST)
        groups_say(groups, i, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS,
                   drains ? CAUSE_CLIENT_POOL_LIMIT : CAUSE_UNREAD_BODY);
    else
        groups_say(groups, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS,
                   drains ? CAUSE_CLIENT_POOL_LIMIT : CAUSE_CLIENT_SHUTDOWN);
}

static void weigh_spoilt(struct groups *groups, uint32_t i, const struct pool_view *view,
                         enum cause other)
{
    const struct verdict *verdict = &groups->verdicts[i];
    if (view->is_spoilt && verdict->confidence != CONFIDENCE_AMBIGUOUS &&
        has_body(&groups->records[i]))
        groups_say(groups, i, (enum cause)verdict->cause, CONFIDENCE_AMBIGUOUS, other);
}

// Where packets are missing, peers may be connections whose closes are: only one that was kept
// after a body and then used, or closed by a timer, shows that there is a pool.
static void say_limit(struct groups *groups, uint32_t i, const struct pool_view *view, bool drains)
{
    bool is_unsure = view->is_doubtful || (view->is_damaged && !drains);
    if (is_unsure)
        say_undecided(groups, i, view);
    groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT,
               is_unsure          ? CONFIDENCE_AMBIGUOUS
               : view->is_damaged ? CONFIDENCE_CONSISTENT
                                  : CONFIDENCE_STRONG,
               is_unsure ? (enum cause)groups->verdicts[i].cause : CAUSE_NONE);
    weigh_spoilt(groups, i, view, CAUSE_UNREAD_BODY);
    groups_because(groups, i, GROUP_KEPT_PEERS, view->limit, view->closes);
}

// What is closed at the end was thrown away as long as more remained than the pool keeps.
static void say_at_end(struct groups *groups, uint32_t i, const struct pool_view *view)
{
    bool was_kept = groups->lives[i].close >= view->kept_from;
    groups_say(groups, i, was_kept ? CAUSE_CLIENT_SHUTDOWN : CAUSE_CLIENT_POOL_LIMIT,
               CONFIDENCE_AMBIGUOUS, was_kept ? CAUSE_CLIENT_POOL_LIMIT : CAUSE_CLIENT_SHUTDOWN);
}

// Where a client that keeps a limit ends nothing by FIN, RST is its way: no sign of unread bytes.
static void settle_reset(struct groups *groups, uint32_t i, const struct pool_view *view)
{
    groups->verdicts[i].kept_peers = kept_of(groups, i);
    bool is_full = kept_of(groups, i) + 1 >= view->limit;
    if (!view->is_sharp || (!is_full && view->traits->has_client_fins))
        return;
    groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS, CAUSE_UNREAD_BODY);
    if (is_full)
        groups_because(groups, i, GROUP_KEPT_PEERS, view->limit, view->closes);
}

static void settle_close(struct groups *groups, uint32_t i, const struct pool_view *view,
                         const struct pool_use *use)
{
    const struct record *r = &groups->records[i];
    uint32_t kept = kept_of(groups, i);
    bool drains = use->kept_after_body > 0;
    groups->verdicts[i].kept_peers = kept;
    if (view->body_separates && has_body(r)) {
        groups_say(groups, i, CAUSE_UNREAD_BODY,
                   view->after_body + use->kept_after_empty >= BODIES_TELLING
                       ? CONFIDENCE_STRONG
                       : CONFIDENCE_CONSISTENT,
                   CAUSE_NONE);
        weigh_spoilt(groups, i, view, CAUSE_CLIENT_POOL_LIMIT);
    } else if (view->is_sharp && record_close(r).time >= view->end_wave) {
        say_at_end(groups, i, view);
    } else if (groups_burst(groups, i)->what == BURST_LAST) {
        say_undecided(groups, i, view);
    } else if (view->is_sharp && kept + 1 >= view->limit) {
        say_limit(groups, i, view, drains);
    } else if (view->is_sharp && has_body(r)) {
        // Fewer peers than the limit: the pool was filling, or a body was left.
        groups_say(groups, i, drains ? CAUSE_CLIENT_POOL_LIMIT : CAUSE_UNREAD_BODY,
                   CONFIDENCE_AMBIGUOUS, drains ? CAUSE_UNREAD_BODY : CAUSE_CLIENT_POOL_LIMIT);
    } else if (view->closes < POOL_CLOSES && kept >= 1 && !when_one_direction(r) &&
               groups_is_known(groups, i, CLIENT, SETTING_POOL_LIMIT, kept)) {
        groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT,
                   view->is_damaged ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_CONSISTENT,
                   view->is_damaged && has_body(r) ? CAUSE_UNREAD_BODY : CAUSE_CLIENT_SHUTDOWN);
        groups_because(groups, i, GROUP_KEPT_PEERS, kept, 1);
    } else if (drains && view->closes >= POOL_CLOSES &&
               (view->has_peers || (view->is_damaged && use->kept_for_sure > 0))) {
        // Several pools behind one address: their idle connections add up to no one limit. Or
        // peers that the capture doesn't show; a client that keeps none has no pool.
        groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS,
                   has_body(r) ? CAUSE_UNREAD_BODY : CAUSE_CLIENT_SHUTDOWN);
    } else {
        say_undecided(groups, i, view);
    }
}

// A busy client closes late; beside a full pool that is likelier than another reason.
static void settle_late(struct groups *groups, uint32_t i, const struct pool_view *view)
{
    if (!groups_is_idle_close(groups, i, CLIENT) || groups_burst(groups, i)->what != BURST_NONE ||
        when_one_direction(&groups->records[i]) || groups->records[i].gap <= AT_ONCE ||
        groups->records[i].gap >= IDLE_FROM || kept_of(groups, i) == 0)
        return;
    groups_say(groups, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_SHUTDOWN);
    groups_because(groups, i, GROUP_KEPT_PEERS, view->limit, view->closes);
}

// Most of the closes look like evictions: too few to say so, too many to leave it out.
static void weigh_eviction(struct groups *groups, uint32_t i)
{
    struct verdict *verdict = &groups->verdicts[i];
    bool is_pool =
        verdict->cause == CAUSE_CLIENT_POOL_LIMIT ||
        (verdict->confidence == CONFIDENCE_AMBIGUOUS && groups_is_idle_close(groups, i, CLIENT));
    if (groups->evictable[i] && is_pool)
        groups_say(groups, i, (enum cause)verdict->cause, CONFIDENCE_AMBIGUOUS,
                   CAUSE_CLIENT_POOL_LIMIT_TOTAL);
}

static bool explains_late(const struct pool_view *view)
{
    bool may_be_sharp = view->is_damaged && view->traits->has_reuse_after_body && view->has_peers;
    return (view->is_sharp || may_be_sharp) && !view->body_separates;
}

// Whether damage spoils what the pair's closes show.
static bool settle_pair(struct groups *groups, uint32_t pair, bool is_reset)
{
    struct member_list list = members_of(&groups->by_pair, pair);
    const struct pool_use *use = &groups->uses[pair];
    struct pool_view view = view_of(groups, pair, is_reset);
    for (size_t k = 0; k < list.count && view.closes > 0; k++) {
        uint32_t i = list.items[k];
        bool takes = takes_part(groups, i, is_reset);
        if (takes && is_reset)
            settle_reset(groups, i, &view);
        else if (takes)
            settle_close(groups, i, &view, use);
        else if (!is_reset && explains_late(&view))
            settle_late(groups, i, &view);
    }
    return view.is_spoilt || (is_reset && view.unsure > 0 && use->is_lossy);
}

// A reset at once after a body stands for itself, but a full pool makes some too.
static void weigh_reset(struct groups *groups, uint32_t i)
{
    const struct verdict *verdict = &groups->verdicts[i];
    if (verdict->cause == CAUSE_UNREAD_BODY && groups->outlines[i].phase == PHASE_IDLE &&
        verdict->confidence != CONFIDENCE_AMBIGUOUS)
        groups_say(groups, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_POOL_LIMIT);
}

void pool_limit_settle(struct groups *groups)
{
    for (uint32_t p = 0; p < groups->by_pair.groups; p++) {
        struct member_list list = members_of(&groups->by_pair, p);
        const struct pool_use *use = &groups->uses[p];
        if (!traits_have_idle_close(&groups->of_pair[p], CLIENT))
            continue;
        bool is_open = use->kept_after_body > 0 && settle_pair(groups, p, true);
        bool is_spoilt = settle_pair(groups, p, false);
        for (size_t k = 0; k < list.count; k++) {
            weigh_eviction(groups, list.items[k]);
            if (is_open || (is_spoilt && use->kept_after_body > 0))
                weigh_reset(groups, list.items[k]);
        }
    }
}
