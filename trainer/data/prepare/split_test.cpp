// SPDX-License-Identifier: Apache-2.0
// Every protocol against a naive implementation with maps, on random small event logs.
#include "kernels/core/check.h"
#include "kernels/core/random.h"
#include "trainer/data/prepare/build_dataset.h"
#include "trainer/data/prepare/split_events.h"
#include "trainer/data/testing/make_raw_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace kindred {
namespace {

using Pair = std::pair<std::int64_t, std::int64_t>;  // external user, external item
using Pairs = std::set<Pair>;

struct Log {
  std::vector<RawRow> rows;
  Pairs pairs;
};

Log random_log(std::uint64_t seed, std::uint64_t users, std::uint64_t items, std::uint64_t events) {
  const Random random(seed, "test.log");
  Log log;
  for (std::uint64_t i = 0; i < events; ++i) {
    RawRow row;
    // Squares make some users and items much more frequent.
    const double u = random.uniform(i, 0);
    const double v = random.uniform(i, 1);
    row.user = std::to_string(100 - static_cast<std::int64_t>(u * u * static_cast<double>(users)));
    row.item = std::to_string(static_cast<std::int64_t>(v * v * static_cast<double>(items)) - 3);
    row.weight = 1.0F + static_cast<float>(random.below(5, i, 2));
    row.time_ms = static_cast<std::int64_t>(random.below(40, i, 3)) * 1000;  // many ties
    log.rows.push_back(row);
    log.pairs.emplace(std::stoll(row.user), std::stoll(row.item));
  }
  return log;
}

struct Outcome {
  Pairs train, validation, test;
  std::map<std::int64_t, std::set<std::int64_t>> validation_history, test_history;
  std::set<std::int64_t> held_out;
  PrepareReport report;
};

std::int64_t id(const DictionaryArrays& ids, std::int64_t row) { return ids.numbers[row]; }

void read_part(const DatasetArrays& arrays, const EvaluationArrays& part, Pairs& targets,
               std::map<std::int64_t, std::set<std::int64_t>>& history) {
  for (std::int64_t row = 0; row < part.users.size(); ++row) {
    const std::int64_t user = id(arrays.users, part.users[row]);
    for (const std::int32_t item : part.targets.view().row_ids(row)) {
      EXPECT_TRUE(targets.emplace(user, id(arrays.items, item)).second);
    }
    for (const std::int32_t item : part.history.view().row_ids(row)) {
      EXPECT_TRUE(history[user].insert(id(arrays.items, item)).second);
    }
  }
}

Outcome prepare_rows(const Log& log, const SplitConfig& split, const DataConfig& data = {}, bool times = true,
                     int threads = 2, const Log* given_test = nullptr) {
  ThreadPool pool(threads);
  NoProgress progress;
  Outcome outcome;
  RawDataset raw;
  raw.events = make_raw_events(log.rows, {.weights = true, .times = times, .order_is_time = !times});
  if (given_test != nullptr) raw.test = make_raw_events(given_test->rows, {.weights = true, .times = times});
  const DatasetArrays arrays = build_dataset(std::move(raw), data, split, nullptr, pool, progress, outcome.report);
  for (std::int64_t row = 0; row < arrays.train.rows; ++row) {
    EXPECT_GT(arrays.train.view().length(row), 0);
    for (const std::int32_t item : arrays.train.view().row_ids(row)) {
      EXPECT_TRUE(outcome.train.emplace(id(arrays.users, row), id(arrays.items, item)).second);
    }
  }
  read_part(arrays, arrays.validation, outcome.validation, outcome.validation_history);
  read_part(arrays, arrays.test, outcome.test, outcome.test_history);
  for (std::int64_t row = arrays.train.rows; row < arrays.users.size(); ++row) {
    outcome.held_out.insert(id(arrays.users, row));
  }
  for (std::int64_t row = 1; row < arrays.train.rows; ++row) {
    EXPECT_LT(id(arrays.users, row - 1), id(arrays.users, row));
  }
  return outcome;
}

// What is left of wanted targets after the guards: the user trains, the item trains.
Pairs guarded(const Pairs& targets, const Pairs& train) {
  std::set<std::int64_t> users, items;
  for (const auto& [user, item] : train) {
    users.insert(user);
    items.insert(item);
  }
  Pairs kept;
  for (const Pair& pair : targets) {
    if (users.count(pair.first) > 0 && items.count(pair.second) > 0) kept.insert(pair);
  }
  return kept;
}

Pairs minus(const Pairs& a, const Pairs& b) {
  Pairs result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(result, result.end()));
  return result;
}

