// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als.h"
#include "kernels/als/als_cases.h"
#include "kernels/als/als_reference.h"
#include "kernels/als/als_targets.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"

#include <gtest/gtest.h>

#include <hwy/targets.h>
#include <zstd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

using namespace als_cases;  // NOLINT(google-build-using-namespace)

class AlsSolvers : public testing::TestWithParam<std::tuple<AlsSolver, int, Weights, AlsForm>> {};

TEST_P(AlsSolvers, SolveWhatTheReferenceSolves) {
  const auto [solver, k, weights, form] = GetParam();
  const Context ctx = Context::cpu(2, 5);
  const double a0 = form == AlsForm::weighted ? 0.3 : 0.8;
  const Matrix matrix(300, kLengths, weights);
  Tensor<float, 2> y(ctx, {300, k}, "y");
  als_init(ctx, {.x = y.view(), .stddev = 1.0, .purpose = "als_test.y"});
  Tensor<float, 2> x(ctx, {matrix.view().rows, k}, "x");
  als_init(ctx, {.x = x.view(), .stddev = 1.0, .purpose = "als_test.x"});
  // Iterative solvers get steps enough to converge: as many as unknowns, or passes.
  const int calls = solver == AlsSolver::subspace || solver == AlsSolver::automatic ? 60 : 1;
  for (int call = 0; call < calls; ++call) {
    als_half_step(ctx, {.interactions = matrix.view(),
                        .y = y.view(),
                        .x = x.view(),
                        .unobserved_weight = a0,
                        .regularization = 0.05,
                        .regularization_exponent = 0.7,
                        .form = form,
                        .solver = solver,
                        .cg_steps = 40,
                        .block_size = 32});
  }
  // The same for every solver: kept.
  static std::map<std::tuple<int, Weights, AlsForm>, std::vector<double>> kept;
  auto& expected = kept[{k, weights, form}];
  if (expected.empty()) {
    expected = reference::als_half_step({.interactions = matrix.view(),
                                         .k = k,
                                         .unobserved_weight = a0,
                                         .regularization = 0.05,
                                         .regularization_exponent = 0.7,
                                         .form = form},
                                        widen(y));
  }
  // With few factors rows are much longer than K, and their sums cancel.
  EXPECT_LT(worst_row(x.view(), expected), k < 31 && solver == AlsSolver::pcg ? 5e-3 : 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AlsSolvers,
                         testing::Combine(testing::Values(AlsSolver::automatic, AlsSolver::primal, AlsSolver::dual,
                                                          AlsSolver::pcg, AlsSolver::subspace),
                                          testing::Values(1, 7, 31, 32, 33, 64, 100, 128, 130),
                                          testing::Values(Weights::none, Weights::varied, Weights::negative,
                                                          Weights::small),
                                          testing::Values(AlsForm::weighted, AlsForm::hu_koren_volinsky)));

TEST(AlsObjective, EqualsTheSumOverAllPairs) {
  const Context ctx = Context::cpu(2, 5);
  for (const AlsForm form : {AlsForm::weighted, AlsForm::hu_koren_volinsky}) {
    for (const Weights weights : {Weights::none, Weights::negative}) {
      for (const int k : {1, 33}) {
        const Matrix matrix(300, kLengths, weights);
        Tensor<float, 2> y(ctx, {300, k}, "y");
        Tensor<float, 2> x(ctx, {matrix.view().rows, k}, "x");
        als_init(ctx, {.x = y.view(), .stddev = 1.0, .purpose = "als_test.y"});
        als_init(ctx, {.x = x.view(), .stddev = 1.0, .purpose = "als_test.x"});
        const double objective = als_objective(
            ctx, {.interactions = matrix.view(), .x = x.view(), .y = y.view(), .unobserved_weight = 0.3, .form = form});
        const double expected = reference::als_objective(
            {.interactions = matrix.view(), .k = k, .unobserved_weight = 0.3, .form = form}, widen(x), widen(y));
        EXPECT_NEAR(objective / expected, 1.0, 1e-6);
      }
    }
  }
}

TEST(AlsHalfStep, RepeatsItsBitsForAnyNumberOfThreads) {
  std::vector<std::int64_t> lengths;
  for (int repeat = 0; repeat < 6; ++repeat) lengths.insert(lengths.end(), kLengths.begin(), kLengths.end());
  const Matrix matrix(300, lengths, Weights::varied);
  for (const AlsSolver solver :
       {AlsSolver::automatic, AlsSolver::primal, AlsSolver::dual, AlsSolver::pcg, AlsSolver::subspace}) {
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2, 5, 1}) {
      const Context ctx = Context::cpu(threads, 5);
      Tensor<float, 2> y(ctx, {300, 65}, "y");
      Tensor<float, 2> x(ctx, {matrix.view().rows, 65}, "x");
      als_init(ctx, {.x = y.view(), .purpose = "als_test.y"});
      als_init(ctx, {.x = x.view(), .purpose = "als_test.x"});
      als_half_step(ctx,
                    {.interactions = matrix.view(), .y = y.view(), .x = x.view(), .solver = solver, .block_size = 16});
      results.emplace_back(x.data(), x.data() + x.view().count());
    }
    for (const auto& result : results) {
      EXPECT_EQ(std::memcmp(result.data(), results[0].data(), result.size() * sizeof(float)), 0);
    }
  }
}

