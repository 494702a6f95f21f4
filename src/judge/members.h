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
void members_free(struct members *members);

struct member_list {
    const uint32_t *items;
    size_t count;
};

static inline struct member_list members_of(const struct members *members, uint32_t group)
{
    uint32_t first = members->first[group];
    return (struct member_list){members->items + first, members->first[group + 1] - first};
}
