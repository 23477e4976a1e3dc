// SPDX-License-Identifier: Apache-2.0
// What `kindred synth` can be told. The generative model that these numbers drive stands in synth_world.h.
#pragma once

#include <cstdint>

namespace kindred {

struct SynthOptions {
  std::int64_t users = 100'000;
  std::int64_t items = 20'000;
  std::int64_t events = 5'000'000;
  std::uint64_t seed = 42;

  std::int64_t categories = 0;       // 0: round(sqrt(items) / 4), within [1, 256]
  std::int64_t styles = 4;           // of each category
  double popularity_exponent = 0.8;  // s: the item of popularity rank r weighs (r + 1)^-s
  double activity_exponent = 1.8;    // b: events of a user follow a Pareto law P(n > x) ~ x^-b
  double noise = 0.1;                // epsilon: share of visits that follow popularity alone
  double style_focus = 0.7;          // a: share of taste visits that keep to the user's style
  double taste_decay = 0.6;          // tau: each further category of a user weighs tau times the one before
  double habit = 0.2;                // h: share of visits that follow from the item before

  std::int64_t days = 90;
  std::int64_t start = 1'704'067'200;  // epoch seconds of the first day, 2024-01-01T00:00:00Z

  // The number of categories that is used.
  std::int64_t resolved_categories() const;
};

// Throws Error(usage) that names the option, its value and what was expected.
void check(const SynthOptions& options);

}  // namespace kindred