// Both ways over all of ml-100k: 16 iterations in fp32 reach the objective of 16 iterations in double.
TEST(AlsHalfStep, ReachesTheObjectiveOfTheDoubleReferenceOnMl100k) {
  const char* data = std::getenv("KINDRED_DATA");
  const std::string path = std::string(data != nullptr ? data : "") + "/ml-100k/u.data.zst";
  std::ifstream file(path, std::ios::binary);
  if (data == nullptr || !file) GTEST_SKIP() << "KINDRED_DATA has no ml-100k: " << path;
  const std::string packed((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string text(std::size_t{8} << 20, '\0');
  text.resize(ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size()));
  std::istringstream lines(text);
  std::vector<std::set<std::int32_t>> items_of(943);
  std::vector<std::set<std::int32_t>> users_of(1682);
  std::int64_t rest[2];
  for (std::int32_t user = 0, item = 0; lines >> user >> item >> rest[0] >> rest[1];) {
    items_of.at(static_cast<std::size_t>(user - 1)).insert(item - 1);
    users_of.at(static_cast<std::size_t>(item - 1)).insert(user - 1);
  }
  const auto matrix_of = [](const std::vector<std::set<std::int32_t>>& rows, std::int64_t columns) {
    Matrix matrix(columns, {}, Weights::none);
    for (const auto& row : rows) {
      matrix.ids.insert(matrix.ids.end(), row.begin(), row.end());
      matrix.offsets.push_back(static_cast<std::int64_t>(matrix.ids.size()));
    }
    return matrix;
  };
  const Matrix by_user = matrix_of(items_of, 1682);
  const Matrix by_item = matrix_of(users_of, 943);
  ASSERT_EQ(by_user.ids.size(), 100000U);
  constexpr std::int64_t k = 12;
  const Context ctx = Context::cpu(2, 7);
  Tensor<float, 2> x0(ctx, {943, k}, "x");
  Tensor<float, 2> y0(ctx, {1682, k}, "y");
  als_init(ctx, {.x = x0.view(), .purpose = "als.init.users"});
  als_init(ctx, {.x = y0.view(), .purpose = "als.init.items"});
  const reference::AlsProblem users{.interactions = by_user.view(), .k = k};
  const reference::AlsProblem items{.interactions = by_item.view(), .k = k};
  std::vector<double> x_exact;
  std::vector<double> y_exact = widen(y0);
  for (int iteration = 0; iteration < 16; ++iteration) {
    x_exact = reference::als_half_step(users, y_exact);
    y_exact = reference::als_half_step(items, x_exact);
  }
  const double expected = reference::als_objective(users, x_exact, y_exact);
  for (const AlsSolver solver : {AlsSolver::primal, AlsSolver::dual, AlsSolver::automatic}) {
    auto x = x0.clone(ctx, "x");
    auto y = y0.clone(ctx, "y");
    for (int iteration = 0; iteration < 16; ++iteration) {
      als_half_step(ctx, {.interactions = by_user.view(), .y = y.view(), .x = x.view(), .solver = solver});
      als_half_step(ctx, {.interactions = by_item.view(), .y = x.view(), .x = y.view(), .solver = solver});
    }
    const double objective = als_objective(ctx, {.interactions = by_user.view(), .x = x.view(), .y = y.view()});
    EXPECT_NEAR(objective / expected, 1.0, solver == AlsSolver::automatic ? 1e-3 : 1e-6);
    const double in_double = reference::als_objective(users, widen(x), widen(y));
    EXPECT_NEAR(objective / in_double, 1.0, 1e-7);
  }
}

// Every instruction set that this processor has, down to plain 128-bit code.
TEST(AlsHalfStep, AgreesOnEveryInstructionSet) {
  const Context ctx = Context::cpu(1, 5);
  const Matrix matrix(300, kLengths, Weights::varied);
  Tensor<float, 2> y(ctx, {300, 70}, "y");
  als_init(ctx, {.x = y.view(), .stddev = 1.0, .purpose = "als_test.y"});
  const auto expected = reference::als_half_step({.interactions = matrix.view(), .k = 70}, widen(y));
  const auto use_targets = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t target :
       {std::int64_t{HWY_AVX3}, std::int64_t{HWY_AVX2}, std::int64_t{HWY_NEON}, std::int64_t{HWY_EMU128}}) {
    if ((supported & target) == 0 && target != HWY_STATIC_TARGET) continue;
    use_targets(target);
    for (const AlsSolver solver : {AlsSolver::primal, AlsSolver::dual, AlsSolver::pcg, AlsSolver::automatic}) {
      Tensor<float, 2> x = Tensor<float, 2>::zeros(ctx, {matrix.view().rows, 70}, "x");
      for (int call = 0; call < (solver == AlsSolver::automatic ? 40 : 1); ++call) {
        als_half_step(ctx,
                      {.interactions = matrix.view(), .y = y.view(), .x = x.view(), .solver = solver, .cg_steps = 60});
      }
      EXPECT_LT(worst_row(x.view(), expected), 1e-4) << hwy::TargetName(target);
    }
  }
  use_targets(0);
}

