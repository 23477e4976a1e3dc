// SPDX-License-Identifier: Apache-2.0
// Events grouped by user on their way through prepare. Users and items are ranks: 0, 1, ... in ascending order of the
// external ids of the whole source, so that what stays after any filter is still in ascending order.
// Nothing is moved when an event falls away: `part` says why, and is counted at the end.
#pragma once

#include "trainer/data/host_array.h"

#include <cstdint>

namespace kindred {

enum class EventPart : std::uint8_t {
  train,       // or, of a held-out user, what folds in
  validation,  // target
  test,        // target
  // From here on: fell away, and why.
  merged_duplicate,
  too_active_user,
  weight_not_positive,
  below_k_core,
  not_a_chosen_target,  // global_temporal with targets: first or last
};
inline constexpr int kEventParts = 8;

inline constexpr std::int64_t kUsersAtOnce = 512;  // a chunk of parallel work over users

struct EventRows {
  std::int64_t num_users = 0;
  std::int64_t num_items = 0;
  HostArray<std::int64_t> offsets;  // [num_users + 1]
  HostArray<std::int32_t> items;    // [n] by user; ascending after merge_duplicates
  HostArray<float> weights;         // [n], or not allocated: all 1
  HostArray<std::int64_t> times;    // [n] epoch milliseconds, or not allocated
  HostArray<std::int32_t> order;  // [n] place within the user's row by (time, source order); only where a protocol asks
  HostArray<EventPart> part;      // [n]

  std::int64_t size() const { return items.size(); }
  float weight(std::int64_t event) const { return weights.allocated() ? weights[event] : 1.0F; }
  bool lives(std::int64_t event) const { return part[event] <= EventPart::test; }
};

}  // namespace kindred
