// SPDX-License-Identifier: BSD-2-Clause
// Groups items by counting.
#include "judge/members.h"

#include <glib.h>

#include "base/pages.h"

struct members members_new(const uint32_t *group_of, size_t count, uint32_t groups)
{
    // One place more than groups: while filling, first[g + 1] is where g's next item goes.
    struct members all = {pages_array(uint32_t, count + 1), g_new0(uint32_t, (size_t)groups + 2),
                          groups};
    for (size_t i = 0; i < count; i++)
        all.first[group_of[i] + 2]++;
    for (size_t g = 2; g < (size_t)groups + 2; g++)
        all.first[g] += all.first[g - 1];
    for (size_t i = 0; i < count; i++)
        all.items[all.first[group_of[i] + 1]++] = (uint32_t)i;
    return all;
}

struct members members_join(const struct members *parts, const uint32_t *group_of,
                            const uint32_t *joined, uint32_t count)
{
    size_t items = members_count(parts);
    struct members all = {pages_array(uint32_t, items + 1), g_new0(uint32_t, (size_t)count + 2),
                          count};
    for (uint32_t g = 0; g < parts->groups; g++)
        all.first[joined[g] + 2] += parts->first[g + 1] - parts->first[g];
    for (size_t g = 2; g < (size_t)count + 2; g++)
        all.first[g] += all.first[g - 1];
    for (size_t i = 0; i < items; i++)
        all.items[all.first[joined[group_of[i]] + 1]++] = (uint32_t)i;
    return all;
}

void members_free(struct members *members)
{
    g_free(members->items);
    g_free(members->first);
    *members = (struct members){NULL, NULL, 0};
}
