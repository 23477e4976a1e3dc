// SPDX-License-Identifier: Apache-2.0
// Names of ranking metrics as they stand in `evaluation.metrics`: "<metric>@<k>", and "auc" without k.
// One spelling each: no spaces, no sign, no leading zero, 1 <= k <= kMaxMetricCutoff. What each metric means is
// defined in trainer/eval. Errors: parse_metric_name throws Error(usage); check_metric_name returns the text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

enum class MetricKind {
  hit_rate,
  precision,
  recall,
  recall_capped,
  f1,
  ndcg,
  map,
  mrr,
  auc,
  coverage,
  gini,
  arp,
  novelty,
  diversity,
};

inline constexpr std::int64_t kMaxMetricCutoff = 100'000;

struct MetricName {
  MetricKind kind = MetricKind::recall;
  std::int64_t k = 0;  // 0: the metric has no cut (auc)
  bool operator==(const MetricName&) const = default;
};

// All metrics in the order of MetricKind, without "@k".
std::span<const std::string_view> metric_kind_names();
std::string_view to_string(MetricKind kind);
std::string to_string(const MetricName& name);

MetricName parse_metric_name(std::string_view text);

// Empty: `text` is a metric. Otherwise what is wrong with it and what was expected.
std::string check_metric_name(std::string_view text);

// Metrics of a list, parsed in order.
std::vector<MetricName> parse_metric_names(std::span<const std::string> texts);

}  // namespace kindred
