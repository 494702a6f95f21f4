// SPDX-License-Identifier: BSD-2-Clause
// Clusters of single values become settings; known defaults become their candidates.
#include "judge/settings.h"

#include <string.h>

#include "judge/cluster.h"
#include "judge/setting_samples.h"
#include "judge/thresholds.h"

#define WEAK_NEED     3                // weak samples that make a cluster without a strong one
#define CONNECTS_NEED 2                // dials that were replaced after the same time
#define BOUND_LEAST   NANOS_PER_SECOND // a stay that is worth telling
#define SWEEPS_MOST   256 // clusters of one host and kind that are compared with defaults' sweeps

// One host and kind: samples [begin, end) of the ordered array.
struct stretch {
    const struct analysis *analysis;
    const struct known_defaults *known;
    const struct setting_samples *from;
    guint begin, end;
    guint survived, survived_end; // the same host's SAMPLE_SURVIVED
    uint32_t probe_period_ms;     // of the host's TCP keep-alive, 0 unknown
    unsigned clusters;            // so far
};

static const struct setting_sample *sample_at(const struct stretch *s, guint index)
{
    return &g_array_index(s->from->samples, struct setting_sample, index);
}

// User-Agent or Server of the connection, then the products whose TCP keep-alive period fits.
static GString *fingerprint_of(const struct names *names, const struct known_defaults *known,
                               const struct setting *setting)
{
    GString *text = g_string_new(NULL);
    struct slice name =
        names_text(names, setting->role == CLIENT ? setting->agent : setting->software);
    g_string_append_len(text, (const char *)name.at, (gssize)name.length);
    if (setting->probe_period_ms == 0)
        return text;
    GPtrArray *probing = known_defaults_find(known, SETTING_TCP_KEEPALIVE_PERIOD, setting->role,
                                             setting->probe_period_ms * NANOS_PER_MS,
                                             slice_of(text->str, text->len));
    for (guint i = 0; i < probing->len; i++) {
        const char *match = ((const struct known_default *)probing->pdata[i])->match;
        g_string_append_printf(text, " %s", match ? match : "");
    }
    g_ptr_array_free(probing, TRUE);
    return text;
}

static GPtrArray *candidates_of(const struct names *names, const struct known_defaults *known,
                                const struct setting *setting)
{
    if (setting->value == NANOS_UNKNOWN)
        return g_ptr_array_new();
    GString *text = fingerprint_of(names, known, setting);
    struct slice fingerprint = slice_of(text->str, text->len);
    GPtrArray *found =
        known_defaults_find(known, setting->kind, setting->role, setting->value, fingerprint);
    if (found->len == 0 && setting->low != setting->value) {
        g_ptr_array_free(found, TRUE);
        found = known_defaults_find(known, setting->kind, setting->role, setting->low, fingerprint);
    }
    if (setting->hint != NANOS_UNKNOWN) {
        GPtrArray *hinted = known_defaults_hinted(known, setting->kind, setting->role,
                                                  setting->value - setting->hint, fingerprint);
        g_ptr_array_extend_and_steal(hinted, found);
        found = hinted;
    }
    g_string_free(text, TRUE);
    return found;
}

static struct setting setting_of(const struct stretch *s, guint index)
{
    const struct setting_sample *sample = sample_at(s, index);
    const struct setting_host *host =
        &g_array_index(s->from->hosts, struct setting_host, sample->host);
    const struct record *r = &s->analysis->records[sample->record];
    return (struct setting){
        .host = host->endpoint,
        .role = (enum side)host->role,
        .kind = (enum setting_kind)sample->kind,
        .value = sample->value,
        .low = sample->value,
        .high = sample->value,
        .advertised = NANOS_UNKNOWN,
        .hint = r->advertised_timeout == ADVERTISED_NONE ? NANOS_UNKNOWN
                                                         : r->advertised_timeout * NANOS_PER_SECOND,
        .agent = r->names[NAME_AGENT],
        .software = r->names[NAME_SOFTWARE],
        .probe_period_ms = s->probe_period_ms,
    };
}

