// SPDX-License-Identifier: Apache-2.0
// Which events are training, validation and test targets (split.protocol). All live events arrive as `train`.
//   none            all stay training
//   given           the targets come from files; here all stay training
//   random          each event is a test target with probability test_ratio
//   leave_one_out   a user's last event is test, the one before validation; at least one event stays training, so
//                   users with two events have no validation target and users with one have none at all
//   global_temporal events from test_time on are test, from validation_time to test_time validation; of each user the
//                   first, the last or all of the period are targets
//   held_out_users  users drawn among those with at least two events; of their n events round(fold_in_ratio n), at
//                   least 1 and at most n - 1, fold in and stay `train`, the others are targets
// validation_ratio: of a user's n training events round(validation_ratio n), at most n - 1, are validation targets;
// under held_out_users it is the share of the users that are left instead.
// Every draw is a pure function of (split.seed, purpose, external user id, external item id).
#pragma once

#include "kernels/core/parallel.h"
#include "trainer/config/config.h"
#include "trainer/data/prepare/event_rows.h"

#include <cstdint>
#include <vector>

namespace kindred {

enum class UserRole : std::uint8_t { training, validation, test };

// Hashes of the external ids, by rank.
struct SplitKeys {
  HostArray<std::uint64_t> users;
  HostArray<std::uint64_t> items;
};

// What the protocol asks of the data. Throws Error(usage) when it is not there or when keys contradict each other.
// `has_order`: the source's order within a user is time (sequences).
void check_split(const SplitConfig& split, bool has_timestamps, bool has_order);
// The places in time (ms) that cut the events: empty unless global_temporal.
std::vector<std::int64_t> period_borders(const SplitConfig& split);
// True where rows.order must be filled.
bool needs_order(const SplitConfig& split);

// Sets rows.part; gives the role of each user, not allocated when all are training users. Throws Error(data).
HostArray<UserRole> split_events(EventRows& rows, const SplitConfig& split, const SplitKeys& keys, ThreadPool& pool);

}  // namespace kindred
