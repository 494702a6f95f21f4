// SPDX-License-Identifier: BSD-2-Clause
// Closes with a request outstanding: equal waits are a timeout, others somebody's decision.
#include "judge/bursts.h"
#include "judge/thresholds.h"
#include "judge/timers.h"
#include "judge/when.h"

struct wait_view {
    struct groups *groups;
    struct sample *samples;
    size_t count;
    size_t unseen; // waits whose end isn't in the capture
};

// No timer is set to less than a program needs to react. Returns whether the wait is so short.
static bool add(struct wait_view *view, uint32_t i, enum moment_id from)
{
    const struct record *r = &view->groups->records[i];
    struct moment close = record_close(r);
    int64_t wait = moment_between(r->at[from], close);
    if (wait == NANOS_UNKNOWN)
        return false;
    if (wait > AT_ONCE)
        view->samples[view->count++] = (struct sample){wait, close.time, i, 0};
    return wait <= AT_ONCE;
}

static bool is_awaiting(const struct groups *groups, uint32_t i)
{
    return groups->verdicts[i].cause == CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE;
}

// A kernel answers the close of a socket with bytes left unread by RST: the program was still
// reading what the wire had long brought. Its timer runs from the request.
static bool is_left_unread(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    const struct outline *outline = &groups->outlines[i];
    return groups->verdicts[i].cause == CAUSE_UNREAD_BODY && outline->phase == PHASE_IDLE &&
           outline->is_late && r->gap < IDLE_FROM && when_reset(r);
}

// The client left within a response, not right after its head.
static bool is_reading(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    uint8_t cause = groups->verdicts[i].cause, phase = groups->outlines[i].phase;
    return is_left_unread(groups, i) ||
           ((cause == CAUSE_UNREAD_BODY || cause == CAUSE_CLIENT_TIMEOUT_READING_RESPONSE) &&
            (phase == PHASE_BODY || phase == PHASE_HEAD) &&
            moment_between(r->at[AT_RESPONSE_BEGIN], record_close(r)) > AT_ONCE);
}

// How sure a cluster of waits is: equal at several moments, or by the test for bursts.
static enum confidence confidence_of(const struct wait_view *view, const struct cluster *cluster)
{
    if (cluster->n < CANCELLED_LEAST && cluster->high - cluster->low > INSTANT)
        return CONFIDENCE_AMBIGUOUS; // few and not as near as timers are: it may be chance
    if (cluster->moments >= STRONG_MOMENTS)
        return CONFIDENCE_STRONG;
    if (cluster->moments == 2)
        return CONFIDENCE_CONSISTENT;
    enum burst burst = burst_weigh(view->samples + cluster->first, cluster->n);
    return burst == BURST_TIMEOUT ? CONFIDENCE_CONSISTENT : CONFIDENCE_AMBIGUOUS;
}

static void say_wait(struct wait_view *view, const struct cluster *cluster, uint32_t i,
                     enum cause cause, enum cause instead)
{
    enum confidence confidence = confidence_of(view, cluster);
    groups_say(view->groups, i, cause, confidence,
               confidence == CONFIDENCE_AMBIGUOUS ? instead : CAUSE_NONE);
    groups_because(view->groups, i, GROUP_WAIT_CLUSTER, cluster->centre, cluster->n);
}

// Waits without a response, those of them that are like others, and those that no timer explains.
struct tally {
    size_t awaiting, clustered, others;
};

// Where most waits are equal, a timer is at work; among waits that mostly differ it takes more than
// chance would put together.
static bool is_credible(const struct wait_view *view, const struct tally *tally,
                        const struct cluster *timer)
{
    if (tally->clustered * 2 >= tally->awaiting + view->unseen)
        return true;
    return timer->moments >= STRONG_MOMENTS &&
           cluster_by_chance(timer, view->samples, view->count) * (double)RARE_PARTS <= 1;
}

static struct tally tally_waits(const struct wait_view *view, const struct timers *timers)
{
    struct tally tally = {0, 0, view->unseen};
    for (size_t k = 0; k < view->count; k++) {
        if (!is_awaiting(view->groups, view->samples[k].record))
            continue;
        tally.awaiting++;
        tally.clustered += timers->fit[k] == FIT_TIMER;
    }
    for (size_t k = 0; k < view->count; k++) {
        if (is_awaiting(view->groups, view->samples[k].record))
            tally.others +=
                timers->fit[k] != FIT_TIMER || !is_credible(view, &tally, timers->of[k]);
    }
    return tally;
}

