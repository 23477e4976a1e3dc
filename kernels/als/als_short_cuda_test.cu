// SPDX-License-Identifier: Apache-2.0
// The parts of the duals of short rows: the basis, and the row solver in a basis that needs none.
#include "kernels/als/als_basis_cuda.cuh"
#include "kernels/als/als_cases.h"
#include "kernels/als/als_short_cuda.cuh"

#include "kernels/core/device_csr.h"
#include "kernels/core/random.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace kindred::cuda {
namespace {

using namespace als_cases;  // NOLINT(google-build-using-namespace)

class AlsBasisCuda : public testing::Test {
 protected:
  void SetUp() override { skip_without_device("cuda"); }

  struct Result {
    std::vector<float> q;
    std::vector<float> s;
  };
  static Result decompose(const std::vector<float>& matrix, std::int64_t n, double penalty) {
    const Context ctx = Context::cuda(0);
    const auto background = Tensor<float, 2>::from_host(ctx, {matrix.data(), {n, n}}, "background");
    Tensor<float, 2> q(ctx, {n, n}, "q");
    Tensor<float, 1> s(ctx, {n}, "s");
    als_basis(ctx, {.background = background.view(), .least_penalty = penalty, .q = q.view(), .s = s.view()});
    return {q.to_host(ctx), s.to_host(ctx)};
  }
  // R' R of `rows` random rows whose columns shrink: eigenvalues over many powers of ten, none below rows.
  static std::vector<float> gram(std::int64_t n, std::int64_t rows) {
    const Random random(4, "als_short_test.gram");
    std::vector<double> r(static_cast<std::size_t>(rows * n));
    for (std::int64_t e = 0; e < rows * n; ++e) {
      const double mean = e % n < 3 ? 2.0 : 0.0;
      r[static_cast<std::size_t>(e)] = (random.normal(static_cast<std::uint64_t>(e), 0) + mean) *
                                       std::exp(-6.0 * static_cast<double>(e % n) / static_cast<double>(n));
    }
    std::vector<float> g(static_cast<std::size_t>(n * n));
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0.0;
        for (std::int64_t row = 0; row < rows; ++row) {
          sum += r[static_cast<std::size_t>(row * n + i)] * r[static_cast<std::size_t>(row * n + j)];
        }
        g[static_cast<std::size_t>(i * n + j)] = static_cast<float>(sum);
      }
    }
    return g;
  }
};

// Q'BQ + l is diagonal to what the header promises, relative to its own diagonal; Q is orthogonal; B = Q S Q'.
TEST_F(AlsBasisCuda, MakesTheBackgroundDiagonal) {
  struct Case {
    std::int64_t n;
    std::int64_t rows;
    double penalty;
  };
  for (const auto& [n, rows, penalty] : {Case{64, 200, 0.05}, Case{64, 10, 0.001}, Case{128, 90, 0.01}}) {
    const std::vector<float> b = gram(n, rows);
    const auto [q, s] = decompose(b, n, penalty);
    const auto at = [&](const std::vector<float>& matrix, std::int64_t i, std::int64_t j) {
      return static_cast<double>(matrix[static_cast<std::size_t>(i * n + j)]);
    };
    std::vector<double> bq(static_cast<std::size_t>(n * n));
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0.0;
        for (std::int64_t m = 0; m < n; ++m) sum += at(b, i, m) * at(q, m, j);
        bq[static_cast<std::size_t>(i * n + j)] = sum;
      }
    }
    double coupling = 0.0;
    double orthogonality = 0.0;
    double value = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double qbq = 0.0;
        double qq = 0.0;
        for (std::int64_t m = 0; m < n; ++m) {
          qbq += at(q, m, i) * bq[static_cast<std::size_t>(m * n + j)];
          qq += at(q, m, i) * at(q, m, j);
        }
        const double di = s[static_cast<std::size_t>(i)] + penalty;
        const double dj = s[static_cast<std::size_t>(j)] + penalty;
        if (i == j) {
          value = std::max(value, std::abs(qbq - (di - penalty)) / di);
        } else {
          coupling = std::max(coupling, std::abs(qbq) / std::sqrt(di * dj));
        }
        orthogonality = std::max(orthogonality, std::abs(qq - (i == j ? 1.0 : 0.0)));
      }
    }
    // q is rounded to fp32, which a range of s of 1e6 lets show.
    EXPECT_LT(coupling, 1e-3) << n << " " << rows;
    EXPECT_LT(value, 1e-3) << n << " " << rows;
    EXPECT_LT(orthogonality, 1e-6) << n << " " << rows;
  }
}

