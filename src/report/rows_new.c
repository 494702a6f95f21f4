// SPDX-License-Identifier: BSD-2-Clause
// What rows share: which ids repeat, which addresses and ports are used again, labels.
#include <stdio.h>

#include "engine/identity.h"
#include "judge/finding.h"
#include "judge/keyed.h"
#include "judge/tuples.h"
#include "report/json_text.h"
#include "report/rows.h"

static bool are_inputs_in_order(const struct places *places)
{
    for (size_t i = 1; i < places->count; i++) {
        if (places->starts[i].input < places->starts[i - 1].input)
            return false;
    }
    return true;
}

// Records come in the order of their first packets; a report has them by input in argument order.
static void find_order(struct rows *rows, const struct analysis *analysis)
{
    if (are_inputs_in_order(&rows->places))
        return;
    struct keyed *keys = g_new(struct keyed, analysis->record_count + 1);
    for (size_t i = 0; i < analysis->record_count; i++) {
        struct place place = places_find(&rows->places, analysis->records[i].at[AT_START].frame);
        keys[i] = (struct keyed){(int64_t)place.input, (uint32_t)i};
    }
    keyed_sort(keys, analysis->record_count);
    rows->order = g_new(uint32_t, analysis->record_count + 1);
    for (size_t i = 0; i < analysis->record_count; i++)
        rows->order[i] = keys[i].item;
    g_free(keys);
}

static void find_reused(struct rows *rows)
{
    GArray *list = tuples_alike(rows->report->analysis, NULL);
    const struct keyed *keys = (const struct keyed *)(const void *)list->data;
    for (guint i = 1; i < list->len; i++) {
        if (keys[i].key != keys[i - 1].key)
            continue;
        rows->is_reused[keys[i].item] = 1;
        rows->is_reused[keys[i - 1].item] = 1;
    }
    g_array_unref(list);
}

// What has the id of another has its addresses and ports, too.
static void find_repeats(struct rows *rows)
{
    const struct analysis *analysis = rows->report->analysis;
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct keyed));
    for (size_t i = 0; i < analysis->record_count; i++) {
        uint32_t index = rows_nth(rows, i);
        if (!rows->is_reused[index])
            continue;
        struct keyed keyed = {(int64_t)identity_hash(&analysis->records[index]), index};
        g_array_append_val(list, keyed);
    }
    struct keyed *keys = (struct keyed *)(void *)list->data;
    keyed_sort(keys, list->len);
    uintptr_t nth = 1;
    for (guint i = 1; i < list->len; i++) {
        nth = keys[i].key == keys[i - 1].key ? nth + 1 : 1;
        if (nth > 1)
            g_hash_table_insert(rows->repeats, GUINT_TO_POINTER(keys[i].item), (void *)nth);
    }
    g_array_free(list, TRUE);
}

static void find_evidence(struct rows *rows, const GArray *findings)
{
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const struct finding *finding = &g_array_index(findings, struct finding, i);
        for (uint32_t j = 0; j < finding->evidence_count; j++)
            rows->is_evidence[finding->evidence[j]] = 1;
    }
}

// Whether a later label has the same key, of `length` bytes: the last one counts.
static bool is_replaced(char *const *labels, size_t index, size_t length)
{
    for (size_t i = index + 1; labels[i] != NULL; i++) {
        if (strncmp(labels[i], labels[index], length) == 0 &&
            (labels[i][length] == '=' || labels[i][length] == '\0'))
            return true;
    }
    return false;
}

static void write_labels(GString *text, char **labels)
{
    json_text_literal(text, "{");
    for (size_t i = 0; labels != NULL && labels[i] != NULL; i++) {
        const char *value = strchr(labels[i], '=');
        size_t key_length = value ? (size_t)(value - labels[i]) : strlen(labels[i]);
        value = value ? value + 1 : "";
        if (is_replaced(labels, i, key_length))
            continue;
        if (text->len > 1)
            json_text_literal(text, ",");
        json_text_string(text, slice_of(labels[i], key_length), key_length, false);
        json_text_literal(text, ":");
        json_text_string(text, slice_of(value, strlen(value)), strlen(value), false);
    }
    json_text_literal(text, "}");
    json_text_end(text);
}

struct rows *rows_new(const struct report *report)
{
    struct rows *rows = g_new0(struct rows, 1);
    rows->report = report;
    places_init(&rows->places, report->inputs, report->input_count);
    rows->repeats = g_hash_table_new(g_direct_hash, g_direct_equal);
    rows->is_reused = g_new0(uint8_t, report->analysis->record_count + 1);
    rows->is_evidence = g_new0(uint8_t, report->analysis->record_count + 1);
    rows->labels = g_string_new(NULL);
    write_labels(rows->labels, report->options->labels);
    find_order(rows, report->analysis);
    find_reused(rows);
    find_repeats(rows);
    find_evidence(rows, report->analysis->findings);
    return rows;
}

void rows_free(struct rows *rows)
{
    places_clear(&rows->places);
    g_hash_table_destroy(rows->repeats);
    g_free(rows->order);
    g_free(rows->is_reused);
    g_free(rows->is_evidence);
    g_string_free(rows->labels, TRUE);
    g_free(rows);
}

void rows_id(const struct rows *rows, size_t index, char id[ROW_ID])
{
    unsigned nth =
        GPOINTER_TO_UINT(g_hash_table_lookup(rows->repeats, GUINT_TO_POINTER((unsigned)index)));
    identity_id(&rows->report->analysis->records[index], id);
    if (nth > 1)
        snprintf(id + IDENTITY_ID_BYTES - 1, ROW_ID - (IDENTITY_ID_BYTES - 1), ".%u", nth);
}