std::map<std::int64_t, std::set<std::int64_t>> by_user(const Pairs& pairs) {
  std::map<std::int64_t, std::set<std::int64_t>> users;
  for (const auto& [user, item] : pairs) users[user].insert(item);
  return users;
}

// Each pair's last event as (time, position).
std::map<Pair, std::pair<std::int64_t, std::int64_t>> last_events(const Log& log, bool times) {
  std::map<Pair, std::pair<std::int64_t, std::int64_t>> last;
  for (std::size_t i = 0; i < log.rows.size(); ++i) {
    const Pair pair{std::stoll(log.rows[i].user), std::stoll(log.rows[i].item)};
    const std::pair<std::int64_t, std::int64_t> place{times ? log.rows[i].time_ms : 0, static_cast<std::int64_t>(i)};
    const auto found = last.emplace(pair, place).first;
    found->second = std::max(found->second, place);
  }
  return last;
}

class Protocols : public testing::TestWithParam<std::uint64_t> {
 protected:
  Log log() const { return random_log(GetParam(), 25, 20, 40 + 40 * GetParam()); }
};

void expect_counts_add_up(const Log& log, const Outcome& outcome) {
  const PartReport& v = outcome.report.validation;
  const PartReport& t = outcome.report.test;
  std::int64_t fold_in = 0;
  if (t.fold_in || v.fold_in) return;  // users that were dropped take their fold-in events with them
  EXPECT_EQ(static_cast<std::int64_t>(log.rows.size()), outcome.report.entries + fold_in +
                                                            total(outcome.report.dropped) + v.targets +
                                                            total(v.dropped) + t.targets + total(t.dropped));
}

TEST_P(Protocols, None) {
  SplitConfig split;
  split.protocol = SplitProtocol::none;
  const Outcome outcome = prepare_rows(log(), split);
  EXPECT_EQ(outcome.train, log().pairs);
  EXPECT_FALSE(outcome.report.test.present);
  expect_counts_add_up(log(), outcome);
}

TEST_P(Protocols, RandomIsDisjointAndIndependentOfTheOrderOfRows) {
  SplitConfig split;
  split.test_ratio = 0.3;
  split.validation_ratio = 0.2;
  split.seed = GetParam();
  const Outcome outcome = prepare_rows(log(), split);
  expect_counts_add_up(log(), outcome);
  Pairs all = outcome.train;
  for (const Pairs* part : {&outcome.validation, &outcome.test}) {
    for (const Pair& pair : *part) EXPECT_TRUE(all.insert(pair).second);
  }
  // What is missing has an unseen item or user.
  EXPECT_EQ(guarded(minus(log().pairs, all), outcome.train), Pairs());
  Pairs known = outcome.train;
  known.insert(outcome.validation.begin(), outcome.validation.end());
  const auto known_items = by_user(guarded(known, outcome.train));
  for (const auto& [user, items] : outcome.test_history) EXPECT_EQ(items, known_items.at(user));

  Log other = log();
  std::reverse(other.rows.begin(), other.rows.end());
  EXPECT_EQ(prepare_rows(other, split, {}, true, 1).test, outcome.test);
  split.seed += 1;
  EXPECT_NE(prepare_rows(log(), split).test, outcome.test);
}

TEST_P(Protocols, ValidationIsAShareOfEachUsersEvents) {
  SplitConfig split;
  split.protocol = SplitProtocol::none;
  split.validation_ratio = 0.25;
  const Outcome outcome = prepare_rows(log(), split);
  const auto train = by_user(outcome.train);
  for (const auto& [user, items] : by_user(log().pairs)) {
    const auto n = static_cast<std::int64_t>(items.size());
    const std::int64_t held_out = std::min(n - 1, static_cast<std::int64_t>(std::floor(0.25 * double(n) + 0.5)));
    EXPECT_EQ(static_cast<std::int64_t>(train.at(user).size()), n - held_out);
  }
}