TEST_F(AlsBasisCuda, LeavesADiagonalAloneAndTellsNaN) {
  std::vector<float> b(64 * 64, 0.0F);
  for (std::size_t n = 0; n < 64; ++n) b[65 * n] = static_cast<float>(n);
  const auto [q, s] = decompose(b, 64, 0.1);
  for (std::size_t n = 0; n < 64; ++n) {
    EXPECT_EQ(s[n], static_cast<float>(n));
    EXPECT_EQ(q[65 * n], 1.0F);
  }
  b[1] = b[64] = std::numeric_limits<float>::quiet_NaN();
  const auto broken = decompose(b, 64, 0.1);
  EXPECT_TRUE(std::isnan(std::accumulate(broken.s.begin(), broken.s.end(), 0.0F)));
}

TEST_F(AlsBasisCuda, RepeatsItsBits) {
  const std::vector<float> b = gram(128, 300);
  const auto first = decompose(b, 128, 0.01);
  const auto second = decompose(b, 128, 0.01);
  EXPECT_EQ(first.q, second.q);
  EXPECT_EQ(first.s, second.s);
}

// Where the background is a diagonal already, z is x.
struct ShortCase {
  int limit;
  std::vector<std::int64_t> lengths;  // descending, none above limit
  std::int64_t k;
  Weights weights;
};

class AlsShortCuda : public testing::TestWithParam<std::tuple<ShortCase, bool>> {
 protected:
  void SetUp() override { skip_without_device("cuda"); }
};

