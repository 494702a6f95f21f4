// SPDX-License-Identifier: BSD-2-Clause
// Packets from an interface, through libpcap.
#pragma once

#include <glib.h>

#include "capture/packet.h"

struct live;

// `filter` may be NULL; `snaplen` 0 is the default. SOURCE_ERROR_LIVE says what to run.
struct live *live_new(const char *interface, const char *filter, int snaplen, GError **error);
void live_free(struct live *live);

// What has arrived, after at most 100 ms; the bytes stay valid until the next call. The kernel
// hands packets over up to 100 ms late: after a stop, what came before it is still to be taken.
size_t live_take(struct live *live, struct packet *packets, size_t most);

// The device is gone; live_damage() says why.
bool live_is_over(const struct live *live);
const char *live_damage(const struct live *live);

// Packets that the kernel or the interface dropped so far; false when it doesn't tell.
bool live_drops(struct live *live, uint64_t *drops);
