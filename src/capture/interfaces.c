// SPDX-License-Identifier: BSD-2-Clause
// Asks libpcap for the interfaces.
#include <pcap.h>

#include "capture/interfaces.h"
#include "capture/source.h"

GPtrArray *interfaces_list(GError **error)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *all;
    if (pcap_findalldevs(&all, why) != 0) {
        g_set_error_literal(error, SOURCE_ERROR, SOURCE_ERROR_LIVE, why);
        return NULL;
    }
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (const pcap_if_t *one = all; one; one = one->next)
        g_ptr_array_add(lines, g_strdup_printf("%-16s %s%s%s", one->name,
                                               one->flags & PCAP_IF_UP ? "up" : "down",
                                               one->description ? ", " : "",
                                               one->description ? one->description : ""));
    pcap_freealldevs(all);
    return lines;
}
