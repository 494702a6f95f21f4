// SPDX-License-Identifier: BSD-2-Clause
// Group test 1 (2) for a run of closes that takes longer than a burst.
#include "judge/burst_run.h"

#include "judge/keyed.h"
#include "judge/thresholds.h"

// When the connection was last used before it was closed.
static int64_t last_used(const struct record *r)
{
    if (r->phase == PHASE_IDLE)
        return record_close(r).time - r->gap;
    struct moment asked = r->at[AT_LAST_REQUEST];
    return moment_is_set(asked) ? asked.time : r->at[AT_START].time;
}

static int64_t close_of(const struct record *r)
{
    return record_close(r).time;
}

static int64_t open_of(const struct record *r)
{
    return r->at[AT_START].time;
}

static int64_t age_of(const struct record *r)
{
    return close_of(r) - open_of(r);
}

// The spread of the middle half: of many, some lie far off for reasons of their own.
static int64_t middle_spread(const struct record *records, const struct sample *samples,
                             size_t count, int64_t (*measure)(const struct record *r))
{
    int64_t *values = g_new(int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        values[i] = measure(&records[samples[i].record]);
    keyed_sort_values(values, count);
    int64_t spread = values[count - 1 - count / 4] - values[count / 4];
    g_free(values);
    return spread;
}

// Closes that lie nearer together than what their connections did last have a common reason; unless
// those had been opened as near together and came of age.
static bool is_one_event(const struct record *records, const struct sample *run, size_t count)
{
    int64_t starts = middle_spread(records, run, count, last_used);
    int64_t opens = middle_spread(records, run, count, open_of);
    bool are_aged =
        opens >= STARTS_APART && middle_spread(records, run, count, age_of) * SPREAD_PARTS < opens;
    return starts >= STARTS_APART && !are_aged &&
           middle_spread(records, run, count, close_of) * SPREAD_PARTS < starts;
}

// Moves what was used after the run began behind the rest; returns how many remain.
static size_t put_busy_last(const struct record *records, struct sample *run, size_t count)
{
    size_t idle = 0;
    for (size_t i = 0; i < count; i++) {
        if (last_used(&records[run[i].record]) > run[0].time)
            continue;
        struct sample swap = run[idle];
        run[idle++] = run[i];
        run[i] = swap;
    }
    return idle;
}

// Waits alone have their own tests: requests that were sent again look as if they began earlier.
static bool has_idle(const struct record *records, const struct sample *run, size_t count)
{
    int64_t idle = 0;
    for (size_t i = 0; i < count; i++)
        idle += records[run[i].record].phase == PHASE_IDLE;
    return idle >= BURST_LEAST;
}

size_t burst_run_weigh(const struct record *records, struct sample *run, size_t count)
{
    int64_t length = run[count - 1].time - run[0].time;
    if (length <= BURST || length > (int64_t)count * RUN_EACH)
        return 0;
    size_t idle = put_busy_last(records, run, count);
    bool is_calm = (count - idle) * RUN_BUSY_PARTS <= count && has_idle(records, run, idle);
    return is_calm && is_one_event(records, run, idle) ? idle : 0;
}
