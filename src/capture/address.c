// SPDX-License-Identifier: BSD-2-Clause
// Prints addresses without the C library's formatting: a report has hundreds of thousands.
#include "capture/address.h"

#define GROUPS 8

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_ipv4(const struct address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static char *print_decimal(char *out, unsigned value)
{
    if (value >= 100)
        *out++ = (char)('0' + value / 100);
    if (value >= 10)
        *out++ = (char)('0' + value / 10 % 10);
    *out++ = (char)('0' + value % 10);
    return out;
}

static char *print_hex(char *out, unsigned value)
{
    int shift = 12;
    while (shift > 0 && value >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *out++ = "0123456789abcdef"[value >> shift & 15];
    return out;
}

// The longest run of two or more zero groups, the first among equals (RFC 5952 section 4.2).
static int find_zeros(const uint8_t *bytes, int *length)
{
    int best = GROUPS;
    *length = 1;
    for (int i = 0, run = 0; i < GROUPS; i++) {
        run = read_be16(bytes + 2 * i) == 0 ? run + 1 : 0;
        if (run > *length) {
            *length = run;
            best = i + 1 - run;
        }
    }
    return best;
}

size_t address_print(const struct address *address, char out[ADDRESS_TEXT_BYTES])
{
    const uint8_t *bytes = address->bytes;
    char *p = out;
    if (address_is_ipv4(address)) {
        for (int i = 12; i < 16; i++) {
            p = print_decimal(p, bytes[i]);
            *p++ = i < 15 ? '.' : '\0';
        }
        return (size_t)(p - out) - 1;
    }
    int length, zeros = find_zeros(bytes, &length);
    for (int i = 0; i < GROUPS;) {
        if (i == zeros) {
            *p++ = ':';
            *p++ = ':';
            i += length;
            continue;
        }
        if (i > 0 && i != zeros + length)
            *p++ = ':';
        p = print_hex(p, read_be16(bytes + 2 * i));
        i++;
    }
    *p = '\0';
    return (size_t)(p - out);
}
