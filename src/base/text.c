// SPDX-License-Identifier: BSD-2-Clause
// Decodes UTF-8 strictly, and escapes what must not reach a terminal or a page as it is.
#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" // U+FFFD
#define ELLIPSIS    "\xe2\x80\xa6" // U+2026

struct decoded {
    uint32_t code;  // the character, when valid
    uint8_t length; // bytes taken: the whole character, or a maximal subpart of one
    bool is_valid;
    bool is_partial; // the bytes end within a character that is right so far
};

// The well-formed sequences (Unicode 15 table 3-7) by their first byte: how many bytes follow, and
// the range of the first of those.
static const struct {
    uint8_t first, last, follow, low, high;
} sequences[] = {
    {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf}, {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf}, {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

// Characters that are invisible or change the direction or line of the text around them.
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x80, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static struct decoded decode(struct slice s)
{
    uint8_t first = s.at[0];
    if (first < 0x80)
        return (struct decoded){.code = first, .length = 1, .is_valid = true};
    for (size_t i = 0; i < G_N_ELEMENTS(sequences); i++) {
        if (first < sequences[i].first || first > sequences[i].last)
            continue;
        uint8_t follow = sequences[i].follow, low = sequences[i].low, high = sequences[i].high;
        struct decoded d = {.code = first & (0x3fu >> follow), .length = 1};
        for (; d.length <= follow; d.length++) {
            if (d.length == s.length) {
                d.is_partial = true;
                return d;
            }
            uint8_t c = s.at[d.length];
            if (c < low || c > high)
                return d;
            d.code = d.code << 6 | (c & 0x3f);
            low = 0x80;
            high = 0xbf;
        }
        d.is_valid = true;
        return d;
    }
    return (struct decoded){.length = 1};
}

static bool is_hidden(uint32_t code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return true;
    return false;
}

static size_t plain_length(struct slice s)
{
    size_t i = 0;
    while (i < s.length && s.at[i] >= ' ' && s.at[i] < 0x7f)
        i++;
    return i;
}

static void append_character(GString *out, struct slice s, struct decoded d)
{
    if (!d.is_valid)
        g_string_append(out, REPLACEMENT);
    else if (d.code < ' ' || d.code == 0x7f)
        g_string_append_printf(out, "\\x%02X", d.code);
    else if (is_hidden(d.code))
        g_string_append_printf(out, "\\u{%04X}", d.code);
    else
        g_string_append_len(out, (const char *)s.at, d.length);
}

void text_append_safe(GString *out, struct slice raw, size_t most_bytes, bool was_cut)
{
    struct slice s = slice_first(raw, most_bytes);
    // A cut may divide a character: decode over the cut, and stop before such a one.
    was_cut |= s.length < raw.length;
    while (s.length) {
        size_t plain = plain_length(s);
        g_string_append_len(out, (const char *)s.at, (gssize)plain);
        s = slice_from(s, plain);
        if (s.length == 0)
            break;
        struct decoded d = decode(s);
        if (d.is_partial && was_cut)
            break;
        append_character(out, s, d);
        s = slice_from(s, d.length);
    }
    if (was_cut)
        g_string_append(out, ELLIPSIS);
}
