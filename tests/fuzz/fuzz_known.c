// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for known_defaults_new(): whatever a table of known defaults holds, it is taken as a
// whole or refused with a reason, and what a look-up finds is near what was looked up.
#include <stdlib.h>

#include "judge/known.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_row(const struct known_default *row, enum setting_kind kind, int64_t value)
{
    require(row->kind == kind && row->product && row->source && row->value >= 0);
    require(row->who[0] && memchr(row->who, '\0', sizeof row->who) != NULL);
    require(row->slack >= 0 && value <= row->value + row->slack);
    require(value >= row->value - NANOS_PER_SECOND / 100);
}

static void look_up(const struct known_defaults *known, enum setting_kind kind, int64_t value,
                    struct slice fingerprint)
{
    for (int side = CLIENT; side <= SERVER; side++) {
        GPtrArray *found = known_defaults_find(known, kind, (enum side)side, value, fingerprint);
        for (guint i = 0; i < found->len; i++)
            check_row(found->pdata[i], kind, value);
        require(known_defaults_has(known, kind, (enum side)side, value, fingerprint) ==
                (found->len > 0));
        g_ptr_array_free(found, TRUE);
    }
}

// The first byte chooses what is looked up; the rest is the table.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    GError *error = NULL;
    const char *text = (const char *)bytes + 1;
    struct known_defaults *known = known_defaults_new(text, length - 1, &error);
    require((known == NULL) == (error != NULL) && (!error || error->message[0]));
    g_clear_error(&error);
    if (!known)
        return 0;
    const int64_t value = bytes[0] & 1 ? 2 : (bytes[0] >> 1) * NANOS_PER_SECOND;
    for (int kind = 0; kind < SETTINGS; kind++) {
        look_up(known, (enum setting_kind)kind, value, slice_of("nginx", 5));
        look_up(known, (enum setting_kind)kind, value, slice_of(text, length - 1));
        look_up(known, (enum setting_kind)kind, INT64_MAX, slice_of(NULL, 0));
    }
    known_defaults_free(known);
    return 0;
}