// Waits of a client that no timer explains: five of them are somebody's decisions.
static void say_unclustered(struct wait_view *view, uint32_t i, const struct tally *tally,
                            bool is_beside)
{
    // Waits whose end is missing may have been as long as others.
    bool is_open = is_beside || tally->others - view->unseen < CANCELLED_LEAST;
    if (tally->others >= CANCELLED_LEAST)
        groups_say(view->groups, i, CAUSE_CLIENT_CANCELLED,
                   is_open ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_CONSISTENT,
                   is_open ? CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE : CAUSE_NONE);
    else if (tally->awaiting + view->unseen > 1)
        groups_say(view->groups, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_AMBIGUOUS,
                   CAUSE_CLIENT_CANCELLED);
}

// A wait equal to those at two other moments or more beats the burst that its close fell into.
static void settle_met(struct wait_view *view, struct member_list list, const struct cluster *timer)
{
    int64_t tight = cluster_tight(timer->centre);
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        bool awaits = is_awaiting(view->groups, i);
        int64_t wait = moment_between(r->at[AT_LAST_REQUEST], record_close(r));
        if (groups_burst(view->groups, i)->what == BURST_SHUTDOWN &&
            (awaits || is_reading(view->groups, i)) && wait >= timer->high - tight &&
            wait <= timer->low + tight)
            say_wait(view, timer, i,
                     awaits ? CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE
                            : CAUSE_CLIENT_TIMEOUT_READING_RESPONSE,
                     awaits ? CAUSE_CLIENT_CANCELLED : CAUSE_UNREAD_BODY);
    }
}

static void settle_client_waits(struct wait_view *view, struct member_list list)
{
    struct timers timers = timers_new(view->groups->records, view->samples, view->count);
    struct tally tally = tally_waits(view, &timers);
    const struct cluster *strongest = NULL;
    for (size_t k = 0; k < view->count; k++) {
        uint32_t i = view->samples[k].record;
        const struct cluster *timer = timers.of[k];
        enum fit fit = timers.fit[k];
        bool is_timed = fit == FIT_TIMER && is_credible(view, &tally, timer);
        if (is_timed && timer->moments >= 2 && (!strongest || timer->n > strongest->n))
            strongest = timer;
        if (is_awaiting(view->groups, i) && is_timed)
            say_wait(view, timer, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE,
                     CAUSE_CLIENT_CANCELLED);
        else if (is_awaiting(view->groups, i))
            say_unclustered(view, i, &tally, fit != FIT_NONE);
        else if (fit == FIT_TIMER && view->samples[k].value >= IDLE_FROM)
            say_wait(view, timer, i, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CAUSE_UNREAD_BODY);
        else if (fit == FIT_BESIDE && view->samples[k].value >= IDLE_FROM)
            groups_say(view->groups, i, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CONFIDENCE_AMBIGUOUS,
                       CAUSE_UNREAD_BODY);
        else if (fit != FIT_NONE && view->groups->records[i].phase == PHASE_IDLE)
            groups_say(view->groups, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS,
                       CAUSE_CLIENT_TIMEOUT_READING_RESPONSE);
    }
    if (strongest && strongest->low >= IDLE_FROM)
        settle_met(view, list, strongest);
    timers_free(&timers);
}

// Until the capture's end the server neither answered nor closed: a half-close that waits for its
// response looks the same, for as long as one may wait; for longer where the client makes others.
static void settle_unfinished(struct groups *groups, uint32_t i, bool half_closes)
{
    const struct record *r = &groups->records[i];
    struct verdict *verdict = &groups->verdicts[i];
    bool is_unfinished = r->close_how == CLOSE_FIN && !moment_is_set(r->at[AT_SERVER_FIN]) &&
                         !moment_is_set(r->at[AT_RST]) && !record_has(r, FACT_FULL_CLOSE);
    bool is_open =
        half_closes ? verdict->confidence >= CONFIDENCE_CONSISTENT
                    : verdict->confidence == CONFIDENCE_CONSISTENT && verdict->group == GROUP_NONE;
    bool is_early = half_closes || groups->last - record_close(r).time <= UNFINISHED;
    if (!is_awaiting(groups, i) || !is_unfinished || !is_open || !is_early)
        return;
    groups_say(groups, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_AMBIGUOUS,
               CAUSE_HALF_CLOSE);
}

