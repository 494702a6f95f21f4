// SPDX-License-Identifier: BSD-2-Clause
// The larger parts of a row: evidence and display filter.
#pragma once

#include "report/rows.h"

// Appends the array of evidence: the moments that the verdict rests on, in capture order, then
// what the group of connections says.
void row_evidence_write(GString *text, const struct rows *rows, size_t index);

// Appends the words of a moment and what the record adds to it: how long nothing had happened, what
// was missing, what a head said. Inside a JSON string.
void row_details_append(GString *text, const struct record *record, const struct verdict *verdict,
                        enum moment_id id);

// Appends the array of the connection's moments, each with its sender, in capture order; [] unless
// the record is evidence of a finding.
void row_ladder_write(GString *text, const struct rows *rows, size_t index);

// Fills `order` with the moments of `bits` that came, in capture order, and returns how many.
size_t row_moments(const struct record *record, uint32_t bits, enum moment_id order[MOMENTS]);

// Appends a display filter as a JSON string. It names the frames too when other connections of the
// capture have the same addresses and ports.
void row_filter_write(GString *text, const struct rows *rows, size_t index);

// Appends the same filter as plain text.
void row_filter_append(GString *text, const struct rows *rows, size_t index);

// Appends "input":0,"frame":7 or nulls when frame is 0.
void row_place_write(GString *text, const struct rows *rows, uint32_t frame);
