// SPDX-License-Identifier: Apache-2.0
#include "kernels/topk/topk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace kindred::reference {

namespace {

template <typename Score>
std::int64_t rank_row(std::int64_t row, std::int64_t items, const CsrView& excluded,
                      std::span<const std::int32_t> allowed, const View<std::int32_t, 2>& top_items,
                      const View<float, 2>& top_scores, const Score& score) {
  std::vector<std::pair<float, std::int32_t>> candidates;
  for (std::int32_t item = 0; item < items; ++item) {
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), item) == allowed.end()) continue;
    if (excluded.rows != 0) {
      const auto ids = excluded.row_ids(row);
      if (std::find(ids.begin(), ids.end(), item) != ids.end()) continue;
    }
    const float value = score(item);
    if (value != value) fail(ErrorKind::divergence, "the score of row {}, item {} is NaN", row, item);
    if (value != -std::numeric_limits<float>::infinity()) candidates.emplace_back(value, item);
  }
  // Item order is ascending already, so a stable sort by score keeps it inside ties.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto k = static_cast<std::size_t>(top_items.size(1));
  for (std::size_t place = 0; place < k; ++place) {
    const bool filled = place < candidates.size();
    top_items(row, static_cast<std::int64_t>(place)) = filled ? candidates[place].second : -1;
    top_scores(row, static_cast<std::int64_t>(place)) =
        filled ? candidates[place].first + 0.0F : -std::numeric_limits<float>::infinity();
  }
  return candidates.size() > k && candidates[k - 1].first == candidates[k].first ? 1 : 0;
}

}  // namespace

std::int64_t topk(const TopK& args) {
  std::int64_t tied = 0;
  for (std::int64_t row = 0; row < args.queries.size(0); ++row) {
    tied += rank_row(row, args.items.size(0), args.excluded, args.allowed, args.top_items, args.top_scores,
                     [&](std::int32_t item) {
                       float sum = 0.0F;
                       for (std::int64_t k = 0; k < args.queries.size(1); ++k) {
                         sum = std::fma(args.queries(row, k), args.items(item, k), sum);
                       }
                       return args.item_bias.data() == nullptr ? sum : sum + args.item_bias(item);
                     });
  }
  return tied;
}

std::int64_t select_topk(const SelectTopK& args) {
  std::int64_t tied = 0;
  for (std::int64_t row = 0; row < args.scores.size(0); ++row) {
    tied += rank_row(row, args.scores.size(1), args.excluded, args.allowed, args.top_items, args.top_scores,
                     [&](std::int32_t item) { return args.scores(row, item); });
  }
  return tied;
}

}  // namespace kindred::reference
