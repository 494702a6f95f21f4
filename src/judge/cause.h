// SPDX-License-Identifier: BSD-2-Clause
// The frozen vocabulary of causes and their families, from causes.def.
#pragma once

enum cause {
#define CAUSE(id, key, family, by) CAUSE_##id,
#include "judge/causes.def"
#undef CAUSE
    CAUSES,
    CAUSE_NONE = CAUSES // as a runner-up: there is none
};

enum family {
#define FAMILY(id, key) FAMILY_##id,
#include "judge/causes.def"
#undef FAMILY
    FAMILIES
};

// Whom a cause blames (the column "by" of a cause; ANY and EITHER take the closer's side).
enum blame { BLAME_EITHER, BLAME_CLIENT, BLAME_SERVER, BLAME_NETWORK, BLAME_NONE, BLAME_ANY };

const char *cause_key(enum cause cause);
const char *family_key(enum family family);
enum family cause_family(enum cause cause);
enum blame cause_blame(enum cause cause);

// The cause of this key, or CAUSE_NONE.
enum cause cause_find(const char *key);
