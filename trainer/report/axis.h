// SPDX-License-Identifier: Apache-2.0
// From values to places on a chart, and where the ticks stand.
#pragma once

#include <string>
#include <vector>

namespace kindred {

// A linear or logarithmic map of [low, high] to [from, to].
struct Scale {
  double low = 0.0;
  double high = 1.0;
  double from = 0.0;
  double to = 1.0;
  bool logarithmic = false;

  double operator()(double value) const;
};

struct Tick {
  double value = 0.0;
  std::string text;
};

// About `count` round values (1, 2 or 5 times a power of ten) within [low, high]; powers of ten, or 1-2-5 of them where
// those are few, on a logarithmic scale.
std::vector<Tick> ticks(const Scale& scale, int count);

// Grows [low, high] to round borders of about `count` steps; a single value gets room around it. Linear scales.
void round_out(double& low, double& high, int count);

}  // namespace kindred
