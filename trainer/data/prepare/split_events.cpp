// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/prepare/split_events.h"

#include "kernels/core/check.h"
#include "kernels/core/random.h"
#include "trainer/config/timestamp.h"
#include "trainer/data/events.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kindred {

namespace {

std::int64_t rounded_share(double ratio, std::int64_t count) {
  return static_cast<std::int64_t>(std::floor(ratio * static_cast<double>(count) + 0.5));
}

// Calls body(user, live), live = the user's events that are training so far, in item order.
template <typename Body>
void for_each_user(EventRows& rows, ThreadPool& pool, Body&& body) {
  parallel_for(pool, rows.num_users, kUsersAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    std::vector<std::int64_t> live;
    for (std::int64_t user = begin; user < end; ++user) {
      live.clear();
      for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
        if (rows.part[event] == EventPart::train) live.push_back(event);
      }
      if (!live.empty()) body(user, live);
    }
  });
}

// Draws by external ids.
class Draw {
 public:
  Draw(const SplitConfig& split, const SplitKeys& keys, std::string_view purpose)
      : random_(split.seed, purpose), keys_(keys) {}
  std::uint64_t of(std::int64_t user) const { return random_.bits(keys_.users[user]); }
  std::uint64_t of(std::int64_t user, std::int32_t item) const {
    const std::uint64_t hash = keys_.items[item];
    // Both halves of the item's hash take part: one moves the row, one is the lane.
    return random_.bits(keys_.users[user] ^ (hash & 0xFFFFFFFF00000000U), static_cast<std::uint32_t>(hash));
  }
  double uniform(std::int64_t user, std::int32_t item) const {
    return static_cast<double>(of(user, item) >> 11) * 0x1.0p-53;
  }

 private:
  Random random_;
  const SplitKeys& keys_;
};

// Puts `count` of the events `live`, those with the smallest draws, into `part`.
void draw_events(EventRows& rows, const Draw& draw, std::int64_t user, std::vector<std::int64_t>& live,
                 std::int64_t count, EventPart part) {
  if (count <= 0) return;
  std::vector<std::pair<std::uint64_t, std::int64_t>> drawn;
  for (const std::int64_t event : live) drawn.emplace_back(draw.of(user, rows.items[event]), event);
  std::nth_element(drawn.begin(), drawn.begin() + (count - 1), drawn.end());
  for (std::int64_t i = 0; i < count; ++i) rows.part[drawn[static_cast<std::size_t>(i)].second] = part;
}

void split_random(EventRows& rows, const SplitConfig& split, const SplitKeys& keys, ThreadPool& pool) {
  const Draw draw(split, keys, "split.random");
  for_each_user(rows, pool, [&](std::int64_t user, std::vector<std::int64_t>& live) {
    for (const std::int64_t event : live) {
      if (draw.uniform(user, rows.items[event]) < split.test_ratio) rows.part[event] = EventPart::test;
    }
  });
}

void split_leave_one_out(EventRows& rows, ThreadPool& pool) {
  for_each_user(rows, pool, [&](std::int64_t, std::vector<std::int64_t>& live) {
    const auto earlier = [&](std::int64_t a, std::int64_t b) { return rows.order[a] < rows.order[b]; };
    if (live.size() < 2) return;
    const auto last = std::max_element(live.begin(), live.end(), earlier);
    rows.part[*last] = EventPart::test;
    live.erase(last);
    if (live.size() < 2) return;
    rows.part[*std::max_element(live.begin(), live.end(), earlier)] = EventPart::validation;
  });
}

void choose_targets(EventRows& rows, std::int64_t user, EventPart part, TemporalTargets targets) {
  if (targets == TemporalTargets::all) return;
  std::int64_t chosen = -1;
  for (std::int64_t event = rows.offsets[user]; event < rows.offsets[user + 1]; ++event) {
    if (rows.part[event] != part) continue;
    const bool better = chosen < 0 || (targets == TemporalTargets::first ? rows.order[event] < rows.order[chosen]
                                                                         : rows.order[event] > rows.order[chosen]);
    if (chosen >= 0) rows.part[better ? chosen : event] = EventPart::not_a_chosen_target;
    if (better) chosen = event;
  }
}

