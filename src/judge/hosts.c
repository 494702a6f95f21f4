// SPDX-License-Identifier: BSD-2-Clause
// Finds bands of timestamp clocks, or of ports, within a pair.
#include "judge/hosts.h"

#include <stdlib.h>

#include "judge/thresholds.h"

// The connections of one pair, by one of their marks.
struct view {
    const struct host_marks *marks;
    struct member_list list;
    enum host_mark by;
    uint16_t apart;    // more lies between the marks of two hosts
    uint32_t *band_of; // [records]
};

#define MARKS 65536 // different ones

static uint16_t mark_of(const struct view *view, uint32_t i)
{
    return view->marks[i].of[view->by];
}

// Most pairs have one host, which needs no sorting; false too when a mark is unknown.
static bool may_have_bands(const struct view *view)
{
    bool is_apart = false;
    uint16_t first = mark_of(view, view->list.items[0]);
    for (size_t k = 0; k < view->list.count; k++) {
        uint16_t mark = mark_of(view, view->list.items[k]);
        if (mark == 0)
            return false;
        is_apart |= abs((int16_t)(mark - first)) > view->apart;
    }
    return is_apart;
}

// Those that there are, ascending, each once; as many as there is room for connections.
static size_t list_marks(const struct view *view, uint16_t *marks)
{
    uint64_t present[MARKS / 64] = {0};
    size_t count = 0;
    for (size_t k = 0; k < view->list.count; k++) {
        uint16_t mark = mark_of(view, view->list.items[k]);
        present[mark / 64] |= UINT64_C(1) << mark % 64;
    }
    for (unsigned i = 0; i < MARKS / 64; i++)
        for (uint64_t word = present[i]; word; word &= word - 1)
            marks[count++] = (uint16_t)(i * 64 + (unsigned)__builtin_ctzll(word));
    return count;
}

// Where the circle of marks has its widest space: the first one behind it.
static size_t find_start(const uint16_t *marks, size_t count)
{
    size_t start = 0;
    uint16_t widest = 0;
    for (size_t k = 0; k < count; k++) {
        uint16_t space = marks[k] - marks[(k ? k : count) - 1];
        if (space > widest) {
            widest = space;
            start = k;
        }
    }
    return start;
}

// How many begin there or before.
static uint32_t begun_until(const uint16_t *begins, uint32_t bands, uint16_t mark)
{
    uint32_t low = 0, high = bands;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (begins[middle] <= mark)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Numbers the bands; 1 when each connection has its own.
static uint32_t number_bands(const struct view *view)
{
    uint16_t *marks = g_new(uint16_t, MIN(view->list.count, MARKS));
    size_t count = list_marks(view, marks), start = find_start(marks, count);
    uint16_t *begins = g_new(uint16_t, count); // counted from the first one
    uint16_t first = marks[start], before = first;
    uint32_t bands = 0;
    for (size_t k = 0; k < count; k++) {
        uint16_t mark = marks[start + k - (start + k < count ? 0 : count)];
        if (k == 0 || (uint16_t)(mark - before) > view->apart)
            begins[bands++] = mark - first;
        before = mark;
    }
    if (bands * HOST_LEAST > view->list.count)
        bands = 1;
    for (size_t k = 0; k < view->list.count && bands > 1; k++) {
        uint32_t i = view->list.items[k];
        view->band_of[i] = begun_until(begins, bands, mark_of(view, i) - first) - 1;
    }
    g_free(begins);
    g_free(marks);
    return bands;
}

// Hosts use an address side by side: a clock of another rate, or ports that jump, seem to be
// another host's later. Within a band nothing goes back by more than `back`.
static bool are_hosts(const struct view *view, uint32_t bands, uint16_t back)
{
    uint16_t *last = g_new0(uint16_t, bands);
    uint32_t changes = 0, before = UINT32_MAX;
    bool is_steady = true;
    for (size_t k = 0; k < view->list.count; k++) {
        uint32_t i = view->list.items[k], band = view->band_of[i];
        uint16_t mark = mark_of(view, i);
        is_steady &= last[band] == 0 || (int16_t)(mark - last[band]) >= -(int)back;
        changes += before != UINT32_MAX && band != before;
        last[band] = mark;
        before = band;
    }
    g_free(last);
    return is_steady && changes >= bands;
}

static uint32_t bands_by(struct view *view, enum host_mark by, uint16_t apart, uint16_t back)
{
    view->by = by;
    view->apart = apart;
    if (view->list.count < 2 * HOST_LEAST || !may_have_bands(view))
        return 1;
    uint32_t bands = number_bands(view);
    return bands > 1 && are_hosts(view, bands, back) ? bands : 1;
}

static uint32_t find_bands(struct view *view)
{
    uint32_t bands = bands_by(view, MARK_CLOCK, CLOCKS_APART, CLOCKS_APART);
    return bands > 1 ? bands : bands_by(view, MARK_PORT, PORTS_APART, PORTS_BACK);
}

bool hosts_split(struct hosts *hosts, const struct host_marks *marks, const struct members *by_pair,
                 const GArray *pairs, const uint32_t *pair_of)
{
    size_t count = members_count(by_pair);
    struct view view = {.marks = marks, .band_of = g_new0(uint32_t, count + 1)};
    GArray *wholes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    hosts->pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    hosts->pair_of = NULL;
    hosts->by_pair = (struct members){NULL, NULL, 0};
    for (uint32_t p = 0; p < pairs->len; p++) {
        view.list = members_of(by_pair, p);
        uint32_t bands = find_bands(&view);
        if (bands > 1 && !hosts->pair_of) // up to here they are those given
            hosts->pair_of = g_memdup2(pair_of, count * sizeof(*pair_of));
        for (size_t k = 0; k < view.list.count && hosts->pair_of; k++) {
            uint32_t i = view.list.items[k];
            hosts->pair_of[i] = hosts->pairs->len + (bands > 1 ? view.band_of[i] : 0);
        }
        for (uint32_t band = 0; band < bands; band++) {
            g_array_append_val(hosts->pairs, g_array_index(pairs, struct pair, p));
            g_array_append_val(wholes, p);
        }
    }
    bool is_split = hosts->pair_of != NULL;
    hosts->whole_of = (uint32_t *)(void *)g_array_free(wholes, FALSE);
    g_free(view.band_of);
    if (is_split)
        hosts->by_pair = members_new(hosts->pair_of, count, hosts->pairs->len);
    else
        hosts_free(hosts);
    return is_split;
}

void hosts_free(struct hosts *hosts)
{
    g_array_free(hosts->pairs, TRUE);
    g_free(hosts->pair_of);
    g_free(hosts->whole_of);
    members_free(&hosts->by_pair);
}
