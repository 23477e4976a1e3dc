// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/gemm.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

namespace kindred {
namespace {

// A matrix on a device, and the same numbers on the host.
struct Matrix {
  std::vector<float> host;
  Tensor<float, 2> device;
  View<const float, 2> on_host() const { return {host.data(), {device.size(0), device.size(1)}}; }
};

Matrix random_matrix(const Context& ctx, std::int64_t rows, std::int64_t columns, const char* purpose) {
  Matrix x;
  x.host.resize(static_cast<std::size_t>(rows * columns));
  const Random random(1, purpose);
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    x.host[static_cast<std::size_t>(i)] = random.normal(static_cast<std::uint64_t>(i));
  }
  x.device = Tensor<float, 2>::from_host(ctx, {x.host.data(), {rows, columns}}, purpose);
  return x;
}

class GemmCase : public testing::TestWithParam<std::tuple<std::string, int, int, int, bool, bool>> {
 protected:
  void SetUp() override { skip_without_device(std::get<0>(GetParam())); }
};

TEST_P(GemmCase, AgreesWithLoopsInDouble) {
  const auto [device, m, n, k, transpose_a, transpose_b] = GetParam();
  const Context ctx = make_context(device);
  const Matrix a = transpose_a ? random_matrix(ctx, k, m, "a") : random_matrix(ctx, m, k, "a");
  const Matrix b = transpose_b ? random_matrix(ctx, n, k, "b") : random_matrix(ctx, k, n, "b");
  for (const float beta : {2.0F, 0.0F}) {
    Matrix c = random_matrix(ctx, m, n, "c");
    gemm(ctx, {.a = a.device.view(),
               .b = b.device.view(),
               .c = c.device.view(),
               .transpose_a = transpose_a,
               .transpose_b = transpose_b,
               .alpha = 0.5F,
               .beta = beta});
    const std::vector<float> found = c.device.to_host(ctx);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double expected = static_cast<double>(beta) * c.on_host()(i, j);
        double magnitude = std::abs(expected);
        for (std::int64_t p = 0; p < k; ++p) {
          const double product = 0.5 * (transpose_a ? a.on_host()(p, i) : a.on_host()(i, p)) *
                                 (transpose_b ? b.on_host()(j, p) : b.on_host()(p, j));
          expected += product;
          magnitude += std::abs(product);
        }
        ASSERT_NEAR(found[static_cast<std::size_t>(i * n + j)], expected, 1e-6 * magnitude + 1e-6) << i << ", " << j;
      }
    }
  }
}

std::string gemm_case_name(const testing::TestParamInfo<GemmCase::ParamType>& info) {
  const auto& [device, m, n, k, transpose_a, transpose_b] = info.param;
  return device + "_" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) +
         (transpose_a ? "_ta" : "") + (transpose_b ? "_tb" : "");
}

INSTANTIATE_TEST_SUITE_P(Sizes, GemmCase,
                         testing::Combine(devices(), testing::Values(0, 1, 33, 300), testing::Values(1, 17, 1100),
                                          testing::Values(0, 1, 40), testing::Bool(), testing::Bool()),
                         gemm_case_name);

class GramCase : public OnDevice {
 protected:
  static std::vector<float> gram_of(const Context& ctx, const Matrix& x) {
    const std::int64_t k = x.device.size(1);
    Tensor<float, 2> g(ctx, {k, k}, "g");
    gram(ctx, {.x = x.device.view(), .g = g.view()});
    return g.to_host(ctx);
  }
};

TEST_P(GramCase, AgreesWithLoopsInDoubleAndRepeatsItsBits) {
  for (const std::int64_t rows : {0, 1, 100, 4096, 9000, 70000}) {
    for (const std::int64_t k : {1, 31, 300}) {
      if (rows > 4096 && k == 300) continue;
      const Context one = context(0, 1);
      const Context three = context(0, 3);
      const std::vector<float> first = gram_of(one, random_matrix(one, rows, k, "x"));
      const Matrix x = random_matrix(three, rows, k, "x");
      const std::vector<float> second = gram_of(three, x);
      EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * sizeof(float)), 0);
      for (std::int64_t i = 0; i < k; ++i) {
        for (std::int64_t j = 0; j < k; ++j) {
          double expected = 0.0;
          for (std::int64_t r = 0; r < rows; ++r)
            expected += static_cast<double>(x.on_host()(r, i)) * x.on_host()(r, j);
          ASSERT_NEAR(first[static_cast<std::size_t>(i * k + j)], expected, 1e-5 * static_cast<double>(rows) + 1e-6)
              << rows << ", " << k;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, GramCase, devices(), device_name);

TEST(Gemm, NamesTheShapesThatDoNotFit) {
  const Context ctx = Context::cpu(1);
  const Tensor<float, 2> a(ctx, {2, 3}, "a");
  Tensor<float, 2> c(ctx, {2, 2}, "c");
  EXPECT_THROW(gemm(ctx, {.a = a.view(), .b = a.view(), .c = c.view()}), Error);
}

}  // namespace
}  // namespace kindred
