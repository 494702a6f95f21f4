// SPDX-License-Identifier: BSD-2-Clause
// BPF filters on packets of files: libpcap compiles the expression once per link type.
#include "capture/source.h"

#include <pcap.h>

#define SNAPLEN_LARGEST 262144

struct program {
    struct bpf_program code;
    uint16_t link_type;
    bool is_usable; // the expression means something on this link type
};

struct packet_filter {
    char *expression;
    GArray *programs; // struct program, by link type as they come
};

// Most LINKTYPE_ values are the DLT_ values of the system; raw IP isn't.
static int dlt_of(uint16_t link_type)
{
    return link_type == 101 ? DLT_RAW : link_type;
}

static bool compile(struct packet_filter *filter, uint16_t link_type, GError **error)
{
    struct program program = {.link_type = link_type};
    pcap_t *dead = pcap_open_dead(dlt_of(link_type), SNAPLEN_LARGEST);
    program.is_usable =
        pcap_compile(dead, &program.code, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!program.is_usable)
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT, "filter \"%s\": %s",
                    filter->expression, pcap_geterr(dead));
    pcap_close(dead);
    g_array_append_val(filter->programs, program);
    return program.is_usable;
}

struct packet_filter *packet_filter_new(const char *expression, GError **error)
{
    struct packet_filter *filter = g_new0(struct packet_filter, 1);
    filter->expression = g_strdup(expression);
    filter->programs = g_array_new(FALSE, FALSE, sizeof(struct program));
    if (compile(filter, DLT_EN10MB, error))
        return filter;
    packet_filter_free(filter);
    return NULL;
}

void packet_filter_free(struct packet_filter *filter)
{
    if (!filter)
        return;
    for (guint i = 0; i < filter->programs->len; i++) {
        struct program *program = &g_array_index(filter->programs, struct program, i);
        if (program->is_usable)
            pcap_freecode(&program->code);
    }
    g_array_free(filter->programs, TRUE);
    g_free(filter->expression);
    g_free(filter);
}

static struct program *program_for(struct packet_filter *filter, uint16_t link_type)
{
    for (guint i = 0; i < filter->programs->len; i++) {
        struct program *program = &g_array_index(filter->programs, struct program, i);
        if (program->link_type == link_type)
            return program;
    }
    compile(filter, link_type, NULL);
    return &g_array_index(filter->programs, struct program, filter->programs->len - 1);
}

bool packet_filter_takes(struct packet_filter *filter, const struct packet *packet)
{
    struct program *program = program_for(filter, packet->link_type);
    if (!program->is_usable)
        return false;
    struct pcap_pkthdr header = {
        .caplen = (bpf_u_int32)packet->bytes.length,
        .len = packet->wire_length,
    };
    return pcap_offline_filter(&program->code, &header, packet->bytes.at) != 0;
}
