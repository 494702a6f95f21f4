// SPDX-License-Identifier: BSD-2-Clause
// Chooses connections by the addresses of their ends.
#include <arpa/inet.h>
#include <stdlib.h>

#include "capture/address.h"
#include "command/options.h"
#include "command/select.h"

#define IPV4_BEFORE 96 // bits before an IPv4 address' own ones

// Digits only, at most `most`; -1 otherwise.
static long select_number(const char *text, long most)
{
    if (!g_ascii_isdigit(*text))
        return -1;
    char *end;
    long number = strtol(text, &end, 10);
    return *end || number > most ? -1 : number;
}

// Reads an address without brackets; the bits before its own ones, -1 when it's none.
static int select_address(const char *text, struct address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (inet_pton(AF_INET, text, address->bytes + 12) == 1) {
        memcpy(address->bytes, mapped, sizeof mapped);
        return IPV4_BEFORE;
    }
    return inet_pton(AF_INET6, text, address->bytes) == 1 ? 0 : -1;
}

// Cuts ":PORT" off the end of `text`: after a bracket, after the bits, or after the only colon.
static bool select_cut_port(char *text, struct network *network)
{
    char *colon = strrchr(text, ':');
    char *slash = strchr(text, '/');
    char *bracket = strchr(text, ']');
    if (!colon || (slash && colon < slash) || (bracket && colon < bracket))
        return true;
    if (!slash && !bracket && strchr(text, ':') != colon)
        return true;
    *colon = '\0';
    long port = select_number(colon + 1, 65535);
    network->port = (uint16_t)port;
    return port > 0;
}

// Takes the brackets out, wherever the bits stand: [A]/B or [A/B].
static void select_cut_brackets(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '[' && *from != ']')
            *to++ = *from;
    *to = '\0';
}

bool network_parse(const char *text, struct network *network, GError **error)
{
    *network = (struct network){.bits = 128};
    char *copy = g_strdup(text);
    bool good = select_cut_port(copy, network);
    select_cut_brackets(copy);
    char *slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    int before = select_address(copy, &network->address);
    long bits = slash ? select_number(slash + 1, 128 - before) : 128 - before;
    good = good && before >= 0 && bits >= 0;
    if (good)
        network->bits = (uint8_t)(before + bits);
    else
        g_set_error(error, OPTIONS_ERROR, 0,
                    "'%s' is no address, network or network with port (10.0.0.0/8, [::1]:8080)",
                    text);
    g_free(copy);
    return good;
}

static bool network_holds(const struct network *network, const struct address *address,
                          uint16_t port)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (network->port && network->port != port)
        return false;
    if (network->bits < IPV4_BEFORE && address_is_ipv4(address))
        return false;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    return !rest || (network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

bool select_is_empty(const struct selection *selection)
{
    return !selection->networks[CLIENT] && !selection->networks[SERVER];
}

bool select_takes(const struct selection *selection, const struct record *record)
{
    for (int side = CLIENT; side <= SERVER; side++) {
        const GArray *networks = selection->networks[side];
        bool holds = !networks;
        for (guint i = 0; networks && i < networks->len && !holds; i++)
            holds = network_holds(&g_array_index(networks, struct network, i),
                                  &record->end[side].address, record->end[side].port);
        if (!holds)
            return false;
    }
    return true;
}

void select_records(const struct selection *selection, GArray *records)
{
    if (select_is_empty(selection))
        return;
    guint kept = 0;
    for (guint i = 0; i < records->len; i++) {
        const struct record *record = &g_array_index(records, struct record, i);
        if (select_takes(selection, record))
            g_array_index(records, struct record, kept++) = *record;
    }
    g_array_set_size(records, kept);
}

static int select_by_frame(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

GArray *select_exchanges(const GArray *records, const struct exchange *exchanges, size_t count)
{
    GArray *frames = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), records->len);
    for (guint i = 0; i < records->len; i++)
        g_array_append_val(frames, g_array_index(records, struct record, i).at[AT_START].frame);
    g_array_sort(frames, select_by_frame);
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(struct exchange));
    for (size_t i = 0; i < count; i++)
        if (g_array_binary_search(frames, &exchanges[i].connection, select_by_frame, NULL))
            g_array_append_val(chosen, exchanges[i]);
    g_array_free(frames, TRUE);
    return chosen;
}

void select_free(struct selection *selection)
{
    for (int side = CLIENT; side <= SERVER; side++)
        if (selection->networks[side])
            g_array_free(selection->networks[side], TRUE);
}
