// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/gemm.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"

#include <gtest/gtest.h>

#include <cstring>

namespace kindred {
namespace {

Tensor<float, 2> random_matrix(const Context& ctx, std::int64_t rows, std::int64_t columns, const char* purpose) {
  Tensor<float, 2> x(ctx, {rows, columns}, purpose);
  const Random random(1, purpose);
  for (std::int64_t i = 0; i < rows * columns; ++i) x.data()[i] = random.normal(static_cast<std::uint64_t>(i));
  return x;
}

class GemmCase : public testing::TestWithParam<std::tuple<int, int, int, bool, bool>> {};

TEST_P(GemmCase, AgreesWithLoopsInDouble) {
  const auto [m, n, k, transpose_a, transpose_b] = GetParam();
  const Context ctx = Context::cpu(2);
  const auto a = transpose_a ? random_matrix(ctx, k, m, "a") : random_matrix(ctx, m, k, "a");
  const auto b = transpose_b ? random_matrix(ctx, n, k, "b") : random_matrix(ctx, k, n, "b");
  auto c = random_matrix(ctx, m, n, "c");
  const auto before = c.clone(ctx, "before");
  gemm(ctx, {.a = a.view(),
             .b = b.view(),
             .c = c.view(),
             .transpose_a = transpose_a,
             .transpose_b = transpose_b,
             .alpha = 0.5F,
             .beta = 2.0F});
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double expected = 2.0 * before.view()(i, j);
      double magnitude = std::abs(expected);
      for (std::int64_t p = 0; p < k; ++p) {
        const double product =
            0.5 * (transpose_a ? a.view()(p, i) : a.view()(i, p)) * (transpose_b ? b.view()(j, p) : b.view()(p, j));
        expected += product;
        magnitude += std::abs(product);
      }
      ASSERT_NEAR(c.view()(i, j), expected, 1e-6 * magnitude + 1e-6) << i << ", " << j;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, GemmCase,
                         testing::Combine(testing::Values(0, 1, 33, 300), testing::Values(1, 17, 1100),
                                          testing::Values(0, 1, 40), testing::Bool(), testing::Bool()));

TEST(Gram, AgreesWithLoopsInDoubleAndRepeatsItsBits) {
  for (const std::int64_t rows : {0, 1, 100, 70000}) {
    for (const std::int64_t k : {1, 31, 300}) {
      if (rows == 70000 && k == 300) continue;
      const Context one = Context::cpu(1);
      const Context three = Context::cpu(3);
      const auto x = random_matrix(one, rows, k, "x");
      auto g1 = random_matrix(one, k, k, "g");
      auto g3 = random_matrix(one, k, k, "g");
      gram(one, {.x = x.view(), .g = g1.view()});
      gram(three, {.x = x.view(), .g = g3.view()});
      EXPECT_EQ(std::memcmp(g1.data(), g3.data(), static_cast<std::size_t>(g1.bytes())), 0);
      for (std::int64_t i = 0; i < k; ++i) {
        for (std::int64_t j = 0; j < k; ++j) {
          double expected = 0.0;
          for (std::int64_t r = 0; r < rows; ++r) expected += static_cast<double>(x.view()(r, i)) * x.view()(r, j);
          ASSERT_NEAR(g1.view()(i, j), expected, 1e-5 * static_cast<double>(rows) + 1e-6) << rows << ", " << k;
        }
      }
    }
  }
}

TEST(Gemm, NamesTheShapesThatDoNotFit) {
  const Context ctx = Context::cpu(1);
  const auto a = random_matrix(ctx, 2, 3, "a");
  auto c = random_matrix(ctx, 2, 2, "c");
  EXPECT_THROW(gemm(ctx, {.a = a.view(), .b = a.view(), .c = c.view()}), Error);
}

}  // namespace
}  // namespace kindred
