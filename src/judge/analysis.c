// SPDX-License-Identifier: BSD-2-Clause
// Judges every record, alone and in its groups, and sums up.
#include "judge/analysis.h"

#include "base/crew.h"
#include "base/pages.h"
#include "base/radix.h"
#include "judge/conflicts.h"
#include "judge/findings.h"
#include "judge/finding.h"
#include "judge/groups.h"
#include "judge/hosts.h"
#include "judge/holes.h"
#include "judge/known.h"
#include "judge/settings.h"
#include "judge/settled.h"
#include "judge/sockets.h"
#include "judge/tuples.h"
#include "judge/twins.h"
#include "judge/what_if.h"

static bool is_sorted(const uint32_t *frames, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (frames[i - 1] > frames[i])
            return false;
    }
    return true;
}

// Those of the first packets.
static uint32_t *frames_of(const struct record *records, size_t count)
{
    uint32_t *frames = pages_array(uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        frames[i] = records[i].at[AT_START].frame;
    return frames;
}

// Each record moves once: `order` says, by place, where the record that belongs there is now.
static void move_into_place(struct record *records, uint64_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t to = i, from = (uint32_t)order[i];
        if (from == i)
            continue;
        struct record first = records[i];
        for (; from != i; to = from, from = (uint32_t)order[to]) {
            records[to] = records[from];
            order[to] = to;
        }
        records[to] = first;
        order[to] = to;
    }
}

static void sort_by_frame(struct record *records, uint32_t *frames, size_t count)
{
    if (is_sorted(frames, count))
        return;
    uint64_t *order = g_new(uint64_t, count);
    for (size_t i = 0; i < count; i++)
        order[i] = (uint64_t)frames[i] << 32 | i;
    radix_sort(order, count, 32, 64);
    for (size_t i = 0; i < count; i++)
        frames[i] = (uint32_t)(order[i] >> 32);
    move_into_place(records, order, count);
    g_free(order);
}

// One task after another, or side by side.
struct working {
    struct pieces pieces;
    void (*const *tasks)(struct working *);
    struct analysis *all;
    const struct analysis_input *input;
    uint32_t *frames; // of the records' first packets
    struct exchange_log log;
    struct members by_pair; // records
    struct hosts hosts;
    struct host_marks *marks;
    bool is_split;
    GThread *drawer; // of sockets, meanwhile; NULL none
    struct replay_input *requests;
    struct inquiry *inquiry;
};

static gpointer work_on(gpointer work)
{
    struct working *working = work;
    size_t task;
    while (pieces_take(&working->pieces, &task))
        working->tasks[task](working);
    return NULL;
}

// Tasks that need none of the others.
static void work_together(struct working *working, void (*const *tasks)(struct working *),
                          unsigned count)
{
    working->pieces = (struct pieces){0, (gint)count};
    working->tasks = tasks;
    crew_run(MIN(working->input->threads, count), work_on, working);
}

// Hosts behind one address are groups of their own, but one pair.
static void find_pairs(struct working *working)
{
    struct analysis *all = working->all;
    working->marks = pages_array(struct host_marks, all->record_count + 1);
    all->pairs = pairs_new(all->records, all->record_count, all->pair_of, working->marks);
    working->by_pair = members_new(all->pair_of, all->record_count, all->pairs->len);
    working->is_split =
        hosts_split(&working->hosts, working->marks, &working->by_pair, all->pairs, all->pair_of);
}

static void log_exchanges(struct working *working)
{
    const struct analysis_input *input = working->input;
    working->log = exchange_log_new(working->frames, working->all->record_count, input->exchanges,
                                    input->exchange_count, input->threads);
}

static void read_defaults(struct working *working)
{
    if (!working->all->known)
        working->all->known = known_defaults_embedded();
}

// What connections belong together, before any is judged.
static void prepare(struct working *working)
{
    static void (*const tasks[])(struct working *) = {find_pairs, log_exchanges, read_defaults};
    struct analysis *all = working->all;
    all->verdicts = pages_array(struct verdict, all->record_count + 1);
    all->pair_of = pages_array(uint32_t, all->record_count + 1);
    work_together(working, tasks, G_N_ELEMENTS(tasks));
}

static void add_uses(struct analysis *all, const struct groups *groups, const uint32_t *whole_of)
{
    for (uint32_t p = 0; p < groups->by_pair.groups; p++) {
        uint32_t whole = whole_of ? whole_of[p] : p;
        struct pair *pair = &g_array_index(all->pairs, struct pair, whole);
        pair->opens += groups->uses[p].opens;
        pair->opens_with_idle += groups->uses[p].opens_with_idle;
    }
}

// What connections say alone and in their groups, and what they add up to.
static void settle(struct working *working)
{
    struct analysis *all = working->all;
    const struct hosts *hosts = &working->hosts;
    const struct groups given = {
        .records = all->records,
        .verdicts = all->verdicts,
        .count = all->record_count,
        .names = all->names,
        .known = all->known,
        .pairs = working->is_split ? hosts->pairs : all->pairs,
        .pair_of = working->is_split ? hosts->pair_of : all->pair_of,
        .by_pair = working->is_split ? hosts->by_pair : working->by_pair,
        .last = all->last,
        .threads = working->input->threads,
        .log = working->log,
    };
    struct groups *groups = groups_new(&given);
    groups_settle(groups);
    add_uses(all, groups, working->is_split ? hosts->whole_of : NULL);
    pairs_sum_up(all->pairs, &working->by_pair, all->records, all->verdicts,
                 working->input->threads);
    groups_free(groups);
    members_free(&working->by_pair);
    if (working->is_split)
        hosts_free(&working->hosts);
}

