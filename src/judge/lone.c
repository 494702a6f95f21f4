// SPDX-License-Identifier: BSD-2-Clause
// Single connections that need the end of the capture or the exchange log to be told.
#include <string.h>

#include "judge/groups.h"
#include "judge/thresholds.h"

// What the connections of each pair have seen.
struct pair_view {
    bool refuses;     // a SYN was answered by RST
    int64_t survived; // longest idle stay after which a request was answered
};

static struct pair_view *views_new(const struct groups *groups)
{
    struct pair_view *views = g_new(struct pair_view, groups->by_pair.groups + 1);
    for (uint32_t p = 0; p < groups->by_pair.groups; p++)
        views[p] = (struct pair_view){false, NANOS_UNKNOWN};
    for (size_t i = 0; i < groups->count; i++) {
        struct pair_view *view = &views[groups->pair_of[i]];
        uint8_t cause = groups->verdicts[i].cause;
        bool failed = cause == CAUSE_MIDDLEBOX_IDLE_DROP || cause == CAUSE_RETRANSMISSION_TIMEOUT;
        view->refuses |= cause == CAUSE_CONNECT_REFUSED;
        if (!failed && groups->records[i].idle_max > view->survived)
            view->survived = groups->records[i].idle_max;
    }
    return views;
}

static bool is_same_address(const struct address *a, const struct address *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static bool is_ipv4(const struct address *address)
{
    static const uint8_t prefix[12] = {[10] = 0xff, 0xff};
    return memcmp(address, prefix, sizeof(prefix)) == 0;
}

// Whether the same client, or the same host under its other address family, went on to try the
// same service elsewhere while this SYN had no answer (RFC 8305 section 5: 100 ms to 2 s).
static bool is_replaced(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    for (uint32_t k = i + 1; k < groups->count && k <= i + REPLACED_WITHIN; k++) {
        const struct record *next = &groups->records[k];
        int64_t later = next->at[AT_START].time - r->at[AT_START].time;
        const struct address *client = &next->end[CLIENT].address;
        bool is_same = is_same_address(client, &r->end[CLIENT].address) ||
                       is_ipv4(client) != is_ipv4(&r->end[CLIENT].address);
        bool is_elsewhere = !is_same_address(&next->end[SERVER].address, &r->end[SERVER].address);
        if (later > REPLACED_LATEST)
            return false;
        if (later >= REPLACED_EARLIEST && is_same && is_elsewhere && record_has(next, FACT_SYN) &&
            next->end[SERVER].port == r->end[SERVER].port)
            return true;
    }
    return false;
}

static void say_hidden(struct groups *groups, uint32_t i, enum reason reason)
{
    groups_say(groups, i, CAUSE_UNATTRIBUTED, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    groups->verdicts[i].reason = (uint8_t)reason;
}

// A SYN that waited long enough without an answer. Sent once only, something may be missing: a
// kernel sends it again after a second.
static void settle_connect(struct groups *groups, const struct pair_view *view, uint32_t i,
                           bool is_whole)
{
    const struct record *r = &groups->records[i];
    bool is_over =
        groups->last != NANOS_UNKNOWN && groups->last - r->at[AT_START].time >= CONNECT_WAIT;
    bool is_given_up = !view->refuses && is_replaced(groups, i);
    if (!is_over && !is_given_up)
        return;
    if (view->refuses) {
        say_hidden(groups, i, REASON_LOSS);
        return;
    }
    bool is_sure = is_given_up && is_whole;
    groups_say(groups, i, CAUSE_CONNECT_TIMEOUT,
               is_sure ? CONFIDENCE_CONSISTENT : CONFIDENCE_AMBIGUOUS,
               is_sure ? CAUSE_NONE : CAUSE_CONNECT_REFUSED);
    groups->verdicts[i].by_network = true;
}

// Only the stay right before the lost request counts.
static void settle_drop(struct groups *groups, const struct pair_view *view, uint32_t i)
{
    int64_t stay = stay_before_last(&groups->log, i);
    if (stay == NANOS_UNKNOWN || groups->verdicts[i].confidence == CONFIDENCE_STRONG)
        return;
    if (stay < DROP_IDLE)
        groups_say(groups, i, CAUSE_RETRANSMISSION_TIMEOUT, CONFIDENCE_STRONG, CAUSE_NONE);
    else if (view->survived >= stay)
        groups_say(groups, i, CAUSE_RETRANSMISSION_TIMEOUT, CONFIDENCE_AMBIGUOUS,
                   CAUSE_MIDDLEBOX_IDLE_DROP);
}

// Whether the capture lacks the packets of all servers: then a SYN that was refused looks like one
// that nobody answered. A capture of nothing but SYNs leaves that open.
enum sight { SIGHT_BOTH, SIGHT_UNSURE, SIGHT_CLIENTS };

static enum sight sight_of(const struct groups *groups)
{
    enum sight sight = SIGHT_UNSURE;
    for (size_t i = 0; i < groups->count; i++) {
        if (record_has(&groups->records[i], FACT_SERVER_SEEN))
            return SIGHT_BOTH;
        if (record_has(&groups->records[i], FACT_ESTABLISHED))
            sight = SIGHT_CLIENTS;
    }
    return sight;
}

// Whether any connection is one of those that lone_settle() looks at.
static bool may_settle(const struct groups *groups)
{
    bool is_open = (groups->all.causes & trait_cause(CAUSE_OPEN)) != 0;
    bool connects = (groups->all.closes & trait_close(CLOSE_BY_NOBODY, PHASE_CONNECTING)) != 0;
    return (is_open && (connects || traits_lack_packets(&groups->all))) ||
           groups->all.causes & trait_cause(CAUSE_MIDDLEBOX_IDLE_DROP);
}

void lone_settle(struct groups *groups)
{
    if (!may_settle(groups))
        return;
    struct pair_view *views = views_new(groups);
    enum sight sight = sight_of(groups);
    bool is_lossy = traits_lack_packets(&groups->all);
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        const struct pair_view *view = &views[groups->pair_of[i]];
        uint8_t cause = groups->verdicts[i].cause;
        if (cause == CAUSE_OPEN && r->phase == PHASE_CONNECTING && sight == SIGHT_CLIENTS)
            say_hidden(groups, i, REASON_ONE_DIRECTION);
        else if (cause == CAUSE_OPEN && r->phase == PHASE_CONNECTING &&
                 !record_has(r, FACT_SYN_ACK))
            settle_connect(groups, view, i, sight == SIGHT_BOTH && !is_lossy);
        else if (cause == CAUSE_OPEN && is_lossy)
            groups->verdicts[i].confidence = CONFIDENCE_CONSISTENT; // its close may be missing
        else if (cause == CAUSE_MIDDLEBOX_IDLE_DROP)
            settle_drop(groups, view, i);
    }
    g_free(views);
}
