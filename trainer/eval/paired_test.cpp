// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/paired_test.h"

#include "kernels/core/check.h"
#include "kernels/core/parallel.h"
#include "kernels/core/random.h"
#include "trainer/eval/evaluation_result.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kindred {

namespace {

double randomisation_p_value(const Context& ctx, const std::vector<double>& differences, const PairedOptions& options) {
  double observed = 0.0;
  double magnitude = 0.0;
  for (const double d : differences) {
    observed += d;
    magnitude += std::abs(d);
  }
  // Sums in another order differ in their last bits; equal ones must count as equal.
  const double bar = std::abs(observed) - 1e-12 * magnitude;
  const Random random(options.seed, "eval.randomisation_test");
  const double as_far = parallel_sum(ctx.pool(), options.flips, 64, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t count = 0;
    for (std::int64_t flip = begin; flip < end; ++flip) {
      double sum = 0.0;
      for (std::size_t first = 0; first < differences.size(); first += 128) {
        const PhiloxBlock words =
            random.block(static_cast<std::uint64_t>(flip), static_cast<std::uint32_t>(first / 128));
        const std::size_t last = std::min(differences.size(), first + 128);
        for (std::size_t i = first; i < last; ++i) {
          const bool minus = (words[(i - first) / 32] >> ((i - first) % 32)) & 1U;
          sum += minus ? -differences[i] : differences[i];
        }
      }
      count += std::abs(sum) >= bar ? 1 : 0;
    }
    return static_cast<double>(count);
  });
  return (1.0 + as_far) / (1.0 + static_cast<double>(options.flips));
}

}  // namespace

PairedComparison compare_paired(const Context& ctx, std::span<const double> a, std::span<const double> b,
                                const PairedOptions& options) {
  KINDRED_CHECK(a.size() == b.size(), "[compare_paired] {} and {} users", a.size(), b.size());
  PairedComparison result;
  std::vector<double> differences;
  for (std::size_t user = 0; user < a.size(); ++user) {
    if (std::isnan(a[user]) || std::isnan(b[user])) continue;
    result.mean_a += a[user];
    result.mean_b += b[user];
    differences.push_back(a[user] - b[user]);
  }
  result.users = static_cast<std::int64_t>(differences.size());
  if (differences.empty()) return result;
  result.mean_a /= static_cast<double>(result.users);
  result.mean_b /= static_cast<double>(result.users);
  const RatioStatistic difference{differences, {}};
  result.difference = ratio_value(difference);
  result.ci95 = bootstrap_intervals(ctx, {&difference, 1}, options.bootstrap_samples, options.seed)[0];
  result.p_value = randomisation_p_value(ctx, differences, options);
  result.p_holm = result.p_value;
  return result;
}

std::vector<double> holm_correction(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return p_values[i] < p_values[j]; });
  std::vector<double> corrected(p_values.size());
  double largest = 0.0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double factor = static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, factor * p_values[order[rank]]));
    corrected[order[rank]] = largest;
  }
  return corrected;
}

PairedComparisons compare_results(const Context& ctx, const EvaluationResult& a,
                                  const std::map<std::string, EvaluationResult>& others, const PairedOptions& options) {
  PairedComparisons comparisons;
  std::vector<double> p_values;
  for (const auto& [name, b] : others) {
    if (a.users != b.users) {
      fail(ErrorKind::data, "{}: not evaluated on the same users ({} and {}): a paired comparison needs the same split",
           name, a.users.size(), b.users.size());
    }
    for (const MetricResult& metric : a.metrics) {
      const MetricResult* other = b.find(metric.name);
      if (other == nullptr || metric.per_user.empty() || other->per_user.empty()) continue;
      PairedComparison comparison = compare_paired(ctx, metric.per_user, other->per_user, options);
      comparison.metric = metric.name;
      p_values.push_back(comparison.p_value);
      comparisons[name].push_back(std::move(comparison));
    }
  }
  const std::vector<double> corrected = holm_correction(p_values);
  std::size_t next = 0;
  for (auto& [name, list] : comparisons) {
    for (PairedComparison& comparison : list) comparison.p_holm = corrected[next++];
  }
  return comparisons;
}

nlohmann::ordered_json to_json(const PairedComparisons& comparisons) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, list] : comparisons) {
    for (const PairedComparison& comparison : list) {
      json[name][comparison.metric] = {{"difference", comparison.difference},
                                       {"ci95", {comparison.ci95.low, comparison.ci95.high}},
                                       {"p", comparison.p_value},
                                       {"p_holm", comparison.p_holm},
                                       {"users", comparison.users}};
    }
  }
  return json;
}

}  // namespace kindred
