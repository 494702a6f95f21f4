// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for pages: whatever a saved report holds, its page has the template's two scripts and
// no more; and whatever a template holds, rendering ends.
#include <stdio.h>
#include <stdlib.h>

#include "report/html.h"
#include "report/saved.h"
#include "report/template.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static unsigned count_of(const char *page, const char *words)
{
    unsigned count = 0;
    for (; (page = strstr(page, words)) != NULL; page += strlen(words))
        count++;
    return count;
}

static void write_page(json_object *document)
{
    char *page = NULL;
    size_t length = 0;
    GError *error = NULL;
    const struct report_options options = {.width = 80};
    FILE *out = open_memstream(&page, &length);
    require(html_write(document, &options, out, &error));
    fclose(out);
    require(strlen(page) == length && g_utf8_validate(page, (gssize)length, NULL));
    require(count_of(page, "<script") == 2 && count_of(page, "</script") == 2);
    free(page);
}

static void render(struct slice text)
{
    json_object *tree = json_tokener_parse("{\"a\":{\"a\":[\"<\",{\"b\":\"{{c}}\"}],\"b\":null},"
                                           "\"b\":\"&\",\"c\":[1.5,true]}");
    GString *out = g_string_new(NULL);
    GError *error = NULL;
    require(template_render(out, text, tree, &error) == (error == NULL));
    g_clear_error(&error);
    g_string_free(out, TRUE);
    json_object_put(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    json_object *document = saved_parse((const char *)bytes, length, NULL);
    if (document != NULL)
        write_page(document);
    else
        render(slice_of(bytes, length));
    json_object_put(document);
    return 0;
}
