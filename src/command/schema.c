// SPDX-License-Identifier: BSD-2-Clause
// schema: the JSON Schema of the report.
#include "base/embedded.h"
#include "command/command.h"

static enum status schema_run(int argc, char **argv, stop_flag stop)
{
    (void)stop;
    GError *error = NULL;
    if (!command_parse_none(&command_schema, &argc, &argv, &error))
        return command_misused(&command_schema, error);
    if (argc > 1) {
        error = g_error_new(COMMAND_ERROR, 0, "'%s': schema takes nothing", argv[1]);
        return command_misused(&command_schema, error);
    }
    struct slice schema = embedded_find("report.schema.json");
    fwrite(schema.at, 1, schema.length, stdout);
    return command_flush();
}

const struct command command_schema = {"schema", "", "The JSON Schema of the report", schema_run};
