// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for every writer of reports: the bytes are names from the wire, or a saved report.
#include <stdint.h>
#include <stdlib.h>

#include "../report_fixture.h"
#include "judge/sockets.h"
#include "report/saved.h"
#include "views.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void write_all(json_object *document, struct report_options options)
{
    for (int format = 0; format < REPORT_FORMATS; format++) {
        options.verbose = !options.verbose;
        require_view(document, (enum report_format)format, &options);
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