void split_by_time(EventRows& rows, const SplitConfig& split, ThreadPool& pool) {
  const std::vector<std::int64_t> borders = period_borders(split);
  const std::int64_t test_from = borders.back();
  const std::int64_t validation_from = borders.front();
  for_each_user(rows, pool, [&](std::int64_t user, std::vector<std::int64_t>& live) {
    for (const std::int64_t event : live) {
      if (rows.times[event] >= test_from) {
        rows.part[event] = EventPart::test;
      } else if (rows.times[event] >= validation_from) {
        rows.part[event] = EventPart::validation;
      }
    }
    choose_targets(rows, user, EventPart::validation, split.targets);
    choose_targets(rows, user, EventPart::test, split.targets);
  });
}

HostArray<UserRole> hold_out_users(EventRows& rows, const SplitConfig& split, const SplitKeys& keys, ThreadPool& pool) {
  HostArray<std::int64_t> live_events(rows.num_users, 0);
  for_each_user(rows, pool, [&](std::int64_t user, std::vector<std::int64_t>& live) {
    live_events[user] = static_cast<std::int64_t>(live.size());
  });
  const Draw draw_user(split, keys, "split.held_out_users");
  std::vector<std::pair<std::uint64_t, std::int64_t>> candidates;
  std::int64_t users = 0;
  for (std::int64_t user = 0; user < rows.num_users; ++user) {
    users += live_events[user] > 0 ? 1 : 0;
    if (live_events[user] >= 2) candidates.emplace_back(draw_user.of(user), user);
  }
  const std::int64_t test = split.test_users > 0 ? split.test_users : rounded_share(split.test_ratio, users);
  const std::int64_t validation = split.validation_users > 0
                                      ? split.validation_users
                                      : rounded_share(split.validation_ratio, std::max<std::int64_t>(0, users - test));
  const auto available = static_cast<std::int64_t>(candidates.size());
  if (test + validation > available || test + validation >= users) {
    fail(ErrorKind::data,
         "split: {} test users and {} validation users were asked for, but the data hold {} users, {} of them with at "
         "least two events; at least one must stay for training",
         test, validation, users, available);
  }
  std::sort(candidates.begin(), candidates.end());
  HostArray<UserRole> roles(rows.num_users, UserRole::training);
  for (std::int64_t i = 0; i < test + validation; ++i) {
    roles[candidates[static_cast<std::size_t>(i)].second] = i < test ? UserRole::test : UserRole::validation;
  }
  const Draw draw_event(split, keys, "split.fold_in");
  for_each_user(rows, pool, [&](std::int64_t user, std::vector<std::int64_t>& live) {
    if (roles[user] == UserRole::training) return;
    const auto count = static_cast<std::int64_t>(live.size());
    const std::int64_t fold_in = std::clamp<std::int64_t>(rounded_share(split.fold_in_ratio, count), 1, count - 1);
    const EventPart targets = roles[user] == UserRole::test ? EventPart::test : EventPart::validation;
    draw_events(rows, draw_event, user, live, count - fold_in, targets);
  });
  return roles;
}

void hold_out_validation(EventRows& rows, const SplitConfig& split, const SplitKeys& keys, ThreadPool& pool) {
  const Draw draw(split, keys, "split.validation");
  for_each_user(rows, pool, [&](std::int64_t user, std::vector<std::int64_t>& live) {
    const auto count = static_cast<std::int64_t>(live.size());
    const std::int64_t held_out = std::min(count - 1, rounded_share(split.validation_ratio, count));
    draw_events(rows, draw, user, live, held_out, EventPart::validation);
  });
}

