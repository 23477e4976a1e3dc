// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/synth_options.h"

#include "kernels/core/check.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kindred {

namespace {

constexpr std::int64_t kMaxId = std::numeric_limits<std::int32_t>::max();

void check_integer(const char* option, std::int64_t value, std::int64_t lowest, std::int64_t highest) {
  if (value < lowest || value > highest) {
    fail(ErrorKind::usage, "synth: --{} is {}; expected {} to {}", option, value, lowest, highest);
  }
}

void check_real(const char* option, double value, double lowest, double highest) {
  if (!(value >= lowest && value <= highest)) {
    fail(ErrorKind::usage, "synth: --{} is {}; expected {} to {}", option, value, lowest, highest);
  }
}

}  // namespace

std::int64_t SynthOptions::resolved_categories() const {
  if (categories > 0) return categories;
  return std::clamp<std::int64_t>(std::llround(std::sqrt(static_cast<double>(items)) / 4.0), 1, 256);
}

void check(const SynthOptions& options) {
  check_integer("users", options.users, 0, kMaxId);
  check_integer("items", options.items, 0, kMaxId);
  check_integer("events", options.events, 0, std::int64_t{1} << 48);
  check_integer("categories", options.categories, 0, 65'535);
  check_integer("styles", options.styles, 1, 256);
  check_integer("days", options.days, 1, 36'525);
  check_integer("start", options.start, 0, std::int64_t{1} << 40);
  check_real("popularity-exponent", options.popularity_exponent, 0.0, 3.0);
  check_real("activity-exponent", options.activity_exponent, 0.5, 100.0);
  check_real("noise", options.noise, 0.0, 1.0);
  check_real("style-focus", options.style_focus, 0.0, 1.0);
  check_real("taste-decay", options.taste_decay, 0.0, 1.0);
  check_real("habit", options.habit, 0.0, 0.95);
  if (options.events > 0 && (options.users == 0 || options.items == 0)) {
    fail(ErrorKind::usage, "synth: --events is {}, but --users is {} and --items is {}; events need one of each",
         options.events, options.users, options.items);
  }
}

}  // namespace kindred
