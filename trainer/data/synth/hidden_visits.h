// SPDX-License-Identifier: Apache-2.0
// The oracle's scores of all items for one user (formulas: oracle.h).
#pragma once

#include "trainer/data/synth/synth_world.h"

#include <cstdint>
#include <span>
#include <vector>

namespace kindred {

// Which items lead to an item as one of their companions: the transpose of T.
class Predecessors {
 public:
  explicit Predecessors(const SynthWorld& world);
  std::span<const std::int32_t> of(std::int64_t item) const {
    const auto begin = static_cast<std::size_t>(borders_[static_cast<std::size_t>(item)]);
    const auto end = static_cast<std::size_t>(borders_[static_cast<std::size_t>(item) + 1]);
    return std::span<const std::int32_t>(items_).subspan(begin, end - begin);
  }

 private:
  std::vector<std::int64_t> borders_;
  std::vector<std::int32_t> items_;
};

// T(to | from).
double habit_probability(const SynthWorld& world, std::int32_t from, std::int32_t to);

// scores[j] = expected hidden visits to j when each item is hidden with probability `ratio`; `seen` in order.
void score_hidden_visits(const SynthWorld& world, const Predecessors& predecessors, const TasteProfile& tastes,
                         std::span<const std::int32_t> seen, double ratio, std::vector<double>& scores);
// scores[j] = P(next = j | last); last -1: p_u(j).
void score_next_visit(const SynthWorld& world, const TasteProfile& tastes, std::int32_t last,
                      std::vector<double>& scores);

}  // namespace kindred