// No aligned or padded input is asked for.
TEST(AlsHalfStep, TakesFactorsAtAnyAddress) {
  const Context ctx = Context::cpu(1, 5);
  const Matrix matrix(50, {1, 20, 40, 3}, Weights::none);
  std::vector<float> memory(64 * 64);
  for (const AlsSolver solver : {AlsSolver::automatic, AlsSolver::primal, AlsSolver::dual, AlsSolver::subspace}) {
    const View<float, 2> y(memory.data() + 1, {50, 32});
    const View<float, 2> x(memory.data() + 2003, {4, 32});
    als_init(ctx, {.x = y, .purpose = "y"});
    als_init(ctx, {.x = x, .purpose = "x"});
    for (int call = 0; call < 30; ++call) {
      als_half_step(ctx, {.interactions = matrix.view(), .y = y, .x = x, .solver = solver});
    }
    const std::vector<double> exact = reference::als_half_step({.interactions = matrix.view(), .k = 32},
                                                               {memory.begin() + 1, memory.begin() + 1 + 50 * 32});
    for (std::size_t n = 0; n < exact.size(); ++n) EXPECT_NEAR(x.data()[n], exact[n], 1e-5);
  }
}

TEST(AlsExplain, ContributionsSumToTheScoreOfTheExactSolution) {
  const Context ctx = Context::cpu(1, 5);
  for (const AlsForm form : {AlsForm::weighted, AlsForm::hu_koren_volinsky}) {
    for (const std::int64_t length : {0, 1, 50}) {
      const Matrix matrix(300, {length}, Weights::negative);
      Tensor<float, 2> y(ctx, {300, 40}, "y");
      als_init(ctx, {.x = y.view(), .stddev = 1.0, .purpose = "als_test.y"});
      std::vector<double> contributions(static_cast<std::size_t>(length));
      const double score = als_explain(ctx, {.history = matrix.view(),
                                             .y = y.view(),
                                             .target = {y.view().row(299), {40}},
                                             .contributions = {contributions.data(), {length}},
                                             .form = form});
      const auto x = reference::als_half_step({.interactions = matrix.view(), .k = 40, .form = form}, widen(y));
      double expected = 0.0;
      for (int f = 0; f < 40; ++f) expected += x[static_cast<std::size_t>(f)] * y.view()(299, f);
      EXPECT_NEAR(score, expected, 1e-7);
      EXPECT_NEAR(std::accumulate(contributions.begin(), contributions.end(), 0.0), score, 1e-9);
    }
  }
}

TEST(AlsInit, HasTheSpreadThatWasAskedFor) {
  const Context ctx = Context::cpu(1, 5);
  Tensor<float, 2> x(ctx, {2000, 16}, "x");
  als_init(ctx, {.x = x.view(), .stddev = 0.1, .purpose = "als.init.users"});
  double sum = 0.0;
  for (const float value : x.view().span()) sum += static_cast<double>(value) * value;
  EXPECT_NEAR(std::sqrt(sum / 32000.0), 0.1 / 4.0, 0.0005);
}

TEST(AlsHalfStep, NamesWhatIsWrong) {
  const Context ctx = Context::cpu(1);
  const Matrix matrix(10, {2, 3}, Weights::none);
  Tensor<float, 2> y = Tensor<float, 2>::zeros(ctx, {10, 4}, "y");
  Tensor<float, 2> x = Tensor<float, 2>::zeros(ctx, {2, 4}, "x");
  Tensor<float, 2> other_k = Tensor<float, 2>::zeros(ctx, {2, 5}, "x");
  Tensor<float, 2> other_rows = Tensor<float, 2>::zeros(ctx, {3, 4}, "x");
  EXPECT_THROW(als_half_step(ctx, {.interactions = matrix.view(), .y = y.view(), .x = other_k.view()}), Error);
  EXPECT_THROW(als_half_step(ctx, {.interactions = matrix.view(), .y = y.view(), .x = other_rows.view()}), Error);
  EXPECT_THROW(als_half_step(ctx, {.interactions = matrix.view(), .y = y.view(), .x = x.view(), .regularization = 0.0}),
               Error);
  EXPECT_THROW(
      als_half_step(ctx, {.interactions = matrix.view(), .y = y.view(), .x = x.view(), .unobserved_weight = -1.0}),
      Error);
  // All-zero Y: every row's solution is 0, by every solver.
  for (const AlsSolver solver :
       {AlsSolver::automatic, AlsSolver::primal, AlsSolver::dual, AlsSolver::pcg, AlsSolver::subspace}) {
    als_half_step(ctx, {.interactions = matrix.view(), .y = y.view(), .x = x.view(), .solver = solver});
    for (const float value : x.view().span()) EXPECT_EQ(value, 0.0F);
  }
}

}  // namespace
}  // namespace kindred
