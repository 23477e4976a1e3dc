// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/hidden_visits.h"

#include <numeric>

namespace kindred {

namespace {

// scores[j] = factor p_u(j).
void set_taste_scores(const SynthWorld& world, const TasteProfile& tastes, double factor, std::vector<double>& scores) {
  const SynthOptions& options = world.options();
  for (std::size_t j = 0; j < scores.size(); ++j) {
    scores[j] = factor * options.noise * world.popularity(static_cast<std::int64_t>(j));
  }
  const auto add = [&](std::span<const std::int32_t> members, double share, double mass) {
    for (const std::int32_t item : members) {
      scores[static_cast<std::size_t>(item)] += factor * (1.0 - options.noise) * share * world.popularity(item) / mass;
    }
  };
  for (const Taste& taste : tastes) {
    add(world.members(taste.category, taste.style), taste.weight * options.style_focus,
        world.mass(taste.category, taste.style));
    add(world.members(taste.category), taste.weight * (1.0 - options.style_focus), world.mass(taste.category));
  }
}

// scores[j] += factor T(j | from).
void add_companions(const SynthWorld& world, std::int32_t from, double factor, std::vector<double>& scores) {
  const auto companions = world.companions(from);
  for (std::size_t slot = 0; slot < companions.size(); ++slot) {
    scores[static_cast<std::size_t>(companions[slot])] += factor * kCompanionWeights[slot];
  }
}

}  // namespace

Predecessors::Predecessors(const SynthWorld& world) {
  const std::int64_t items = world.options().items;
  borders_.assign(static_cast<std::size_t>(items) + 1, 0);
  // An item that names the same companion twice is one predecessor.
  const auto each_edge = [&](auto&& visit) {
    for (std::int64_t from = 0; from < items; ++from) {
      const auto companions = world.companions(from);
      for (std::size_t slot = 0; slot < companions.size(); ++slot) {
        bool repeated = false;
        for (std::size_t before = 0; before < slot; ++before) repeated |= companions[before] == companions[slot];
        if (!repeated) visit(from, static_cast<std::size_t>(companions[slot]));
      }
    }
  };
  each_edge([&](std::int64_t, std::size_t to) { ++borders_[to + 1]; });
  std::partial_sum(borders_.begin(), borders_.end(), borders_.begin());
  items_.resize(static_cast<std::size_t>(borders_.back()));
  std::vector<std::int64_t> next(borders_.begin(), borders_.end() - 1);
  each_edge([&](std::int64_t from, std::size_t to) {
    items_[static_cast<std::size_t>(next[to]++)] = static_cast<std::int32_t>(from);
  });
}

double habit_probability(const SynthWorld& world, std::int32_t from, std::int32_t to) {
  const auto companions = world.companions(from);
  double chance = 0.0;
  for (std::size_t slot = 0; slot < companions.size(); ++slot) {
    if (companions[slot] == to) chance += kCompanionWeights[slot];
  }
  return chance;
}

void score_hidden_visits(const SynthWorld& world, const Predecessors& predecessors, const TasteProfile& tastes,
                         std::span<const std::int32_t> seen, double ratio, std::vector<double>& scores) {
  const double h = world.options().habit;
  const auto p = [&](std::int32_t item) { return world.taste_probability(tastes, item); };
  const auto at = [&](std::int32_t item) -> double& { return scores[static_cast<std::size_t>(item)]; };

  // Every gap adds a multiple of p_u(j): their sum comes first, the sparse rest is added to it.
  struct Gap {
    std::int32_t before;  // -1: start of the history
    std::int32_t after;   // -1: its end
    double factor;        // ratio / P(what is seen around the gap)
    double chance_after;  // p_u(after)
  };
  std::vector<Gap> gaps;
  double taste_factor = 0.0;
  for (std::size_t place = 0; place <= seen.size(); ++place) {
    Gap gap{place == 0 ? -1 : seen[place - 1], place == seen.size() ? -1 : seen[place], ratio, 1.0};
    const double taste_share = gap.before < 0 ? 1.0 : 1.0 - h;  // of f(j | before)
    if (gap.after >= 0) {
      gap.chance_after = p(gap.after);
      double direct = taste_share * gap.chance_after;
      double through = 0.0;  // sum over j of f(j | before) T(after | j)
      for (const std::int32_t j : predecessors.of(gap.after)) {
        const double from_habit = gap.before < 0 ? 0.0 : h * habit_probability(world, gap.before, j);
        through += (taste_share * p(j) + from_habit) * habit_probability(world, j, gap.after);
      }
      if (gap.before >= 0) direct += h * habit_probability(world, gap.before, gap.after);
      gap.factor = ratio / (direct + ratio * ((1.0 - h) * gap.chance_after + h * through));
      taste_factor += gap.factor * taste_share * (1.0 - h) * gap.chance_after;
    } else {
      taste_factor += gap.factor * taste_share;
    }
    gaps.push_back(gap);
  }

  set_taste_scores(world, tastes, taste_factor, scores);
  for (const Gap& gap : gaps) {
    const double taste_share = gap.before < 0 ? 1.0 : 1.0 - h;
    const double reach = gap.after < 0 ? 1.0 : (1.0 - h) * gap.chance_after;  // f(after | j) without habit
    if (gap.before >= 0) add_companions(world, gap.before, gap.factor * h * reach, scores);
    if (gap.after < 0) continue;
    for (const std::int32_t j : predecessors.of(gap.after)) {
      const double from_habit = gap.before < 0 ? 0.0 : h * habit_probability(world, gap.before, j);
      at(j) += gap.factor * (taste_share * p(j) + from_habit) * h * habit_probability(world, j, gap.after);
    }
  }
}

void score_next_visit(const SynthWorld& world, const TasteProfile& tastes, std::int32_t last,
                      std::vector<double>& scores) {
  const double h = last < 0 ? 0.0 : world.options().habit;
  set_taste_scores(world, tastes, 1.0 - h, scores);
  if (last >= 0) add_companions(world, last, h, scores);
}

}  // namespace kindred
