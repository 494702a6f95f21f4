// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for every writer of reports: the bytes are names from the wire, or a saved report.
#include <stdint.h>
#include <stdlib.h>

#include "../report_fixture.h"
#include "judge/sockets.h"
#include "report/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static char *view_text(json_object *document, enum report_format format,
                       const struct report_options *options, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    require(out != NULL && view_write(document, format, options, out, NULL));
    fclose(out);
    return text;
}

// Valid UTF-8 without anything that steers a terminal.
static void require_printable(const char *text, size_t length)
{
    require(g_utf8_validate(text, (gssize)length, NULL));
    for (const char *at = text; at < text + length; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        require(c == '\n' || (c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0)));
    }
}

static void require_json(const char *text, size_t length)
{
    json_tokener *tokener = json_tokener_new_ex(64);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *value = json_tokener_parse_ex(tokener, text, (int)length + 1);
    require(json_tokener_get_error(tokener) == json_tokener_success);
    json_object_put(value);
    json_tokener_free(tokener);
}

static void require_lines(char *text)
{
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        require_json(line, strlen(line));
}

static void write_all(json_object *document, struct report_options options)
{
    for (int format = 0; format < REPORT_FORMATS; format++) {
        size_t length = 0;
        options.verbose = !options.verbose;
        char *text = view_text(document, (enum report_format)format, &options, &length);
        if (format != REPORT_HTML)
            require_printable(text, length);
        if (format == REPORT_JSON)
            require_json(text, length);
        if (format == REPORT_NDJSON)
            require_lines(text);
        free(text);
    }
}

static void write_saved(const uint8_t *bytes, size_t length)
{
    struct report_options options = {.width = 80, .top = 3};
    char *text = g_strndup((const char *)bytes, length);
    json_object *document = saved_parse(text, length, NULL);
    if (document != NULL)
        write_all(document, options);
    json_object_put(document);
    g_free(text);
}

static void write_names(const uint8_t *bytes, size_t length)
{
    char *label = g_strndup((const char *)bytes, length);
    char *labels[] = {label, NULL};
    struct fixture f;
    fixture_init(&f, 10, slice_of(bytes, length));
    sockets_free(f.analysis.sockets); // thousands of numbers and no text
    f.analysis.sockets = NULL;
    f.options.labels = labels;
    f.options.command = label;
    f.options.title = label;
    f.inputs[0].info.name = label;
    json_object *document = document_new(&f.report);
    write_all(document, f.options);
    json_object_put(document);
    fixture_clear(&f);
    g_free(label);
}

// A report begins with a brace; anything else is a name.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length > 0 && bytes[0] == '{')
        write_saved(bytes, length);
    else
        write_names(bytes, MIN(length, 4096));
    return 0;
}
