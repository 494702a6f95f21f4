// SPDX-License-Identifier: BSD-2-Clause
// Which exit status wins when several apply.
#include "command/status.h"

enum status status_join(enum status a, enum status b)
{
    static const enum status order[] = {STATUS_USAGE,  STATUS_START,   STATUS_OUTPUT, STATUS_INPUT,
                                        STATUS_STRICT, STATUS_NOTHING, STATUS_GATE};
    for (unsigned i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return STATUS_DONE;
}
