// SPDX-License-Identifier: BSD-2-Clause
// Which of many keys come more than once, when few do: without sorting or hashing them all.
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

// struct keyed: the keys that may have an equal one, sorted, each with its place in `keys`; equal
// ones stay in order. Some alone among them, but all that aren't. Caller frees.
GArray *repeats_find(const uint64_t *keys, size_t count);
