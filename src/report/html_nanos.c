// SPDX-License-Identifier: BSD-2-Clause
// Reads digits, never through a double, so that a row of the page gives back the same digits.
#include "report/html_nanos.h"

#include <math.h>
#include <string.h>

#include "base/moment.h"

// Up to nine digits after a point as nanoseconds; `*at` moves behind them.
static int64_t read_fraction(const char **at)
{
    int64_t nanos = 0, unit = NANOS_PER_SECOND / 10;
    for (; g_ascii_isdigit(**at); (*at)++, unit /= 10)
        nanos += (**at - '0') * unit;
    return nanos;
}

static int64_t read_digits(const char *at, int count)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value * 10 + (at[i] - '0');
    return value;
}

// Days since the epoch of a date in the proleptic Gregorian calendar; years count from March, so
// that the leap day is the last of its year.
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

int64_t html_nanos_of_time(json_object *value)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd";
    if (!json_object_is_type(value, json_type_string))
        return NANOS_UNKNOWN;
    const char *text = json_object_get_string(value);
    for (size_t i = 0; form[i] != '\0'; i++)
        if (form[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != form[i])
            return NANOS_UNKNOWN;
    int64_t year = read_digits(text, 4), month = read_digits(text + 5, 2);
    if (year < 1900 || year > 2110 || month < 1 || month > 12)
        return NANOS_UNKNOWN;
    int64_t seconds = days_of(year, month, read_digits(text + 8, 2)) * 86400 +
                      read_digits(text + 11, 2) * 3600 + read_digits(text + 14, 2) * 60 +
                      read_digits(text + 17, 2);
    const char *rest = text + 19;
    int64_t nanos = *rest == '.' ? (rest++, read_fraction(&rest)) : 0;
    return strcmp(rest, "Z") == 0 ? seconds * NANOS_PER_SECOND + nanos : NANOS_UNKNOWN;
}

int64_t html_nanos_of_seconds(json_object *value)
{
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return NANOS_UNKNOWN;
    if (!(fabs(json_object_get_double(value)) < 2e9))
        return NANOS_UNKNOWN;
    const char *at = json_object_to_json_string(value);
    bool is_negative = *at == '-';
    at += is_negative;
    int64_t seconds = 0;
    for (; g_ascii_isdigit(*at) && seconds < 2000000000; at++)
        seconds = seconds * 10 + (*at - '0');
    int64_t nanos = *at == '.' ? (at++, read_fraction(&at)) : 0;
    if (*at != '\0' || seconds > 2000000000)
        return NANOS_UNKNOWN;
    nanos += seconds * NANOS_PER_SECOND;
    return is_negative ? -nanos : nanos;
}
