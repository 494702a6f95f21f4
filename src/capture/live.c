// SPDX-License-Identifier: BSD-2-Clause
// Live capture. libpcap's own buffer is released at each read, so a batch is copied out of it.
#include "capture/live.h"

#include <pcap.h>
#include <poll.h>

#include "base/moment.h"
#include "capture/source.h"

#define SNAPLEN_DEFAULT 262144
#define WAIT_MS         100
#define KERNEL_BUFFER   (32 * 1024 * 1024)
#define BATCH_BYTES     ((size_t)2 * 1024 * 1024)

struct live {
    pcap_t *pcap;
    uint8_t *batch;
    size_t snaplen;
    uint32_t tick;   // nanoseconds of one unit of the fraction
    uint32_t frames; // handed out
    uint16_t link_type;
    bool is_over;
    char *damage;
};

static void set_activate_error(pcap_t *pcap, const char *interface, int status, GError **error)
{
    const char *detail = pcap_geterr(pcap);
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE,
                    "no right to capture; run with sudo, or once: "
                    "sudo setcap cap_net_raw,cap_net_admin+ep $(command -v connreuse)");
        return;
    case PCAP_ERROR_NO_SUCH_DEVICE:
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE,
                    "no such interface; connreuse -D lists them");
        return;
    case PCAP_ERROR_IFACE_NOT_UP:
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE,
                    "the interface is down; run: sudo ip link set dev %s up", interface);
        return;
    default:
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE, "%s%s%s", pcap_statustostr(status),
                    *detail ? ": " : "", detail);
    }
}

static bool activate(struct live *live, const char *interface, GError **error)
{
    pcap_set_snaplen(live->pcap, (int)live->snaplen);
    pcap_set_promisc(live->pcap, 1);
    // Not immediate mode: it makes Linux hold each packet in a slot of the snapshot length, so that
    // a burst of a few hundred small packets is dropped. Blocks come WAIT_MS late at most.
    pcap_set_timeout(live->pcap, WAIT_MS);
    pcap_set_buffer_size(live->pcap, KERNEL_BUFFER);
    bool has_nanos = pcap_set_tstamp_precision(live->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    live->tick = has_nanos ? 1 : 1000;
    int status = pcap_activate(live->pcap);
    if (status < 0) {
        set_activate_error(live->pcap, interface, status, error);
        return false;
    }
    live->link_type = (uint16_t)pcap_datalink(live->pcap);
    return true;
}

static bool set_filter(struct live *live, const char *filter, GError **error)
{
    struct bpf_program program;
    if (!filter)
        return true;
    if (pcap_compile(live->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE, "filter \"%s\": %s", filter,
                    pcap_geterr(live->pcap));
        return false;
    }
    int status = pcap_setfilter(live->pcap, &program);
    pcap_freecode(&program);
    if (status == 0)
        return true;
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE, "filter \"%s\": %s", filter,
                pcap_geterr(live->pcap));
    return false;
}

struct live *live_new(const char *interface, const char *filter, int snaplen, GError **error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct live *live = g_new0(struct live, 1);
    live->snaplen = snaplen > 0 ? (size_t)MIN(snaplen, SNAPLEN_DEFAULT) : SNAPLEN_DEFAULT;
    live->batch = g_malloc(BATCH_BYTES);
    live->pcap = pcap_create(interface, reason);
    if (!live->pcap)
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE, "%s", reason);
    if (live->pcap && activate(live, interface, error) && set_filter(live, filter, error) &&
        pcap_setnonblock(live->pcap, 1, reason) == 0)
        return live;
    if (error && !*error)
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_LIVE, "%s", reason);
    live_free(live);
    return NULL;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    if (live->pcap)
        pcap_close(live->pcap);
    g_free(live->damage);
    g_free(live->batch);
    g_free(live);
}

static void end_capture(struct live *live)
{
    live->is_over = true;
    live->damage = g_strdup_printf("the capture ended: %s", pcap_geterr(live->pcap));
}

// Copies what libpcap holds now; it has nothing more when fewer than `most` come back.
static size_t take_held(struct live *live, struct packet *packets, size_t most)
{
    size_t taken = 0, used = 0;
    while (taken < most && BATCH_BYTES - used >= live->snaplen) {
        struct pcap_pkthdr *header;
        const u_char *bytes;
        int status = pcap_next_ex(live->pcap, &header, &bytes);
        if (status < 0 && status != PCAP_ERROR_BREAK)
            end_capture(live);
        if (status != 1)
            break;
        size_t captured = MIN(header->caplen, live->snaplen);
        memcpy(live->batch + used, bytes, captured);
        packets[taken++] = (struct packet){
            .bytes = {live->batch + used, captured},
            .wire_length = MAX(header->len, (uint32_t)captured),
            .frame = ++live->frames,
            .time = header->ts.tv_sec * NANOS_PER_SECOND + (int64_t)header->ts.tv_usec * live->tick,
            .link_type = live->link_type,
        };
        used += captured;
    }
    return taken;
}

size_t live_take(struct live *live, struct packet *packets, size_t most)
{
    size_t taken = take_held(live, packets, most);
    if (taken > 0 || live->is_over)
        return taken;
    struct pollfd wait = {.fd = pcap_get_selectable_fd(live->pcap), .events = POLLIN};
    if (poll(&wait, wait.fd >= 0, WAIT_MS) <= 0)
        return 0;
    return take_held(live, packets, most);
}

bool live_is_over(const struct live *live)
{
    return live->is_over;
}

const char *live_damage(const struct live *live)
{
    return live->damage;
}

bool live_drops(struct live *live, uint64_t *drops)
{
    struct pcap_stat stat;
    if (pcap_stats(live->pcap, &stat) != 0)
        return false;
    *drops = (uint64_t)stat.ps_drop + stat.ps_ifdrop;
    return true;
}