// What the server announced: on this connection, or else on another one of the host.
static int64_t advertised_of(const struct stretch *s, const struct setting_sample *sample,
                             enum side role, enum setting_kind kind)
{
    const struct record *r = &s->analysis->records[sample->record];
    uint32_t other = g_array_index(s->from->announcing, uint32_t, sample->host);
    if (role != SERVER)
        return NANOS_UNKNOWN;
    if (kind == SETTING_MAX_REQUESTS && r->advertised_max != ADVERTISED_NONE)
        return r->advertised_max;
    if (kind != SETTING_IDLE_TIMEOUT)
        return NANOS_UNKNOWN;
    if (r->advertised_timeout == ADVERTISED_NONE && other != UINT32_MAX)
        r = &s->analysis->records[other];
    if (r->advertised_timeout == ADVERTISED_NONE)
        return NANOS_UNKNOWN;
    return r->advertised_timeout * NANOS_PER_SECOND;
}

// How far the cluster that begins at `low` reaches, whatever lies between: a sweep or a coarse
// tick of the default that its fingerprint points to.
static int64_t reach_of(const struct stretch *s, const struct setting *first)
{
    int64_t reach = first->low;
    GString *text = fingerprint_of(s->analysis->names, s->known, first);
    GPtrArray *found = known_defaults_find(s->known, first->kind, first->role, first->low,
                                           slice_of(text->str, text->len));
    if (found->len > 0 && known_default_fits(found->pdata[0], slice_of(text->str, text->len))) {
        const struct known_default *best = found->pdata[0];
        reach = best->value + best->slack;
    }
    g_ptr_array_free(found, TRUE);
    g_string_free(text, TRUE);
    return reach;
}

// The end of the cluster that begins at `begin`.
static guint cluster_end(struct stretch *s, guint begin)
{
    struct setting first = setting_of(s, begin);
    bool is_swept = first.kind == SETTING_IDLE_TIMEOUT && s->clusters++ < SWEEPS_MOST;
    int64_t reach = is_swept ? reach_of(s, &first) : first.value;
    guint end = begin + 1;
    for (; end < s->end; end++) {
        int64_t before = sample_at(s, end - 1)->value, value = sample_at(s, end)->value;
        int64_t link = setting_is_time(first.kind) ? cluster_tight(before) : 0;
        if (value - before > link && value > reach)
            break;
    }
    return end;
}

// Connections whose longest idle stay went beyond `high`: if as many, it is no timeout of theirs.
static guint survivors_of(const struct stretch *s, int64_t high)
{
    guint low = s->survived, end = s->survived_end;
    while (low < end) {
        guint middle = low + (end - low) / 2;
        if (sample_at(s, middle)->value > high)
            end = middle;
        else
            low = middle + 1;
    }
    return s->survived_end - low;
}

static bool is_accepted(const struct stretch *s, const struct setting *setting, guint strong)
{
    bool is_limit =
        setting->kind == SETTING_POOL_LIMIT || setting->kind == SETTING_POOL_LIMIT_TOTAL;
    if (setting->kind == SETTING_CONNECT_TIMEOUT)
        return setting->n >= CONNECTS_NEED;
    if ((strong == 0 || is_limit) && setting->n < WEAK_NEED)
        return false;
    if (setting->kind != SETTING_IDLE_TIMEOUT)
        return true;
    int64_t high = setting->high + cluster_tight(setting->high);
    return survivors_of(s, high) < setting->n;
}

// Peers kept at the closes that agree on this limit.
static void spread_of_limit(const struct stretch *s, guint begin, guint end,
                            struct setting *setting)
{
    for (guint i = begin; i < end; i++) {
        uint32_t kept = s->analysis->verdicts[sample_at(s, i)->record].kept_peers;
        if (kept == UINT32_MAX)
            continue;
        setting->low = MIN(setting->low, kept);
        setting->high = MAX(setting->high, kept);
    }
}

