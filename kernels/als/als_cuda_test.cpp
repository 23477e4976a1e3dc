// SPDX-License-Identifier: Apache-2.0
// The CUDA half step against the reference in double, and everything else of als.h against the CPU.
#include "kernels/als/als.h"
#include "kernels/als/als_cases.h"
#include "kernels/als/als_reference.h"
#include "kernels/core/device_csr.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

namespace kindred {
namespace {

using namespace als_cases;  // NOLINT(google-build-using-namespace)

View<const float, 2> host_view(const std::vector<float>& values, std::int64_t k) {
  return {values.data(), {static_cast<std::int64_t>(values.size()) / k, k}};
}

// One half step on the GPU from fresh factors.
struct Solved {
  std::vector<float> x;
  std::vector<float> y;

  Solved(const Matrix& matrix, std::int64_t k, const AlsHalfStep& settings) {
    const Context ctx = Context::cuda(0, 5);
    const DeviceCsr interactions(ctx, matrix.view(), "matrix");
    Tensor<float, 2> y_device(ctx, {matrix.columns, k}, "y");
    Tensor<float, 2> x_device(ctx, {matrix.view().rows, k}, "x");
    als_init(ctx, {.x = y_device.view(), .stddev = 1.0, .purpose = "als_test.y"});
    als_init(ctx, {.x = x_device.view(), .stddev = 1.0, .purpose = "als_test.x"});
    AlsHalfStep step = settings;
    step.interactions = interactions.view();
    step.y = y_device.view();
    step.x = x_device.view();
    als_half_step(ctx, step);
    x = x_device.to_host(ctx);
    y = y_device.to_host(ctx);
  }
};

class AlsCuda : public testing::Test {
 protected:
  void SetUp() override { skip_without_device("cuda"); }
};

class AlsCudaSolvers : public testing::TestWithParam<std::tuple<AlsSolver, int, Weights, AlsForm>> {
 protected:
  void SetUp() override { skip_without_device("cuda"); }
};

TEST_P(AlsCudaSolvers, SolveWhatTheReferenceSolves) {
  const auto [solver, k, weights, form] = GetParam();
  const double a0 = form == AlsForm::weighted ? 0.3 : 0.8;
  const Matrix matrix(300, k <= 128 ? kLengths : std::vector<std::int64_t>{0, 1, 33, 290}, weights);
  const Solved solved(matrix, k,
                      {.unobserved_weight = a0,
                       .regularization = 0.05,
                       .regularization_exponent = 0.7,
                       .form = form,
                       .solver = solver});
  const auto expected = reference::als_half_step({.interactions = matrix.view(),
                                                  .k = k,
                                                  .unobserved_weight = a0,
                                                  .regularization = 0.05,
                                                  .regularization_exponent = 0.7,
                                                  .form = form},
                                                 widen(host_view(solved.y, k)));
  // bf16 factors in the sums of `automatic`, hi + lo otherwise (als.h).
  EXPECT_LT(worst_row(host_view(solved.x, k), expected), solver == AlsSolver::automatic ? 2e-2 : 1e-3);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, AlsCudaSolvers,
    testing::Combine(testing::Values(AlsSolver::automatic, AlsSolver::primal), testing::Values(20, 64),
                     testing::Values(Weights::none, Weights::varied, Weights::negative, Weights::small),
                     testing::Values(AlsForm::weighted, AlsForm::hu_koren_volinsky)));
INSTANTIATE_TEST_SUITE_P(Sizes, AlsCudaSolvers,
                         testing::Combine(testing::Values(AlsSolver::automatic, AlsSolver::primal),
                                          testing::Values(32, 33, 65, 128, 130, 256), testing::Values(Weights::varied),
                                          testing::Values(AlsForm::weighted)));
// By the duals of rows of up to 32 and 64 entries and by K x K systems for the longer ones.
INSTANTIATE_TEST_SUITE_P(ShortRows, AlsCudaSolvers,
                         testing::Combine(testing::Values(AlsSolver::dual), testing::Values(50, 64, 100),
                                          testing::Values(Weights::none, Weights::negative),
                                          testing::Values(AlsForm::weighted, AlsForm::hu_koren_volinsky)));
// One factor: the right-hand sides of some rows cancel to almost nothing, so that bf16 does not suffice.
INSTANTIATE_TEST_SUITE_P(OneFactor, AlsCudaSolvers,
                         testing::Combine(testing::Values(AlsSolver::dual), testing::Values(1),
                                          testing::Values(Weights::varied), testing::Values(AlsForm::weighted)));

// Rows longer than a segment (8192 entries) are summed by several blocks.
TEST_F(AlsCuda, SumsLongRowsInSegments) {
  const Matrix matrix(40000, {3, 8192, 8193, 0, 20000}, Weights::none);
  for (const std::int64_t k : {20, 70}) {
    const Solved solved(matrix, k, {});
    const Solved again(matrix, k, {});
    const auto expected =
        reference::als_half_step({.interactions = matrix.view(), .k = k}, widen(host_view(solved.y, k)));
    EXPECT_LT(worst_row(host_view(solved.x, k), expected), 2e-2) << k;
    EXPECT_EQ(std::memcmp(solved.x.data(), again.x.data(), solved.x.size() * sizeof(float)), 0);
  }
}

// More factors than entries: the smallest eigenvalue of a row's matrix is l_u, and nothing may be rounded below it.
TEST_F(AlsCuda, WeightsKeepTheSystemsDefinite) {
  Matrix matrix(20, {6, 6, 6, 6}, Weights::none);
  matrix.values.assign(matrix.ids.size(), 3.0F);
  for (const AlsForm form : {AlsForm::weighted, AlsForm::hu_koren_volinsky}) {
    for (const std::int64_t k : {64, 128}) {
      const Solved solved(matrix, k, {.unobserved_weight = 0.01, .regularization = 1e-4, .form = form});
      const auto expected = reference::als_half_step(
          {.interactions = matrix.view(), .k = k, .unobserved_weight = 0.01, .regularization = 1e-4, .form = form},
          widen(host_view(solved.y, k)));
      EXPECT_LT(worst_row(host_view(solved.x, k), expected), 5e-2) << k;
    }
  }
}

TEST_F(AlsCuda, RepeatsItsBits) {
  for (const AlsSolver solver : {AlsSolver::automatic, AlsSolver::primal}) {
    const Matrix matrix(300, kLengths, Weights::varied);
    const Solved solved(matrix, 100, {.solver = solver});
    const Solved again(matrix, 100, {.solver = solver});
    EXPECT_EQ(std::memcmp(solved.x.data(), again.x.data(), solved.x.size() * sizeof(float)), 0);
  }
}

TEST_F(AlsCuda, RowsWithoutEntriesAndMatricesWithoutRows) {
  const Solved nothing(Matrix(10, {0, 0, 0}, Weights::none), 5, {});
  EXPECT_EQ(nothing.x, std::vector<float>(15, 0.0F));
  EXPECT_TRUE(Solved(Matrix(10, {}, Weights::none), 5, {}).x.empty());
}

TEST_F(AlsCuda, ObjectiveEqualsTheSumOverAllPairs) {
  const Context ctx = Context::cuda(0, 5);
  for (const AlsForm form : {AlsForm::weighted, AlsForm::hu_koren_volinsky}) {
    for (const Weights weights : {Weights::none, Weights::negative}) {
      const Matrix matrix(300, kLengths, weights);
      const DeviceCsr interactions(ctx, matrix.view(), "matrix");
      Tensor<float, 2> y(ctx, {300, 33}, "y");
      Tensor<float, 2> x(ctx, {matrix.view().rows, 33}, "x");
      als_init(ctx, {.x = y.view(), .stddev = 1.0, .purpose = "als_test.y"});
      als_init(ctx, {.x = x.view(), .stddev = 1.0, .purpose = "als_test.x"});
      const double objective = als_objective(
          ctx,
          {.interactions = interactions.view(), .x = x.view(), .y = y.view(), .unobserved_weight = 0.3, .form = form});
      const double expected =
          reference::als_objective({.interactions = matrix.view(), .k = 33, .unobserved_weight = 0.3, .form = form},
                                   widen(host_view(x.to_host(ctx), 33)), widen(host_view(y.to_host(ctx), 33)));
      EXPECT_NEAR(objective / expected, 1.0, 1e-6);
    }
  }
}

TEST_F(AlsCuda, SaysWhichSolversItDoesNotHave) {
  EXPECT_THROW(Solved(Matrix(10, {1}, Weights::none), 5, {.solver = AlsSolver::pcg}), Error);
  EXPECT_THROW(Solved(Matrix(10, {1}, Weights::none), 5, {.solver = AlsSolver::subspace}), Error);
}

// Both devices: the same start, balanced iterations, the same objective to 1e-4 and the same explanations.
TEST_F(AlsCuda, IteratesAndExplainsAsTheCpuDoes) {
  const Matrix by_user(40, {5, 9, 0, 17, 3, 30, 12, 1, 8, 21}, Weights::negative);
  std::vector<std::vector<std::pair<std::int32_t, float>>> columns(40);
  for (std::int64_t row = 0; row < by_user.view().rows; ++row) {
    for (std::int64_t e = by_user.view().begin(row); e < by_user.view().end(row); ++e) {
      columns[static_cast<std::size_t>(by_user.view().ids(e))].emplace_back(row, by_user.view().value(e));
    }
  }
  Matrix by_item(by_user.view().rows, {}, Weights::none);
  for (const auto& column : columns) {
    for (const auto& [row, value] : column) {
      by_item.ids.push_back(row);
      by_item.values.push_back(value);
    }
    by_item.offsets.push_back(static_cast<std::int64_t>(by_item.ids.size()));
  }
  constexpr std::int64_t k = 5;
  std::vector<std::vector<float>> starts;
  std::vector<double> objectives;
  std::vector<double> scales;
  std::vector<std::vector<double>> explanations;
  std::vector<double> scores;
  for (const std::string device : {"cpu", "cuda"}) {
    const Context ctx = make_context(device, 5);
    const DeviceCsr users(ctx, by_user.view(), "users");
    const DeviceCsr items(ctx, by_item.view(), "items");
    auto x = Tensor<float, 2>::zeros(ctx, {by_user.view().rows, k}, "x");
    Tensor<float, 2> y(ctx, {by_user.columns, k}, "y");
    als_init(ctx, {.x = y.view(), .purpose = "als.init.items"});
    starts.push_back(y.to_host(ctx));
    for (int iteration = 0; iteration < 40; ++iteration) {
      if (iteration > 0) {
        scales.push_back(
            als_balance(ctx, {.interactions = users.view(), .transposed = items.view(), .x = x.view(), .y = y.view()}));
      }
      als_half_step(ctx, {.interactions = users.view(), .y = y.view(), .x = x.view(), .solver = AlsSolver::primal});
      als_half_step(ctx, {.interactions = items.view(), .y = x.view(), .x = y.view(), .solver = AlsSolver::primal});
    }
    objectives.push_back(
        als_objective(ctx, {.interactions = users.view(), .x = x.view(), .y = y.view(), .regularization = 0.05}));
    // Explained on the CPU's start, which is the same on both devices.
    const Matrix history(40, {7}, Weights::varied);
    const DeviceCsr row(ctx, history.view(), "history");
    const auto start = Tensor<float, 2>::from_host(ctx, host_view(starts[0], k), "y");
    auto contributions = Tensor<double, 1>::zeros(ctx, {7}, "contributions");
    scores.push_back(als_explain(ctx, {.history = row.view(),
                                       .y = start.view(),
                                       .target = {start.view().row(39), {k}},
                                       .contributions = contributions.view()}));
    explanations.push_back(contributions.to_host(ctx));
  }
  EXPECT_EQ(starts[0], starts[1]);
  EXPECT_NEAR(objectives[1] / objectives[0], 1.0, 1e-4);
  for (std::size_t n = 0; n < 39; ++n) EXPECT_NEAR(scales[n + 39] / scales[n], 1.0, 1e-3);
  EXPECT_EQ(scores[0], scores[1]);
  EXPECT_EQ(explanations[0], explanations[1]);
  EXPECT_NEAR(std::accumulate(explanations[1].begin(), explanations[1].end(), 0.0), scores[1], 1e-9);
}

}  // namespace
}  // namespace kindred
