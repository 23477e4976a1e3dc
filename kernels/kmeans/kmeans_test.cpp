// SPDX-License-Identifier: Apache-2.0
#include "kernels/kmeans/kmeans.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace kindred {
namespace {

struct Points {
  std::int64_t count = 0;
  std::int64_t width = 0;
  std::vector<float> values;
  View<const float, 2> view() const { return {values.data(), {count, width}}; }
};

// `blobs` clouds around centres that lie far apart; spread 1 makes them overlap.
Points make_points(std::int64_t count, std::int64_t width, std::int64_t blobs, float spread) {
  Points points{count, width, std::vector<float>(static_cast<std::size_t>(count * width))};
  const Random centre(1, "centres");
  const Random noise(2, "noise");
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t d = 0; d < width; ++d) {
      points.values[static_cast<std::size_t>(i * width + d)] =
          2.0F * centre.normal(static_cast<std::uint64_t>(i % blobs), static_cast<std::uint32_t>(d)) +
          spread * noise.normal(static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(d));
    }
  }
  return points;
}

// Results on the host.
struct Clusters {
  std::vector<float> centroids;
  std::vector<std::int32_t> assignments;
  std::vector<std::int64_t> sizes;
  KMeansResult result;
};

struct Settings {
  std::int64_t centroids = 1;
  KMeansMetric metric = KMeansMetric::euclidean;
  KMeansSeeding seeding = KMeansSeeding::random;
  std::int64_t iterations = 25;
  std::vector<float> given{};
};

Clusters kmeans_on(const Context& ctx, const Points& points, const Settings& settings) {
  const auto x = Tensor<float, 2>::from_host(ctx, points.view(), "points");
  auto centroids = Tensor<float, 2>::zeros(ctx, {settings.centroids, points.width}, "centroids");
  if (!settings.given.empty()) ctx.copy_from_host(centroids.data(), settings.given.data(), centroids.bytes());
  Tensor<std::int32_t, 1> assignments(ctx, {points.count}, "assignments");
  Tensor<std::int64_t, 1> sizes(ctx, {settings.centroids}, "sizes");
  Clusters clusters;
  clusters.result = kmeans(ctx, {.points = x.view(),
                                 .metric = settings.metric,
                                 .seeding = settings.given.empty() ? settings.seeding : KMeansSeeding::given,
                                 .iterations = settings.iterations,
                                 .centroids = centroids.view(),
                                 .assignments = assignments.view(),
                                 .sizes = sizes.view()});
  clusters.centroids = centroids.to_host(ctx);
  clusters.assignments = assignments.to_host(ctx);
  clusters.sizes = sizes.to_host(ctx);
  return clusters;
}

Clusters reference_kmeans(const Points& points, const Settings& settings) {
  Clusters clusters;
  clusters.centroids = settings.given;
  clusters.assignments.resize(static_cast<std::size_t>(points.count));
  clusters.sizes.resize(static_cast<std::size_t>(settings.centroids));
  clusters.result = reference::kmeans({.points = points.view(),
                                       .metric = settings.metric,
                                       .iterations = settings.iterations,
                                       .centroids = {clusters.centroids.data(), {settings.centroids, points.width}},
                                       .assignments = {clusters.assignments.data(), {points.count}},
                                       .sizes = {clusters.sizes.data(), {settings.centroids}}});
  return clusters;
}

void expect_same_bits(const Clusters& got, const Clusters& expected) {
  EXPECT_EQ(got.assignments, expected.assignments);
  EXPECT_EQ(got.sizes, expected.sizes);
  EXPECT_EQ(std::memcmp(got.centroids.data(), expected.centroids.data(), got.centroids.size() * sizeof(float)), 0);
  EXPECT_EQ(got.result.objective, expected.result.objective);
  EXPECT_EQ(got.result.iterations, expected.result.iterations);
  EXPECT_EQ(got.result.splits, expected.result.splits);
}

void expect_sizes_of_assignments(const Clusters& clusters) {
  std::vector<std::int64_t> counted(clusters.sizes.size());
  for (const std::int32_t c : clusters.assignments) ++counted[static_cast<std::size_t>(c)];
  EXPECT_EQ(clusters.sizes, counted);
}

