// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/catalogue_metrics.h"

#include "trainer/eval/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace kindred {

double coverage(std::span<const std::int64_t> exposure) {
  if (exposure.empty()) return 0.0;
  const auto shown = std::count_if(exposure.begin(), exposure.end(), [](std::int64_t count) { return count > 0; });
  return static_cast<double>(shown) / static_cast<double>(exposure.size());
}

double gini(std::span<const std::int64_t> exposure) {
  std::vector<std::int64_t> sorted(exposure.begin(), exposure.end());
  std::sort(sorted.begin(), sorted.end());
  const auto items = static_cast<double>(sorted.size());
  double weighted = 0.0;
  double total = 0.0;
  for (std::size_t j = 0; j < sorted.size(); ++j) {
    weighted += (2.0 * static_cast<double>(j + 1) - items - 1.0) * static_cast<double>(sorted[j]);
    total += static_cast<double>(sorted[j]);
  }
  return total > 0.0 ? weighted / (items * total) : 0.0;
}

double mean_popularity(std::span<const std::int32_t> items, View<const std::int64_t, 1> popularity) {
  double sum = 0.0;
  for (const std::int32_t item : items) sum += static_cast<double>(popularity(item));
  return items.empty() ? kNoValue : sum / static_cast<double>(items.size());
}

double novelty(std::span<const std::int32_t> items, View<const std::int64_t, 1> popularity, double total_events) {
  double sum = 0.0;
  for (const std::int32_t item : items) {
    sum -= std::log2(std::max(static_cast<double>(popularity(item)), 1.0) / std::max(total_events, 1.0));
  }
  return items.empty() ? kNoValue : sum / static_cast<double>(items.size());
}

DiversityMeter::DiversityMeter(const CsrView& item_users)
    : item_users_(item_users), sum_(static_cast<std::size_t>(item_users.columns), 0.0) {}

double DiversityMeter::operator()(std::span<const std::int32_t> items) {
  if (items.size() < 2) return kNoValue;
  double own = 0.0;    // sum of |v_i|^2: 1 for each item that anyone has
  double total = 0.0;  // |sum v_i|^2, kept up while the vectors are added
  for (const std::int32_t item : items) {
    const auto users = item_users_.row_ids(item);
    if (users.empty()) continue;
    own += 1.0;
    const double entry = 1.0 / std::sqrt(static_cast<double>(users.size()));
    for (const std::int32_t user : users) {
      double& sum = sum_[static_cast<std::size_t>(user)];
      total += entry * (2.0 * sum + entry);
      sum += entry;
    }
  }
  for (const std::int32_t item : items) {
    for (const std::int32_t user : item_users_.row_ids(item)) sum_[static_cast<std::size_t>(user)] = 0.0;
  }
  const auto count = static_cast<double>(items.size());
  return 1.0 - (total - own) / (count * (count - 1.0));
}

}  // namespace kindred
