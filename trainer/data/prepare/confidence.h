// SPDX-License-Identifier: Apache-2.0
// The weight r of an event to the stored value of a training or history entry (data.confidence):
//     d = 2^(-(newest - t) / half_life), 1 without half_life_days or for times after the newest training event
//     c = alpha r d (linear)  or  alpha ln(1 + r d / epsilon) (log);  + 1 with add_one
// r below negative_below is negative feedback: its confidence is that of r = 1, and the stored value is -c.
// binarize: r = 1. In double, rounded to float once. An event that comes after the training (a visitor's history, the
// audience of a new item) has r = 1 and d = 1, and is never negative.
#pragma once

#include "kernels/core/check.h"
#include "trainer/config/config.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace kindred {

class Confidence {
 public:
  Confidence(const DataConfig& config, std::int64_t newest_ms)
      : config_(config.confidence), binarize_(config.binarize), newest_ms_(newest_ms) {}

  bool negative(float weight) const { return config_.negative_below && weight < *config_.negative_below; }

  float value(float weight, std::int64_t time_ms) const {
    const bool is_negative = negative(weight);
    double r = is_negative || binarize_ ? 1.0 : double{weight};
    if (config_.half_life_days) {
      constexpr double kDayMs = 86400.0 * 1000.0;
      const double age_days = static_cast<double>(std::max<std::int64_t>(0, newest_ms_ - time_ms)) / kDayMs;
      r *= std::exp2(-age_days / *config_.half_life_days);
    }
    double c = config_.transform == ConfidenceTransform::linear ? config_.alpha * r
                                                                : config_.alpha * std::log1p(r / config_.epsilon);
    if (config_.add_one) c += 1.0;
    // Decay may not turn an event into none, nor a sum into infinity.
    constexpr double kSmallest = 1e-30;
    const auto stored = static_cast<float>(std::max(c, kSmallest));
    if (!std::isfinite(stored)) fail(ErrorKind::data, "data.confidence: weight {} gives confidence {}", weight, c);
    return is_negative ? -stored : stored;
  }

  float of_one_event() const { return std::abs(value(1.0F, newest_ms_)); }

 private:
  ConfidenceConfig config_;
  bool binarize_;
  std::int64_t newest_ms_;
};

}  // namespace kindred
