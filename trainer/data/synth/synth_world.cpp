// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/synth_world.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace kindred {

namespace {

constexpr double kLongestActivity = 200.0;  // the busiest user has at most so many times the events of the laziest

// Cumulative chances of view and cart, of 2^16, by source of a visit.
struct KindChances {
  std::uint32_t view;
  std::uint32_t cart;
};
constexpr KindChances kNoiseKinds = {62259, 64880};  // .95 .04 .01
constexpr KindChances kHabitKinds = {52429, 61604};  // .80 .14 .06
constexpr KindChances kTasteKinds = {45875, 58982};  // .70 .20 .10

std::uint64_t join(std::uint32_t high, std::uint32_t low) { return (std::uint64_t{high} << 32) | low; }

}  // namespace

const char* name_of(SynthEventKind kind) {
  switch (kind) {
    case SynthEventKind::view:
      return "view";
    case SynthEventKind::cart:
      return "cart";
    case SynthEventKind::purchase:
      return "purchase";
  }
  return "";
}

SynthWorld::SynthWorld(const SynthOptions& options)
    : options_(options),
      categories_(options.resolved_categories()),
      tastes_random_(options.seed, "synth.tastes"),
      visits_random_(options.seed, "synth.visits") {
  check(options_);
  choose_items();
  group_items();
  choose_companions();

  double theta_sum = 0.0;
  for (int m = 0; m < kTastes; ++m) theta_sum += std::pow(options_.taste_decay, m);
  double bound = options_.habit;
  std::size_t next = 0;
  source_bounds_[next++] = bound;
  bound += (1.0 - options_.habit) * options_.noise;
  source_bounds_[next++] = bound;
  for (int m = 0; m < kTastes; ++m) {
    const double chance =
        (1.0 - options_.habit) * (1.0 - options_.noise) * std::pow(options_.taste_decay, m) / theta_sum;
    bound += chance * options_.style_focus;
    source_bounds_[next++] = bound;
    bound += chance * (1.0 - options_.style_focus);
    source_bounds_[next++] = bound;
  }
}

void SynthWorld::choose_items() {
  const auto count = static_cast<std::size_t>(options_.items);
  popularity_.resize(count);
  category_.resize(count);
  style_.resize(count);

  // Ranks: a shuffle (Fisher and Yates), so that an id says nothing about popularity.
  std::vector<std::int32_t> rank(count);
  std::iota(rank.begin(), rank.end(), 0);
  const Random shuffle(options_.seed, "synth.ranks");
  for (std::size_t i = count; i > 1; --i) std::swap(rank[i - 1], rank[shuffle.below(i, i)]);

  double total = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    popularity_[i] = std::pow(static_cast<double>(rank[i]) + 1.0, -options_.popularity_exponent);
    total += popularity_[i];
  }
  for (double& weight : popularity_) weight /= total;

  std::vector<double> share(static_cast<std::size_t>(categories_));
  for (std::size_t c = 0; c < share.size(); ++c) share[c] = 1.0 / std::sqrt(static_cast<double>(c) + 1.0);
  const std::array<std::int64_t, 2> whole = {0, categories_};
  const AliasTables table(share, whole);
  const Random kinds(options_.seed, "synth.items");
  for (std::size_t i = 0; i < count; ++i) {
    category_[i] = static_cast<std::int32_t>(table.draw(0, categories_, kinds.bits(i, 0)));
    style_[i] = static_cast<std::int32_t>(kinds.below(static_cast<std::uint64_t>(options_.styles), i, 1));
  }
}

