// SPDX-License-Identifier: BSD-2-Clause
// A series as the outline of an area in a box of 1000 x 100, stretched by the template.
#pragma once

#include <glib.h>
#include <stdint.h>

// The points attribute of a polygon: steps that hold each value until the next. `most` is the top
// of the box. Caller frees.
char *html_area(const uint64_t *values, size_t count, uint64_t most);
