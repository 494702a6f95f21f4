// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for capture files of every format: whatever is in a file, its packets lie within what
// was read, the account is right, and reading ends.
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/moment.h"
#include "capture/decode.h"
#include "capture/source.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

// A file of these bytes that exists only in memory.
static struct source *open_bytes(const uint8_t *bytes, size_t length)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    char path[32];
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    GError *error = NULL;
    struct source *source = source_open(path, &limits_default, &error);
    require((source == NULL) == (error != NULL));
    require(!error || (error->domain == SOURCE_ERROR && error->message[0]));
    g_clear_error(&error);
    close(fd);
    return source;
}

// Frames are counted as Wireshark does: blocks that hold no packet of a network may count, too.
static void check_packet(const struct packet *packet, uint64_t number, uint32_t *frame)
{
    require(packet->frame >= number && packet->frame > *frame);
    *frame = packet->frame;
    require(packet->wire_length >= packet->bytes.length && packet->time >= 0);
    unsigned sum = 0;
    for (size_t i = 0; i < packet->bytes.length; i++)
        sum += packet->bytes.at[i];
    require(sum <= packet->bytes.length * 255);
}

static void check_account(struct source *source, uint64_t packets, uint64_t file_bytes)
{
    const struct source_info *info = source_info(source);
    require(source_is_over(source) && info->packets == packets);
    require(info->truncated == (info->damage != NULL));
    require(info->bytes_read <= file_bytes && info->bytes_total == file_bytes);
    require(packets == 0 ? info->first == NANOS_UNKNOWN : info->first <= info->last);
    require((packets == 0) == (info->link_type_count == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct source *source = open_bytes(bytes, length);
    if (!source)
        return 0;
    struct decoder *decoder = decoder_new(&limits_default);
    struct packet packets[7];
    uint64_t count = 0;
    uint32_t frame = 0;
    for (size_t got; (got = source_next(source, packets, G_N_ELEMENTS(packets))) > 0;) {
        source_use(source, packets, got);
        for (size_t i = 0; i < got; i++) {
            struct segment segment;
            check_packet(&packets[i], ++count, &frame);
            require(decode_packet(decoder, &packets[i], &segment) < DECODE_RESULTS);
        }
    }
    check_account(source, count, length);
    decoder_free(decoder);
    source_free(source);
    return 0;
}
