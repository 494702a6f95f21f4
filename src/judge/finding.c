// SPDX-License-Identifier: BSD-2-Clause
// The frozen keys of findings, severities and settings.
#include "judge/finding.h"

static const char *const finding_keys[FINDINGS] = {
#define FINDING(id, key) [FINDING_##id] = key,
#include "judge/findings.def"
#undef FINDING
};

static const char *const severity_keys[] = {
    [SEVERITY_CRITICAL] = "critical",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_NOTE] = "note",
    [SEVERITY_GOOD] = "good",
};

static const struct {
    const char *key;
    bool is_time;
} setting_kinds[SETTINGS] = {
#define SETTING(id, key, is_time) [SETTING_##id] = {key, is_time},
#include "judge/settings.def"
#undef SETTING
};

const char *finding_key(enum finding_id id)
{
    g_assert(id < FINDINGS);
    return finding_keys[id];
}

const char *severity_key(enum severity severity)
{
    g_assert(severity <= SEVERITY_GOOD);
    return severity_keys[severity];
}

const char *setting_key(enum setting_kind kind)
{
    g_assert(kind < SETTINGS);
    return setting_kinds[kind].key;
}

bool setting_is_time(enum setting_kind kind)
{
    g_assert(kind < SETTINGS);
    return setting_kinds[kind].is_time;
}
