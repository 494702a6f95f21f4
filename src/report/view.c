// SPDX-License-Identifier: BSD-2-Clause
// One document, four views.
#include "report/html.h"
#include "report/json_view.h"
#include "report/text_report.h"

bool view_write(json_object *document, enum report_format format,
                const struct report_options *options, FILE *out, GError **error)
{
    switch (format) {
    case REPORT_TEXT:
        return text_report_write(document, options, out, error);
    case REPORT_JSON:
        return json_view_write(document, out, error);
    case REPORT_NDJSON:
        return ndjson_view_write(document, out, error);
    case REPORT_HTML:
        return html_write(document, options, out, error);
    case REPORT_FORMATS:
        break;
    }
    g_assert_not_reached();
}
