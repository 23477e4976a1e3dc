// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/axis.h"

#include "trainer/report/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {

double round_step(double range, int count) {
  const double raw = range / std::max(count, 1);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  const double rest = raw / power;
  return power * (rest < 1.5 ? 1.0 : rest < 3.0 ? 2.0 : rest < 7.0 ? 5.0 : 10.0);
}

// As many decimals as the step needs, so that the ticks of an axis look alike.
std::string tick_text(double value, double step) {
  if (std::max(std::abs(value), step) >= 10000.0) return compact(value);
  const int decimals = static_cast<int>(std::clamp(std::ceil(-std::log10(step) - 1e-9), 0.0, 6.0));
  return fmt::format("{:.{}f}", value, decimals);
}

std::vector<Tick> logarithmic_ticks(const Scale& scale) {
  const int first = static_cast<int>(std::floor(std::log10(scale.low)));
  const int last = static_cast<int>(std::ceil(std::log10(scale.high)));
  const int every = std::max(1, (last - first + 4) / 5);
  const bool between = last - first <= 2;
  std::vector<Tick> found;
  for (int power = first; power <= last; power += every) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1.0 && !between) break;
      const double value = factor * std::pow(10.0, power);
      if (value >= scale.low * (1 - 1e-9) && value <= scale.high * (1 + 1e-9)) found.push_back({value, compact(value)});
    }
  }
  return found;
}

}  // namespace

double Scale::operator()(double value) const {
  const double share = logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return from + share * (to - from);
}

std::vector<Tick> ticks(const Scale& scale, int count) {
  if (scale.logarithmic) return logarithmic_ticks(scale);
  const double step = round_step(scale.high - scale.low, count);
  std::vector<Tick> found;
  const double first = std::ceil(scale.low / step - 1e-9);
  for (double n = first; n * step <= scale.high + step * 1e-9; n += 1.0) {
    const double value = n * step + 0.0;  // no negative zero
    found.push_back({value, tick_text(value, step)});
  }
  return found;
}

void round_out(double& low, double& high, int count) {
  if (!(high > low)) {
    const double room = low == 0.0 ? 1.0 : std::abs(low) * 0.1;
    low -= room;
    high += room;
  }
  // A grown range may have a larger step: until the borders are ticks.
  for (int round = 0; round < 3; ++round) {
    const double step = round_step(high - low, count);
    low = std::floor(low / step + 1e-9) * step;
    high = std::ceil(high / step - 1e-9) * step;
  }
}

}  // namespace kindred
