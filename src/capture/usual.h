// SPDX-License-Identifier: BSD-2-Clause
// The short way for what nearly every packet is: Ethernet or Linux's cooked capture, IPv4 without
// options or IPv6 without extension headers, no fragment, nothing wrong with its lengths, TCP, all
// headers captured. It needs no decoder.
#pragma once

#include "capture/lane.h"
#include "capture/packet.h"

// Adds the segment that decode_packet() would make of the packet to its lane; what isn't the
// packet's alone (frame, part, clock) is to be set. NULL: the packet isn't usual.
struct segment *usual_decode(const struct packet *packet, struct lane lanes[LANES]);