// Connections without a request that are closed at one moment have a common reason, which needs no
// timer.
static bool is_one_event(const struct stretch *s, guint begin, guint end)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (guint i = begin; i < end; i++) {
        uint32_t record = sample_at(s, i)->record;
        int64_t close = record_close(&s->analysis->records[record]).time;
        if (s->analysis->verdicts[record].cause != CAUSE_UNUSED_CONNECTION)
            return false;
        first = MIN(first, close);
        last = MAX(last, close);
    }
    return last - first <= MOMENTS_APART;
}

static bool add_cluster(const struct stretch *s, guint begin, guint end, GArray *settings)
{
    guint middle = begin + (end - begin) / 2, strong = 0;
    struct setting setting = setting_of(s, middle);
    for (guint i = begin; i < end; i++)
        strong += !sample_at(s, i)->is_weak;
    setting.low = sample_at(s, begin)->value;
    for (guint i = begin; i < end; i++)
        setting.high = MAX(setting.high, sample_at(s, i)->most);
    setting.n = end - begin;
    if (setting.kind == SETTING_POOL_LIMIT || setting.kind == SETTING_POOL_LIMIT_TOTAL)
        spread_of_limit(s, begin, end, &setting);
    setting.advertised = advertised_of(s, sample_at(s, middle), setting.role, setting.kind);
    if (!is_accepted(s, &setting, strong) || (strong == 0 && is_one_event(s, begin, end)))
        return false;
    g_array_append_val(settings, setting);
    return true;
}

// No idle timeout was seen: what reuses prove, and what the server announced.
static void add_bound(const struct stretch *s, guint index, GArray *settings)
{
    struct setting setting = setting_of(s, index);
    bool survived = s->survived < s->survived_end;
    setting.kind = SETTING_IDLE_TIMEOUT;
    setting.value = setting.low = setting.high = NANOS_UNKNOWN;
    setting.n = s->survived_end - s->survived;
    if (survived)
        setting.low = sample_at(s, s->survived_end - 1)->value;
    setting.advertised = advertised_of(s, sample_at(s, index), setting.role, SETTING_IDLE_TIMEOUT);
    g_array_append_val(settings, setting);
}

static guint stretch_end(const struct stretch *s, guint begin, guint end)
{
    const struct setting_sample *first = sample_at(s, begin);
    guint next = begin;
    while (next < end && sample_at(s, next)->kind == first->kind)
        next++;
    return next;
}

// Idle timeouts of which no two agree are closes of one sweep: a range.
static bool is_scattered(struct stretch *s)
{
    guint i = s->begin;
    if (sample_at(s, i)->kind != SETTING_IDLE_TIMEOUT || s->end - i < 2)
        return false;
    while (i < s->end && cluster_end(s, i) == i + 1)
        i++;
    return i == s->end;
}

// The clusters of one host and kind, [s->begin, s->end); whether one was kept.
static bool settle_kind(struct stretch *s, GArray *settings)
{
    bool is_any = false;
    s->clusters = 0;
    if (is_scattered(s))
        return add_cluster(s, s->begin, s->end, settings);
    for (guint i = s->begin, next; i < s->end; i = next) {
        next = cluster_end(s, i);
        is_any |= add_cluster(s, i, next, settings);
    }
    return is_any;
}

