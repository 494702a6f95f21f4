// SPDX-License-Identifier: BSD-2-Clause
// What holds for every view of every report, for the fuzz targets that write them.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "report/report.h"
#include "require.h"

// Valid UTF-8 without anything that steers a terminal.
static inline void require_printable(const char *text, size_t length)
{
    require(g_utf8_validate(text, (gssize)length, NULL));
    for (const char *at = text; at < text + length; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        require(c == '\n' || (c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0)));
    }
}

static inline void require_json(const char *text, size_t length)
{
    json_tokener *tokener = json_tokener_new_ex(64);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *value = json_tokener_parse_ex(tokener, text, (int)length + 1);
    require(json_tokener_get_error(tokener) == json_tokener_success);
    json_object_put(value);
    json_tokener_free(tokener);
}

static inline void require_lines(char *text)
{
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        require_json(line, strlen(line));
}

// Writes one view: printable, and JSON where it is made of JSON.
static inline void require_view(json_object *document, enum report_format format,
                                const struct report_options *options)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    require(out != NULL && view_write(document, format, options, out, NULL));
    fclose(out);
    if (format != REPORT_HTML)
        require_printable(text, length);
    if (format == REPORT_JSON)
        require_json(text, length);
    if (format == REPORT_NDJSON)
        require_lines(text);
    free(text);
}
