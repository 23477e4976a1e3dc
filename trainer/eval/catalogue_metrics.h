// SPDX-License-Identifier: Apache-2.0
// What lists do beyond accuracy. I items, n(i) training events of item i, N their sum.
//     coverage = items that stand in at least one list / I
//     gini     = sum_j (2 j - I - 1) x_j / (I sum_j x_j), x ascending exposure counts of all I items; 0 without lists
//     arp      = mean n(i) over a list                novelty = mean -log2(max(n(i), 1) / N) over a list
//     diversity = 1 - mean cosine of the pairs of a list; an item's vector is its binary column of the training
//                 matrix, so the measure is the same for every model; no value for lists of fewer than two items
//     popularity lift = (mean over users of arp of the list) / (mean over users of arp of the history) - 1
//                 (Abdollahpouri et al. 2019), over users who have both
// Places of a list that are not filled do not count. All in double.
#pragma once

#include "kernels/core/view.h"

#include <cstdint>
#include <span>
#include <vector>

namespace kindred {

double coverage(std::span<const std::int64_t> exposure);
double gini(std::span<const std::int64_t> exposure);

// Mean popularity of items; NaN for none.
double mean_popularity(std::span<const std::int32_t> items, View<const std::int64_t, 1> popularity);
double novelty(std::span<const std::int32_t> items, View<const std::int64_t, 1> popularity, double total_events);

// sum over pairs of v_i'v_j = (|sum v_i|^2 - sum |v_i|^2) / 2 with unit vectors v: one pass over the items' columns
// in place of one for each pair. Keeps a dense vector over users for its next call.
class DiversityMeter {
 public:
  // Transposed training matrix [I, U].
  explicit DiversityMeter(const CsrView& item_users);
  double operator()(std::span<const std::int32_t> items);

 private:
  CsrView item_users_;
  std::vector<double> sum_;
};

}  // namespace kindred
