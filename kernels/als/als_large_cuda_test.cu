// SPDX-License-Identifier: Apache-2.0
// Half steps of more than 256 factors: systems in global memory, batch by batch.
#include "kernels/als/als_reference.h"
#include "kernels/als/als_rows_cuda.cuh"

#include "kernels/core/device_csr.h"
#include "kernels/core/random.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace kindred::cuda {
namespace {

enum class Weights { none, varied, negative };

// Rows of given lengths; y is normal, of unit length in the mean.
struct Problem {
  std::int64_t k;
  std::int64_t items;
  AlsForm form;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::vector<float> values;
  std::vector<float> y;

  Problem(std::int64_t factors, const std::vector<std::int64_t>& lengths, Weights weights, AlsForm als_form)
      : k(factors), items(*std::max_element(lengths.begin(), lengths.end()) + 37), form(als_form) {
    const Random random(9, "als_large_cuda_test");
    std::uint64_t draw = 0;
    for (const std::int64_t length : lengths) {
      std::set<std::int32_t> row;
      while (static_cast<std::int64_t>(row.size()) < length) {
        row.insert(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(items), draw++)));
      }
      ids.insert(ids.end(), row.begin(), row.end());
      offsets.push_back(static_cast<std::int64_t>(ids.size()));
    }
    for (std::size_t entry = 0; weights != Weights::none && entry < ids.size(); ++entry) {
      const float value = 0.25F + 4.0F * static_cast<float>(random.uniform(entry, 1));
      values.push_back(weights == Weights::negative && entry % 3 == 0 ? -value : entry % 11 == 5 ? 0.0F : value);
    }
    for (std::int64_t n = 0; n < items * k; ++n) {
      y.push_back(random.normal(static_cast<std::uint64_t>(n), 2) / std::sqrt(static_cast<float>(k)));
    }
  }

  std::int64_t rows() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  double a0() const { return form == AlsForm::weighted ? 0.3 : 0.2; }
  CsrView csr() const {
    CsrView csr{.rows = rows(), .columns = items, .offsets = {}, .ids = {}, .values = {}};
    csr.offsets = {offsets.data(), {rows() + 1}};
    csr.ids = {ids.data(), {static_cast<std::int64_t>(ids.size())}};
    if (!values.empty()) csr.values = {values.data(), {static_cast<std::int64_t>(values.size())}};
    return csr;
  }
  AlsHalfStep half_step(const CsrView& on_device, View<const float, 2> factors, View<float, 2> x) const {
    return {.interactions = on_device,
            .y = factors,
            .x = x,
            .unobserved_weight = a0(),
            .regularization = 0.05,
            .regularization_exponent = 0.7,
            .form = form};
  }
  std::vector<double> expected() const {
    return reference::als_half_step({.interactions = csr(),
                                     .k = k,
                                     .unobserved_weight = a0(),
                                     .regularization = 0.05,
                                     .regularization_exponent = 0.7,
                                     .form = form},
                                    {y.begin(), y.end()});
  }
};

// What als_half_step prepares, made by the host: nothing here but the rows' order and their solution is the device's.
// Rows without entries keep 7.
std::vector<float> solve(const Context& ctx, const Problem& problem, bool precise, std::int64_t workspace) {
  const std::int64_t k = problem.k;
  const std::int64_t size = als_large_size(k);
  const std::int64_t planes = precise ? 2 : 1;
  std::vector<__nv_bfloat16> mirror(static_cast<std::size_t>(problem.items * planes * size), __float2bfloat16(0.0F));
  std::vector<float> background(static_cast<std::size_t>(size * size), 0.0F);
  for (std::int64_t item = 0; item < problem.items; ++item) {
    for (std::int64_t f = 0; f < k; ++f) {
      const float value = problem.y[static_cast<std::size_t>(item * k + f)];
      const __nv_bfloat16 hi = __float2bfloat16(value);
      mirror[static_cast<std::size_t>(item * planes * size + f)] = hi;
      if (!precise) continue;
      mirror[static_cast<std::size_t>((item * planes + 1) * size + f)] = __float2bfloat16(value - __bfloat162float(hi));
    }
  }
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t j = 0; j < size; ++j) {
      double sum = i == j && i >= k ? 1.0 : 0.0;
      for (std::int64_t item = 0; i < k && j < k && item < problem.items; ++item) {
        sum += problem.a0() * problem.y[static_cast<std::size_t>(item * k + i)] *
               problem.y[static_cast<std::size_t>(item * k + j)];
      }
      background[static_cast<std::size_t>(i * size + j)] = static_cast<float>(sum);
    }
  }
  const DeviceCsr csr(ctx, problem.csr(), "test.csr");
  const auto y = Tensor<__nv_bfloat16, 1>::from_host(ctx, {mirror.data(), {static_cast<std::int64_t>(mirror.size())}},
                                                     "test.mirror");
  const auto b = Tensor<float, 2>::from_host(ctx, {background.data(), {size, size}}, "test.background");
  const std::vector<float> sevens(static_cast<std::size_t>(problem.rows() * k), 7.0F);
  auto x = Tensor<float, 2>::from_host(ctx, {sevens.data(), {problem.rows(), k}}, "test.x");
  AlsCudaRows rows{.csr = csr.view(),
                   .y = y.data(),
                   .background = b.data(),
                   .x = x.data(),
                   .k = static_cast<std::int32_t>(k),
                   .plain = problem.values.empty() && problem.form == AlsForm::weighted,
                   .form = problem.form,
                   .a0 = static_cast<float>(problem.a0())};
  AlsCudaPlan plan(ctx, problem.half_step(csr.view(), {problem.y.data(), {problem.items, k}}, x.view()), {});
  plan.describe(rows);
  als_solve_large(ctx, rows, precise, workspace);
  return x.to_host(ctx);
}

