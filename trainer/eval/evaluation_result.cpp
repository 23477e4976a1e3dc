// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/evaluation_result.h"

#include "kernels/core/check.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json activity_json(const std::vector<ActivityGroup>& groups) {
  Json list = Json::array();
  for (const ActivityGroup& group : groups) {
    Json entry = {
        {"decile", group.decile}, {"users", group.users}, {"history", {group.shortest_history, group.longest_history}}};
    for (const auto& [name, value] : group.metrics) entry["metrics"][name] = number(value);
    list.push_back(std::move(entry));
  }
  return list;
}

Json popularity_json(const std::vector<PopularityGroup>& groups) {
  Json list = Json::array();
  for (const PopularityGroup& group : groups) {
    const std::string k = std::to_string(group.k);
    list.push_back({{"group", group.name},
                    {"items", group.items},
                    {"catalogue_share", number(group.catalogue_share)},
                    {"training_share", number(group.training_share)},
                    {"target_share", number(group.target_share)},
                    {"exposure_share@" + k, number(group.exposure_share)},
                    {"recall@" + k, number(group.recall)},
                    {"recall_users", group.recall_users}});
  }
  return list;
}

}  // namespace

const MetricResult* EvaluationResult::find(std::string_view name) const {
  for (const MetricResult& metric : metrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

double EvaluationResult::value(std::string_view name) const {
  const MetricResult* metric = find(name);
  if (metric == nullptr) fail(ErrorKind::usage, "{} is not among the evaluated metrics", name);
  return metric->value;
}

Json EvaluationResult::metrics_json() const {
  Json all = Json::object();
  for (const MetricResult& metric : metrics) {
    Json& entry = all[metric.name];
    entry["value"] = number(metric.value);
    entry["ci95"] =
        metric.ci95 && std::isfinite(metric.ci95->low) ? Json({metric.ci95->low, metric.ci95->high}) : Json(nullptr);
    if (!metric.per_user.empty() && metric.users != static_cast<std::int64_t>(users.size())) {
      entry["users"] = metric.users;
    }
  }
  return all;
}

Json EvaluationResult::to_json() const {
  Json all = {{"users", users.size()}, {"users_left_out", users_left_out}, {"masked_targets", masked_targets}};
  all["tied_boundaries"] = Json::object();
  for (const auto& [k, count] : tied_boundaries) all["tied_boundaries"][std::to_string(k)] = count;
  all["metrics"] = metrics_json();
  all["rank_s"] = rank_s;
  if (!activity.empty()) all["breakdown"]["user_activity"] = activity_json(activity);
  if (!popularity.empty()) all["breakdown"]["item_popularity"] = popularity_json(popularity);
  return all;
}

}  // namespace kindred
