// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/metric_name.h"

#include "kernels/core/check.h"
#include "trainer/config/suggestion.h"

#include <array>
#include <charconv>
#include <optional>

namespace kindred {

namespace {

constexpr std::array<std::string_view, 14> kNames = {"hit_rate", "precision", "recall",  "recall_capped", "f1",
                                                     "ndcg",     "map",       "mrr",     "auc",           "coverage",
                                                     "gini",     "arp",       "novelty", "diversity"};
static_assert(kNames[static_cast<std::size_t>(MetricKind::auc)] == "auc");
static_assert(kNames[static_cast<std::size_t>(MetricKind::diversity)] == "diversity");

bool has_cutoff(MetricKind kind) { return kind != MetricKind::auc; }

// Fills `name`, or says why not.
std::string try_parse(std::string_view text, MetricName& name) {
  const std::size_t at = text.find('@');
  const std::string_view metric = text.substr(0, at);
  std::optional<MetricKind> kind;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == metric) kind = static_cast<MetricKind>(i);
  }
  if (!kind) {
    const std::vector<std::string> known(kNames.begin(), kNames.end());
    return fmt::format("unknown metric '{}'; expected one of {}{}", metric, join(known, ", "),
                       did_you_mean(metric, known));
  }
  name = {*kind, 0};
  if (!has_cutoff(*kind)) {
    return at == std::string_view::npos ? "" : fmt::format("'{}' has no cut; expected '{}'", text, metric);
  }
  if (at == std::string_view::npos) {
    return fmt::format("'{}' lacks its cut; expected '{}@k' such as '{}@20'", text, metric, metric);
  }
  const std::string_view cut = text.substr(at + 1);
  const auto [end, error] = std::from_chars(cut.data(), cut.data() + cut.size(), name.k);
  const bool whole = error == std::errc() && end == cut.data() + cut.size() && cut.front() != '0';
  if (!whole || name.k < 1 || name.k > kMaxMetricCutoff) {
    return fmt::format("'{}' has the cut '{}'; expected a whole number from 1 to {}", text, cut, kMaxMetricCutoff);
  }
  return "";
}

}  // namespace

std::span<const std::string_view> metric_kind_names() { return kNames; }

std::string_view to_string(MetricKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::string to_string(const MetricName& name) {
  if (!has_cutoff(name.kind)) return std::string(to_string(name.kind));
  return fmt::format("{}@{}", to_string(name.kind), name.k);
}

MetricName parse_metric_name(std::string_view text) {
  MetricName name;
  const std::string problem = try_parse(text, name);
  if (!problem.empty()) fail(ErrorKind::usage, "{}", problem);
  return name;
}

std::string check_metric_name(std::string_view text) {
  MetricName name;
  return try_parse(text, name);
}

std::vector<MetricName> parse_metric_names(std::span<const std::string> texts) {
  std::vector<MetricName> names;
  names.reserve(texts.size());
  for (const std::string& text : texts) names.push_back(parse_metric_name(text));
  return names;
}

}  // namespace kindred
