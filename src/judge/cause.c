// SPDX-License-Identifier: BSD-2-Clause
// Keys, families and blame of causes.
#include "judge/cause.h"

#include <string.h>

struct cause_words {
    const char *key;
    enum family family;
    enum blame blame;
};

static const struct cause_words causes[] = {
#define CAUSE(id, key, family, by) [CAUSE_##id] = {key, FAMILY_##family, BLAME_##by},
#include "judge/causes.def"
#undef CAUSE
};

static const char *const families[] = {
#define FAMILY(id, key) [FAMILY_##id] = key,
#include "judge/causes.def"
#undef FAMILY
};

const char *cause_key(enum cause cause)
{
    return cause < CAUSES ? causes[cause].key : NULL;
}

const char *family_key(enum family family)
{
    return family < FAMILIES ? families[family] : NULL;
}

enum family cause_family(enum cause cause)
{
    return cause < CAUSES ? causes[cause].family : FAMILY_UNKNOWN;
}

enum blame cause_blame(enum cause cause)
{
    return cause < CAUSES ? causes[cause].blame : BLAME_NONE;
}

enum cause cause_find(const char *key)
{
    for (int i = 0; i < CAUSES; i++) {
        if (strcmp(causes[i].key, key) == 0)
            return (enum cause)i;
    }
    return CAUSE_NONE;
}
