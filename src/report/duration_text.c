// SPDX-License-Identifier: BSD-2-Clause
// Three decimals of a second show a timeout, one of a millisecond shows "at once".
#include "report/duration_text.h"

#include <stdio.h>

#include "base/moment.h"

size_t duration_text(int64_t nanos, char text[DURATION_TEXT])
{
    const char *sign = nanos < 0 ? "-" : "";
    uint64_t us = ((nanos < 0 ? -(uint64_t)nanos : (uint64_t)nanos) + 500) / 1000;
    int length;
    if (us < 1000)
        length = snprintf(text, DURATION_TEXT, "%s%u us", sign, (unsigned)us);
    else if (us < 999950)
        length = snprintf(text, DURATION_TEXT, "%s%u.%u ms", sign, (unsigned)((us + 50) / 1000),
                          (unsigned)((us + 50) / 100 % 10));
    else
        length = snprintf(text, DURATION_TEXT, "%s%llu.%03u s", sign,
                          (unsigned long long)((us + 500) / 1000000),
                          (unsigned)((us + 500) / 1000 % 1000));
    return (size_t)length;
}
