// SPDX-License-Identifier: BSD-2-Clause
// json-c values of a report: what is unknown becomes null (a NULL pointer in json-c's terms). Every
// function gives a new reference to the caller, who hands it to its parent.
#pragma once

#include <glib.h>
#include <json-c/json.h>

#include "base/names.h"
#include "capture/segment.h"

// Decimal seconds with the exact digits; null for NANOS_UNKNOWN.
json_object *tree_seconds(int64_t nanos);

// RFC 3339 UTC; null for NANOS_UNKNOWN.
json_object *tree_time(int64_t time);

json_object *tree_count(uint64_t count);

// part / whole with at most nine decimals, rounded; null when `whole` is 0.
json_object *tree_ratio(uint64_t part, uint64_t whole);

// `events` in `nanos` of time, per second, as above; null when `nanos` is not above 0.
json_object *tree_rate(uint64_t events, int64_t nanos);

// At most six decimals; null for NAN and infinities.
json_object *tree_number(double number);

// Null for NULL.
json_object *tree_text(const char *text);

// A name from the wire as valid UTF-8 of at most `most` bytes and an ellipsis; null for id 0.
json_object *tree_name(const struct names *names, uint32_t id, size_t most);

json_object *tree_address(const struct address *address);

// The members `address` and `port` (null for port 0).
json_object *tree_endpoint(const struct endpoint *endpoint);

// Reading a document, made now or read from a file: NULL and 0 where there is nothing of the kind.
json_object *tree_get(json_object *object, const char *key);
const char *tree_get_text(json_object *object, const char *key); // "" when absent
uint64_t tree_get_count(json_object *object, const char *key);
double tree_get_number(json_object *object, const char *key); // NAN when absent
bool tree_get_bool(json_object *object, const char *key);
json_object *tree_get_array(json_object *object, const char *key);
size_t tree_length(json_object *array); // 0 for NULL and other kinds
json_object *tree_at(json_object *array, size_t index);
