// SPDX-License-Identifier: BSD-2-Clause
// Which verdict says what about which host.
#include "judge/setting_samples.h"

#include <string.h>

#include "judge/dense_ids.h"
#include "judge/families.h"
#include "judge/keyed.h"
#include "judge/thresholds.h"

#define SAMPLES_LEAST 64 // room for samples

struct host_key {
    struct address address;
    uint16_t port, role;
} __attribute__((packed));

static int64_t gap_of(const struct record *r, const struct verdict *v)
{
    (void)v;
    return r->gap;
}

static int64_t age_from(const struct record *r, enum moment_id from)
{
    return moment_between(r->at[from], record_close(r));
}

static int64_t age_of(const struct record *r, const struct verdict *v)
{
    (void)v;
    bool is_established = moment_is_set(r->at[AT_ESTABLISHED]);
    return age_from(r, is_established ? AT_ESTABLISHED : AT_START);
}

static int64_t requests_of(const struct record *r, const struct verdict *v)
{
    return v->group == GROUP_REQUEST_COUNT && v->value > 0 ? v->value : r->requests;
}

// A client's timeout runs from the request's first byte.
static int64_t wait_of(const struct record *r, const struct verdict *v)
{
    (void)v;
    return moment_between(r->at[AT_LAST_REQUEST], record_close(r));
}

// A server's for reading one runs from its first byte, or from the handshake before there is one.
static int64_t reading_of(const struct record *r, const struct verdict *v)
{
    return moment_is_set(r->at[AT_LAST_REQUEST]) ? wait_of(r, v) : age_of(r, v);
}

// A FIN behind data that the client's full window holds back shows when that window opened, or when
// all data had gone.
static int64_t writing_of(const struct record *r, const struct verdict *v)
{
    (void)v;
    bool is_held_back = r->stalled_ms >= STALLED_MS || record_has(r, FACT_CLIENT_STALLED);
    if (r->close_how == CLOSE_FIN && is_held_back)
        return NANOS_UNKNOWN;
    return moment_between(r->at[AT_REQUEST_END], record_close(r));
}

static int64_t limit_of(const struct record *r, const struct verdict *v)
{
    (void)r;
    return v->group == GROUP_KEPT_PEERS ? v->value : NANOS_UNKNOWN;
}

static int64_t own_requests_of(const struct record *r, const struct verdict *v)
{
    return v->group == GROUP_REQUEST_COUNT ? requests_of(r, v) : NANOS_UNKNOWN;
}

// The causes that show a setting. ONLY_WEAK: the close may have come early, or not from a timer.
#define ONLY_WEAK true
static const struct speaker {
    enum cause cause;
    enum setting_kind kind;
    enum side role;
    int64_t (*measure)(const struct record *r, const struct verdict *v);
    bool is_weak;
} speakers[] = {
    {CAUSE_CLIENT_IDLE_TIMEOUT, SETTING_IDLE_TIMEOUT, CLIENT, gap_of, false},
    {CAUSE_SERVER_IDLE_TIMEOUT, SETTING_IDLE_TIMEOUT, SERVER, gap_of, false},
    {CAUSE_KEEPALIVE_RACE, SETTING_IDLE_TIMEOUT, SERVER, gap_of, ONLY_WEAK},
    {CAUSE_STALE_REUSE, SETTING_IDLE_TIMEOUT, SERVER, gap_of, ONLY_WEAK},
    {CAUSE_CLIENT_MAX_AGE, SETTING_MAX_AGE, CLIENT, age_of, false},
    {CAUSE_SERVER_MAX_AGE, SETTING_MAX_AGE, SERVER, age_of, false},
    {CAUSE_SERVER_REQUEST_LIMIT, SETTING_MAX_REQUESTS, SERVER, requests_of, false},
    {CAUSE_CLIENT_SHUTDOWN, SETTING_MAX_REQUESTS, CLIENT, own_requests_of, false},
    {CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, SETTING_RESPONSE_TIMEOUT, CLIENT, wait_of, false},
    {CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, SETTING_RESPONSE_TIMEOUT, CLIENT, wait_of, false},
    {CAUSE_SERVER_TIMEOUT_READING_REQUEST, SETTING_REQUEST_TIMEOUT, SERVER, reading_of, false},
    {CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, SETTING_WRITE_TIMEOUT, SERVER, writing_of, false},
    {CAUSE_CLIENT_POOL_LIMIT, SETTING_POOL_LIMIT, CLIENT, limit_of, false},
    {CAUSE_CLIENT_POOL_LIMIT_TOTAL, SETTING_POOL_LIMIT_TOTAL, CLIENT, limit_of, false},
};