// All samples of one host, [begin, end).
static void settle_host(struct stretch *s, guint begin, guint end, GArray *settings)
{
    bool has_idle = false;
    guint next;
    s->survived = s->survived_end = end;
    s->probe_period_ms = 0;
    for (guint i = begin; i < end; i = next) {
        next = stretch_end(s, i, end);
        const struct setting_sample *middle = sample_at(s, i + (next - i) / 2);
        if (middle->kind == SAMPLE_SURVIVED)
            s->survived = i;
        else if (middle->kind == SETTING_TCP_KEEPALIVE_PERIOD)
            s->probe_period_ms = (uint32_t)(middle->value / NANOS_PER_MS);
    }
    for (guint i = begin; i < s->survived; i = s->end) {
        s->begin = i;
        s->end = stretch_end(s, i, s->survived);
        bool is_idle = sample_at(s, i)->kind == SETTING_IDLE_TIMEOUT;
        has_idle |= settle_kind(s, settings) && is_idle;
    }
    bool is_bound =
        s->survived < s->survived_end && sample_at(s, s->survived_end - 1)->value >= BOUND_LEAST;
    if (!has_idle && is_bound) {
        add_bound(s, end - 1, settings);
        has_idle = true;
    }
    if (has_idle)
        g_array_index(s->from->announcing, uint32_t, sample_at(s, begin)->host) = UINT32_MAX;
}

// Servers that announced a timeout and showed none.
static void add_announced(const struct stretch *s, GArray *settings)
{
    for (uint32_t h = 0; h < s->from->hosts->len; h++) {
        uint32_t record = g_array_index(s->from->announcing, uint32_t, h);
        if (record == UINT32_MAX)
            continue;
        const struct record *r = &s->analysis->records[record];
        struct setting setting = {
            .host = g_array_index(s->from->hosts, struct setting_host, h).endpoint,
            .role = SERVER,
            .kind = SETTING_IDLE_TIMEOUT,
            .value = NANOS_UNKNOWN,
            .low = NANOS_UNKNOWN,
            .high = NANOS_UNKNOWN,
            .advertised = r->advertised_timeout * NANOS_PER_SECOND,
            .hint = NANOS_UNKNOWN,
            .agent = r->names[NAME_AGENT],
            .software = r->names[NAME_SOFTWARE],
        };
        g_array_append_val(settings, setting);
    }
}

// Observed ones first, then by how often, then by where they stand in the samples.
static gint compare_settings(gconstpointer a, gconstpointer b)
{
    const struct setting *x = a, *y = b;
    bool x_unseen = x->value == NANOS_UNKNOWN, y_unseen = y->value == NANOS_UNKNOWN;
    if (x_unseen != y_unseen)
        return x_unseen - y_unseen;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    int order = memcmp(&x->host.address, &y->host.address, sizeof x->host.address);
    if (order == 0)
        order = (x->host.port > y->host.port) - (x->host.port < y->host.port);
    if (order == 0)
        order = (int)x->kind - (int)y->kind;
    return order ? order : (x->value > y->value) - (x->value < y->value);
}

static void clear_setting(gpointer data)
{
    struct setting *setting = data;
    if (setting->candidates)
        g_ptr_array_free(setting->candidates, TRUE);
}

GArray *settings_new(const struct analysis *analysis, const struct known_defaults *known)
{
    GArray *settings = g_array_new(FALSE, TRUE, sizeof(struct setting));
    struct setting_samples samples;
    setting_samples_init(&samples, analysis);
    g_array_set_clear_func(settings, clear_setting);
    struct stretch s = {.analysis = analysis, .known = known, .from = &samples};
    guint count = samples.samples->len;
    for (guint i = 0, next; i < count; i = next) {
        uint32_t host = sample_at(&s, i)->host;
        for (next = i; next < count && sample_at(&s, next)->host == host;)
            next++;
        settle_host(&s, i, next, settings);
    }
    add_announced(&s, settings);
    setting_samples_clear(&samples);
    if (settings->len > 1)
        g_array_sort(settings, compare_settings);
    if (settings->len > SETTINGS_MOST)
        g_array_set_size(settings, SETTINGS_MOST);
    for (guint i = 0; i < settings->len; i++) {
        struct setting *setting = &g_array_index(settings, struct setting, i);
        setting->candidates = candidates_of(analysis->names, known, setting);
    }
    return settings;
}

void settings_free(GArray *settings)
{
    if (settings)
        g_array_free(settings, TRUE);
}
