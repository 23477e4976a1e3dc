// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/bootstrap.h"

#include "kernels/core/check.h"
#include "kernels/core/parallel.h"
#include "kernels/core/random.h"

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {

double ratio(double numerator, double denominator) { return denominator != 0.0 ? numerator / denominator : kNoValue; }

}  // namespace

double ratio_value(const RatioStatistic& statistic) {
  double numerator = 0.0;
  double denominator = 0.0;
  for (std::size_t user = 0; user < statistic.numerator.size(); ++user) {
    numerator += statistic.numerator[user];
    denominator += statistic.denominator.empty() ? 1.0 : statistic.denominator[user];
  }
  return ratio(numerator, denominator);
}

double quantile(std::span<const double> values, double probability) {
  const double position = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

std::vector<Interval> bootstrap_intervals(const Context& ctx, std::span<const RatioStatistic> statistics,
                                          std::int64_t samples, std::uint64_t seed) {
  const std::size_t count = statistics.size();
  std::vector<Interval> intervals(count, {kNoValue, kNoValue});
  if (count == 0) return intervals;
  const std::size_t users = statistics[0].numerator.size();
  for (const RatioStatistic& statistic : statistics) {
    KINDRED_CHECK(
        statistic.numerator.size() == users && (statistic.denominator.empty() || statistic.denominator.size() == users),
        "[bootstrap_intervals] statistics of different numbers of users");
  }
  KINDRED_CHECK(users < std::size_t{1} << 31, "[bootstrap_intervals] {} users, 2^31 - 1 is the most", users);
  if (users == 0 || samples <= 0) return intervals;

  // User by user, so that a draw reads one place in memory: numerators, then denominators.
  std::vector<double> values(users * count * 2);
  for (std::size_t user = 0; user < users; ++user) {
    for (std::size_t s = 0; s < count; ++s) {
      values[user * count * 2 + s] = statistics[s].numerator[user];
      values[user * count * 2 + count + s] = statistics[s].denominator.empty() ? 1.0 : statistics[s].denominator[user];
    }
  }
  std::vector<double> drawn(static_cast<std::size_t>(samples) * count);
  const Random random(seed, "eval.bootstrap");
  parallel_for(ctx.pool(), samples, 1, [&](std::int64_t sample, std::int64_t, int) {
    std::vector<double> sums(count * 2, 0.0);
    for (std::size_t draw = 0; draw < users; draw += 4) {
      const PhiloxBlock words = random.block(static_cast<std::uint64_t>(sample), static_cast<std::uint32_t>(draw / 4));
      for (std::size_t w = 0; w < std::min<std::size_t>(4, users - draw); ++w) {
        const std::size_t user = (std::uint64_t{words[w]} * users) >> 32;
        const double* of_user = values.data() + user * count * 2;
        for (std::size_t s = 0; s < count * 2; ++s) sums[s] += of_user[s];
      }
    }
    for (std::size_t s = 0; s < count; ++s) {
      drawn[s * static_cast<std::size_t>(samples) + static_cast<std::size_t>(sample)] = ratio(sums[s], sums[count + s]);
    }
  });
  for (std::size_t s = 0; s < count; ++s) {
    const auto begin = drawn.begin() + static_cast<std::ptrdiff_t>(s) * samples;
    const auto end = std::remove_if(begin, begin + samples, [](double value) { return std::isnan(value); });
    if (begin == end) continue;
    std::sort(begin, end);
    const std::span<const double> sorted(&*begin, static_cast<std::size_t>(end - begin));
    intervals[s] = {quantile(sorted, 0.025), quantile(sorted, 0.975)};
  }
  return intervals;
}

}  // namespace kindred