void SynthWorld::group_items() {
  const auto groups = static_cast<std::size_t>(categories_ * options_.styles);
  const auto group_of = [&](std::size_t item) {
    return static_cast<std::size_t>(category_[item] * options_.styles + style_[item]);
  };
  group_borders_.assign(groups + 1, 0);
  for (std::size_t i = 0; i < category_.size(); ++i) ++group_borders_[group_of(i) + 1];
  std::partial_sum(group_borders_.begin(), group_borders_.end(), group_borders_.begin());

  grouped_.resize(category_.size());
  std::vector<double> weights(category_.size());
  group_mass_.assign(groups, 0.0);
  category_mass_.assign(static_cast<std::size_t>(categories_), 0.0);
  std::vector<std::int64_t> next(group_borders_.begin(), group_borders_.end() - 1);
  for (std::size_t i = 0; i < category_.size(); ++i) {
    const auto place = static_cast<std::size_t>(next[group_of(i)]++);
    grouped_[place] = static_cast<std::int32_t>(i);
    weights[place] = popularity_[i];
    group_mass_[group_of(i)] += popularity_[i];
    category_mass_[static_cast<std::size_t>(category_[i])] += popularity_[i];
  }

  std::vector<std::int64_t> category_borders;
  for (std::int64_t c = 0; c <= categories_; ++c) {
    category_borders.push_back(group_borders_[static_cast<std::size_t>(c * options_.styles)]);
  }
  by_category_ = AliasTables(weights, category_borders);
  by_group_ = AliasTables(weights, group_borders_);
  by_popularity_ = AliasTables(popularity_, std::array<std::int64_t, 2>{0, options_.items});
  categories_by_mass_ = AliasTables(category_mass_, std::array<std::int64_t, 2>{0, categories_});
}

void SynthWorld::choose_companions() {
  const Random random(options_.seed, "synth.companions");
  companions_.resize(category_.size() * kCompanions);
  for (std::size_t i = 0; i < category_.size(); ++i) {
    const Segment segment = category_segment(category_[i]);
    for (std::uint32_t slot = 0; slot < kCompanions; ++slot) {
      // An item is its own companion only where its category leaves no choice.
      std::int32_t companion = static_cast<std::int32_t>(i);
      for (std::uint32_t attempt = 0; attempt < 16 && companion == static_cast<std::int32_t>(i); ++attempt) {
        const std::uint64_t bits = random.bits(i, slot * 16 + attempt);
        companion = grouped_[static_cast<std::size_t>(by_category_.draw(segment.begin, segment.end, bits))];
      }
      companions_[i * kCompanions + slot] = companion;
    }
  }
}

SynthWorld::Segment SynthWorld::category_segment(std::int32_t category) const {
  const auto first = static_cast<std::size_t>(category * options_.styles);
  return {group_borders_[first], group_borders_[first + static_cast<std::size_t>(options_.styles)]};
}

SynthWorld::Segment SynthWorld::style_segment(std::int32_t category, std::int32_t style) const {
  const auto group = static_cast<std::size_t>(category * options_.styles + style);
  return {group_borders_[group], group_borders_[group + 1]};
}

std::span<const std::int32_t> SynthWorld::members(std::int32_t category) const {
  const Segment segment = category_segment(category);
  return {grouped_.data() + segment.begin, static_cast<std::size_t>(segment.end - segment.begin)};
}

std::span<const std::int32_t> SynthWorld::members(std::int32_t category, std::int32_t style) const {
  const Segment segment = style_segment(category, style);
  if (segment.begin == segment.end) return members(category);
  return {grouped_.data() + segment.begin, static_cast<std::size_t>(segment.end - segment.begin)};
}

double SynthWorld::mass(std::int32_t category, std::int32_t style) const {
  const Segment segment = style_segment(category, style);
  if (segment.begin == segment.end) return mass(category);
  return group_mass_[static_cast<std::size_t>(category * options_.styles + style)];
}

TasteProfile SynthWorld::tastes(std::int64_t user) const {
  TasteProfile profile;
  double sum = 0.0;
  double weight = 1.0;
  for (int m = 0; m < kTastes; ++m) {
    const PhiloxBlock words = tastes_random_.block(static_cast<std::uint64_t>(user), static_cast<std::uint32_t>(m));
    Taste& taste = profile[static_cast<std::size_t>(m)];
    taste.category = static_cast<std::int32_t>(categories_by_mass_.draw(0, categories_, join(words[0], words[1])));
    taste.style =
        static_cast<std::int32_t>((std::uint64_t{words[2]} * static_cast<std::uint64_t>(options_.styles)) >> 32);
    taste.weight = weight;
    sum += weight;
    weight *= options_.taste_decay;
  }
  for (Taste& taste : profile) taste.weight /= sum;
  return profile;
}

