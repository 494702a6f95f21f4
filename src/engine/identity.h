// SPDX-License-Identifier: BSD-2-Clause
// Names of a connection that are the same on every run and from both ends.
#pragma once

#include "engine/record.h"

#define IDENTITY_ID_BYTES        18 // "c", 16 hex digits, a zero byte
#define IDENTITY_COMMUNITY_BYTES 31 // "1:", base64 of 20 bytes, a zero byte

// Hash of both ends (the lower one first) and the client's initial sequence number (midstream: the
// first sequence number seen). The same value in every version and on every machine.
uint64_t identity_hash(const struct record *record);

// "c" and the hash in hex.
void identity_id(const struct record *record, char id[IDENTITY_ID_BYTES]);

// Community ID version 1, seed 0 (github.com/corelight/community-id-spec); IPv4-mapped addresses
// count as IPv4.
void identity_community(const struct record *record, char id[IDENTITY_COMMUNITY_BYTES]);