struct collector {
    const struct analysis *analysis;
    struct setting_samples *to;
    struct setting_sample *samples;           // as they are met
    size_t count, room;                       // of them
    uint32_t *hosts;                          // [2 * pairs] index of the pair's client and server
    const struct speaker *speaker_of[CAUSES]; // NULL: shows no setting
};

// A client's clock may have run from the connect: as long as the first request's whole connection.
static int64_t longest_wait(const struct record *r, int64_t value)
{
    bool is_first = r->requests == 1 && record_has(r, FACT_SYN) &&
                    moment_between(r->at[AT_ESTABLISHED], r->at[AT_LAST_REQUEST]) <= AT_ONCE;
    return is_first ? age_from(r, AT_START) : value;
}

// `sample` names everything but its host, which is the pair's in that role.
static void sample_add(struct collector *c, enum side role, struct setting_sample sample)
{
    if (sample.value == NANOS_UNKNOWN || sample.value <= 0)
        return;
    sample.most = sample.value;
    if (sample.kind == SETTING_RESPONSE_TIMEOUT)
        sample.most = longest_wait(&c->analysis->records[sample.record], sample.value);
    sample.host = c->hosts[2 * c->analysis->pair_of[sample.record] + role];
    if (c->count == c->room) {
        c->room = MAX(2 * c->room, SAMPLES_LEAST);
        c->samples = g_renew(struct setting_sample, c->samples, c->room);
    }
    c->samples[c->count++] = sample;
}

static void collect_verdict(struct collector *c, size_t i)
{
    const struct record *r = &c->analysis->records[i];
    const struct verdict *v = &c->analysis->verdicts[i];
    const struct speaker *speaker = c->speaker_of[v->cause];
    bool is_weak = v->confidence == CONFIDENCE_AMBIGUOUS;
    if (speaker)
        sample_add(c, speaker->role,
                   (struct setting_sample){.value = speaker->measure(r, v),
                                           .record = (uint32_t)i,
                                           .kind = (uint8_t)speaker->kind,
                                           .is_weak = is_weak || speaker->is_weak});
    if (v->cause == CAUSE_UNUSED_CONNECTION && r->gap >= IDLE_FROM &&
        r->close_by != CLOSE_BY_NOBODY)
        sample_add(c, r->close_by == CLOSE_BY_SERVER ? SERVER : CLIENT,
                   (struct setting_sample){.value = r->gap,
                                           .record = (uint32_t)i,
                                           .kind = SETTING_IDLE_TIMEOUT,
                                           .is_weak = true});
}

// A request that nobody answered does not show that its server still had the connection.
static bool is_answered(const struct record *r)
{
    return r->outstanding == 0 && r->responses_complete >= r->requests &&
           !record_has(r, FACT_RACED_REQUEST) && !record_has(r, FACT_STALE_REQUEST);
}

static bool is_unavailable(const struct record *r)
{
    return r->last_status == 503 || r->last_status == 504;
}

bool setting_samples_in(const struct record *record)
{
    return record->idle_max >= IDLE_FROM || record->probe_period_ms > 0 || is_unavailable(record) ||
           record->advertised_timeout != ADVERTISED_NONE;
}

// A server, or a proxy before it, that gives up on its own work says so in time (RFC 9110 sections
// 15.6.4 and 15.6.5): http.TimeoutHandler, proxy_read_timeout.
static int64_t answered_after(const struct record *r)
{
    return moment_between(r->at[AT_LAST_REQUEST], r->at[AT_RESPONSE_BEGIN]);
}

static void collect_facts(struct collector *c, size_t i)
{
    const struct record *r = &c->analysis->records[i];
    uint32_t server = c->hosts[2 * c->analysis->pair_of[i] + SERVER];
    if (r->idle_max != NANOS_UNKNOWN && r->idle_max >= IDLE_FROM) {
        const struct setting_sample survived = {
            .value = r->idle_max, .record = (uint32_t)i, .kind = SAMPLE_SURVIVED};
        sample_add(c, CLIENT, survived);
        if (is_answered(r))
            sample_add(c, SERVER, survived);
    }
    if (r->probe_period_ms > 0) {
        enum side side = r->end[SERVER].probes > r->end[CLIENT].probes ? SERVER : CLIENT;
        sample_add(c, side,
                   (struct setting_sample){.value = r->probe_period_ms * NANOS_PER_MS,
                                           .record = (uint32_t)i,
                                           .kind = SETTING_TCP_KEEPALIVE_PERIOD});
    }
    if (is_unavailable(r) && answered_after(r) >= IDLE_FROM)
        sample_add(c, SERVER,
                   (struct setting_sample){.value = answered_after(r),
                                           .record = (uint32_t)i,
                                           .kind = SETTING_RESPONSE_TIMEOUT});
    if (r->advertised_timeout != ADVERTISED_NONE)
        g_array_index(c->to->announcing, uint32_t, server) = (uint32_t)i;
}

