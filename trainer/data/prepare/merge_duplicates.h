// SPDX-License-Identifier: Apache-2.0
// Sorts each user's events by item and merges those of the same item (data.duplicates): weights are summed, or the
// last, largest or first one is taken; the merged event carries the time and place of the last one (`first`: of the
// first). Last and first go by time, then by the order of the source; without timestamps by that order alone.
// Events in different periods of global_temporal are not merged: what comes later must not change what came before.
// Users with more than data.filter.max_user_events events (before merging) fall away whole. A merged weight that is
// not positive, and not negative feedback either, falls away (purchase and cancellation).
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/config.h"
#include "trainer/data/prepare/event_rows.h"

#include <cstdint>
#include <vector>

namespace kindred {

// `period_borders`: the ascending times (ms) at which a new period begins. `with_order`: fill rows.order.
void merge_duplicates(EventRows& rows, const DataConfig& config, const std::vector<std::int64_t>& period_borders,
                      bool with_order, ThreadPool& pool);

}  // namespace kindred
