// SPDX-License-Identifier: BSD-2-Clause
// Few digits: sentences are for reading, the document has the exact numbers.
#include "report/phrase_number.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

// Up to `decimals` decimals, without zeros at the end.
static void append_short(GString *out, double number, int decimals)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];
    g_snprintf(format, sizeof format, "%%.%df", decimals);
    g_ascii_formatd(text, sizeof text, format, number);
    size_t length = strlen(text);
    if (strchr(text, '.')) {
        while (text[length - 1] == '0')
            length--;
        if (text[length - 1] == '.')
            length--;
    }
    g_string_append_len(out, text, (gssize)length);
}

// Thousands are set apart: 28,232.
static void append_count(GString *out, double number)
{
    char digits[32];
    double whole = MIN(round(fabs(number)), 1e18);
    g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, (guint64)whole);
    size_t length = strlen(digits);
    if (number < 0)
        g_string_append_c(out, '-');
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
}

void phrase_seconds_append(GString *out, double seconds)
{
    double size = fabs(seconds);
    if (seconds == 0) {
        g_string_append(out, "0 s");
    } else if (size < 0.0000995) {
        append_short(out, seconds * 1e6, 0);
        g_string_append(out, " us");
    } else if (size < 0.9995) {
        append_short(out, seconds * 1e3, size < 0.01 ? 1 : 0);
        g_string_append(out, " ms");
    } else if (size < 7200) {
        append_short(out, seconds, size < 10 ? 2 : 1);
        g_string_append(out, " s");
    } else {
        append_short(out, seconds / 3600, 1);
        g_string_append(out, " h");
    }
}

static void append_bytes(GString *out, double number)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; fabs(number) >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
        number /= 1024;
    append_short(out, number, unit > 0 && number < 100 ? 1 : 0);
    g_string_append_printf(out, " %s", units[unit]);
}

// One decimal at most, and none of 10 and more: "1.2%", "93%".
static void append_share(GString *out, double share)
{
    double percent = share * 100;
    append_short(out, percent, percent < 10 ? 1 : 0);
    g_string_append_c(out, '%');
}

static bool is_format(const char *format, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(format, name, length) == 0;
}

void phrase_number_append(GString *out, double number, const char *format, size_t length)
{
    const char *bar = memchr(format, '|', length);
    if (bar) {
        bool is_one = round(number) == 1;
        const char *word = is_one ? format : bar + 1;
        append_count(out, number);
        g_string_append_c(out, ' ');
        g_string_append_len(out, word, is_one ? bar - format : format + length - word);
    } else if (is_format(format, length, "s")) {
        phrase_seconds_append(out, number);
    } else if (is_format(format, length, "%")) {
        append_share(out, number);
    } else if (is_format(format, length, "1")) {
        append_short(out, number, 1);
    } else if (is_format(format, length, "bytes")) {
        append_bytes(out, number);
    } else {
        append_count(out, number);
    }
}