void check_ratio(double ratio, const char* key) {
  if (!(ratio >= 0.0 && ratio < 1.0))
    fail(ErrorKind::usage, "split.{}: {}; expected at least 0 and below 1", key, ratio);
}

}  // namespace

std::vector<std::int64_t> period_borders(const SplitConfig& split) {
  if (split.protocol != SplitProtocol::global_temporal) return {};
  std::vector<std::int64_t> borders;
  if (!split.validation_time.empty()) {
    borders.push_back(parse_timestamp_ms(split.validation_time, TimestampUnit::automatic, "split.validation_time"));
  }
  borders.push_back(parse_timestamp_ms(split.test_time, TimestampUnit::automatic, "split.test_time"));
  return borders;
}

bool needs_order(const SplitConfig& split) {
  return split.protocol == SplitProtocol::leave_one_out ||
         (split.protocol == SplitProtocol::global_temporal && split.targets != TemporalTargets::all);
}

void check_split(const SplitConfig& split, bool has_timestamps, bool has_order) {
  check_ratio(split.test_ratio, "test_ratio");
  check_ratio(split.validation_ratio, "validation_ratio");
  check_ratio(split.fold_in_ratio, "fold_in_ratio");
  const bool ratio = split.validation_ratio > 0.0;
  switch (split.protocol) {
    case SplitProtocol::none:
    case SplitProtocol::random:
      return;
    case SplitProtocol::given:
      if (split.test.empty() && split.validation.empty()) {
        fail(ErrorKind::usage, "split.test: missing; protocol given needs a test or a validation file");
      }
      if (ratio && !split.validation.empty()) {
        fail(ErrorKind::usage, "split.validation_ratio: contradicts split.validation; give one of the two");
      }
      return;
    case SplitProtocol::leave_one_out:
      if (!has_timestamps && !has_order) {
        fail(ErrorKind::usage,
             "split.protocol: leave_one_out needs the order in time; set data.columns.timestamp, or data.format: "
             "sequences when the order in the file is time");
      }
      if (ratio) {
        fail(ErrorKind::usage, "split.validation_ratio: contradicts leave_one_out, which has its own validation part");
      }
      return;
    case SplitProtocol::global_temporal: {
      if (!has_timestamps) {
        fail(ErrorKind::usage, "split.protocol: global_temporal needs timestamps; set data.columns.timestamp");
      }
      if (split.test_time.empty()) fail(ErrorKind::usage, "split.test_time: missing; global_temporal needs it");
      const std::vector<std::int64_t> borders = period_borders(split);
      if (borders.size() == 2 && borders[0] >= borders[1]) {
        fail(ErrorKind::usage, "split.validation_time: '{}' is not before split.test_time '{}'", split.validation_time,
             split.test_time);
      }
      if (ratio && borders.size() == 2) {
        fail(ErrorKind::usage, "split.validation_ratio: contradicts split.validation_time; give one of the two");
      }
      return;
    }
    case SplitProtocol::held_out_users:
      if (ratio && split.validation_users > 0) {
        fail(ErrorKind::usage, "split.validation_ratio: contradicts split.validation_users; give one of the two");
      }
      return;
  }
}

HostArray<UserRole> split_events(EventRows& rows, const SplitConfig& split, const SplitKeys& keys, ThreadPool& pool) {
  HostArray<UserRole> roles;
  switch (split.protocol) {
    case SplitProtocol::none:
    case SplitProtocol::given:
      break;
    case SplitProtocol::random:
      split_random(rows, split, keys, pool);
      break;
    case SplitProtocol::leave_one_out:
      split_leave_one_out(rows, pool);
      break;
    case SplitProtocol::global_temporal:
      split_by_time(rows, split, pool);
      break;
    case SplitProtocol::held_out_users:
      return hold_out_users(rows, split, keys, pool);
  }
  if (split.validation_ratio > 0.0) hold_out_validation(rows, split, keys, pool);
  return roles;
}

}  // namespace kindred
