// SPDX-License-Identifier: BSD-2-Clause
// Other ways in which the same bytes may come over the wire or into the capture.
#pragma once

#include "tests/conversation.h"

// Each returns new segments in capture order, frames from 1; payloads are borrowed from the old.
GArray *variation_cut(const GArray *segments, GRand *random);     // cut at any place
GArray *variation_shuffle(const GArray *segments, GRand *random); // cut, pieces in any order
GArray *variation_repeat(const GArray *segments, GRand *random);  // some data sent twice
GArray *variation_twice(const GArray *segments, GRand *random);   // some packets captured twice
GArray *variation_swap(const GArray *segments, GRand *random);    // neighbours of both directions
