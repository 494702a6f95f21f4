// SPDX-License-Identifier: BSD-2-Clause
// Numbers in sentences.
#pragma once

#include <glib.h>

// Appends a finite number in a format of phrase.h.
void phrase_number_append(GString *out, double number, const char *format, size_t length);

// "90 s", "5.25 s", "12 ms", "3 min", "2 h": short, for sentences.
void phrase_seconds_append(GString *out, double seconds);
