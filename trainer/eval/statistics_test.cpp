// SPDX-License-Identifier: Apache-2.0
// Intervals, paired tests, and the metrics of the catalogue.
#include "kernels/core/random.h"
#include "trainer/eval/bootstrap.h"
#include "trainer/eval/catalogue_metrics.h"
#include "trainer/eval/evaluation_result.h"
#include "trainer/eval/item_groups.h"
#include "trainer/eval/paired_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace kindred {
namespace {

std::vector<double> normal_values(std::size_t count, double mean, const char* purpose, std::uint64_t seed = 1) {
  const Random random(seed, purpose);
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(mean + random.normal(i));
  return values;
}

TEST(Bootstrap, QuantileInterpolates) {
  const std::vector<double> values{1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(quantile(values, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 3.0);
  EXPECT_DOUBLE_EQ(quantile(values, 1.0), 8.0);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{5}, 0.3), 5.0);
}

TEST(Bootstrap, HasTheWidthThatTheCentralLimitPromises) {
  const Context ctx = Context::cpu(2);
  const auto values = normal_values(2500, 10.0, "values");
  const RatioStatistic mean{values, {}};
  const Interval interval = bootstrap_intervals(ctx, {&mean, 1}, 4000, 7)[0];
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 / 50.0, 0.006);
  EXPECT_NEAR(0.5 * (interval.high + interval.low), ratio_value(mean), 0.003);
}

TEST(Bootstrap, CoversTheTrueMeanAboutNinetyFiveTimesInAHundred) {
  const Context ctx = Context::cpu(2);
  int covered = 0;
  for (std::uint64_t trial = 0; trial < 2000; ++trial) {
    const auto values = normal_values(100, 3.0, "trial", trial);
    const RatioStatistic mean{values, {}};
    const Interval interval = bootstrap_intervals(ctx, {&mean, 1}, 400, trial)[0];
    covered += interval.low <= 3.0 && 3.0 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 1830);
  EXPECT_LE(covered, 1930);
}

TEST(Bootstrap, SameBitsForAnyThreadsAndSaneAtTheEdges) {
  const auto values = normal_values(333, 1.0, "values");
  std::vector<double> weights(333, 1.0);
  for (std::size_t i = 0; i < weights.size(); i += 3) weights[i] = 0.0;
  const std::vector<RatioStatistic> statistics{{values, {}}, {values, weights}};
  const auto one = bootstrap_intervals(Context::cpu(1), statistics, 200, 5);
  const auto three = bootstrap_intervals(Context::cpu(3), statistics, 200, 5);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_EQ(one[s].low, three[s].low);
    EXPECT_EQ(one[s].high, three[s].high);
  }
  EXPECT_NE(one[0].low, one[1].low);

  const Context ctx = Context::cpu(1);
  const std::vector<double> single{0.25};
  const std::vector<double> zero{0.0};
  const std::vector<RatioStatistic> edges{{single, {}}, {zero, zero}};
  const auto intervals = bootstrap_intervals(ctx, edges, 10, 1);
  EXPECT_EQ(intervals[0].low, 0.25);
  EXPECT_EQ(intervals[0].high, 0.25);
  EXPECT_TRUE(std::isnan(intervals[1].low));
  const RatioStatistic nobody{};
  EXPECT_TRUE(std::isnan(bootstrap_intervals(ctx, {&nobody, 1}, 10, 1)[0].low));
  EXPECT_TRUE(std::isnan(ratio_value(nobody)));
}

