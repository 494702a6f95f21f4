// SPDX-License-Identifier: BSD-2-Clause
// Three decimals of a second show a timeout, one of a millisecond shows "at once".
#include "report/duration_text.h"

#include <string.h>

#include "base/moment.h"

#define DIGITS_MOST 20

// At least `least` digits.
static char *put_number(char *at, uint64_t number, size_t least)
{
    char digits[DIGITS_MOST];
    size_t count = 0;
    for (; number || count < least; number /= 10)
        digits[count++] = (char)('0' + number % 10);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *put_words(char *at, const char *words, size_t length)
{
    memcpy(at, words, length);
    return at + length;
}

size_t duration_text(int64_t nanos, char text[DURATION_TEXT])
{
    uint64_t us = ((nanos < 0 ? -(uint64_t)nanos : (uint64_t)nanos) + 500) / 1000;
    char *at = text;
    if (nanos < 0)
        *at++ = '-';
    if (us < 1000) {
        at = put_number(at, us, 1);
        at = put_words(at, " us", 3);
    } else if (us < 999950) {
        at = put_number(at, (us + 50) / 1000, 1);
        *at++ = '.';
        at = put_number(at, (us + 50) / 100 % 10, 1);
        at = put_words(at, " ms", 3);
    } else {
        at = put_number(at, (us + 500) / 1000000, 1);
        *at++ = '.';
        at = put_number(at, (us + 500) / 1000 % 1000, 3);
        at = put_words(at, " s", 2);
    }
    *at = '\0';
    return (size_t)(at - text);
}
