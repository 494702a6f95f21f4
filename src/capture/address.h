// SPDX-License-Identifier: BSD-2-Clause
// IP addresses as text.
#pragma once

#include "capture/segment.h"

#define ADDRESS_TEXT_BYTES 40 // eight groups of four, seven colons, a zero byte

// Whether it is an IPv4 address, held in IPv4-mapped form.
bool address_is_ipv4(const struct address *address);

// Writes the address and a zero byte, and returns its length: IPv4 (IPv4-mapped too) in dotted
// decimal, IPv6 as RFC 5952 section 4 says.
size_t address_print(const struct address *address, char out[ADDRESS_TEXT_BYTES]);
