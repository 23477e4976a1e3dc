// SPDX-License-Identifier: Apache-2.0
#include "kernels/ease/ease.h"

#include "kernels/core/tensor.h"
#include "kernels/core/testing/interactions.h"
#include "kernels/ease/spd_inverse.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kindred {
namespace {

using testing_data::Interactions;

// fp64_items 0: in fp32.
Tensor<float, 2> weights_of(const Context& ctx, const Interactions& x, double regularization,
                            std::int64_t fp64_items = kEaseFp64Items) {
  Tensor<float, 2> weights(ctx, {x.by_user.columns, x.by_user.columns}, "weights");
  ease(ctx, {.x = x.by_user.view(),
             .x_transposed = x.by_item.view(),
             .regularization = regularization,
             .weights = weights.view(),
             .fp64_items = fp64_items});
  return weights;
}

// (X'X + lambda I) by dense loops, its inverse by Gauss-Jordan elimination, all in double.
std::vector<std::vector<double>> reference(const Interactions& data, double lambda) {
  const CsrView x = data.by_user.view();
  const auto n = static_cast<std::size_t>(x.columns);
  std::vector<std::vector<double>> g(n, std::vector<double>(n));
  std::vector<std::vector<double>> p(n, std::vector<double>(n));
  for (std::int64_t u = 0; u < x.rows; ++u) {
    for (std::int64_t a = x.begin(u); a < x.end(u); ++a) {
      for (std::int64_t b = x.begin(u); b < x.end(u); ++b) {
        g[static_cast<std::size_t>(x.ids(a))][static_cast<std::size_t>(x.ids(b))] +=
            static_cast<double>(std::max(0.0F, x.value(a))) * std::max(0.0F, x.value(b));
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    g[i][i] += lambda;
    p[i][i] = 1.0;
  }
  for (std::size_t k = 0; k < n; ++k) {
    const double pivot = g[k][k];
    for (std::size_t j = 0; j < n; ++j) {
      g[k][j] /= pivot;
      p[k][j] /= pivot;
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = g[i][k];
      for (std::size_t j = 0; j < n; ++j) {
        g[i][j] -= factor * g[k][j];
        p[i][j] -= factor * p[k][j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) g[i][j] = i == j ? 0.0 : -p[i][j] / p[j][j];
  }
  return g;
}

TEST(Ease, AgreesWithTheDefinition) {
  for (const auto& [users, items] : {std::pair{0, 0}, {0, 3}, {6, 1}, {50, 33}, {100, 64}, {120, 65}, {200, 130}}) {
    for (const double lambda : {0.5, 100.0}) {
      const Interactions x = testing_data::random_interactions(users, items, 0.3);
      const auto expected = reference(x, lambda);
      const Context ctx = Context::cpu(2);
      const Tensor<float, 2> in_fp64 = weights_of(ctx, x, lambda);
      const Tensor<float, 2> in_fp32 = weights_of(ctx, x, lambda, 0);
      for (std::int64_t i = 0; i < items; ++i) {
        for (std::int64_t j = 0; j < items; ++j) {
          const double b = expected[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
          ASSERT_NEAR(in_fp64.view()(i, j), b, 1e-7 * std::abs(b) + 1e-10) << items << " items, " << i << ", " << j;
          ASSERT_NEAR(in_fp32.view()(i, j), b, 2e-4) << items << " items, " << i << ", " << j;
        }
      }
    }
  }
}

// Several blocks of the sweep, the last one narrow: A (A^-1) = 1 for A = 4 at the diagonal, a smooth kernel beside it.
TEST(SpdInverse, TimesTheMatrixIsTheIdentity) {
  const Context ctx = Context::cpu(2);
  for (const std::int64_t n : {1, 511, 512, 513, 1100}) {
    Tensor<float, 2> a(ctx, {n, n}, "a");
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        const double distance = static_cast<double>(i - j) / 20.0;
        a.view()(i, j) = static_cast<float>(std::exp(-distance * distance) + (i == j ? 3.0 : 0.0));
      }
    }
    Tensor<float, 2> inverse = a.clone(ctx, "inverse");
    cpu::negative_spd_inverse(ctx, inverse.view());
    double worst = 0.0;
    for (std::int64_t i = 0; i < n; i += 7) {
      for (std::int64_t j = 0; j < n; ++j) {
        double product = 0.0;
        for (std::int64_t k = 0; k < n; ++k) {
          product -= static_cast<double>(inverse.view()(std::max(i, k), std::min(i, k))) * a.view()(k, j);
        }
        worst = std::max(worst, std::abs(product - (i == j ? 1.0 : 0.0)));
      }
    }
    EXPECT_LT(worst, 1e-5) << n;
  }
}

TEST(SpdInverse, RefusesAMatrixThatIsNotPositiveDefinite) {
  const Context ctx = Context::cpu(1);
  Tensor<float, 2> a = Tensor<float, 2>::zeros(ctx, {600, 600}, "a");
  for (std::int64_t i = 0; i < 600; ++i) a.view()(i, i) = i == 550 ? -1.0F : 1.0F;
  try {
    cpu::negative_spd_inverse(ctx, a.view());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::divergence);
    EXPECT_NE(std::string(error.what()).find("row 550"), std::string::npos) << error.what();
  }
}

// Made with numpy 2 in float64: G = X'X + 100 I of ml-100k's ratings, P = inv(G), B = -P / diag(P), diagonal 0.
TEST(Ease, AgreesWithNumpyOnMovielens100k) {
  const auto x = testing_data::movielens_100k();
  if (!x) GTEST_SKIP() << "needs KINDRED_DATA with ml-100k/u.data.zst";
  const Context ctx = Context::cpu(2);
  const Tensor<float, 2> weights = weights_of(ctx, *x, 100.0);
  double sum = 0.0;
  double squares = 0.0;
  for (const double b : weights.view().span()) {
    sum += b;
    squares += b * b;
  }
  EXPECT_NEAR(sum, 1320.3442711780654, 1e-4);
  EXPECT_NEAR(squares, 818.9695718933258, 1e-4);
  const std::tuple<int, int, double> golden[] = {{0, 49, 0.123952269887},      {49, 0, 0.132949693217},
                                                 {0, 1, -0.00884210296956},    {120, 116, 0.037974425013},
                                                 {171, 180, 0.115801229265},   {1681, 0, 0.00582753050992},
                                                 {0, 1681, 0.000704837953844}, {300, 1200, 6.0364452472e-05}};
  for (const auto& [i, j, value] : golden) EXPECT_NEAR(weights.view()(i, j), value, 1e-8) << i << ", " << j;

  const Tensor<float, 2> in_fp32 = weights_of(ctx, *x, 100.0, 0);
  float worst = 0.0F;
  for (std::int64_t e = 0; e < weights.view().count(); ++e) {
    worst = std::max(worst, std::abs(weights.data()[e] - in_fp32.data()[e]));
  }
  EXPECT_LT(worst, 1e-4);
  EXPECT_GT(worst, 0.0F);
  // Condition number 4e5: fp32 would be off by 1e-2, and must say so.
  try {
    weights_of(ctx, *x, 1.0, 0);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::divergence) << error.what();
  }
}

TEST(Ease, GivesTheSameBitsForAnyNumberOfThreads) {
  const Interactions x = testing_data::random_interactions(100, 1100, 0.05);
  const Context one = Context::cpu(1);
  const Context three = Context::cpu(3);
  for (const std::int64_t fp64_items : {std::int64_t{0}, kEaseFp64Items}) {
    const Tensor<float, 2> a = weights_of(one, x, 10.0, fp64_items);
    const Tensor<float, 2> b = weights_of(three, x, 10.0, fp64_items);
    EXPECT_EQ(std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.bytes())), 0);
  }
}

TEST(Ease, SaysBeforeTheStartHowMuchMemoryItNeeds) {
  check_ease_memory(1000, 2, std::int64_t{64} << 20);
  try {
    check_ease_memory(41000, 2, std::int64_t{4} << 30);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    EXPECT_NE(std::string(error.what()).find("41000 items need 6."), std::string::npos) << error.what();
  }
  EXPECT_THROW(check_ease_memory(std::int64_t{1} << 40, 2, std::int64_t{4} << 30), Error);
}

TEST(Ease, RefusesRegularizationThatIsNotPositive) {
  const Interactions x = testing_data::random_interactions(4, 6, 0.5);
  EXPECT_THROW(weights_of(Context::cpu(1), x, 0.0), Error);
}

}  // namespace
}  // namespace kindred
