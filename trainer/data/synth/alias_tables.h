// SPDX-License-Identifier: Apache-2.0
// Discrete distributions that are drawn from in O(1): Walker's alias method as built by Vose (1991), many tables of
// consecutive weights in two arrays.
//   draw: slot = floor(x n), keep = frac(x n) < threshold(slot); the result is slot if keep, else alias(slot).
// Deterministic: the tables are a function of the weights alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kindred {

class AliasTables {
 public:
  AliasTables() = default;
  // Table t covers weights [borders[t], borders[t + 1]). Weights >= 0; a table whose weights are all 0 must not be
  // drawn from.
  AliasTables(std::span<const double> weights, std::span<const std::int64_t> borders);

  // An index of `weights` within [begin, end), a table of the constructor; `bits` are uniform.
  std::int64_t draw(std::int64_t begin, std::int64_t end, std::uint64_t bits) const {
    const auto product = static_cast<unsigned __int128>(bits) * static_cast<std::uint64_t>(end - begin);
    const std::int64_t slot = begin + static_cast<std::int64_t>(product >> 64);
    const auto fraction = static_cast<std::uint32_t>(static_cast<std::uint64_t>(product) >> 32);
    const Entry& entry = entries_[static_cast<std::size_t>(slot)];
    return fraction <= entry.threshold ? slot : begin + entry.alias;
  }

 private:
  struct Entry {
    std::uint32_t threshold = 0xFFFFFFFFU;  // of 2^32
    std::int32_t alias = 0;                 // relative to the table's begin
  };
  void build(std::span<const double> weights, std::int64_t begin);

  std::vector<Entry> entries_;
};

}  // namespace kindred
