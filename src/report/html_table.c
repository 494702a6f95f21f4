// SPDX-License-Identifier: BSD-2-Clause
// One growing string per column; a row is never kept.
#include "report/html_table.h"

#include <stdlib.h>
#include <string.h>

#include "report/html_nanos.h"
#include "report/json_text.h"
#include "report/tree_write.h"

enum kind { TEXT, COUNT, FLAG, NAME, WORDS, SECONDS, AFTER, LIST, JSON };

static const char *const kind_names[] = {"text",    "count", "flag", "name", "words",
                                         "seconds", "after", "list", "json"};

// The keys of a connection, in their order. Items stand behind their list.
static const struct column {
    const char *path;
    enum kind kind;
} columns[] = {
#define COLUMN(path, kind) {path, kind},
#include "report/html_columns.def"
#undef COLUMN
};
#define COLUMNS G_N_ELEMENTS(columns)

struct html_table {
    GString *data[COLUMNS];
    GString *numbers;    // of all words
    GString *texts;      // JSON strings with commas
    GHashTable *indexes; // text -> index in texts
    uint64_t rows;
    int64_t base, last; // start of the first row and of the last
};

struct html_table *html_table_new(void)
{
    struct html_table *table = g_new0(struct html_table, 1);
    for (size_t i = 0; i < COLUMNS; i++)
        table->data[i] = g_string_new(NULL);
    table->numbers = g_string_new(NULL);
    table->texts = g_string_new(NULL);
    table->indexes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    table->base = table->last = NANOS_UNKNOWN;
    return table;
}

void html_table_free(struct html_table *table)
{
    for (size_t i = 0; i < COLUMNS; i++)
        g_string_free(table->data[i], TRUE);
    g_string_free(table->numbers, TRUE);
    g_string_free(table->texts, TRUE);
    g_hash_table_destroy(table->indexes);
    g_free(table);
}

static void put_digits(GString *data, uint64_t code)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; code >= 32; code >>= 5)
        g_string_append_c(data, digits[32 | (code & 31)]);
    g_string_append_c(data, digits[code]);
}

static void put_null(GString *data)
{
    put_digits(data, 0);
}

// Numbers beyond what a script counts exactly are null.
static void put_number(GString *data, int64_t number)
{
    const int64_t most = INT64_C(1) << 51;
    if (number >= most || number <= -most)
        put_null(data);
    else
        put_digits(data, ((uint64_t)llabs(number) << 1 | (number < 0)) + 1);
}

static void put_nanos(GString *data, int64_t nanos)
{
    const int64_t most = INT64_C(1) << 60;
    if (nanos > most || nanos < -most)
        put_null(data);
    else
        put_number(data, nanos % 1000 == 0 ? nanos / 1000 * 2 : nanos * 2 + (nanos < 0 ? -1 : 1));
}

static int64_t text_index(struct html_table *table, const char *text)
{
    gpointer known;
    if (g_hash_table_lookup_extended(table->indexes, text, NULL, &known))
        return GPOINTER_TO_SIZE(known);
    size_t index = g_hash_table_size(table->indexes);
    g_hash_table_insert(table->indexes, g_strdup(text), GSIZE_TO_POINTER(index));
    if (index > 0)
        json_text_literal(table->texts, ",");
    json_text_string(table->texts, slice_of(text, strlen(text)), strlen(text), false);
    return (int64_t)index;
}

static const char *text_of(json_object *value)
{
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static json_object *find_path(json_object *value, const char *path)
{
    char key[32];
    for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
        g_strlcpy(key, path, MIN(sizeof key, (size_t)(dot - path) + 1));
        value = tree_get(value, key);
    }
    return tree_get(value, path);
}

// What a row's words have in common with its other columns.
struct ends {
    const char *parts[4]; // client's address and port, server's address and port
    char ports[2][24];
};

