// SPDX-License-Identifier: Apache-2.0
// Drops users and items with too few events. Fixed point (k_core: true): the largest set in which every user has
// min_user_events and every item min_item_events events; it does not depend on the order of removal. One pass
// (k_core: false): items by their events, then users by what is left to them. Counts are of merged events.
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/config.h"
#include "trainer/data/prepare/event_rows.h"

namespace kindred {

void drop_below_k_core(EventRows& rows, const FilterConfig& filter, ThreadPool& pool);

}  // namespace kindred
