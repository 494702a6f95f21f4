// SPDX-License-Identifier: BSD-2-Clause
// The parts of a document; each gives a new reference, and every key of its specification.
#pragma once

#include "report/rows.h"

#define PAIRS_LISTED 10000 // most pairs in a document; pairs_total tells how many there are
#define NAME_BYTES   128   // most bytes of a host, agent, server or method

json_object *document_inputs(const struct report *report);
json_object *document_coverage(const struct report *report);
json_object *document_totals(const struct totals *totals, int64_t span);
json_object *document_distribution(const struct distribution *distribution);
json_object *document_histogram(const GArray *spread);
json_object *document_families(const GArray *families, uint64_t connections);
json_object *document_causes(const GArray *causes, uint64_t connections);
json_object *document_pairs(const struct report *report);
json_object *document_findings(const struct rows *rows);
json_object *document_settings(const struct analysis *analysis);
json_object *document_conflicts(const struct analysis *analysis);
json_object *document_sockets(const struct analysis *analysis);
json_object *document_what_if(const struct analysis *analysis);
json_object *document_warnings(const struct rows *rows);

// Adds a warning, and those about what lies between inputs, to the array of warnings.
void document_warn(json_object *array, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void document_holes(json_object *array, const struct rows *rows);

// The index of a pair in pairs[], or null when it is not listed.
json_object *document_pair_index(const struct analysis *analysis, uint32_t pair);
