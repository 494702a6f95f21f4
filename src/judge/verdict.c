// SPDX-License-Identifier: BSD-2-Clause
// The words of verdicts, and whom they blame.
#include "judge/verdict.h"

static const char *const confidences[] = {"proven", "strong", "consistent", "ambiguous"};

static const char *const reasons[] = {NULL,      "loss",   "midstream", "one-direction",
                                      "snaplen", "limits", "no-rule"};

static const char *const blames[] = {[BLAME_CLIENT] = "client",
                                     [BLAME_SERVER] = "server",
                                     [BLAME_NETWORK] = "network",
                                     [BLAME_NONE] = "none"};

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

enum blame verdict_blames(const struct verdict *verdict, const struct record *record)
{
    enum blame blame = cause_blame((enum cause)verdict->cause);
    if (blame != BLAME_EITHER && blame != BLAME_ANY)
        return blame;
    enum close_by initiator = record_initiator(record);
    if (initiator == CLOSE_BY_CLIENT)
        return BLAME_CLIENT;
    if (initiator == CLOSE_BY_SERVER)
        return BLAME_SERVER;
    return verdict->by_network ? BLAME_NETWORK : BLAME_NONE;
}

const char *blame_key(enum blame blame)
{
    return blames[blame];
}

bool verdict_counts(const struct verdict *verdict, const struct record *record)
{
    return !verdict->is_probe && !record_is_opaque(record) && record_has(record, FACT_ESTABLISHED);
}
