// SPDX-License-Identifier: BSD-2-Clause
// Requests that reached the server's kernel just before its idle timer ended the connection: the
// program never read them, so the kernel answers with RST (RFC 2525 section 2.17), and on the wire
// it looks like a crash. The idle time before it tells the two apart.
#include "judge/groups.h"
#include "judge/thresholds.h"

struct race_view {
    struct groups *groups;
    struct sample *samples; // idle times of the server's closes, the candidates' among them
    size_t count;
};

// How long the connection had been idle at the close, but for the request that came at the end.
static int64_t idle_before(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    int64_t stay = stay_before_last(&groups->log, i);
    int64_t since = moment_between(r->at[AT_LAST_REQUEST], record_close(r));
    return stay == NANOS_UNKNOWN || since == NANOS_UNKNOWN ? NANOS_UNKNOWN : stay + since;
}

// A reset in answer to a request on a used connection, as soon as the request could arrive.
static bool is_candidate(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    int64_t since = moment_between(r->at[AT_LAST_REQUEST], record_close(r));
    int64_t latest = AT_ONCE + 2 * (int64_t)r->rtt_us * 1000;
    return groups->verdicts[i].cause == CAUSE_SERVER_ABORTED && r->phase == PHASE_AWAITING &&
           r->close_by == CLOSE_BY_SERVER && r->close_how == CLOSE_RST &&
           !record_has(r, FACT_RST_NO_ACK) && since != NANOS_UNKNOWN && since <= latest &&
           idle_before(groups, i) >= IDLE_FROM;
}

static bool is_idle_close(const struct groups *groups, uint32_t i)
{
    uint8_t cause = groups->verdicts[i].cause;
    return (cause == CAUSE_SERVER_IDLE_TIMEOUT || cause == CAUSE_KEEPALIVE_RACE ||
            cause == CAUSE_STALE_REUSE) &&
           groups->records[i].gap != NANOS_UNKNOWN;
}

static void list_idle(struct race_view *view, struct member_list list)
{
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        bool is_reset = is_candidate(view->groups, i);
        if (!is_reset && !is_idle_close(view->groups, i))
            continue;
        const struct record *r = &view->groups->records[i];
        int64_t idle = is_reset ? idle_before(view->groups, i) : r->gap;
        view->samples[view->count++] = (struct sample){idle, record_close(r).time, i, 0};
    }
}

static void settle(struct race_view *view)
{
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (size_t k = 0; k < view->count; k++) {
        const struct sample *sample = &view->samples[k];
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, sample->cluster);
        if (!is_candidate(view->groups, sample->record))
            continue;
        bool is_timer =
            cluster->moments >= 2 && cluster_is_telling(cluster, view->samples, view->count);
        bool is_known = groups_is_known(view->groups, sample->record, SERVER, SETTING_IDLE_TIMEOUT,
                                        sample->value);
        if (!is_timer && !is_known)
            continue;
        bool is_strong = is_timer && cluster->moments >= STRONG_MOMENTS;
        groups_say(view->groups, sample->record, CAUSE_KEEPALIVE_RACE,
                   is_strong ? CONFIDENCE_STRONG : CONFIDENCE_CONSISTENT,
                   is_strong ? CAUSE_NONE : CAUSE_SERVER_ABORTED);
        groups_because(view->groups, sample->record,
                       is_timer ? GROUP_GAP_CLUSTER : GROUP_KNOWN_DEFAULT,
                       is_timer ? cluster->centre : sample->value, is_timer ? cluster->n : 1);
    }
    g_array_free(clusters, TRUE);
}

void races_settle(struct groups *groups)
{
    for (uint32_t h = 0; h < groups->by_host[SERVER].groups; h++) {
        if (!(groups->of_host[SERVER][h].causes & trait_cause(CAUSE_SERVER_ABORTED)))
            continue;
        struct member_list list = members_of(&groups->by_host[SERVER], h);
        struct race_view view = {groups, g_new(struct sample, list.count + 1), 0};
        list_idle(&view, list);
        settle(&view);
        g_free(view.samples);
    }
}
