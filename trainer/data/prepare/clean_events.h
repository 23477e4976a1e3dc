// SPDX-License-Identifier: Apache-2.0
// First stage of prepare: drops events by weight, time and kind, each counted under the first cause that holds, in
// this order: below_min_weight, outside_time_range, event_kind. Then weights become weight x data.event_weights[kind].
// With data.binarize and no negative feedback the weights are let go: nothing later asks for them.
#pragma once

#include "trainer/config/config.h"
#include "trainer/data/events.h"

#include <cstdint>

namespace kindred {

struct CleanCounts {
  std::int64_t below_min_weight = 0;
  std::int64_t outside_time_range = 0;
  std::int64_t event_kind = 0;
};

// Compacts in place. Throws Error(usage) when a filter needs a column that is not there, Error(data) when a kind of
// event has no weight.
CleanCounts clean_events(RawEvents& events, const DataConfig& config);

}  // namespace kindred
