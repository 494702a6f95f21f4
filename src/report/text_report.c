// SPDX-License-Identifier: BSD-2-Clause
// The report as text.
#include "report/text_report.h"

#include <inttypes.h>

#include "report/tree.h"
#include "report/tree_write.h"

bool text_report_write(json_object *document, const struct report_options *options, FILE *out,
                       GError **error)
{
    (void)options;
    struct tree_stream stream;
    json_object *totals = tree_get(document, "totals");
    tree_stream_begin(&stream, out);
    g_string_append_printf(stream.text, "%" PRIu64 " connections, %" PRIu64 " requests\n",
                           tree_get_count(totals, "connections"),
                           tree_get_count(totals, "requests"));
    return tree_stream_end(&stream, error);
}