// Takes the probes out; false when there are none.
static bool drop_probes(struct working *working)
{
    struct analysis *all = working->all;
    size_t kept = 0;
    for (size_t i = 0; i < all->record_count; i++)
        if (!all->verdicts[i].is_probe) {
            working->frames[kept] = working->frames[i];
            all->records[kept++] = all->records[i];
        }
    if (kept == all->record_count)
        return false;
    all->record_count = kept;
    g_clear_pointer(&all->verdicts, g_free);
    g_clear_pointer(&all->pair_of, g_free);
    pairs_free(all->pairs);
    g_free(working->marks);
    exchange_log_free(&working->log);
    return true;
}

// Each connection is one of a pair.
static void add_up(struct working *working)
{
    struct analysis *all = working->all;
    all->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_row));
    all->spread = spread_new();
    for (guint p = 0; p < all->pairs->len; p++) {
        const struct pair *pair = &g_array_index(all->pairs, struct pair, p);
        totals_add(&all->totals, &pair->totals);
        causes_add(all->causes, pair->causes);
        spread_add_all(all->spread, pair->spread);
    }
    all->totals.per_connection = spread_distribution(all->spread);
    all->families = causes_families(all->causes);
}

// Sockets need no verdicts: another thread may draw them while connections are judged.
static gpointer draw(gpointer work)
{
    const struct working *working = work;
    working->all->alike = tuples_alike(working->all, working->marks);
    working->all->sockets = sockets_new(working->all, working->marks);
    return NULL;
}

static void draw_sockets(struct working *working)
{
    if (!working->drawer)
        draw(working);
}

static void find_settings(struct working *working)
{
    struct analysis *all = working->all;
    all->settings = settings_new(all, all->known);
    all->conflicts = conflicts_new(all, &working->log);
}

static void gather_requests(struct working *working)
{
    working->requests = replay_input_new(working->all, &working->log);
}

static void replay(struct working *working)
{
    working->all->what_ifs = what_ifs_new(working->requests, working->input->threads);
    replay_input_free(working->requests);
}

static void begin_findings(struct working *working)
{
    const struct analysis_input *input = working->input;
    working->inquiry = findings_begin(working->all, input->exchanges, input->exchange_count);
}

static void find_twins(struct working *working)
{
    struct analysis *all = working->all;
    all->twin_of = twins_find(all->records, working->marks, all->record_count, &all->twins);
}

// What all connections add up to, and what is found among them.
static void look_into(struct working *working)
{
    static void (*const first[])(struct working *) = {draw_sockets, find_settings, add_up,
                                                      find_twins, gather_requests};
    static void (*const then[])(struct working *) = {replay, begin_findings};
    work_together(working, first, G_N_ELEMENTS(first));
    if (working->drawer)
        g_thread_join(working->drawer);
    work_together(working, then, G_N_ELEMENTS(then));
    working->all->findings = findings_end(working->inquiry);
}

static void analyze(struct working *working)
{
    const struct analysis_input *input = working->input;
    bool draws_meanwhile = input->threads > 1 && !input->is_window && !input->without_probes;
    prepare(working);
    if (draws_meanwhile)
        working->drawer = crew_thread("sockets", draw, working);
    settle(working);
    // Their groups tell probes: the others are judged again as if those had not been there.
    while (input->without_probes && drop_probes(working)) {
        prepare(working);
        settle(working);
    }
    if (input->is_window)
        add_up(working);
    else
        look_into(working);
    g_free(working->marks);
    g_free(working->frames);
    exchange_log_free(&working->log);
}

struct analysis *analysis_new(const struct analysis_input *input)
{
    struct analysis *all = g_new0(struct analysis, 1);
    struct working working = {.all = all, .input = input};
    all->names = input->names;
    all->records = input->records;
    all->record_count = input->record_count;
    all->first = input->first;
    all->last = input->last;
    all->seams = g_array_new(FALSE, FALSE, sizeof(struct seam));
    g_array_append_vals(all->seams, input->seams, (guint)input->seam_count);
    all->windows = input->settled ? input->settled->windows : 0;
    working.frames = frames_of(all->records, all->record_count);
    sort_by_frame(all->records, working.frames, all->record_count);
    holes_mark(all->seams, all->records, all->record_count, all->last);
    analyze(&working);
    if (all->windows)
        settled_merge(input->settled, all);
    return all;
}

void analysis_keep(struct analysis *window, const GArray *frames, uint32_t last, GArray *others)
{
    size_t kept = 0;
    guint place = 0;
    for (size_t i = 0; i < window->record_count; i++) {
        uint32_t frame = window->records[i].at[AT_START].frame;
        while (place < frames->len && g_array_index(frames, uint32_t, place) < frame)
            place++;
        if (place == frames->len || g_array_index(frames, uint32_t, place) != frame)
            continue;
        if (frame > last) {
            g_array_append_val(others, window->records[i]);
            continue;
        }
        window->records[kept] = window->records[i];
        window->verdicts[kept] = window->verdicts[i];
        window->pair_of[kept++] = window->pair_of[i];
    }
    window->record_count = kept;
}

void analysis_free(struct analysis *all)
{
    if (!all)
        return;
    g_clear_pointer(&all->seams, g_array_unref);
    g_clear_pointer(&all->findings, g_array_unref);
    sockets_free(all->sockets);
    what_ifs_free(all->what_ifs);
    g_clear_pointer(&all->conflicts, g_array_unref);
    settings_free(all->settings);
    pairs_free(all->pairs);
    g_array_free(all->spread, TRUE);
    g_array_free(all->families, TRUE);
    g_array_free(all->causes, TRUE);
    known_defaults_free(all->known);
    g_clear_pointer(&all->alike, g_array_unref);
    g_free(all->twin_of);
    g_free(all->pair_of);
    g_free(all->verdicts);
    g_free(all->records);
    g_free(all);
}