double SynthWorld::taste_probability(const TasteProfile& tastes, std::int64_t item) const {
  const double share = popularity(item);
  const std::int32_t category = category_[static_cast<std::size_t>(item)];
  double taste_part = 0.0;
  for (const Taste& taste : tastes) {
    if (taste.category != category) continue;
    const Segment segment = style_segment(category, taste.style);
    const bool in_style = segment.begin == segment.end || style(item) == taste.style;
    if (in_style) taste_part += taste.weight * options_.style_focus * share / mass(category, taste.style);
    taste_part += taste.weight * (1.0 - options_.style_focus) * share / mass(category);
  }
  return options_.noise * share + (1.0 - options_.noise) * taste_part;
}

Visit SynthWorld::visit(const TasteProfile& tastes, std::int64_t user, std::uint32_t ordinal, std::int32_t last) const {
  const PhiloxBlock words = visits_random_.block(static_cast<std::uint64_t>(user), ordinal);
  // Without a last item the draw starts above the habit's share.
  double source = (static_cast<double>(words[0]) + 0.5) * 0x1.0p-32;
  if (last < 0) source = options_.habit + source * (1.0 - options_.habit);
  const std::uint64_t pick = join(words[1], words[2]);
  const std::uint32_t kind_bits = words[3] & 0xFFFFU;

  Visit visit;
  visit.gap_s = 5U + (((words[3] >> 16) * 116U) >> 16);
  const KindChances* chances = &kTasteKinds;
  if (source < source_bounds_[0]) {
    const double which = static_cast<double>(words[1]) * 0x1.0p-32;
    const std::size_t slot = which < kCompanionWeights[0]                          ? 0
                             : which < kCompanionWeights[0] + kCompanionWeights[1] ? 1
                                                                                   : 2;
    visit.item = companions(last)[slot];
    chances = &kHabitKinds;
  } else if (source < source_bounds_[1]) {
    visit.item = static_cast<std::int32_t>(by_popularity_.draw(0, options_.items, pick));
    chances = &kNoiseKinds;
  } else {
    std::size_t part = 0;
    while (part + 1 < 2 * kTastes && source >= source_bounds_[2 + part]) ++part;
    const Taste& taste = tastes[part / 2];
    Segment segment{};
    bool by_style = part % 2 == 0;
    if (by_style) {
      segment = style_segment(taste.category, taste.style);
      by_style = segment.begin != segment.end;
    }
    if (!by_style) segment = category_segment(taste.category);
    const AliasTables& table = by_style ? by_group_ : by_category_;
    visit.item = grouped_[static_cast<std::size_t>(table.draw(segment.begin, segment.end, pick))];
  }
  visit.kind = kind_bits < chances->view   ? SynthEventKind::view
               : kind_bits < chances->cart ? SynthEventKind::cart
                                           : SynthEventKind::purchase;
  return visit;
}

std::vector<std::uint32_t> SynthWorld::events_of_users() const {
  // n_u = floor of the running share up to u minus the floor before it: whole numbers with the exact sum.
  const Random random(options_.seed, "synth.activity");
  const double power = -1.0 / options_.activity_exponent;
  const auto activity = [&](std::int64_t user) {
    const double v = 1.0 - random.uniform(static_cast<std::uint64_t>(user));  // in (0, 1]
    return std::min(kLongestActivity, std::pow(v, power));
  };
  double total = 0.0;
  for (std::int64_t user = 0; user < options_.users; ++user) total += activity(user);

  std::vector<std::uint32_t> events(static_cast<std::size_t>(options_.users));
  double running = 0.0;
  std::int64_t given = 0;
  for (std::int64_t user = 0; user < options_.users; ++user) {
    running += activity(user);
    const double share = static_cast<double>(options_.events) * (running / total);
    std::int64_t upto = user + 1 == options_.users ? options_.events : static_cast<std::int64_t>(share);
    upto = std::clamp(upto, given, options_.events);
    const std::int64_t mine = upto - given;
    if (mine > std::numeric_limits<std::uint32_t>::max()) {
      fail(ErrorKind::usage, "synth: {} events for {} users give one user {}, above 4294967295; ask for more users",
           options_.events, options_.users, mine);
    }
    events[static_cast<std::size_t>(user)] = static_cast<std::uint32_t>(mine);
    given = upto;
  }
  return events;
}

}  // namespace kindred
