// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/alias_tables.h"

#include <cstddef>

namespace kindred {

AliasTables::AliasTables(std::span<const double> weights, std::span<const std::int64_t> borders)
    : entries_(weights.size()) {
  for (std::size_t table = 0; table + 1 < borders.size(); ++table) {
    const std::int64_t begin = borders[table];
    build(weights.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(borders[table + 1] - begin)),
          begin);
  }
}

void AliasTables::build(std::span<const double> weights, std::int64_t begin) {
  double total = 0.0;
  for (const double weight : weights) total += weight;
  if (total <= 0.0) return;

  // Shares of a slot, 1 on average: a slot below 1 is filled up by one above.
  const std::size_t count = weights.size();
  std::vector<double> share(count);
  std::vector<std::int32_t> small;
  std::vector<std::int32_t> large;
  for (std::size_t i = 0; i < count; ++i) {
    share[i] = weights[i] * static_cast<double>(count) / total;
    (share[i] < 1.0 ? small : large).push_back(static_cast<std::int32_t>(i));
  }
  while (!small.empty() && !large.empty()) {
    const auto low = static_cast<std::size_t>(small.back());
    const auto high = static_cast<std::size_t>(large.back());
    small.pop_back();
    Entry& entry = entries_[static_cast<std::size_t>(begin) + low];
    entry.threshold = static_cast<std::uint32_t>(share[low] * 0x1.0p32);
    entry.alias = static_cast<std::int32_t>(high);
    share[high] -= 1.0 - share[low];
    if (share[high] < 1.0) {
      large.pop_back();
      small.push_back(static_cast<std::int32_t>(high));
    }
  }
  // What is left is 1 up to rounding and keeps its whole slot.
  for (const auto& left : {small, large}) {
    for (const std::int32_t i : left) entries_[static_cast<std::size_t>(begin + i)] = {0xFFFFFFFFU, i};
  }
}

}  // namespace kindred
