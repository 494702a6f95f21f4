// SPDX-License-Identifier: BSD-2-Clause
// Reports saved as JSON, read back into a document. Their bytes are a stranger's.
#pragma once

#include <glib.h>
#include <json-c/json.h>

// The document in `text`; NULL and an error when it is no report of a version that is known here.
// Caller puts it (json_object_put).
json_object *saved_parse(const char *text, size_t length, GError **error);

// Gives it another title.
void saved_entitle(json_object *document, const char *title);
