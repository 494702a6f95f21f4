// SPDX-License-Identifier: BSD-2-Clause
// What was read and what of it could not be used: inputs, coverage, warnings.
#include <inttypes.h>

#include "report/document_parts.h"
#include "report/tree.h"

static json_object *document_input(const struct source_info *info)
{
    json_object *object = json_object_new_object();
    json_object *links = json_object_new_array();
    for (size_t i = 0; i < info->link_type_count; i++)
        json_object_array_add(links, tree_count(info->link_types[i]));
    json_object_object_add(object, "name", tree_text(info->name));
    json_object_object_add(object, "format", tree_text(info->format));
    json_object_object_add(object, "compression", tree_text(info->compression));
    json_object_object_add(object, "link_types", links);
    json_object_object_add(object, "packets", tree_count(info->packets));
    json_object_object_add(object, "bytes", tree_count(info->bytes_read));
    json_object_object_add(object, "first", tree_time(info->first));
    json_object_object_add(object, "last", tree_time(info->last));
    json_object_object_add(object, "truncated", json_object_new_boolean(info->truncated));
    json_object_object_add(object, "kernel_drops",
                           info->has_kernel_drops ? tree_count(info->kernel_drops) : NULL);
    json_object_object_add(object, "damage", tree_text(info->damage));
    return object;
}

json_object *document_inputs(const struct report *report)
{
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < report->input_count; i++)
        json_object_array_add(array, document_input(&report->inputs[i].info));
    return array;
}

static uint64_t packets_of(const struct report *report)
{
    uint64_t packets = 0;
    for (size_t i = 0; i < report->input_count; i++)
        packets += report->inputs[i].info.packets;
    return packets;
}

json_object *document_coverage(const struct report *report)
{
    const struct totals *totals = &report->analysis->totals;
    json_object *object = json_object_new_object();
    json_object *skipped = json_object_new_object();
    for (size_t i = 0; i < report->skipped_count; i++)
        json_object_object_add(skipped, report->skipped[i].reason,
                               tree_count(report->skipped[i].packets));
    json_object_object_add(object, "packets", tree_count(packets_of(report)));
    json_object_object_add(object, "tcp_segments", tree_count(report->counts.segments));
    json_object_object_add(object, "skipped", skipped);
    json_object_object_add(object, "lost_bytes", tree_count(totals->lost_bytes));
    json_object_object_add(object, "midstream", tree_count(totals->midstream));
    json_object_object_add(object, "one_direction", tree_count(totals->one_direction));
    json_object_object_add(object, "snaplen_cut", tree_count(totals->snaplen_cut));
    json_object_object_add(object, "duplicates", tree_count(report->counts.duplicates));
    json_object_object_add(object, "nat_twins", tree_count(report->analysis->twins));
    json_object_object_add(object, "evicted", tree_count(report->counts.evicted));
    json_object_object_add(object, "opaque", tree_count(totals->opaque));
    json_object_object_add(
        object, "attributed_share",
        tree_ratio(totals->connections - totals->unattributed, totals->connections));
    json_object_object_add(object, "strays", tree_count(report->counts.strays));
    json_object_object_add(object, "windows", tree_count(report->analysis->windows));
    json_object_object_add(object, "settled", tree_count(report->analysis->settled));
    json_object_object_add(object, "requests_not_kept",
                           tree_count(report->counts.exchanges_dropped));
    json_object_object_add(object, "names_not_kept", tree_count(report->counts.names_refused));
    return object;
}

void document_warn(json_object *array, const char *id, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    json_object *object = json_object_new_object();
    json_object_object_add(object, "id", tree_text(id));
    json_object_object_add(object, "text", tree_text(text));
    json_object_array_add(array, object);
    g_free(text);
}

// Counts come last in their sentences: one or many read alike.
static void warn_of_input(json_object *array, const struct source_info *info)
{
    if (info->truncated)
        document_warn(array, "truncated-input", "%s: %s", info->name,
                      info->damage ? info->damage : "cut short or damaged");
    if (info->clock_backwards)
        document_warn(array, "clock-backwards",
                      "%s: the clock goes backwards; times around it are doubtful", info->name);
    if (info->has_kernel_drops && info->kernel_drops > 0)
        document_warn(array, "kernel-drops",
                      "%s: packets dropped while capturing: %" PRIu64
                      "; use a larger buffer (tcpdump -B) or a filter",
                      info->name, info->kernel_drops);
    if (info->noise_bytes > 0)
        document_warn(array, "noise-before-capture",
                      "%s: text before the capture was skipped, bytes: %" PRIu64, info->name,
                      info->noise_bytes);
}

