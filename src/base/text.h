// SPDX-License-Identifier: BSD-2-Clause
// Text from the wire made safe to print: valid UTF-8 without characters that steer a terminal or
// reorder what stands beside them.
#pragma once

#include <glib.h>

#include "base/slice.h"

// Appends at most `most_bytes` bytes of `raw`, as UTF-8. Invalid UTF-8 becomes U+FFFD, one for each
// maximal subpart (Unicode 15 section 3.9). C0 controls and DEL become \xNN; C1 controls, line and
// paragraph separators, bidirectional and invisible format characters become \u{NNNN}. What is
// left out, here or before (`was_cut`), is marked with an ellipsis (U+2026); a character that the
// cut divides goes whole. The output is at most 10 times as long as its input, plus 3 bytes.
void text_append_safe(GString *out, struct slice raw, size_t most_bytes, bool was_cut);