// Given up by the client, it may be; packets are missing.
static bool is_unclear(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    return groups->verdicts[i].cause == CAUSE_UNATTRIBUTED && r->close_by == CLOSE_BY_CLIENT &&
           r->outstanding > 0;
}

static void settle_client(struct wait_view *view, struct member_list list)
{
    view->unseen = 0;
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        bool takes = is_awaiting(view->groups, i) || is_reading(view->groups, i);
        if (!takes) {
            view->unseen += is_unclear(view->groups, i);
            continue;
        }
        const struct record *r = &view->groups->records[i];
        bool is_timed = r->close_how == CLOSE_FIN || !record_has(r, FACT_FIN_UNSEEN);
        bool is_short = is_timed && groups_burst(view->groups, i)->what != BURST_SHUTDOWN &&
                        add(view, i, AT_LAST_REQUEST);
        if (is_short && is_awaiting(view->groups, i) && record_has(r, FACT_FULL_CLOSE))
            groups_say(view->groups, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_AMBIGUOUS,
                       CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
        view->unseen += !is_timed;
    }
    settle_client_waits(view, list);
}

static void settle_half_closes(struct groups *groups, struct member_list list)
{
    bool half_closes = false, full_closes = false; // what the client does on other connections
    for (size_t k = 0; k < list.count; k++) {
        half_closes |= groups->verdicts[list.items[k]].cause == CAUSE_HALF_CLOSE;
        full_closes |= record_has(&groups->records[list.items[k]], FACT_FULL_CLOSE);
    }
    for (size_t k = 0; k < list.count && (half_closes || !full_closes); k++)
        settle_unfinished(groups, list.items[k], half_closes);
}

static bool is_unanswered(const struct groups *groups, uint32_t i)
{
    uint8_t cause = groups->verdicts[i].cause;
    return cause == CAUSE_SERVER_ABORTED || cause == CAUSE_TRUNCATED_RESPONSE ||
           cause == CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE;
}

// Begun and ended together: the end of the program looks the same (group test 1), and is likelier
// unless the time is one that people configure.
static bool is_one_event(const struct wait_view *view, const struct cluster *cluster)
{
    return cluster->moments < 2 && !cluster_is_whole(cluster->centre) &&
           burst_weigh(view->samples + cluster->first, cluster->n) == BURST_UNDECIDED;
}

// A server that ends three exchanges or more after the same time has a timer; a crash is quick.
static void settle_server_waits(struct wait_view *view)
{
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (size_t k = 0; k < view->count; k++) {
        const struct cluster *cluster =
            &g_array_index(clusters, struct cluster, view->samples[k].cluster);
        uint32_t i = view->samples[k].record;
        enum cause cause = (enum cause)view->groups->verdicts[i].cause;
        if (cluster->n < WRITING_LEAST || view->samples[k].value < IDLE_FROM ||
            !cluster_is_telling(cluster, view->samples, view->count))
            continue;
        if (is_one_event(view, cluster) && cause != CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE)
            groups_say(view->groups, i, cause, CONFIDENCE_AMBIGUOUS,
                       CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE);
        else
            say_wait(view, cluster, i, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CAUSE_SERVER_ABORTED);
    }
    g_array_free(clusters, TRUE);
}

// The same for requests that never became complete: measured from their first byte.
static void settle_request_waits(struct wait_view *view)
{
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (size_t k = 0; k < view->count; k++) {
        const struct cluster *cluster =
            &g_array_index(clusters, struct cluster, view->samples[k].cluster);
        if (cluster->moments < 2 || view->samples[k].value < IDLE_FROM ||
            !cluster_is_telling(cluster, view->samples, view->count))
            continue;
        uint32_t i = view->samples[k].record;
        groups_say(view->groups, i, CAUSE_SERVER_TIMEOUT_READING_REQUEST, CONFIDENCE_STRONG,
                   CAUSE_NONE);
        groups_because(view->groups, i, GROUP_WAIT_CLUSTER, cluster->centre, cluster->n);
    }
    g_array_free(clusters, TRUE);
}

