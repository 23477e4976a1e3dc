// SPDX-License-Identifier: Apache-2.0
// Metrics of one user's list against the user's relevant items. R relevant items, hits among the first k places:
//     hit_rate = [hits > 0]        precision = hits / k       recall = hits / R       recall_capped = hits / min(k, R)
//     f1 = 2 hits / (k + R)        mrr = 1 / place of the first hit, 0 without one
//     map = sum over hits of (hits so far / place) / min(k, R)
//     ndcg = sum of gain / log2(place + 1), over the same sum of the best possible list cut at k;
//            gain = 1, or with graded gain the target's weight (linear)
//     auc = share of (relevant, other) pairs of candidates in the right order, equal scores counting one half
// Places count from 1. A list shorter than k has misses in the places that are left. All in double.
#pragma once

#include "trainer/config/metric_name.h"

#include <cstdint>
#include <span>
#include <vector>

namespace kindred {

// One user's list, seen through the user's relevant items.
struct JudgedList {
  std::int64_t relevant = 0;        // R >= 1
  std::vector<std::int64_t> hits;   // places, ascending, from 1
  std::vector<double> hit_gains;    // of the hits
  std::vector<double> ideal_gains;  // of all relevant items, descending
};

// items: best first, ended by -1 or the span's end. target_ids ascending; target_weights empty: all 1.
void judge(std::span<const std::int32_t> items, std::span<const std::int32_t> target_ids,
           std::span<const float> target_weights, bool graded_gain, JudgedList& judged);

// hit_rate, precision, recall, recall_capped, f1, ndcg, map or mrr. NaN where it has no value (ndcg without gain).
double user_metric(const JudgedList& judged, const MetricName& metric);
bool is_user_accuracy(MetricKind kind);

// From a full ranking of the user's candidates. `candidates` counts those in the list and those that the model did
// not rank, which tie at the end. Relevant items outside the candidates are left out. NaN without a pair.
double user_auc(std::span<const std::int32_t> items, std::span<const float> scores,
                std::span<const std::int32_t> target_ids, std::int64_t candidates, std::int64_t relevant_candidates);

}  // namespace kindred
