// SPDX-License-Identifier: BSD-2-Clause
// Totals, distributions, families and causes of a document: the same for the capture and a pair.
#include "report/document_parts.h"
#include "report/tree.h"

json_object *document_distribution(const struct distribution *d)
{
    json_object *object = json_object_new_object();
    bool is_known = d->connections > 0;
    json_object_object_add(object, "mean", is_known ? tree_number(d->mean) : NULL);
    json_object_object_add(object, "p50", is_known ? tree_count(d->p50) : NULL);
    json_object_object_add(object, "p90", is_known ? tree_count(d->p90) : NULL);
    json_object_object_add(object, "p99", is_known ? tree_count(d->p99) : NULL);
    json_object_object_add(object, "max", is_known ? tree_count(d->max) : NULL);
    return object;
}

json_object *document_totals(const struct totals *totals, int64_t span)
{
    json_object *object = json_object_new_object();
    json_object *probes = json_object_new_object();
    json_object_object_add(object, "connections", tree_count(totals->connections));
    json_object_object_add(object, "closed", tree_count(totals->closed));
    json_object_object_add(object, "open", tree_count(totals->open));
    json_object_object_add(object, "requests", tree_count(totals->requests));
    json_object_object_add(object, "responses", tree_count(totals->responses));
    json_object_object_add(object, "bytes", tree_count(totals->bytes));
    json_object_object_add(object, "reuse_ratio",
                           tree_ratio(totals->reused, totals->counted_requests));
    json_object_object_add(object, "requests_per_connection",
                           document_distribution(&totals->per_connection));
    json_object_object_add(object, "opens_per_second", tree_rate(totals->opened_with_syn, span));
    json_object_object_add(probes, "connections", tree_count(totals->probe_connections));
    json_object_object_add(probes, "requests", tree_count(totals->probe_requests));
    json_object_object_add(object, "probes", probes);
    return object;
}

json_object *document_histogram(const GArray *spread)
{
    json_object *array = json_object_new_array();
    GArray *histogram = spread_histogram(spread);
    for (guint i = 0; i < histogram->len; i++) {
        const struct histogram_row *row = &g_array_index(histogram, struct histogram_row, i);
        json_object *object = json_object_new_object();
        json_object_object_add(object, "from", tree_count(row->from));
        json_object_object_add(object, "to", tree_count(row->to));
        json_object_object_add(object, "connections", tree_count(row->connections));
        json_object_array_add(array, object);
    }
    g_array_free(histogram, TRUE);
    return array;
}

json_object *document_families(const GArray *families, uint64_t connections)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; families != NULL && i < families->len; i++) {
        const struct family_row *row = &g_array_index(families, struct family_row, i);
        json_object *object = json_object_new_object();
        json_object_object_add(object, "id", tree_text(family_key(row->family)));
        json_object_object_add(object, "connections", tree_count(row->connections));
        json_object_object_add(object, "share", tree_ratio(row->connections, connections));
        json_object_array_add(array, object);
    }
    return array;
}

static json_object *confidence_counts(const struct cause_row *row)
{
    json_object *object = json_object_new_object();
    for (int i = 0; i < CONFIDENCES; i++)
        json_object_object_add(object, confidence_key((enum confidence)i),
                               tree_count(row->confidence[i]));
    return object;
}

json_object *document_causes(const GArray *causes, uint64_t connections)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; causes != NULL && i < causes->len; i++) {
        const struct cause_row *row = &g_array_index(causes, struct cause_row, i);
        json_object *object = json_object_new_object();
        json_object_object_add(object, "id", tree_text(cause_key(row->cause)));
        json_object_object_add(object, "family", tree_text(family_key(cause_family(row->cause))));
        json_object_object_add(object, "by", tree_text(row->by));
        json_object_object_add(object, "connections", tree_count(row->connections));
        json_object_object_add(object, "share", tree_ratio(row->connections, connections));
        json_object_object_add(object, "confidence", confidence_counts(row));
        json_object_array_add(array, object);
    }
    return array;
}
