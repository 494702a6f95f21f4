// SPDX-License-Identifier: BSD-2-Clause
// Display filters as Wireshark reads them.
#include "capture/address.h"
#include "report/json_text.h"
#include "report/row_parts.h"

static void append_address(GString *text, const struct address *address)
{
    char buffer[ADDRESS_TEXT_BYTES];
    size_t length = address_print(address, buffer);
    if (address_is_ipv4(address))
        json_text_literal(text, "ip.addr == ");
    else
        json_text_literal(text, "ipv6.addr == ");
    json_text_raw(text, buffer, length);
    json_text_literal(text, " && ");
}

// Frame numbers select within one file; across files only time does.
static void append_range(GString *text, const struct rows *rows, const struct record *r)
{
    struct place first = places_find(&rows->places, r->at[AT_START].frame);
    struct place last = places_find(&rows->places, r->at[AT_END].frame);
    if (first.input == last.input) {
        json_text_literal(text, " && frame.number >= ");
        json_text_count(text, first.frame);
        json_text_literal(text, " && frame.number <= ");
        json_text_count(text, last.frame);
        return;
    }
    json_text_literal(text, " && frame.time_epoch >= ");
    json_text_seconds(text, r->at[AT_START].time);
    json_text_literal(text, " && frame.time_epoch <= ");
    json_text_seconds(text, r->at[AT_END].time);
}

void row_filter_append(GString *text, const struct rows *rows, size_t index)
{
    const struct record *r = &rows->report->analysis->records[index];
    append_address(text, &r->end[CLIENT].address);
    if (memcmp(&r->end[CLIENT].address, &r->end[SERVER].address, sizeof(struct address)) != 0)
        append_address(text, &r->end[SERVER].address);
    json_text_literal(text, "tcp.port == ");
    json_text_count(text, r->end[CLIENT].port);
    json_text_literal(text, " && tcp.port == ");
    json_text_count(text, r->end[SERVER].port);
    if (rows->is_reused[index])
        append_range(text, rows, r);
}

void row_filter_write(GString *text, const struct rows *rows, size_t index)
{
    json_text_literal(text, "\"");
    row_filter_append(text, rows, index);
    json_text_literal(text, "\"");
}