TEST_P(Protocols, LeaveOneOut) {
  for (const bool times : {true, false}) {
    SplitConfig split;
    split.protocol = SplitProtocol::leave_one_out;
    const Outcome outcome = prepare_rows(log(), split, {}, times);
    const auto last = last_events(log(), times);
    Pairs train, validation, test;
    for (const auto& [user, items] : by_user(log().pairs)) {
      std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::int64_t>> events;
      for (const std::int64_t item : items) events.emplace_back(last.at({user, item}), item);
      std::sort(events.begin(), events.end());
      for (std::size_t i = 0; i < events.size(); ++i) {
        const std::size_t from_end = events.size() - 1 - i;
        Pairs& part = i == 0 || from_end > 1 ? train : from_end == 0 ? test : validation;
        part.emplace(user, events[i].second);
      }
    }
    EXPECT_EQ(outcome.train, train);
    EXPECT_EQ(outcome.validation, guarded(validation, train));
    EXPECT_EQ(outcome.test, guarded(test, train));
    expect_counts_add_up(log(), outcome);
  }
}

TEST_P(Protocols, GlobalTemporal) {
  for (const TemporalTargets targets : {TemporalTargets::all, TemporalTargets::first, TemporalTargets::last}) {
    SplitConfig split;
    split.protocol = SplitProtocol::global_temporal;
    split.validation_time = "20";  // epoch seconds
    split.test_time = "30";
    split.targets = targets;
    const Outcome outcome = prepare_rows(log(), split);
    Pairs periods[3];
    std::map<std::pair<Pair, int>, std::pair<std::int64_t, std::int64_t>> place;
    for (std::size_t i = 0; i < log().rows.size(); ++i) {
      const RawRow row = log().rows[i];
      const int period = row.time_ms >= 30000 ? 2 : row.time_ms >= 20000 ? 1 : 0;
      const Pair pair{std::stoll(row.user), std::stoll(row.item)};
      periods[period].insert(pair);
      auto& seen = place[{pair, period}];
      seen = std::max(seen, {row.time_ms, static_cast<std::int64_t>(i)});
    }
    for (const int period : {1, 2}) {
      Pairs wanted;
      for (const auto& [user, items] : by_user(periods[period])) {
        std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::int64_t>> events;
        for (const std::int64_t item : items) events.emplace_back(place.at({{user, item}, period}), item);
        std::sort(events.begin(), events.end());
        if (targets == TemporalTargets::first) events.resize(1);
        if (targets == TemporalTargets::last) events.erase(events.begin(), events.end() - 1);
        for (const auto& event : events) wanted.emplace(user, event.second);
      }
      EXPECT_EQ(period == 1 ? outcome.validation : outcome.test, guarded(wanted, periods[0]));
    }
    EXPECT_EQ(outcome.train, periods[0]);
    Pairs known = periods[0];
    known.insert(periods[1].begin(), periods[1].end());
    const auto known_items = by_user(guarded(known, periods[0]));
    for (const auto& [user, items] : outcome.test_history) EXPECT_EQ(items, known_items.at(user));
    expect_counts_add_up(log(), outcome);
  }
}

TEST_P(Protocols, HeldOutUsers) {
  SplitConfig split;
  split.protocol = SplitProtocol::held_out_users;
  split.test_users = 3;
  split.validation_users = 2;
  split.seed = GetParam();
  const Outcome outcome = prepare_rows(log(), split);
  const auto all = by_user(log().pairs);
  const auto train = by_user(outcome.train);
  EXPECT_EQ(train.size() + 5, all.size());
  for (const auto& [user, items] : train) EXPECT_EQ(items, all.at(user));  // whole
  std::set<std::int64_t> train_items;
  for (const auto& [user, item] : outcome.train) train_items.insert(item);
  EXPECT_LE(outcome.held_out.size(), 5U);
  EXPECT_TRUE(outcome.report.test.fold_in);
  for (const auto* part : {&outcome.test, &outcome.validation}) {
    const auto& history = part == &outcome.test ? outcome.test_history : outcome.validation_history;
    for (const auto& [user, items] : by_user(*part)) {
      EXPECT_EQ(train.count(user), 0U);
      EXPECT_EQ(outcome.held_out.count(user), 1U);
      std::set<std::int64_t> both = items;
      for (const std::int64_t item : history.at(user)) EXPECT_TRUE(both.insert(item).second);
      std::set<std::int64_t> known;
      for (const std::int64_t item : all.at(user)) {
        if (train_items.count(item) > 0) known.insert(item);
      }
      EXPECT_EQ(both, known);
      const auto n = static_cast<double>(all.at(user).size());
      const double fold_in = std::clamp(std::floor(0.8 * n + 0.5), 1.0, n - 1.0);
      EXPECT_LE(static_cast<double>(items.size()), n - fold_in);
      EXPECT_LE(static_cast<double>(history.at(user).size()), fold_in);
    }
  }
}