// A client that gives up connecting sends nothing; its next attempt at the same endpoint tells,
// unless it was content with the other address family meanwhile.
static void collect_connects(struct collector *c)
{
    const struct analysis *a = c->analysis;
    struct dense_ids *ids = dense_ids_new(sizeof(uint32_t[2]));
    GArray *next = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = a->record_count; i-- > 0;) {
        uint32_t key[2] = {c->hosts[2 * a->pair_of[i]], c->hosts[2 * a->pair_of[i] + 1]};
        uint32_t id = dense_ids_add(ids, key);
        int64_t start = a->records[i].at[AT_START].time;
        if (id == next->len)
            g_array_append_val(next, start);
        else if (a->verdicts[i].cause == CAUSE_CONNECT_TIMEOUT &&
                 families_other_after(a, i) == NANOS_UNKNOWN)
            sample_add(c, CLIENT,
                       (struct setting_sample){.value = g_array_index(next, int64_t, id) - start,
                                               .record = (uint32_t)i,
                                               .kind = SETTING_CONNECT_TIMEOUT,
                                               .is_weak = true});
        g_array_index(next, int64_t, id) = start;
    }
    g_array_free(next, TRUE);
    dense_ids_free(ids);
}

// By host, kind and value; equal ones stay in order of their connections.
static void sort_samples(const struct collector *c)
{
    struct keyed *order = g_new(struct keyed, c->count + 1);
    for (size_t i = 0; i < c->count; i++)
        order[i] = (struct keyed){c->samples[i].value, (uint32_t)i};
    keyed_sort(order, c->count);
    for (size_t i = 0; i < c->count; i++) {
        const struct setting_sample *sample = &c->samples[order[i].item];
        order[i].key = (int64_t)sample->host << 8 | sample->kind;
    }
    keyed_sort(order, c->count);
    g_array_set_size(c->to->samples, (guint)c->count);
    for (size_t i = 0; i < c->count; i++)
        g_array_index(c->to->samples, struct setting_sample, i) = c->samples[order[i].item];
    g_free(order);
}

// The hosts of every pair: several pairs of one host share it.
static uint32_t *hosts_of(struct setting_samples *to, const GArray *pairs)
{
    struct dense_ids *ids = dense_ids_new(sizeof(struct host_key));
    uint32_t *hosts = g_new(uint32_t, 2 * (size_t)pairs->len + 1);
    for (guint p = 0; p < pairs->len; p++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, p);
        const struct setting_host ends[2] = {
            {{pair->client, 0}, CLIENT},
            {pair->server, SERVER},
        };
        for (int side = CLIENT; side <= SERVER; side++) {
            struct host_key key = {ends[side].endpoint.address, ends[side].endpoint.port,
                                   (uint16_t)side};
            uint32_t id = hosts[2 * p + (guint)side] = dense_ids_add(ids, &key);
            const uint32_t nobody = UINT32_MAX;
            if (id < to->hosts->len)
                continue;
            g_array_append_val(to->hosts, ends[side]);
            g_array_append_val(to->announcing, nobody);
        }
    }
    dense_ids_free(ids);
    return hosts;
}

void setting_samples_init(struct setting_samples *samples, const struct analysis *analysis)
{
    samples->samples = g_array_new(FALSE, FALSE, sizeof(struct setting_sample));
    samples->hosts = g_array_new(FALSE, FALSE, sizeof(struct setting_host));
    samples->announcing = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct collector c = {
        .analysis = analysis, .to = samples, .hosts = hosts_of(samples, analysis->pairs)};
    for (size_t s = 0; s < G_N_ELEMENTS(speakers); s++)
        c.speaker_of[speakers[s].cause] = &speakers[s];
    bool connects = false;
    for (size_t i = 0; i < analysis->record_count; i++) {
        if (analysis->verdicts[i].is_probe)
            continue;
        collect_verdict(&c, i);
        if (g_array_index(analysis->pairs, struct pair, analysis->pair_of[i]).is_telling)
            collect_facts(&c, i);
        connects |= analysis->verdicts[i].cause == CAUSE_CONNECT_TIMEOUT;
    }
    if (connects)
        collect_connects(&c);
    sort_samples(&c);
    g_free(c.samples);
    g_free(c.hosts);
}

void setting_samples_clear(struct setting_samples *samples)
{
    g_array_free(samples->samples, TRUE);
    g_array_free(samples->hosts, TRUE);
    g_array_free(samples->announcing, TRUE);
}