// Why the report is empty: what was read had other packets, or none.
static void warn_of_nothing(json_object *array, const struct report *report)
{
    if (report->counts.segments > 0)
        return;
    GString *others = g_string_new(NULL);
    for (size_t i = 0; i < report->skipped_count; i++)
        g_string_append_printf(others, "%s%s: %" PRIu64,
                               i ? ", " : "; packets by reason: ", report->skipped[i].reason,
                               report->skipped[i].packets);
    document_warn(array, "no-tcp", "no TCP segments%s",
                  others->len ? others->str : " and no other packets");
    g_string_free(others, TRUE);
}

// Cut bodies hide nothing that is told; cut heads do.
static void warn_of_snaplen(json_object *array, const struct totals *t)
{
    if (t->heads_cut > 0)
        document_warn(array, "snaplen-cut",
                      "connections with heads cut by the snapshot length: %" PRIu64
                      "; capture more of each packet (tcpdump -s0)",
                      t->heads_cut);
    else if (t->snaplen_cut > 0)
        document_warn(array, "snaplen-cut",
                      "connections with bodies cut by the snapshot length: %" PRIu64
                      "; their heads are whole",
                      t->snaplen_cut);
}

static void warn_of_connections(json_object *array, const struct report *report)
{
    const struct totals *t = &report->analysis->totals;
    if (t->lost_bytes > 0)
        document_warn(array, "lossy",
                      "bytes that were acknowledged but not captured: %" PRIu64
                      "; causes may be weaker",
                      t->lost_bytes);
    if (t->midstream > 0)
        document_warn(array, "midstream", "connections whose beginning was not captured: %" PRIu64,
                      t->midstream);
    if (t->one_direction > 0)
        document_warn(array, "one-direction",
                      "connections seen in one direction only: %" PRIu64
                      "; capture where both directions pass",
                      t->one_direction);
    warn_of_snaplen(array, t);
    if (report->counts.duplicates > 0)
        document_warn(array, "duplicates",
                      "segments that were captured twice and count once: %" PRIu64,
                      report->counts.duplicates);
    if (report->analysis->twins > 0)
        document_warn(array, "nat-twins",
                      "connections captured under a second name, before or behind address "
                      "translation: %" PRIu64 "; each name counts",
                      report->analysis->twins);
    if (t->opaque > 0 && t->requests == 0 && t->responses == 0)
        document_warn(array, "all-opaque",
                      "no HTTP/1 could be read (TLS, HTTP/2 or another protocol); capture where it "
                      "is plain: behind the terminator, or on loopback");
    if (report->counts.evicted > 0)
        document_warn(array, "evicted",
                      "connections dropped from the table of open ones by its cap: %" PRIu64,
                      report->counts.evicted);
}

static void warn_of_caps(json_object *array, const struct report *report)
{
    const struct analysis *analysis = report->analysis;
    if (analysis->windows > 0)
        document_warn(array, "windows",
                      "%" PRIu64 " of %" PRIu64 " connections were judged in %" PRIu64
                      " windows and let go (--max-records): pools and timeouts were seen within a "
                      "window; findings, settings, conflicts, sockets and what-if are of the last "
                      "%zu connections",
                      analysis->settled, analysis->totals.connections, analysis->windows,
                      analysis->record_count);
    if (report->counts.exchanges_dropped > 0)
        document_warn(array, "requests-not-kept",
                      "when %" PRIu64 " requests began and ended was not kept, by the cap: pools "
                      "may look idle that were not",
                      report->counts.exchanges_dropped);
    if (report->counts.names_refused > 0)
        document_warn(array, "names-not-kept",
                      "hosts, agents and targets that were not kept, by the cap: %" PRIu64
                      "; they are missing in their connections, and pairs may stand together",
                      report->counts.names_refused);
}

json_object *document_warnings(const struct rows *rows)
{
    const struct report *report = rows->report;
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < report->input_count; i++)
        warn_of_input(array, &report->inputs[i].info);
    warn_of_nothing(array, report);
    warn_of_connections(array, report);
    warn_of_caps(array, report);
    document_holes(array, rows);
    return array;
}
