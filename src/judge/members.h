// SPDX-License-Identifier: BSD-2-Clause
// Which records belong to which group, in two flat arrays.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Group g holds items[first[g]] up to items[first[g + 1]], in ascending order.
struct members {
    uint32_t *items, *first;
    uint32_t groups;
};

// group_of[i] < groups is the group of item i. In linear time.
struct members members_new(const uint32_t *group_of, size_t count, uint32_t groups);

// The same of groups that are joined: group g is part of joined[g] < count.
struct members members_join(const struct members *parts, const uint32_t *group_of,
                            const uint32_t *joined, uint32_t count);
void members_free(struct members *members);

struct member_list {
    const uint32_t *items;
    size_t count;
};

// Of all groups.
static inline size_t members_count(const struct members *members)
{
    return members->first[members->groups];
}

static inline struct member_list members_of(const struct members *members, uint32_t group)
{
    uint32_t first = members->first[group];
    return (struct member_list){members->items + first, members->first[group + 1] - first};
}