TEST_P(Protocols, Given) {
  SplitConfig split;
  split.protocol = SplitProtocol::given;
  split.test = "unused here";
  Log test = random_log(GetParam() + 1000, 30, 24, 60);
  const Outcome outcome = prepare_rows(log(), split, {}, true, 2, &test);
  EXPECT_EQ(outcome.train, log().pairs);
  EXPECT_EQ(outcome.test, guarded(test.pairs, log().pairs));
  Pairs both;
  for (const Pair& pair : outcome.test) {
    if (outcome.train.count(pair) > 0) both.insert(pair);
  }
  EXPECT_EQ(outcome.report.test.seen_in_training, static_cast<std::int64_t>(both.size()));
  EXPECT_EQ(static_cast<std::int64_t>(test.rows.size()),
            outcome.report.test.targets + total(outcome.report.test.dropped));
  std::set<std::int64_t> users, kept;
  for (const Pair& pair : test.pairs) users.insert(pair.first);
  for (const Pair& pair : outcome.test) kept.insert(pair.first);
  EXPECT_EQ(outcome.report.test.dropped_users, static_cast<std::int64_t>(users.size() - kept.size()));
}

TEST_P(Protocols, KCoreAgainstANaiveLoop) {
  for (const bool fixed_point : {true, false}) {
    DataConfig data;
    data.filter.min_user_events = 3;
    data.filter.min_item_events = 4;
    data.filter.k_core = fixed_point;
    Pairs pairs = log().pairs;
    for (bool changed = true; changed;) {
      const std::size_t before = pairs.size();
      std::map<std::int64_t, int> items;
      for (const Pair& pair : pairs) items[pair.second]++;
      Pairs left;
      for (const Pair& pair : pairs) {
        if (items[pair.second] >= 4) left.insert(pair);
      }
      std::map<std::int64_t, int> users;
      for (const Pair& pair : left) users[pair.first]++;
      pairs.clear();
      for (const Pair& pair : left) {
        if (users[pair.first] >= 3) pairs.insert(pair);
      }
      changed = fixed_point && pairs.size() != before;
    }
    SplitConfig split;
    split.protocol = SplitProtocol::none;
    if (pairs.empty()) {
      EXPECT_THROW(prepare_rows(log(), split, data), Error);
    } else {
      EXPECT_EQ(prepare_rows(log(), split, data).train, pairs);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Protocols, testing::Values(1, 2, 3, 4, 5, 6, 7, 8, 20));

TEST(Split, ContradictionsAreErrorsOfUsage) {
  const auto expect_usage = [](const SplitConfig& split, bool times, bool order) {
    try {
      check_split(split, times, order);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
    }
  };
  SplitConfig split;
  split.protocol = SplitProtocol::leave_one_out;
  expect_usage(split, false, false);
  check_split(split, false, true);
  split.validation_ratio = 0.1;
  expect_usage(split, true, false);
  split = {};
  split.protocol = SplitProtocol::global_temporal;
  expect_usage(split, true, false);  // no test_time
  split.test_time = "2020-01-01";
  check_split(split, true, false);
  expect_usage(split, false, true);
  split.validation_time = "2021-01-01";
  expect_usage(split, true, false);
  split = {};
  split.protocol = SplitProtocol::given;
  expect_usage(split, true, false);
}

TEST(Split, MoreHeldOutUsersThanThereAreIsAnErrorOfTheData) {
  SplitConfig split;
  split.protocol = SplitProtocol::held_out_users;
  split.test_users = 1000;
  try {
    prepare_rows(random_log(1, 10, 10, 100), split);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
  }
}

}  // namespace
}  // namespace kindred