// The same for requests that were answered all the same: whoever refuses a body (413, 401) does so
// at once. `from` the last byte of what came: an answer after a silence is that of a server that
// gave up reading, or was slow. From the first: equal times without a silence are a server's that
// limits how long a request may take.
static void settle_early_responses(struct wait_view *view, struct member_list list,
                                   enum moment_id from)
{
    bool is_silence = from == AT_REQUEST_END;
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        const struct verdict *verdict = &view->groups->verdicts[i];
        int64_t wait = moment_between(r->at[from], r->at[AT_RESPONSE_BEGIN]);
        if (verdict->cause == CAUSE_EARLY_RESPONSE &&
            (is_silence || verdict->confidence != CONFIDENCE_AMBIGUOUS) && wait >= IDLE_FROM &&
            !record_has(r, FACT_SERVER_WINDOW_FULL))
            view->samples[view->count++] = (struct sample){wait, record_close(r).time, i, 0};
    }
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (size_t k = 0; k < view->count; k++) {
        const struct cluster *cluster =
            &g_array_index(clusters, struct cluster, view->samples[k].cluster);
        uint32_t i = view->samples[k].record;
        bool is_timer = cluster->moments >= STRONG_MOMENTS &&
                        cluster_is_telling(cluster, view->samples, view->count);
        if (is_timer) {
            groups_say(view->groups, i, CAUSE_SERVER_TIMEOUT_READING_REQUEST, CONFIDENCE_CONSISTENT,
                       CAUSE_EARLY_RESPONSE);
            groups_because(view->groups, i, GROUP_WAIT_CLUSTER, cluster->centre, cluster->n);
        } else if (is_silence) {
            groups_say(view->groups, i, CAUSE_EARLY_RESPONSE, CONFIDENCE_AMBIGUOUS,
                       CAUSE_SERVER_TIMEOUT_READING_REQUEST);
        }
    }
    g_array_free(clusters, TRUE);
}

static void settle_server(struct wait_view *view, struct member_list list)
{
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        if (is_unanswered(view->groups, i) && r->phase != PHASE_REQUEST &&
            groups_burst(view->groups, i)->what != BURST_SHUTDOWN && r->close_by == CLOSE_BY_SERVER)
            add(view, i, AT_REQUEST_END);
    }
    settle_server_waits(view);
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        if (r->phase == PHASE_REQUEST && r->close_by == CLOSE_BY_SERVER &&
            view->groups->verdicts[i].cause != CAUSE_UNATTRIBUTED &&
            groups_burst(view->groups, i)->what != BURST_SHUTDOWN)
            add(view, i, AT_LAST_REQUEST);
    }
    settle_request_waits(view);
    settle_early_responses(view, list, AT_REQUEST_END);
    settle_early_responses(view, list, AT_LAST_REQUEST);
}

// Whether any close of the host is one of those that settle_client() or settle_server() takes.
static bool may_wait(const struct traits *traits, enum side side)
{
    const uint64_t causes[2] = {
        trait_cause(CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE) |
            trait_cause(CAUSE_CLIENT_TIMEOUT_READING_RESPONSE),
        trait_cause(CAUSE_SERVER_ABORTED) | trait_cause(CAUSE_TRUNCATED_RESPONSE) |
            trait_cause(CAUSE_EARLY_RESPONSE) | trait_cause(CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE)};
    const uint64_t within = trait_close(CLOSE_BY_CLIENT, PHASE_HEAD) |
                            trait_close(CLOSE_BY_CLIENT, PHASE_BODY) |
                            trait_close(CLOSE_BY_CLIENT, PHASE_IDLE);
    bool may_read = traits->causes & trait_cause(CAUSE_UNREAD_BODY) && traits->closes & within;
    bool may_ask = traits->closes & trait_close(CLOSE_BY_SERVER, PHASE_REQUEST);
    return traits->causes & causes[side] || (side == CLIENT ? may_read : may_ask);
}

void waits_settle(struct groups *groups)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (uint32_t h = 0; h < groups->by_host[side].groups; h++) {
            struct member_list list = members_of(&groups->by_host[side], h);
            if (!may_wait(&groups->of_host[side][h], side))
                continue;
            struct wait_view view = {groups, g_new(struct sample, list.count + 1), 0, 0};
            uint64_t causes = groups->of_host[side][h].causes;
            if (side == CLIENT)
                settle_client(&view, list);
            if (side == CLIENT && causes & trait_cause(CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE))
                settle_half_closes(groups, list);
            if (side == SERVER)
                settle_server(&view, list);
            g_free(view.samples);
        }
    }
}
