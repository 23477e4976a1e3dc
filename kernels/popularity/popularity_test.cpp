// SPDX-License-Identifier: Apache-2.0
#include "kernels/popularity/popularity.h"

#include "kernels/core/tensor.h"
#include "kernels/core/testing/interactions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kindred {
namespace {

TEST(Popularity, AgreesWithTheDefinitionForAnyNumberOfThreads) {
  for (const auto& [users, items] : {std::pair{0, 3}, {1, 1}, {50, 20}, {200, 90}}) {
    const auto x = testing_data::random_interactions(users, items, 0.3);
    const CsrView view = x.by_user.view();
    std::vector<std::int64_t> times;
    for (std::int64_t e = 0; e < view.nnz(); ++e) times.push_back(1'000'000'000 + e * 977 % 5000);
    const double newest = times.empty() ? 0.0 : static_cast<double>(*std::max_element(times.begin(), times.end()));
    for (const double half_life_s : {0.0, 600.0}) {
      std::vector<double> expected(static_cast<std::size_t>(items));
      for (std::int64_t e = 0; e < view.nnz(); ++e) {
        if (view.value(e) < 0.0F) continue;
        const double age = newest - static_cast<double>(times[static_cast<std::size_t>(e)]);
        expected[static_cast<std::size_t>(view.ids(e))] += half_life_s > 0.0 ? std::pow(0.5, age / half_life_s) : 1.0;
      }
      std::vector<std::vector<float>> got;
      for (const int threads : {1, 4}) {
        got.emplace_back(static_cast<std::size_t>(items));
        popularity(Context::cpu(threads), {.x = view,
                                           .timestamps = {times.data(), {view.nnz()}},
                                           .half_life_s = half_life_s,
                                           .scores = {got.back().data(), {items}}});
      }
      EXPECT_EQ(got[0], got[1]);
      for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(got[0][i], expected[i], 1e-6 * expected[i]) << i;
    }
  }
}

TEST(Popularity, RefusesAHalfLifeWithoutTimestamps) {
  const auto x = testing_data::random_interactions(4, 6, 0.5);
  std::vector<float> scores(6);
  EXPECT_THROW(popularity(Context::cpu(1), {.x = x.by_user.view(), .half_life_s = 1.0, .scores = {scores.data(), {6}}}),
               Error);
}

}  // namespace
}  // namespace kindred