// Largest distance of a row with entries to the reference, relative to that row's norm.
double worst_row(const Problem& problem, const std::vector<float>& x, const std::vector<double>& expected) {
  double worst = 0.0;
  for (std::int64_t row = 0; row < problem.rows(); ++row) {
    if (problem.csr().length(row) == 0) continue;
    double difference = 0.0;
    double norm = 0.0;
    for (std::int64_t n = row * problem.k; n < (row + 1) * problem.k; ++n) {
      const double e = expected[static_cast<std::size_t>(n)];
      const double d = x[static_cast<std::size_t>(n)] - e;
      difference += d * d;
      norm += e * e;
    }
    const double error = std::sqrt(difference / norm);
    worst = error < worst ? worst : error;  // NaN stays
  }
  return worst;
}

bool kept(const Problem& problem, const std::vector<float>& x) {
  for (std::int64_t row = 0; row < problem.rows(); ++row) {
    for (std::int64_t n = row * problem.k; problem.csr().length(row) == 0 && n < (row + 1) * problem.k; ++n) {
      if (x[static_cast<std::size_t>(n)] != 7.0F) return false;
    }
  }
  return true;
}

struct Case {
  std::string name;
  std::int64_t k;
  std::vector<std::int64_t> lengths;
  Weights weights;
  AlsForm form;
};

class AlsLargeCuda : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { skip_without_device("cuda"); }
};

TEST_P(AlsLargeCuda, SolvesWhatTheReferenceSolves) {
  const Case& c = GetParam();
  const Context ctx = Context::cuda(0, 1, 2);
  const Problem problem(c.k, c.lengths, c.weights, c.form);
  const std::vector<double> expected = problem.expected();
  for (const bool precise : {false, true}) {
    const std::vector<float> x = solve(ctx, problem, precise, kLargeWorkspace);
    const double worst = worst_row(problem, x, expected);
    RecordProperty(precise ? "precise" : "plain", std::to_string(worst));
    EXPECT_LT(worst, precise ? 1e-4 : 2e-2);
    EXPECT_TRUE(kept(problem, x));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, AlsLargeCuda,
    testing::Values(Case{"K257", 257, {0, 258, 1, 256}, Weights::none, AlsForm::weighted},
                    Case{"K320", 320, {321, 0, 319, 40}, Weights::varied, AlsForm::weighted},
                    Case{"K300Negative", 300, {33, 301, 0}, Weights::negative, AlsForm::weighted},
                    Case{"K384HuKorenVolinsky", 384, {64, 385, 15}, Weights::none, AlsForm::hu_koren_volinsky},
                    Case{"K512", 512, {0, 513}, Weights::varied, AlsForm::hu_koren_volinsky},
                    Case{"K700", 700, {12}, Weights::varied, AlsForm::weighted}),
    [](const auto& parameter) { return parameter.param.name; });

class AlsLargeBatches : public testing::Test {
 protected:
  void SetUp() override { skip_without_device("cuda"); }
};

TEST_F(AlsLargeBatches, HaveTheSameBitsOnCuda) {
  const Context ctx = Context::cuda(0, 1, 2);
  const Problem problem(260, {20, 0, 90, 7}, Weights::varied, AlsForm::weighted);
  const std::vector<float> together = solve(ctx, problem, false, kLargeWorkspace);
  EXPECT_EQ(solve(ctx, problem, false, kLargeWorkspace), together);
  EXPECT_EQ(solve(ctx, problem, false, 2 * als_large_row_bytes(problem.k)), together);
  EXPECT_EQ(solve(ctx, problem, false, 0), together);  // a row is the least
  EXPECT_LT(worst_row(problem, together, problem.expected()), 2e-2);
}

TEST_F(AlsLargeBatches, AreWhatAHalfStepTakesOnCuda) {
  const Context ctx = Context::cuda(0, 1, 2);
  const Problem problem(270, {50, 0, 3}, Weights::none, AlsForm::weighted);
  const DeviceCsr csr(ctx, problem.csr(), "test.csr");
  const auto y = Tensor<float, 2>::from_host(ctx, {problem.y.data(), {problem.items, problem.k}}, "test.y");
  auto x = Tensor<float, 2>::zeros(ctx, {problem.rows(), problem.k}, "test.x");
  AlsHalfStep args = problem.half_step(csr.view(), y.view(), x.view());
  args.solver = AlsSolver::primal;
  kindred::als_half_step(ctx, args);
  const std::vector<float> found = x.to_host(ctx);
  EXPECT_LT(worst_row(problem, found, problem.expected()), 1e-4);
  const auto empty = found.begin() + problem.k;
  EXPECT_EQ(std::vector<float>(empty, empty + problem.k), std::vector<float>(static_cast<std::size_t>(problem.k)));
}

}  // namespace
}  // namespace kindred::cuda
