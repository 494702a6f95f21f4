// SPDX-License-Identifier: BSD-2-Clause
// Rows hang in the tree as values of their own serializer, each a reference into the report.
#include <json-c/printbuf.h>

#include "report/document_rows.h"
#include "report/selection.h"
#include "report/tree.h"

struct row_reference {
    const struct rows *rows;
    uint32_t index;
};

struct row_references {
    struct rows *rows;
    struct row_reference *list;
};

static int row_serialize(json_object *row, struct printbuf *out, int level, int flags)
{
    (void)level;
    (void)flags;
    GString *text = g_string_sized_new(4096);
    document_row_write(text, row);
    int length = printbuf_memappend(out, text->str, (int)text->len);
    g_string_free(text, TRUE);
    return length;
}

static void references_delete(json_object *array, void *data)
{
    (void)array;
    struct row_references *references = data;
    rows_free(references->rows);
    g_free(references->list);
    g_free(references);
}

static json_object *rows_array(struct rows *rows, const struct chosen_rows *chosen)
{
    struct row_references *references = g_new0(struct row_references, 1);
    json_object *array = json_object_new_array_ext((int)MIN(chosen->count, 1000000) + 1);
    references->rows = rows;
    references->list = g_new(struct row_reference, chosen->count + 1);
    for (size_t i = 0; i < chosen->count; i++) {
        json_object *row = json_object_new_boolean(true);
        references->list[i] = (struct row_reference){rows, chosen->indexes[i]};
        json_object_set_serializer(row, row_serialize, &references->list[i], NULL);
        json_object_array_add(array, row);
    }
    json_object_set_userdata(array, references, references_delete);
    return array;
}

json_object *document_connections(struct rows *rows)
{
    struct chosen_rows chosen;
    json_object *object = json_object_new_object();
    selection_choose(rows, &chosen);
    json_object_object_add(object, "total", tree_count(rows->report->analysis->totals.connections));
    json_object_object_add(object, "included", tree_count(chosen.count));
    json_object_object_add(object, "selection", tree_text(chosen.words));
    json_object_object_add(object, "rows", rows_array(rows, &chosen));
    selection_clear(&chosen);
    return object;
}

const struct rows *document_rows(json_object *document)
{
    json_object *array = tree_get_array(tree_get(document, "connections"), "rows");
    const struct row_references *references = array ? json_object_get_userdata(array) : NULL;
    return references ? references->rows : NULL;
}

// Values of a saved report are no booleans here, or have no reference.
bool document_row_write(GString *text, json_object *row)
{
    if (!json_object_is_type(row, json_type_boolean))
        return false;
    const struct row_reference *reference = json_object_get_userdata(row);
    if (reference == NULL)
        return false;
    rows_write(text, reference->rows, reference->index);
    return true;
}

json_object *document_row_open(json_object *row)
{
    GString *text = g_string_sized_new(4096);
    json_object *opened;
    if (document_row_write(text, row))
        opened = json_tokener_parse(text->str);
    else
        opened = json_object_get(row);
    g_string_free(text, TRUE);
    return opened;
}
