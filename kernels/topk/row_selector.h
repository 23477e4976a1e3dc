// SPDX-License-Identifier: Apache-2.0
// The best `keep` scores of one row, of candidates offered in ascending item order.
// Candidates above the threshold are appended to a buffer; a full buffer is cut back to the best `keep`, and the
// worst of these becomes the threshold: O(1) a candidate, and almost all are turned away by one comparison that the
// caller makes for a whole vector. With keep = k + 1 the (k+1)-th score tells whether the boundary is tied.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <limits>

namespace kindred::cpu {

inline constexpr std::int64_t kSlack = 32;  // least room above `keep`

// Orders as (score descending, item ascending) do: the larger key comes first.
inline std::uint64_t rank_key(float score, std::int32_t item) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(score + 0.0F);  // -0 becomes +0
  const std::uint32_t ordered = (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
  return (std::uint64_t{ordered} << 32) | ~static_cast<std::uint32_t>(item);
}
inline float score_of(std::uint64_t key) {
  const auto ordered = static_cast<std::uint32_t>(key >> 32);
  return std::bit_cast<float>((ordered >> 31) != 0 ? ordered & 0x7FFFFFFFU : ~ordered);
}
inline std::int32_t item_of(std::uint64_t key) { return static_cast<std::int32_t>(~static_cast<std::uint32_t>(key)); }

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