struct Case {
  std::int64_t points, width, centroids, blobs;
  float spread;
};

class KMeansCase : public testing::TestWithParam<std::tuple<std::string, KMeansMetric, Case>> {
 protected:
  void SetUp() override { skip_without_device(std::get<0>(GetParam())); }
};

TEST_P(KMeansCase, FollowsTheLoopsInDouble) {
  const auto& [device, metric, c] = GetParam();
  const Points points = make_points(c.points, c.width, c.blobs, c.spread);
  Settings settings{.centroids = c.centroids, .metric = metric, .iterations = 10};
  settings.given.assign(points.values.begin(), points.values.begin() + c.centroids * c.width);
  for (auto row = settings.given.begin(); metric == KMeansMetric::spherical && row != settings.given.end();
       row += c.width) {
    const float length = std::sqrt(std::inner_product(row, row + c.width, row, 0.0F));
    std::transform(row, row + c.width, row, [&](float x) { return x / length; });
  }
  const Clusters expected = reference_kmeans(points, settings);
  const Clusters got = kmeans_on(make_context(device), points, settings);
  ASSERT_EQ(got.result.splits, 0);  // the loops do not split
  // One point on the border of two clusters, taken differently in float, would show in all of these.
  EXPECT_EQ(got.assignments, expected.assignments);
  EXPECT_EQ(got.sizes, expected.sizes);
  EXPECT_EQ(got.result.iterations, expected.result.iterations);
  EXPECT_EQ(got.result.converged, expected.result.converged);
  EXPECT_NEAR(got.result.objective, expected.result.objective, 1e-6 * std::abs(expected.result.objective) + 1e-9);
  for (std::size_t i = 0; i < got.centroids.size(); ++i) {
    ASSERT_NEAR(got.centroids[i], expected.centroids[i], 1e-5F * std::abs(expected.centroids[i]) + 1e-6F) << i;
  }
}

std::string case_name(const testing::TestParamInfo<KMeansCase::ParamType>& info) {
  const auto& [device, metric, c] = info.param;
  return fmt::format("{}_{}_{}x{}_c{}", device, metric == KMeansMetric::spherical ? "spherical" : "euclidean", c.points,
                     c.width, c.centroids);
}

INSTANTIATE_TEST_SUITE_P(Sizes, KMeansCase,
                         testing::Combine(devices(), testing::Values(KMeansMetric::euclidean, KMeansMetric::spherical),
                                          testing::Values(Case{1, 1, 1, 1, 0.5F}, Case{5, 3, 5, 5, 0.5F},
                                                          Case{65, 2, 3, 3, 0.5F}, Case{131, 17, 9, 9, 1.0F},
                                                          Case{129, 33, 1, 4, 1.0F}, Case{70, 260, 4, 4, 0.5F})),
                         case_name);

class KMeansOnDevice : public OnDevice {};
INSTANTIATE_TEST_SUITE_P(Devices, KMeansOnDevice, devices(), device_name);

TEST_P(KMeansOnDevice, HasTheSameBitsForAnyNumberOfThreadsAndOnCuda) {
  const Points points = make_points(130, 12, 7, 1.5F);
  for (const KMeansMetric metric : {KMeansMetric::euclidean, KMeansMetric::spherical}) {
    for (const KMeansSeeding seeding : {KMeansSeeding::random, KMeansSeeding::plus_plus}) {
      const Settings settings{.centroids = 11, .metric = metric, .seeding = seeding, .iterations = 2};
      const Clusters expected = kmeans_on(make_context("cpu", 5, 1), points, settings);
      expect_same_bits(kmeans_on(context(5, 3), points, settings), expected);
      if (GetParam() == "cpu") expect_same_bits(kmeans_on(context(5, 2), points, settings), expected);
      const Clusters other_seed = kmeans_on(make_context("cpu", 6, 1), points, settings);
      EXPECT_NE(other_seed.centroids, expected.centroids);
    }
  }
}