static void ends_of(json_object *row, struct ends *ends)
{
    static const char *const keys[] = {"client", "server"};
    for (int i = 0; i < 2; i++) {
        json_object *end = tree_get(row, keys[i]);
        g_snprintf(ends->ports[i], sizeof ends->ports[i], "%" G_GUINT64_FORMAT,
                   tree_get_count(end, "port"));
        ends->parts[2 * i] = tree_get_text(end, "address");
        ends->parts[2 * i + 1] = ends->ports[i];
    }
}

static bool is_part(char c)
{
    return g_ascii_isxdigit(c) || c == '.' || c == ':';
}

// Which of the ends begins here, as a whole word: 1 to 4; 0 none.
static int end_at(const struct ends *ends, const char *at, size_t length)
{
    for (int i = 0; i < 4; i++)
        if (length > 0 && strlen(ends->parts[i]) == length &&
            memcmp(ends->parts[i], at, length) == 0)
            return i + 1;
    return 0;
}

// A run of digits as a number behind a 1, which keeps leading zeros.
static void put_run(GString *numbers, const char *at, size_t length)
{
    int64_t number = 1;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (at[i] - '0');
    put_number(numbers, number);
}

// One word of address characters: an end, or digits and the rest as it is.
static void put_word(struct html_table *table, GString *skeleton, const struct ends *ends,
                     struct slice word)
{
    const char *at = (const char *)word.at, *stop = at + word.length;
    int end = end_at(ends, at, word.length);
    if (end > 0) {
        g_string_append_unichar(skeleton, 0xe000 + (gunichar)end);
        return;
    }
    while (at < stop) {
        size_t run = 0;
        while (at + run < stop && g_ascii_isdigit(at[run]))
            run++;
        if (run > 0 && run < 15) {
            put_run(table->numbers, at, run);
            g_string_append_unichar(skeleton, 0xe000);
        } else {
            run = MAX(run, 1);
            g_string_append_len(skeleton, at, (gssize)run);
        }
        at += run;
    }
}

// Text that differs in its numbers alone is kept once.
static void put_words(struct html_table *table, GString *data, const char *text,
                      const struct ends *ends)
{
    GString *skeleton = g_string_new(NULL);
    while (*text != '\0') {
        size_t length = 0;
        while (is_part(text[length]))
            length++;
        if (length > 0)
            put_word(table, skeleton, ends, slice_of(text, length));
        else if (memcmp(text, "\xee\x80", strnlen(text, 2)) == 0) // U+E000 to U+E03F
            g_string_append_c(skeleton, '?');
        else
            g_string_append_c(skeleton, *text);
        text += MAX(length, 1);
    }
    put_number(data, text_index(table, skeleton->str));
    g_string_free(skeleton, TRUE);
}

static void put_count(GString *data, json_object *value)
{
    if (json_object_is_type(value, json_type_int))
        put_number(data, json_object_get_int64(value));
    else
        put_null(data);
}

static void put_json(struct html_table *table, GString *data, json_object *value)
{
    GString *json = g_string_new(NULL);
    tree_write(json, value);
    json_text_end(json);
    put_number(data, text_index(table, json->str));
    g_string_free(json, TRUE);
}

static void put_text(GString *data, const char *text, bool is_first)
{
    json_text_words(data, is_first ? "" : ",");
    if (text == NULL)
        json_text_literal(data, "null");
    else
        json_text_string(data, slice_of(text, strlen(text)), strlen(text), false);
}

// What stands in a column of one row.
struct cell {
    json_object *value;
    const struct ends *ends;
    int64_t base; // of AFTER
};

