// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synth/season.h"

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {
constexpr std::int64_t kHourSeconds = 3600;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr double kTwoPi = 6.283185307179586;
}  // namespace

Season::Season(std::int64_t start, std::int64_t days) : start_(start) {
  cumulative_.reserve(static_cast<std::size_t>(days * 24 + 1));
  cumulative_.push_back(0.0);
  for (std::int64_t hour = 0; hour < days * 24; ++hour) {
    const std::int64_t at = start + hour * kHourSeconds;
    const std::int64_t weekday = (at / kDaySeconds + 3) % 7;  // 1970-01-01 was a Thursday; Monday is 0
    const double of_day = static_cast<double>(at % kDaySeconds) / static_cast<double>(kHourSeconds);
    const double growth = 1.0 + 0.5 * static_cast<double>(hour / 24) / static_cast<double>(days);
    const double intensity =
        (1.0 + 0.6 * std::cos(kTwoPi * (of_day - 20.0) / 24.0)) * (weekday >= 5 ? 1.3 : 1.0) * growth;
    cumulative_.push_back(cumulative_.back() + intensity);
  }
  const double total = cumulative_.back();
  for (double& value : cumulative_) value /= total;
}

std::int64_t Season::time_at(double position) const {
  const auto above = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, position);
  const std::int64_t hour = std::max<std::int64_t>(0, above - cumulative_.begin() - 1);
  const double low = cumulative_[static_cast<std::size_t>(hour)];
  const double high = cumulative_[static_cast<std::size_t>(hour + 1)];
  const double within = std::clamp((position - low) / (high - low), 0.0, 1.0);
  const auto second = static_cast<std::int64_t>(within * static_cast<double>(kHourSeconds));
  return start_ + hour * kHourSeconds + std::min(second, kHourSeconds - 1);
}

}  // namespace kindred
