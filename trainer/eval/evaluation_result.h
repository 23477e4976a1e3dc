// SPDX-License-Identifier: Apache-2.0
// What an evaluation says: one value and interval a metric, the users' own values for paired tests, breakdowns.
// As JSON (to_json):
//   {"users": n, "users_left_out": n, "masked_targets": n, "tied_boundaries": {"20": n},
//    "metrics": {"recall@20": {"value": x, "ci95": [low, high]}, ...}, "rank_s": x,
//    "breakdown": {"user_activity": [...], "item_popularity": [...]}}
// ci95 is null where a metric has no interval (coverage, gini) or nothing to draw from; "users" stands inside a
// metric that has a value for fewer users than the evaluation. A value that does not exist is null.
#pragma once

#include "trainer/eval/bootstrap.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct MetricResult {
  std::string name;  // "recall@20"
  double value = 0.0;
  std::optional<Interval> ci95;
  std::int64_t users = 0;        // with a value
  std::vector<double> per_user;  // beside EvaluationResult::users, NaN without value; empty: no values by user
};

// Users of similar activity, by length of history: decile d holds the users with ranks [(d-1) n / 10, d n / 10).
struct ActivityGroup {
  std::int64_t decile = 1;  // 1: the least active
  std::int64_t users = 0;
  std::int64_t shortest_history = 0;
  std::int64_t longest_history = 0;
  std::map<std::string, double> metrics;  // those with values by user
};

// Items by popularity, most popular first: head holds the items of the first third of all training events, mid those
// of the second, tail the rest.
struct PopularityGroup {
  std::string name;
  std::int64_t items = 0;
  double catalogue_share = 0.0;  // of the items
  double training_share = 0.0;   // of the training events
  double target_share = 0.0;     // of the relevant items
  std::int64_t k = 0;            // the next two are at this cut, the evaluation's largest
  double exposure_share = 0.0;   // of the filled places of all lists
  double recall = 0.0;           // of the group's relevant items, mean over the users who have any
  std::int64_t recall_users = 0;
};

struct RankedLists {
  std::int64_t k = 0;
  std::vector<std::int32_t> items;  // [users, k], -1 where a list ends early
  std::vector<float> scores;
};

struct EvaluationResult {
  std::vector<std::int32_t> users;  // evaluated, in the part's order: rows of the user dictionary
  std::int64_t users_left_out = 0;  // without relevant items
  std::int64_t masked_targets = 0;  // relevant items that masking takes out of the ranking: they count as missed
  std::map<std::int64_t, std::int64_t> tied_boundaries;  // by cut
  std::vector<MetricResult> metrics;
  std::vector<ActivityGroup> activity;
  std::vector<PopularityGroup> popularity;
  double rank_s = 0.0;  // spent in the model's ranking
  RankedLists lists;    // on demand, for TREC files

  const MetricResult* find(std::string_view name) const;
  double value(std::string_view name) const;  // Error(usage) when the metric was not evaluated
  nlohmann::ordered_json metrics_json() const;
  nlohmann::ordered_json to_json() const;
};

}  // namespace kindred