static void put_cell(struct html_table *table, size_t column, const struct cell *cell)
{
    GString *data = table->data[column];
    const char *text = text_of(cell->value);
    int64_t nanos;
    switch (columns[column].kind) {
    case TEXT:
        put_text(data, text, table->rows == 0);
        return;
    case COUNT:
        put_count(data, cell->value);
        return;
    case FLAG:
        put_number(data, json_object_get_boolean(cell->value));
        return;
    case NAME:
    case WORDS:
        if (text == NULL)
            put_null(data);
        else if (columns[column].kind == WORDS)
            put_words(table, data, text, cell->ends);
        else
            put_number(data, text_index(table, text));
        return;
    case SECONDS:
        put_nanos(data, html_nanos_of_seconds(cell->value));
        return;
    case AFTER:
        nanos = html_nanos_of_time(cell->value);
        put_nanos(data, nanos == NANOS_UNKNOWN ? nanos : nanos - cell->base);
        return;
    case LIST:
        if (json_object_is_type(cell->value, json_type_array))
            put_number(data, (int64_t)tree_length(cell->value));
        else
            put_null(data);
        return;
    case JSON:
        put_json(table, data, cell->value);
        return;
    }
}

// The columns of a list's items, which stand behind it; gives the last of them.
static size_t put_items(struct html_table *table, size_t list, json_object *items,
                        struct cell *cell)
{
    size_t prefix = strlen(columns[list].path) + 1, end = list + 1;
    while (end < COLUMNS && strncmp(columns[end].path, columns[list].path, prefix - 1) == 0 &&
           columns[end].path[prefix - 1] == '.')
        end++;
    for (size_t i = 0; i < tree_length(items); i++)
        for (size_t column = list + 1; column < end; column++) {
            cell->value = tree_get(tree_at(items, i), columns[column].path + prefix);
            put_cell(table, column, cell);
        }
    return end - 1;
}

// What times of the column count from. A start that is not known counts as that of the row before.
static int64_t base_of(const struct html_table *table, const char *path, int64_t start,
                       json_object *row)
{
    if (strcmp(path, "start") == 0)
        return table->last;
    if (strcmp(path, "end") != 0)
        return start;
    int64_t duration = html_nanos_of_seconds(tree_get(row, "duration_seconds"));
    return start + (duration == NANOS_UNKNOWN ? 0 : duration);
}

void html_table_add(struct html_table *table, json_object *row)
{
    struct ends ends;
    int64_t start = html_nanos_of_time(tree_get(row, "start"));
    ends_of(row, &ends);
    if (table->base == NANOS_UNKNOWN)
        table->base = table->last = start == NANOS_UNKNOWN ? 0 : start;
    if (start == NANOS_UNKNOWN)
        start = table->last;
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *path = columns[i].path;
        struct cell cell = {find_path(row, path), &ends, base_of(table, path, start, row)};
        put_cell(table, i, &cell);
        if (columns[i].kind == LIST)
            i = put_items(table, i, cell.value, &cell);
    }
    table->last = start;
    table->rows++;
}

static void write_column(GString *text, const char *path, const char *kind, const GString *data)
{
    bool is_list = strcmp(kind, "text") == 0;
    json_text_literal(text, "[\"");
    json_text_words(text, path);
    json_text_literal(text, "\",\"");
    json_text_words(text, kind);
    json_text_words(text, is_list ? "\",[" : "\",\"");
    json_text_raw(text, data->str, data->len);
    json_text_words(text, is_list ? "]]" : "\"]");
}

void html_table_write(GString *text, const struct html_table *table)
{
    json_object *base = tree_time(table->base);
    json_text_literal(text, "{\"base\":");
    tree_write(text, base);
    json_object_put(base);
    json_text_literal(text, ",\"rows\":");
    json_text_count(text, table->rows);
    json_text_literal(text, ",\n\"texts\":[");
    json_text_raw(text, table->texts->str, table->texts->len);
    json_text_literal(text, "],\n\"columns\":[\n");
    for (size_t i = 0; i < COLUMNS; i++) {
        write_column(text, columns[i].path, kind_names[columns[i].kind], table->data[i]);
        json_text_literal(text, ",\n");
    }
    write_column(text, "numbers", "count", table->numbers);
    json_text_literal(text, "]}");
}
