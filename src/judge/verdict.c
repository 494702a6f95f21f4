// SPDX-License-Identifier: BSD-2-Clause
// The words of verdicts, and whom they blame.
#include "judge/verdict.h"

static const char *const confidences[] = {"proven", "strong", "consistent", "ambiguous"};

static const char *const reasons[] = {NULL,      "loss",   "midstream", "one-direction",
                                      "snaplen", "limits", "no-rule"};

_Static_assert(sizeof(confidences) / sizeof(*confidences) == CONFIDENCES, "a word for each");
_Static_assert(sizeof(reasons) / sizeof(*reasons) == REASONS, "a word for each");

const char *confidence_key(enum confidence confidence)
{
    return confidence < CONFIDENCES ? confidences[confidence] : NULL;
}

const char *reason_key(enum reason reason)
{
    return reason < REASONS ? reasons[reason] : NULL;
}

// The side that began to close, in words.
static const char *closer_words(const struct verdict *verdict, const struct record *record)
{
    enum close_by initiator = record_initiator(record);
    if (initiator == CLOSE_BY_CLIENT)
        return "client";
    if (initiator == CLOSE_BY_SERVER)
        return "server";
    return verdict->by_network ? "network" : "none";
}

const char *verdict_blames(const struct verdict *verdict, const struct record *record)
{
    switch (cause_blame((enum cause)verdict->cause)) {
    case BLAME_CLIENT:
        return "client";
    case BLAME_SERVER:
        return "server";
    case BLAME_NETWORK:
        return "network";
    case BLAME_NONE:
        return "none";
    case BLAME_EITHER:
    case BLAME_ANY:
        break;
    }
    return closer_words(verdict, record);
}

bool verdict_counts(const struct verdict *verdict, const struct record *record)
{
    return !verdict->is_probe && !record_is_opaque(record) && record_has(record, FACT_ESTABLISHED);
}
