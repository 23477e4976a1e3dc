// SPDX-License-Identifier: Apache-2.0
// The best `keep` scores of one row, of candidates offered in ascending item order.
// Candidates above the threshold are appended to a buffer; a full buffer is cut back to the best `keep`, and the
// worst of these becomes the threshold: O(1) a candidate, and almost all are turned away by one comparison that the
// caller makes for a whole vector. With keep = k + 1 the (k+1)-th score tells whether the boundary is tied.
#pragma once

#include "kernels/topk/rank_key.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>

namespace kindred::cpu {

inline constexpr std::int64_t kSlack = 32;  // least room above `keep`

struct RowSelector {
  std::uint64_t* keys = nullptr;  // [capacity], not owned
  std::int64_t capacity = 0;      // above keep, unless there are fewer candidates
  std::int64_t keep = 0;
  std::int64_t count = 0;
  float threshold = -std::numeric_limits<float>::infinity();  // only scores above it can still matter
  std::int32_t nan_item = -1;                                 // the first candidate whose score is NaN
  const std::int32_t* excluded = nullptr;                     // what is left of the row's excluded items
  const std::int32_t* excluded_end = nullptr;

  // The scores that !(score <= threshold) holds for must be offered: that lets NaN through, to be seen here.
  void offer(float score, std::int32_t item) {
    while (excluded != excluded_end && *excluded < item) ++excluded;
    if (excluded != excluded_end && *excluded == item) return;
    if (score > threshold) {
      if (count == capacity) {
        cut();
        if (!(score > threshold)) return;
      }
      keys[count++] = rank_key(score, item);
    } else if (score != score && nan_item < 0) {
      nan_item = item;
    }
  }

  void cut() {
    std::nth_element(keys, keys + (keep - 1), keys + count, std::greater<>());
    count = keep;
    threshold = score_of(keys[keep - 1]);
  }

  // A buffer size that never exceeds the number of candidates. Little room above `keep` means more cuts, but a
  // threshold that is tighter sooner, and so fewer candidates to take in.
  static std::int64_t capacity_for(std::int64_t keep, std::int64_t candidates) {
    return std::max<std::int64_t>(1, std::min(keep + std::max<std::int64_t>(keep / 2, kSlack), candidates));
  }
};

}  // namespace kindred::cpu
