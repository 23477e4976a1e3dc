// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/user_metrics.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace kindred {

namespace {

double discounted(std::int64_t place) { return 1.0 / std::log2(static_cast<double>(place) + 1.0); }

double ndcg(const JudgedList& judged, std::int64_t k) {
  double gain = 0.0;
  for (std::size_t hit = 0; hit < judged.hits.size() && judged.hits[hit] <= k; ++hit) {
    gain += judged.hit_gains[hit] * discounted(judged.hits[hit]);
  }
  double ideal = 0.0;
  const auto places = std::min<std::int64_t>(k, judged.relevant);
  for (std::int64_t place = 1; place <= places; ++place) {
    ideal += judged.ideal_gains[static_cast<std::size_t>(place - 1)] * discounted(place);
  }
  return ideal > 0.0 ? gain / ideal : std::numeric_limits<double>::quiet_NaN();
}

double average_precision(const JudgedList& judged, std::int64_t k) {
  double sum = 0.0;
  for (std::size_t hit = 0; hit < judged.hits.size() && judged.hits[hit] <= k; ++hit) {
    sum += static_cast<double>(hit + 1) / static_cast<double>(judged.hits[hit]);
  }
  return sum / static_cast<double>(std::min(k, judged.relevant));
}

}  // namespace

void judge(std::span<const std::int32_t> items, std::span<const std::int32_t> target_ids,
           std::span<const float> target_weights, bool graded_gain, JudgedList& judged) {
  const auto gain = [&](std::size_t target) {
    return graded_gain && !target_weights.empty() ? static_cast<double>(target_weights[target]) : 1.0;
  };
  judged.relevant = static_cast<std::int64_t>(target_ids.size());
  judged.hits.clear();
  judged.hit_gains.clear();
  judged.ideal_gains.clear();
  for (std::size_t place = 0; place < items.size() && items[place] >= 0; ++place) {
    const auto found = std::lower_bound(target_ids.begin(), target_ids.end(), items[place]);
    if (found == target_ids.end() || *found != items[place]) continue;
    judged.hits.push_back(static_cast<std::int64_t>(place) + 1);
    judged.hit_gains.push_back(gain(static_cast<std::size_t>(found - target_ids.begin())));
  }
  for (std::size_t target = 0; target < target_ids.size(); ++target) judged.ideal_gains.push_back(gain(target));
  if (graded_gain) std::sort(judged.ideal_gains.begin(), judged.ideal_gains.end(), std::greater<>());
}

bool is_user_accuracy(MetricKind kind) {
  switch (kind) {
    case MetricKind::hit_rate:
    case MetricKind::precision:
    case MetricKind::recall:
    case MetricKind::recall_capped:
    case MetricKind::f1:
    case MetricKind::ndcg:
    case MetricKind::map:
    case MetricKind::mrr:
      return true;
    default:
      return false;
  }
}

double user_metric(const JudgedList& judged, const MetricName& metric) {
  KINDRED_CHECK(judged.relevant >= 1 && metric.k >= 1, "[user_metric] {} relevant items, k = {}", judged.relevant,
                metric.k);
  const auto hits =
      static_cast<double>(std::upper_bound(judged.hits.begin(), judged.hits.end(), metric.k) - judged.hits.begin());
  const auto k = static_cast<double>(metric.k);
  const auto relevant = static_cast<double>(judged.relevant);
  switch (metric.kind) {
    case MetricKind::hit_rate:
      return hits > 0.0 ? 1.0 : 0.0;
    case MetricKind::precision:
      return hits / k;
    case MetricKind::recall:
      return hits / relevant;
    case MetricKind::recall_capped:
      return hits / std::min(k, relevant);
    case MetricKind::f1:
      return 2.0 * hits / (k + relevant);
    case MetricKind::ndcg:
      return ndcg(judged, metric.k);
    case MetricKind::map:
      return average_precision(judged, metric.k);
    case MetricKind::mrr:
      return hits > 0.0 ? 1.0 / static_cast<double>(judged.hits.front()) : 0.0;
    default:
      fail(ErrorKind::internal, "[user_metric] {} is not a metric of one user's hits", to_string(metric));
  }
}

double user_auc(std::span<const std::int32_t> items, std::span<const float> scores,
                std::span<const std::int32_t> target_ids, std::int64_t candidates, std::int64_t relevant_candidates) {
  const std::int64_t others = candidates - relevant_candidates;
  if (relevant_candidates == 0 || others == 0) return std::numeric_limits<double>::quiet_NaN();
  // Walk down groups of equal score; a relevant item beats the others below its group and half of those inside.
  double pairs = 0.0;
  std::int64_t others_seen = 0;
  std::int64_t relevant_seen = 0;
  const auto close_group = [&](std::int64_t relevant, std::int64_t other) {
    pairs += static_cast<double>(relevant) *
             (static_cast<double>(others - others_seen - other) + 0.5 * static_cast<double>(other));
    others_seen += other;
    relevant_seen += relevant;
  };
  std::size_t place = 0;
  while (place < items.size() && items[place] >= 0) {
    const float score = scores[place];
    std::int64_t relevant = 0;
    std::int64_t other = 0;
    for (; place < items.size() && items[place] >= 0 && scores[place] == score; ++place) {
      std::binary_search(target_ids.begin(), target_ids.end(), items[place]) ? ++relevant : ++other;
    }
    close_group(relevant, other);
  }
  close_group(relevant_candidates - relevant_seen, others - others_seen);
  return pairs / (static_cast<double>(relevant_candidates) * static_cast<double>(others));
}

}  // namespace kindred
