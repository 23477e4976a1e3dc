// SPDX-License-Identifier: Apache-2.0
// 95 % intervals by the percentile bootstrap over users (Efron, Tibshirani 1993, ch. 13).
// A statistic is sum(numerator) / sum(denominator) over users: a mean (denominator 1), a mean over the users that have
// a value (denominator 0 or 1), or a ratio of means. All statistics see the same resamples, as one run does.
// Coverage and gini have no such interval: a resample misses a third of the lists, so its coverage is lower than that
// of any real set of lists of that size.
// Deterministic for any number of threads: draws are a pure function of (seed, sample, position).
#pragma once

#include "kernels/core/context.h"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace kindred {

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();  // of a metric that has none

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

struct RatioStatistic {
  std::span<const double> numerator;
  std::span<const double> denominator;  // empty: 1 for every user
};

// Value on all users; NaN where the denominator is 0.
double ratio_value(const RatioStatistic& statistic);

// One interval a statistic; all must have the same number of users. NaN without users or samples, or where a
// denominator is 0 in every sample.
std::vector<Interval> bootstrap_intervals(const Context& ctx, std::span<const RatioStatistic> statistics,
                                          std::int64_t samples, std::uint64_t seed);

// Quantile with linear interpolation between order statistics (type 7); `values` ascending, not empty.
double quantile(std::span<const double> values, double probability);

}  // namespace kindred
