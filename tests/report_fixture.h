// SPDX-License-Identifier: BSD-2-Clause
// A report of made-up connections, of every kind of close and with every part of a document.
#pragma once

#include "capture/notes.h"
#include "report/report.h"

struct fixture {
    struct names *names;
    struct notes *notes;
    struct analysis analysis;
    struct report_input inputs[2];
    struct report_run runs[2];
    struct skipped_row skipped[2];
    struct report_options options;
    struct report report;
};

// What the names from the wire are made of, and how many connections there are. The same
// arguments give the same report.
void fixture_init(struct fixture *fixture, size_t connections, struct slice hostile);
void fixture_clear(struct fixture *fixture);
