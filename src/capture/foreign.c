// SPDX-License-Identifier: BSD-2-Clause
// Looks at the first bytes as a person would.
#include "capture/foreign.h"

#include "capture/source.h"

#define LINE_MOST ((size_t)100)

bool foreign_is_text(uint8_t byte)
{
    return byte >= 0x80 || (byte >= 0x20 && byte != 0x7f) || (byte >= 7 && byte <= 13) ||
           byte == 27;
}

bool foreign_is_mangled(struct slice head, bool is_corrupt)
{
    bool has_line = false;
    size_t feeds = 0;
    for (size_t i = 0; i < head.length; i++) {
        if (head.at[i] != '\n')
            continue;
        if (i == 0 || head.at[i - 1] != '\r')
            return false;
        has_line |= i > 1 && head.at[i - 2] == '\r';
        feeds++;
    }
    return has_line || (is_corrupt && feeds >= 2);
}

static bool has_mangled_section(struct slice bytes)
{
    static const uint8_t section[] = {'\r', '\n', '\r', '\r', '\r', '\n'};
    for (size_t i = 0; i + sizeof section <= bytes.length; i++) {
        if (memcmp(bytes.at + i, section, sizeof section) == 0)
            return true;
    }
    return false;
}

// The first line of text that came instead of a capture: mostly the reason why there is none.
static void append_line(GString *to, struct slice text)
{
    for (size_t i = 0; i < MIN(text.length, LINE_MOST) && text.at[i] != '\n'; i++)
        g_string_append_c(to, g_ascii_isprint(text.at[i]) ? (char)text.at[i] : '.');
}

static bool is_all_text(struct slice bytes)
{
    for (size_t i = 0; i < bytes.length; i++) {
        if (!foreign_is_text(bytes.at[i]))
            return false;
    }
    return true;
}

void foreign_tell(struct slice window, const char *compression, GError **error)
{
    GString *text = g_string_new(NULL);
    if (compression)
        g_string_append_printf(text, "its %s data is ", compression);
    if (window.length == 0) {
        g_string_append(text, "empty; was it cut short?");
    } else if (has_mangled_section(window)) {
        g_string_append(text, FOREIGN_MANGLED);
    } else if (window.length > 2 && window.at[0] == 0xff && window.at[1] == 0xfe) {
        g_string_append(text, "UTF-16 text, as PowerShell's > writes; use tcpdump -w or cmd /c");
    } else if (window.at[0] == '{') {
        g_string_append(text, "JSON, no capture; if it is a saved report: connreuse render");
    } else if (is_all_text(window)) {
        g_string_append(text, "no capture but text: \"");
        append_line(text, window);
        g_string_append(text, "\"; a capture is what tcpdump -w writes");
    } else {
        g_string_append(text, "not a pcap or pcapng capture (first bytes");
        for (size_t i = 0; i < MIN(window.length, 8); i++)
            g_string_append_printf(text, " %02x", window.at[i]);
        g_string_append(text, "); convert another format with: editcap -F pcap");
    }
    g_set_error_literal(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT, text->str);
    g_string_free(text, TRUE);
}