TEST_P(KMeansOnDevice, SplitsTheLargestWhereACentroidHasNoPoints) {
  const Points points = make_points(80, 8, 10, 0.05F);
  for (const KMeansMetric metric : {KMeansMetric::euclidean, KMeansMetric::spherical}) {
    Settings settings{.centroids = 6, .metric = metric, .iterations = 30};
    for (int c = 0; c < 6; ++c) {  // six times the same point: five get nothing at first
      settings.given.insert(settings.given.end(), points.values.begin(), points.values.begin() + 8);
    }
    const Clusters got = kmeans_on(context(), points, settings);
    EXPECT_GE(got.result.splits, 5);
    EXPECT_GT(*std::min_element(got.sizes.begin(), got.sizes.end()), 0);
    expect_sizes_of_assignments(got);
    if (metric != KMeansMetric::spherical) continue;
    for (std::size_t c = 0; c < 6; ++c) {
      const float* row = got.centroids.data() + c * 8;
      EXPECT_NEAR(std::inner_product(row, row + 8, row, 0.0F), 1.0F, 1e-5F);
    }
  }
}

TEST_P(KMeansOnDevice, FewerDistinctPointsThanCentroids) {
  Points points = make_points(40, 4, 2, 0.0F);  // two distinct points
  for (const KMeansSeeding seeding : {KMeansSeeding::random, KMeansSeeding::plus_plus}) {
    const Clusters got = kmeans_on(context(), points, {.centroids = 5, .seeding = seeding, .iterations = 6});
    EXPECT_LE(got.result.objective, 1e-3);
    expect_sizes_of_assignments(got);
  }
}

TEST_P(KMeansOnDevice, SeedsAreDistinctPoints) {
  const Points points = make_points(60, 3, 60, 1.0F);
  std::set<std::vector<float>> rows;
  for (std::int64_t i = 0; i < 60; ++i) rows.emplace(points.view().row(i), points.view().row(i) + 3);
  for (const KMeansSeeding seeding : {KMeansSeeding::random, KMeansSeeding::plus_plus}) {
    for (const std::int64_t count : {1, 20, 60}) {
      const Clusters got = kmeans_on(context(), points, {.centroids = count, .seeding = seeding, .iterations = 0});
      std::set<std::vector<float>> seeds;
      for (auto row = got.centroids.begin(); row != got.centroids.end(); row += 3) seeds.emplace(row, row + 3);
      EXPECT_EQ(static_cast<std::int64_t>(seeds.size()), count);
      EXPECT_TRUE(std::includes(rows.begin(), rows.end(), seeds.begin(), seeds.end()));
      EXPECT_EQ(got.result.iterations, 0);
    }
  }
}

// Twelve clouds far apart: k-means++ takes a seed from each, with a chance of failure that is next to nothing.
TEST_P(KMeansOnDevice, PlusPlusFindsEveryCloud) {
  const Points points = make_points(120, 6, 12, 0.001F);
  const Clusters got =
      kmeans_on(context(), points, {.centroids = 12, .seeding = KMeansSeeding::plus_plus, .iterations = 1});
  EXPECT_EQ(got.sizes, std::vector<std::int64_t>(12, 10));
  EXPECT_LT(got.result.objective, 120 * 6 * 1e-6 * 1.2);
}

TEST_P(KMeansOnDevice, AssignsLaterPoints) {
  const Context ctx = context();
  const Points points = make_points(90, 5, 4, 1.0F);
  const Clusters clusters = kmeans_on(ctx, points, {.centroids = 4});
  const auto x = Tensor<float, 2>::from_host(ctx, points.view(), "points");
  const auto centroids = Tensor<float, 2>::from_host(ctx, {clusters.centroids.data(), {4, 5}}, "centroids");
  Tensor<std::int32_t, 1> assignments(ctx, {90}, "assignments");
  kmeans_assign(ctx, {.points = x.view(), .centroids = centroids.view(), .assignments = assignments.view()});
  EXPECT_EQ(assignments.to_host(ctx), clusters.assignments);
}

TEST_P(KMeansOnDevice, RefusesWhatDoesNotFit) {
  Points points = make_points(10, 3, 2, 1.0F);
  EXPECT_THROW(kmeans_on(context(), points, {.centroids = 11}), Error);
  EXPECT_THROW(kmeans_on(context(), points, {.centroids = 0}), Error);
  points.values[7] = std::numeric_limits<float>::quiet_NaN();
  try {
    kmeans_on(context(), points, {.centroids = 2});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::divergence);
  }
}

}  // namespace
}  // namespace kindred
