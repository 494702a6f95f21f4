// SPDX-License-Identifier: BSD-2-Clause
// Maximum ages: connections of a host, or of one of its pairs, that are as old when they are
// closed.
#pragma once

#include "judge/idle_view.h"

// Marks in view->is_aged what ages explain so well that its gap is no sample of a timer.
void ages_mark(struct idle_view *view, struct member_list list);

// Says which closes an age explains, of those that no cluster does yet. Both use view->samples.
void ages_settle(struct idle_view *view, struct member_list list);
