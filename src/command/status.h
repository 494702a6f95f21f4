// SPDX-License-Identifier: BSD-2-Clause
// Exit statuses of the program.
#pragma once

enum status {
    STATUS_DONE = 0,
    STATUS_GATE = 1,    // a gate said no
    STATUS_USAGE = 2,   // option, filter syntax, expression
    STATUS_INPUT = 3,   // an input could not be read at all
    STATUS_STRICT = 4,  // --strict: cut short, drops or loss
    STATUS_START = 5,   // the capture could not start
    STATUS_NOTHING = 6, // the gate had nothing to judge
    STATUS_OUTPUT = 7   // an output could not be written
};

// Of two statuses the one that the program ends with: the first of 2, 5, 7, 3, 4, 6, 1.
enum status status_join(enum status a, enum status b);
