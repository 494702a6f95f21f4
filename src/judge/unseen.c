// SPDX-License-Identifier: BSD-2-Clause
// What a statement about a group leaves open where one side's packets, or heads, are missing.
#include "judge/groups.h"
#include "judge/thresholds.h"
#include "judge/when.h"

// With the packets of `seen` alone, `other` looks the same as `cause`. Where the response is
// presumed complete, the client's view is what is left of both.
struct likeness {
    enum side seen;
    enum cause cause, other;
    enum cause before; // what looked the same before, and does so less
};

static const struct likeness likenesses[] = {
    // The response may be incomplete.
    {CLIENT, CAUSE_CLIENT_IDLE_TIMEOUT, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CAUSE_NONE},
    {CLIENT, CAUSE_SERVER_IDLE_TIMEOUT, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CAUSE_NONE},
    {CLIENT, CAUSE_CLIENT_POOL_LIMIT, CAUSE_UNREAD_BODY, CAUSE_NONE},
    // The request may be incomplete.
    {SERVER, CAUSE_SERVER_ERROR_CLOSE, CAUSE_EARLY_RESPONSE, CAUSE_SERVER_SAID_CLOSE},
    {SERVER, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CAUSE_SERVER_TIMEOUT_READING_REQUEST,
     CAUSE_NONE},
    // The client's answer to the response isn't there.
    {SERVER, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CAUSE_HALF_CLOSE, CAUSE_NONE},
    // Resets by the client aren't there: what seems idle may be closed.
    {SERVER, CAUSE_CLIENT_POOL_LIMIT, CAUSE_UNREAD_BODY, CAUSE_CLIENT_SHUTDOWN},
    {SERVER, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CAUSE_CLIENT_POOL_LIMIT, CAUSE_NONE},
    // The client may have asked for the close.
    {SERVER, CAUSE_SERVER_REQUEST_LIMIT, CAUSE_CLIENT_ASKED_CLOSE, CAUSE_NONE},
    {SERVER, CAUSE_UNREAD_BODY, CAUSE_CLIENT_ASKED_CLOSE, CAUSE_NONE},
};

static void say_unsure(struct groups *groups, uint32_t i, enum cause other)
{
    groups_say(groups, i, (enum cause)groups->verdicts[i].cause, CONFIDENCE_AMBIGUOUS, other);
}

// A close at once that no group explains: too many causes make one.
static bool is_unexplained(const struct groups *groups, uint32_t i)
{
    const struct verdict *verdict = &groups->verdicts[i];
    const struct record *r = &groups->records[i];
    // One FIN of the server's acknowledges the client's: which it had sent before the response
    // came?
    bool is_crossing = r->at[AT_CLIENT_FIN_ACK].frame == r->at[AT_SERVER_FIN].frame;
    return verdict->cause == CAUSE_CLIENT_SHUTDOWN && verdict->group == GROUP_NONE &&
           (verdict->runner_up == CAUSE_CLIENT_POOL_LIMIT || is_crossing) && r->gap < IDLE_FROM;
}

static bool is_idle_close(const struct verdict *verdict)
{
    return verdict->cause == CAUSE_SERVER_IDLE_TIMEOUT ||
           (verdict->cause == CAUSE_SERVER_SHUTDOWN &&
            verdict->runner_up == CAUSE_SERVER_IDLE_TIMEOUT);
}

// The server closed, and nothing shows that the client ever did.
static bool may_be_owed(const struct record *r)
{
    return r->close_by == CLOSE_BY_SERVER && !moment_is_set(r->at[AT_CLIENT_FIN_ACK]);
}

static void say_hidden(struct groups *groups, uint32_t i)
{
    enum cause before = (enum cause)groups->verdicts[i].cause;
    groups_say(groups, i, CAUSE_UNATTRIBUTED, CONFIDENCE_CONSISTENT, before);
    groups->verdicts[i].reason =
        when_one_direction(&groups->records[i]) ? REASON_ONE_DIRECTION : REASON_SNAPLEN;
}

// A body on its way explains a server's close after its response, too.
static bool may_be_early(const struct record *r)
{
    return r->close_by == CLOSE_BY_SERVER && record_has(r, FACT_PRESUMED) &&
           r->at[AT_REQUEST_END].frame != r->at[AT_LAST_REQUEST].frame;
}

// A server ends an idle connection with a FIN; a RST cuts a response short.
static bool may_be_cut_short(const struct record *r)
{
    return r->close_by == CLOSE_BY_SERVER && record_has(r, FACT_PRESUMED) && when_reset(r);
}

static void weigh(struct groups *groups, uint32_t i, enum side seen)
{
    const struct verdict *verdict = &groups->verdicts[i];
    for (size_t k = 0; k < G_N_ELEMENTS(likenesses); k++)
        if (likenesses[k].seen == seen && likenesses[k].cause == verdict->cause &&
            (verdict->confidence != CONFIDENCE_AMBIGUOUS ||
             verdict->runner_up == likenesses[k].before))
            say_unsure(groups, i, likenesses[k].other);
}

// Connections were made, and no packet of a server is here: the capture has one direction only.
static bool lacks_servers(const struct traits *traits)
{
    return traits->facts >> FACT_ESTABLISHED & 1 && !(traits->facts >> FACT_SERVER_SEEN & 1);
}

// A refusal would be in the direction that isn't here: kernels try again after one, too.
static bool may_be_refused(const struct groups *groups, uint32_t i)
{
    uint32_t server = groups_host(groups, SERVER, i);
    return groups->verdicts[i].cause == CAUSE_CONNECT_TIMEOUT &&
           (lacks_servers(&groups->all) || lacks_servers(&groups->of_host[SERVER][server]));
}

static void settle(struct groups *groups, uint32_t i)
{
    const struct verdict *verdict = &groups->verdicts[i];
    const struct record *r = &groups->records[i];
    enum side seen = record_has(r, FACT_CLIENT_SEEN) ? CLIENT : SERVER;
    if (verdict->cause == CAUSE_UNATTRIBUTED)
        return;
    if (is_unexplained(groups, i) || may_be_cut_short(r))
        say_hidden(groups, i);
    else if (may_be_early(r))
        say_unsure(groups, i, CAUSE_EARLY_RESPONSE);
    else if (may_be_refused(groups, i))
        say_unsure(groups, i, CAUSE_CONNECT_REFUSED);
    else if (seen == SERVER && is_idle_close(verdict) && may_be_owed(r))
        say_unsure(groups, i, CAUSE_CLOSE_WAIT_LEAK);
    else
        weigh(groups, i, seen);
}

void unseen_settle(struct groups *groups)
{
    const struct traits *all = &groups->all;
    bool is_possible = all->facts >> FACT_PRESUMED & 1 || all->absent >> FACT_CLIENT_SEEN & 1 ||
                       all->absent >> FACT_SERVER_SEEN & 1;
    for (uint32_t i = 0; i < groups->count && is_possible; i++)
        if (when_one_direction(&groups->records[i]) ||
            record_has(&groups->records[i], FACT_PRESUMED))
            settle(groups, i);
}
