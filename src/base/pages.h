// SPDX-License-Identifier: BSD-2-Clause
// Large memory that is filled soon.
#pragma once

#include <stddef.h>

// Asks the system for all pages of [at, at + bytes) together, which is cheaper than one by one as
// they are touched. What they hold stays; a system that doesn't know this (Linux before 5.14) goes
// on page by page. Nothing is done for less than a few pages.
void pages_ask(void *at, size_t bytes);
