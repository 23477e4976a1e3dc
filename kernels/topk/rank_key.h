// SPDX-License-Identifier: Apache-2.0
// A score and its item as one integer that orders as (score descending, item ascending) does: the larger key comes
// first. -0 counts as +0. A key of a score that may be ranked is never 0.
#pragma once

#include "kernels/core/dtype.h"

#include <cstdint>

namespace kindred {

KINDRED_HD inline std::uint64_t rank_key(float score, std::int32_t item) {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, score + 0.0F);  // -0 becomes +0
  const std::uint32_t ordered = (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
  return (std::uint64_t{ordered} << 32) | ~static_cast<std::uint32_t>(item);
}
KINDRED_HD inline float score_of(std::uint64_t key) {
  const auto ordered = static_cast<std::uint32_t>(key >> 32);
  return __builtin_bit_cast(float, (ordered >> 31) != 0 ? ordered & 0x7FFFFFFFU : ~ordered);
}
KINDRED_HD inline std::int32_t item_of(std::uint64_t key) {
  return static_cast<std::int32_t>(~static_cast<std::uint32_t>(key));
}

}  // namespace kindred
