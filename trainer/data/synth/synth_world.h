// SPDX-License-Identifier: Apache-2.0
// The planted truth of `kindred synth`: who likes what, and what follows from what.
//
// Item i has a category c(i), a style s(i) within it and a popularity weight w_i = (rank(i) + 1)^-s; ranks are a
// random order of the items. Categories differ in size: category c takes an item with probability ~ 1 / sqrt(c + 1).
// User u has four tastes m = 0..3: a category c_m (drawn by the popularity mass of the categories), a style s_m
// (uniform) and a weight theta_m = tau^m / sum.
//     phi_c(i)    = w_i / sum of w over category c          phi_cs(i) = the same over category c and style s
//     p_u(i)      = epsilon w_i / sum(w) + (1 - epsilon) sum_m theta_m (a phi_{c_m s_m}(i) + (1 - a) phi_{c_m}(i))
//     P(next = j | last = i) = h T(j | i) + (1 - h) p_u(j)     first visit: p_u
// T(. | i): three companions of i, drawn by popularity from its category, with weights .6, .3, .1.
// A style that has no items in a category stands for the whole category.
//
// Events of a user: n_u ~ Pareto(b), cut at 200 times the least, scaled so that they sum to the number of events.
// They come in sessions of 1 + Geometric visits, mean 4; see event_stream.h for times. The kind of a visit tells how
// much it was wanted: view, cart, purchase with probabilities .95/.04/.01 for noise, .80/.14/.06 for habit,
// .70/.20/.10 for taste.
//
// Everything is a pure function of (options, seed, user, ordinal of the visit): no order of threads can change it.
#pragma once

#include "kernels/core/random.h"
#include "trainer/data/synth/alias_tables.h"
#include "trainer/data/synth/synth_options.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kindred {

enum class SynthEventKind : std::uint8_t { view, cart, purchase };
inline const char* name_of(SynthEventKind kind) {
  constexpr std::array<const char*, 3> kNames = {"view", "cart", "purchase"};
  return kNames[static_cast<std::size_t>(kind)];
}

inline constexpr int kTastes = 4;
inline constexpr int kCompanions = 3;
inline constexpr std::array<double, kCompanions> kCompanionWeights = {0.6, 0.3, 0.1};

struct Taste {
  std::int32_t category = 0;
  std::int32_t style = 0;
  double weight = 0.0;
};
using TasteProfile = std::array<Taste, kTastes>;

struct Visit {
  std::int32_t item = 0;
  SynthEventKind kind = SynthEventKind::view;
  std::uint32_t gap_s = 0;  // seconds since the visit before, within a session
};

class SynthWorld {
 public:
  // Throws Error(usage) for options that contradict each other (check()).
  explicit SynthWorld(const SynthOptions& options);

  const SynthOptions& options() const { return options_; }
  std::int64_t categories() const { return categories_; }
  std::int32_t category(std::int64_t item) const { return category_[static_cast<std::size_t>(item)]; }
  std::int32_t style(std::int64_t item) const { return style_[static_cast<std::size_t>(item)]; }
  // w_i / sum(w).
  double popularity(std::int64_t item) const { return popularity_[static_cast<std::size_t>(item)]; }
  std::span<const std::int32_t> companions(std::int64_t item) const {
    return {companions_.data() + item * kCompanions, static_cast<std::size_t>(kCompanions)};
  }
  // Items of a category, or of a style within it (the whole category where the style is empty).
  std::span<const std::int32_t> members(std::int32_t category) const;
  std::span<const std::int32_t> members(std::int32_t category, std::int32_t style) const;
  // Popularity mass of such a group; the masses of the categories sum to 1.
  double mass(std::int32_t category) const { return category_mass_[static_cast<std::size_t>(category)]; }
  double mass(std::int32_t category, std::int32_t style) const;

  TasteProfile tastes(std::int64_t user) const;
  // p_u(i), the probability of a visit that does not follow from the one before; sums to 1 over the items.
  double taste_probability(const TasteProfile& tastes, std::int64_t item) const;
  // Visit number `ordinal` of a user whose last visit was to item `last` (-1: none yet).
  Visit visit(const TasteProfile& tastes, std::int64_t user, std::uint32_t ordinal, std::int32_t last) const;

  // n_u for every user; they sum to options().events.
  std::vector<std::uint32_t> events_of_users() const;

 private:
  struct Segment {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  Segment category_segment(std::int32_t category) const;
  Segment style_segment(std::int32_t category, std::int32_t style) const;
  void choose_items();
  void group_items();
  void choose_companions();

  SynthOptions options_;
  std::int64_t categories_ = 0;
  Random tastes_random_;
  Random visits_random_;
  std::vector<double> popularity_;
  std::vector<std::int32_t> category_;
  std::vector<std::int32_t> style_;
  std::vector<std::int32_t> companions_;     // [I, kCompanions]
  std::vector<std::int32_t> grouped_;        // items by (category, style, item)
  std::vector<std::int64_t> group_borders_;  // [categories * styles + 1] into grouped_
  std::vector<double> category_mass_;
  std::vector<double> group_mass_;
  AliasTables by_popularity_;  // over items
  AliasTables by_category_;    // over grouped_, one table a category
  AliasTables by_group_;       // over grouped_, one table a (category, style)
  AliasTables categories_by_mass_;
  // Chances within one uniform number, cumulative: habit, noise, then each taste's style and category part.
  std::array<double, 2 + 2 * kTastes> source_bounds_{};
};

}  // namespace kindred
