// SPDX-License-Identifier: BSD-2-Clause
// The order's first feed has the earliest next packet. Its turn lasts until another one's next
// packet is earlier.
#include "command/turns.h"

#include "base/moment.h"

// Packets near a rotation may be out of order by so much; that is no overlap. It is one where a
// capture goes on for longer than that beside the other's first packet.
#define ROTATION_SLACK NANOS_PER_MS

static int64_t next_time(const struct feed *feed)
{
    return feed->at < feed->waiting ? feed->packets[feed->at].time : INT64_MAX;
}

// Whether what is read of a feed ends by then.
static bool ends_near(const struct feed *feed, int64_t time)
{
    return feed->waiting == 0 || feed->packets[feed->waiting - 1].time <= time + ROTATION_SLACK;
}

// Whether the first feed's next packet comes before the other's; at the same time, that of the
// capture named first does.
static bool is_ahead(const struct feed *feed, const struct feed *rival)
{
    int64_t time = next_time(feed), other = next_time(rival);
    if (!rival->is_begun && other != INT64_MAX && ends_near(feed, other))
        other += ROTATION_SLACK;
    return time < other || (time == other && feed->number < rival->number);
}

static bool may_go_on(const GPtrArray *order)
{
    return order->len < 2 || is_ahead(order->pdata[0], order->pdata[1]);
}

// Puts the first feed behind those whose next packets are earlier.
static void step_back(GPtrArray *order)
{
    struct feed *feed = order->pdata[0];
    guint to = 0;
    for (; to + 1 < order->len && !is_ahead(feed, order->pdata[to + 1]); to++)
        order->pdata[to] = order->pdata[to + 1];
    order->pdata[to] = feed;
}

static bool is_alone(const GPtrArray *order)
{
    for (guint i = 1; i < order->len; i++)
        if (((const struct feed *)order->pdata[i])->is_begun)
            return false;
    return true;
}

// Whether the first feed has packets; when it is over, it leaves.
static bool refill(GPtrArray *order, size_t most)
{
    struct feed *feed = order->pdata[0];
    if (feed->at < feed->waiting)
        return true;
    feed->at = 0;
    feed->waiting = feed_next(feed, most);
    if (feed->waiting == 0)
        g_ptr_array_remove_index(order, 0);
    return feed->waiting > 0;
}

bool turns_next(GPtrArray *order, size_t most, struct turn *turn)
{
    while (order->len > 0) {
        struct feed *feed = order->pdata[0];
        if (!refill(order, most))
            continue;
        if (!may_go_on(order)) {
            step_back(order);
            continue;
        }
        *turn = (struct turn){feed, feed->at, feed->at, !feed->is_begun && is_alone(order)};
        feed->at = order->len == 1 ? feed->waiting : feed->at + 1;
        while (feed->at < feed->waiting && may_go_on(order))
            feed->at++;
        turn->end = feed->at;
        feed->is_begun = true;
        return true;
    }
    return false;
}

void turn_place(const struct turn *turn, uint32_t frames)
{
    struct feed *feed = turn->feed;
    uint32_t before = feed->packets[turn->first].frame - 1, base = frames - before;
    if (feed->runs->len == 0 || feed->first_frame != base) {
        const struct report_run run = {frames, before};
        g_array_append_val(feed->runs, run);
    }
    feed->first_frame = base;
}