TEST(PairedTest, SmallCasesMatchFullEnumeration) {
  // Differences 1, 2, 3, 4, 5, 6, 7, 8 all positive: only 2 of 256 flips are as far from zero.
  const Context ctx = Context::cpu(2);
  std::vector<double> a{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<double> b(8, 0.0);
  PairedComparison result = compare_paired(ctx, a, b, {.bootstrap_samples = 100, .flips = 100000, .seed = 1});
  EXPECT_NEAR(result.p_value, 2.0 / 256, 0.0012);
  EXPECT_DOUBLE_EQ(result.difference, 4.5);
  // With 8 negative the sum is 20; count flips with |sum| >= 20 by enumeration.
  a[7] = -8;
  int as_far = 0;
  for (int signs = 0; signs < 256; ++signs) {
    double sum = 0.0;
    for (int i = 0; i < 8; ++i)
      sum += (signs >> i & 1) ? -a[static_cast<std::size_t>(i)] : a[static_cast<std::size_t>(i)];
    as_far += std::abs(sum) >= 20.0 ? 1 : 0;
  }
  result = compare_paired(ctx, a, b, {.bootstrap_samples = 100, .flips = 100000, .seed = 1});
  EXPECT_NEAR(result.p_value, as_far / 256.0, 0.006);
}

TEST(PairedTest, EqualRunsAndUsersWithoutValue) {
  const Context ctx = Context::cpu(1);
  const std::vector<double> a{0.5, kNoValue, 0.25, 1.0};
  PairedComparison same = compare_paired(ctx, a, a, {});
  EXPECT_EQ(same.users, 3);
  EXPECT_DOUBLE_EQ(same.p_value, 1.0);
  EXPECT_DOUBLE_EQ(same.difference, 0.0);
  EXPECT_DOUBLE_EQ(same.ci95.high, 0.0);
  EXPECT_EQ(compare_paired(ctx, {}, {}, {}).users, 0);
  EXPECT_THROW(compare_paired(ctx, a, std::vector<double>{1.0}, {}), Error);
}

TEST(PairedTest, SeesARealDifferenceAndIsDeterministic) {
  auto a = normal_values(500, 0.0, "a");
  const auto b = a;
  const auto noise = normal_values(500, 0.5, "noise");
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += 0.2 * noise[i];
  const PairedComparison one = compare_paired(Context::cpu(1), a, b, {});
  const PairedComparison three = compare_paired(Context::cpu(3), a, b, {});
  EXPECT_EQ(one.p_value, three.p_value);
  EXPECT_EQ(one.ci95.low, three.ci95.low);
  EXPECT_DOUBLE_EQ(one.p_value, 1.0 / 10001);
  EXPECT_GT(one.ci95.low, 0.0);
}

TEST(PairedTest, HolmAsInTheTextbook) {
  const std::vector<double> corrected = holm_correction(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  const std::vector<double> expected{0.03, 0.06, 0.06, 0.02};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(corrected[i], expected[i]);
  EXPECT_TRUE(holm_correction({}).empty());
  EXPECT_EQ(holm_correction(std::vector<double>{0.9, 0.8}), (std::vector<double>{1.0, 1.0}));
}

TEST(PairedTest, ComparesResultsOfTheSameUsersOnly) {
  const Context ctx = Context::cpu(1);
  EvaluationResult a;
  a.users = {1, 2, 3};
  a.metrics.resize(2);
  a.metrics[0].name = "recall@20";
  a.metrics[0].per_user = {0.5, 0.5, 1.0};
  a.metrics[1].name = "coverage@20";
  EvaluationResult b = a;
  b.metrics[0].per_user = {0.25, 0.5, 0.0};
  const PairedComparisons comparisons = compare_results(ctx, a, {{"b", b}, {"itself", a}}, {});
  ASSERT_EQ(comparisons.size(), 2U);
  ASSERT_EQ(comparisons.at("b").size(), 1U);
  const PairedComparison& with_b = comparisons.at("b")[0];
  EXPECT_EQ(with_b.metric, "recall@20");
  EXPECT_DOUBLE_EQ(with_b.difference, 1.25 / 3);
  EXPECT_DOUBLE_EQ(with_b.p_holm, std::min(1.0, 2 * with_b.p_value));  // two comparisons, this one the smaller
  EXPECT_DOUBLE_EQ(comparisons.at("itself")[0].p_holm, 1.0);
  b.users[2] = 4;
  EXPECT_THROW(compare_results(ctx, a, {{"b", b}}, {}), Error);
}

TEST(Catalogue, CoverageAndGini) {
  EXPECT_DOUBLE_EQ(coverage(std::vector<std::int64_t>{0, 3, 0, 1}), 0.5);
  EXPECT_DOUBLE_EQ(gini(std::vector<std::int64_t>{5, 5, 5}), 0.0);
  EXPECT_DOUBLE_EQ(gini(std::vector<std::int64_t>{0, 0, 0, 8}), 0.75);
  EXPECT_DOUBLE_EQ(gini(std::vector<std::int64_t>{0, 0}), 0.0);
  // Half the mean absolute difference of all pairs over the mean: another formula of the same thing.
  const std::vector<std::int64_t> counts{1, 4, 0, 7, 2, 2, 9};
  double differences = 0.0;
  double sum = 0.0;
  for (const auto x : counts) {
    sum += static_cast<double>(x);
    for (const auto y : counts) differences += std::abs(static_cast<double>(x - y));
  }
  EXPECT_NEAR(gini(counts), differences / (2.0 * 7 * sum), 1e-15);
}

TEST(Catalogue, PopularityAndNovelty) {
  std::vector<std::int64_t> popularity{8, 4, 0, 4};
  const View<const std::int64_t, 1> view(popularity.data(), {4});
  const std::vector<std::int32_t> list{0, 1};
  EXPECT_DOUBLE_EQ(mean_popularity(list, view), 6.0);
  EXPECT_DOUBLE_EQ(novelty(list, view, 16.0), 1.5);                          // (1 + 2) / 2
  EXPECT_DOUBLE_EQ(novelty(std::vector<std::int32_t>{2}, view, 16.0), 4.0);  // as if seen once
  EXPECT_TRUE(std::isnan(mean_popularity({}, view)));
}

TEST(Catalogue, DiversityIsOneMinusTheMeanCosineOfPairs) {
  // Five items by users: {0,1,2}, {1,2}, {3}, {}, {0,1,2,3}.
  const std::vector<std::vector<std::int32_t>> columns{{0, 1, 2}, {1, 2}, {3}, {}, {0, 1, 2, 3}};
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  for (const auto& column : columns) {
    ids.insert(ids.end(), column.begin(), column.end());
    offsets.push_back(static_cast<std::int64_t>(ids.size()));
  }
  const CsrView matrix{5, 4, {offsets.data(), {6}}, {ids.data(), {static_cast<std::int64_t>(ids.size())}}, {}};
  DiversityMeter meter(matrix);
  const auto naive = [&](const std::vector<std::int32_t>& list) {
    double sum = 0.0;
    int pairs = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j, ++pairs) {
        const auto& a = columns[static_cast<std::size_t>(list[i])];
        const auto& b = columns[static_cast<std::size_t>(list[j])];
        if (a.empty() || b.empty()) continue;
        std::vector<std::int32_t> both;
        std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
        sum += static_cast<double>(both.size()) / std::sqrt(static_cast<double>(a.size() * b.size()));
      }
    }
    return 1.0 - sum / pairs;
  };
  for (const std::vector<std::int32_t>& list :
       {std::vector<std::int32_t>{0, 1}, {0, 2}, {0, 1, 2, 3, 4}, {3, 4}, {4, 0, 1}}) {
    EXPECT_NEAR(meter(list), naive(list), 1e-14);
  }
  EXPECT_TRUE(std::isnan(meter(std::vector<std::int32_t>{1})));
}

TEST(Groups, HeadMidTailAndDeciles) {
  std::vector<std::int64_t> popularity{1, 6, 2, 3};  // by rank: item 1 (0..6 of 12), item 3 (6..9), 2 (9..11), 0
  EXPECT_EQ(item_groups({popularity.data(), {4}}), (std::vector<std::uint8_t>{2, 0, 2, 1}));
  EXPECT_TRUE(item_groups({popularity.data(), {0}}).empty());
  std::vector<std::int64_t> lengths;
  for (int i = 0; i < 20; ++i) lengths.push_back(19 - i);
  const auto groups = deciles(lengths);
  EXPECT_EQ(groups.front(), 9);
  EXPECT_EQ(groups.back(), 0);
  EXPECT_EQ(std::count(groups.begin(), groups.end(), 4), 2);
  EXPECT_EQ(deciles({5, 5, 5}), (std::vector<std::uint8_t>{0, 3, 6}));
}

}  // namespace
}  // namespace kindred
