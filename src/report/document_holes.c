// SPDX-License-Identifier: BSD-2-Clause
// What lies between one input and the next: missing packets, silence, or the same time twice.
#include <inttypes.h>

#include "judge/holes.h"
#include "report/document_parts.h"
#include "report/duration_text.h"

#define OVERLAP_LEAST NANOS_PER_MS // less is packets out of order at a rotation

static int compare_first(const void *a, const void *b)
{
    const struct report_input *one = *(const struct report_input *const *)a;
    const struct report_input *other = *(const struct report_input *const *)b;
    if (one->info.first != other->info.first)
        return one->info.first < other->info.first ? -1 : 1;
    return (one > other) - (one < other);
}

// More than a second, and more than 100 times what lies between two packets of the inputs around it
// on average. Quiet captures of few packets don't warn.
static bool is_long(const struct source_info *before, const struct source_info *after)
{
    int64_t silence = after->first - before->last;
    int64_t span = (before->last - before->first) + (after->last - after->first);
    int64_t mean = span / (int64_t)(before->packets + after->packets);
    return silence > NANOS_PER_SECOND && silence / 100 > mean;
}

// The seam before an input; NULL when there is none, or no TCP came behind it.
static const struct seam *seam_before(const struct report *report, const struct places *places,
                                      const struct report_input *after)
{
    const GArray *seams = report->analysis->seams;
    for (guint i = 0; seams && i < seams->len; i++) {
        const struct seam *seam = &g_array_index(seams, struct seam, i);
        if (&report->inputs[places_find(places, seam->frame + 1).input] == after)
            return seam;
    }
    return NULL;
}

static void warn_of_seam(json_object *array, const struct seam *seam,
                         const struct report_input *before, const struct report_input *after)
{

    const char *from = before->info.name, *to = after->info.name;
    char silence[DURATION_TEXT];
    duration_text(after->info.first - before->info.last, silence);
    if (seam && hole_is_proven(seam))
        document_warn(
            array, "gap-between-inputs",
            "packets are missing between %s and %s (%s): %" PRIu32 " of %" PRIu32
            " connections that go on jump, by %" PRIu64 " bytes; %" PRIu32
            " break off with a request unanswered. Connections that are silent from there "
            "on may have been closed",
            from, to, silence, seam->jumping, seam->going_on, seam->bytes, seam->stopped);
    else if (is_long(&before->info, &after->info))
        document_warn(array, "gap-between-inputs",
                      "nothing was captured for %s between %s and %s: packets may be missing; "
                      "%" PRIu32 " connections go on, %" PRIu32 " of them with a jump",
                      silence, from, to, seam ? seam->going_on : 0, seam ? seam->jumping : 0);
}

static void warn_of_overlaps(json_object *array, const struct report_input *one,
                             const struct report_input *other, guint more)
{
    if (more == 0)
        document_warn(
            array, "duplicates",
            "%s and %s are of the same time and were read side by side; packets that both "
            "have count once",
            one->info.name, other->info.name);
    else
        document_warn(array, "duplicates",
                      "%s and %s are of the same time and were read side by side, as others are "
                      "(%u); packets that two have count once",
                      one->info.name, other->info.name, more);
}

// The inputs with packets by their first ones. Owned by the caller.
static GPtrArray *inputs_in_time(const struct report *report)
{
    GPtrArray *order = g_ptr_array_new();
    for (size_t i = 0; i < report->input_count; i++) {
        if (report->inputs[i].info.packets > 0)
            g_ptr_array_add(order, (gpointer)&report->inputs[i]);
    }
    if (order->len > 0)
        qsort(order->pdata, order->len, sizeof *order->pdata, compare_first);
    return order;
}

void document_holes(json_object *array, const struct rows *rows)
{
    const struct report *report = rows->report;
    GPtrArray *order = inputs_in_time(report);
    const struct report_input *latest = order->len ? order->pdata[0] : NULL;
    const struct report_input *overlap[2] = {NULL, NULL};
    guint overlaps = 0;
    for (guint i = 1; i < order->len; i++) {
        const struct report_input *after = order->pdata[i];
        if (after->info.first >= latest->info.last - OVERLAP_LEAST)
            warn_of_seam(array, seam_before(report, &rows->places, after), latest, after);
        else if (overlaps++ == 0)
            overlap[0] = latest, overlap[1] = after;
        latest = after->info.last > latest->info.last ? after : latest;
    }
    if (overlaps > 0)
        warn_of_overlaps(array, overlap[0], overlap[1], overlaps - 1);
    g_ptr_array_free(order, TRUE);
}
