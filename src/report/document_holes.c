// SPDX-License-Identifier: BSD-2-Clause
// What lies between one input and the next: missing packets, silence, or the same time twice.
#include <inttypes.h>

#include "judge/holes.h"
#include "report/document_parts.h"
#include "report/duration_text.h"

static int compare_first(const void *a, const void *b)
{
    const struct report_input *one = *(const struct report_input *const *)a;
    const struct report_input *other = *(const struct report_input *const *)b;
    if (one->first_frame != other->first_frame)
        return one->first_frame < other->first_frame ? -1 : 1;
    return (one->info.first > other->info.first) - (one->info.first < other->info.first);
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

// The seam between two inputs; NULL when no TCP came behind it.
static const struct seam *seam_between(const struct report *report,
                                       const struct report_input *before,
                                       const struct report_input *after)
{
    const GArray *seams = report->analysis->seams;
    for (guint i = 0; seams && i < seams->len; i++) {
        const struct seam *seam = &g_array_index(seams, struct seam, i);
        bool is_behind = seam->frame >= after->first_frame &&
                         seam->frame < after->first_frame + after->info.packets;
        if (is_behind && before->first_frame < after->first_frame)
            return seam;
    }
    return NULL;
}

static void warn_of_seam(json_object *array, const struct report *report,
                         const struct report_input *before, const struct report_input *after)
{
    const struct seam *seam = seam_between(report, before, after);

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

void document_holes(json_object *array, const struct report *report)
{
    GPtrArray *order = g_ptr_array_new();
    for (size_t i = 0; i < report->input_count; i++) {
        if (report->inputs[i].info.packets > 0)
            g_ptr_array_add(order, (gpointer)&report->inputs[i]);
    }
    if (order->len > 0)
        qsort(order->pdata, order->len, sizeof *order->pdata, compare_first);
    for (guint i = 1; i < order->len; i++)
        warn_of_seam(array, report, order->pdata[i - 1], order->pdata[i]);
    g_ptr_array_free(order, TRUE);
}