TEST_P(AlsShortCuda, SolvesTheDualOfEachRow) {
  const auto& [tested, precise] = GetParam();
  const Matrix matrix(290, tested.lengths, tested.weights);
  const std::int64_t k = tested.k;
  const std::int64_t size = (k + 63) / 64 * 64;
  const std::int64_t rows_count = matrix.view().rows;
  const Random random(8, "als_short_test");
  std::vector<float> y(static_cast<std::size_t>(matrix.columns * k));
  for (std::size_t n = 0; n < y.size(); ++n) y[n] = random.normal(n, 0);
  std::vector<float> s(static_cast<std::size_t>(size), 1.0F);
  for (std::int64_t n = 0; n < k; ++n) s[static_cast<std::size_t>(n)] = 40.0F / static_cast<float>(1 + n);
  std::vector<float> penalty;
  std::vector<std::int32_t> order;
  for (std::int64_t row = 0; row < rows_count; ++row) {
    penalty.push_back(0.5F + 0.01F * static_cast<float>(row));
    order.push_back(static_cast<std::int32_t>(row));
  }

  const Context ctx = Context::cuda(0);
  const DeviceCsr csr(ctx, matrix.view(), "matrix");
  const auto device_y = Tensor<float, 2>::from_host(ctx, {y.data(), {matrix.columns, k}}, "y");
  const auto device_s = Tensor<float, 1>::from_host(ctx, {s.data(), {size}}, "s");
  const auto device_penalty = Tensor<float, 1>::from_host(ctx, {penalty.data(), {rows_count}}, "penalty");
  const auto device_order = Tensor<std::int32_t, 1>::from_host(ctx, {order.data(), {rows_count}}, "order");
  Tensor<__nv_bfloat16, 2> mirror(ctx, {matrix.columns, (precise ? 2 : 1) * size}, "mirror");
  als_mirror(ctx, device_y.view(), size, precise, mirror.data());
  auto z = Tensor<float, 2>::zeros(ctx, {rows_count, size}, "z");
  AlsShortRows rows{.spectrum = device_s.data(), .size = static_cast<std::int32_t>(size), .z = z.data()};
  rows.rows.csr = csr.view();
  rows.rows.y = mirror.data();
  rows.rows.order = device_order.data();
  rows.rows.penalty = device_penalty.data();
  als_solve_short(ctx, rows, tested.limit, 0, rows_count, precise);
  const std::vector<float> solved = z.to_host(ctx);
  als_solve_short(ctx, rows, tested.limit, 0, rows_count, precise);
  EXPECT_EQ(z.to_host(ctx), solved);

  // (D + sum q y y') x = sum r y by conjugate gradients in double, to the end.
  std::vector<double> expected(static_cast<std::size_t>(rows_count * k));
  std::vector<float> compared(expected.size());
  for (std::int64_t row = 0; row < rows_count; ++row) {
    const auto factor = [&](std::int64_t entry, std::int64_t f) {
      return static_cast<double>(y[static_cast<std::size_t>(matrix.view().ids(entry) * k + f)]);
    };
    std::vector<double> x(static_cast<std::size_t>(k), 0.0);
    std::vector<double> r(x);
    for (std::int64_t e = matrix.view().begin(row); e < matrix.view().end(row); ++e) {
      const float value = matrix.view().value(e);
      for (std::int64_t f = 0; f < k; ++f) r[static_cast<std::size_t>(f)] += std::max(0.0F, value) * factor(e, f);
    }
    std::vector<double> p(r);
    double rr = std::inner_product(r.begin(), r.end(), r.begin(), 0.0);
    const double enough = 1e-24 * rr;
    for (int step = 0; step < 4 * k && rr > enough; ++step) {
      std::vector<double> ap(p);
      for (std::int64_t f = 0; f < k; ++f) {
        ap[static_cast<std::size_t>(f)] *=
            double{s[static_cast<std::size_t>(f)]} + penalty[static_cast<std::size_t>(row)];
      }
      for (std::int64_t e = matrix.view().begin(row); e < matrix.view().end(row); ++e) {
        double product = 0.0;
        for (std::int64_t f = 0; f < k; ++f) product += factor(e, f) * p[static_cast<std::size_t>(f)];
        product *= std::abs(matrix.view().value(e));
        for (std::int64_t f = 0; f < k; ++f) ap[static_cast<std::size_t>(f)] += product * factor(e, f);
      }
      const double alpha = rr / std::inner_product(p.begin(), p.end(), ap.begin(), 0.0);
      for (std::size_t f = 0; f < x.size(); ++f) {
        x[f] += alpha * p[f];
        r[f] -= alpha * ap[f];
      }
      const double next = std::inner_product(r.begin(), r.end(), r.begin(), 0.0);
      for (std::size_t f = 0; f < x.size(); ++f) p[f] = r[f] + next / rr * p[f];
      rr = next;
    }
    for (std::int64_t f = 0; f < k; ++f) {
      expected[static_cast<std::size_t>(row * k + f)] = x[static_cast<std::size_t>(f)];
      compared[static_cast<std::size_t>(row * k + f)] = solved[static_cast<std::size_t>(row * size + f)];
    }
  }
  EXPECT_LT(worst_row({compared.data(), {rows_count, k}}, expected), precise ? 2e-4 : 2e-2);
}

const std::vector<std::int64_t> kTiny = {32, 31, 17, 16, 15, 2, 1};
INSTANTIATE_TEST_SUITE_P(Sizes, AlsShortCuda,
                         testing::Combine(testing::Values(ShortCase{32, kTiny, 64, Weights::none},
                                                          ShortCase{32, kTiny, 100, Weights::varied},
                                                          ShortCase{32, {9, 3}, 300, Weights::negative},
                                                          ShortCase{64, {64, 63, 49, 33}, 100, Weights::varied},
                                                          ShortCase{128, {128, 113, 65}, 171, Weights::none},
                                                          ShortCase{192, {192, 177, 129}, 256, Weights::negative},
                                                          ShortCase{256, {256, 255, 193}, 342, Weights::varied}),
                                          testing::Bool()));

}  // namespace
}  // namespace kindred::cuda
