// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als.h"
#include "kernels/als/als_reference.h"
#include "kernels/core/tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace kindred {
namespace {

// 5 users (one without entries) x 4 items, and its transpose.
struct Entries {
  std::vector<std::int64_t> offsets{0, 2, 5, 5, 6, 9};
  std::vector<std::int32_t> ids{0, 2, 0, 1, 3, 1, 0, 2, 3};
  std::vector<std::int64_t> transposed_offsets{0, 3, 5, 7, 9};
  std::vector<std::int32_t> transposed_ids{0, 1, 4, 1, 3, 0, 4, 1, 4};

  CsrView users() const {
    return {.rows = 5, .columns = 4, .offsets = {offsets.data(), {6}}, .ids = {ids.data(), {9}}, .values = {}};
  }
  CsrView items() const {
    return {.rows = 4,
            .columns = 5,
            .offsets = {transposed_offsets.data(), {5}},
            .ids = {transposed_ids.data(), {9}},
            .values = {}};
  }
};

struct Factors {
  Tensor<float, 2> x;
  Tensor<float, 2> y;

  Factors(const Context& ctx, std::int64_t k, double stddev_x) : x(ctx, {5, k}, "x"), y(ctx, {4, k}, "y") {
    als_init(ctx, {.x = x.view(), .stddev = stddev_x, .purpose = "als_balance_test.x"});
    als_init(ctx, {.x = y.view(), .stddev = 1.0, .purpose = "als_balance_test.y"});
  }
  double balance(const Context& ctx) {
    const Entries entries;
    return als_balance(ctx, {.interactions = entries.users(),
                             .transposed = entries.items(),
                             .x = x.view(),
                             .y = y.view(),
                             .unobserved_weight = 0.3,
                             .regularization = 0.2,
                             .regularization_exponent = 0.8});
  }
  // The objective in double with X scaled by c and Y by 1 / c.
  double objective(double c) const {
    std::vector<double> wide_x(x.data(), x.data() + x.view().count());
    std::vector<double> wide_y(y.data(), y.data() + y.view().count());
    for (double& value : wide_x) value *= c;
    for (double& value : wide_y) value /= c;
    const Entries entries;
    return reference::als_objective({.interactions = entries.users(),
                                     .k = x.size(1),
                                     .unobserved_weight = 0.3,
                                     .regularization = 0.2,
                                     .regularization_exponent = 0.8},
                                    wide_x, wide_y);
  }
};

TEST(AlsBalance, FindsTheBestScaleAndKeepsPredictions) {
  const Context ctx = Context::cpu(2, 5);
  for (const std::int64_t k : {1, 7, 8, 19}) {
    for (const double stddev : {1e-3, 0.5, 30.0}) {
      Factors factors(ctx, k, stddev);
      const Factors before(ctx, k, stddev);
      const double c = factors.balance(ctx);
      EXPECT_LE(factors.objective(1.0), before.objective(1.0) * (1 + 1e-6));
      for (const double away : {0.9, 0.99, 1.01, 1.1}) EXPECT_GT(factors.objective(away), factors.objective(1.0));
      for (std::int64_t u = 0; u < 5; ++u) {
        for (std::int64_t f = 0; f < k; ++f) {
          EXPECT_NEAR(factors.x.view()(u, f), c * before.x.view()(u, f), 1e-6 * c * stddev);
        }
      }
      EXPECT_NEAR(factors.objective(1.0), before.objective(c), 1e-5 * before.objective(c));
      EXPECT_NEAR(factors.balance(ctx), 1.0, 1e-6);
    }
  }
}

TEST(AlsBalance, LeavesAZeroSideAlone) {
  const Context ctx = Context::cpu(1, 5);
  Factors factors(ctx, 3, 0.0);
  const std::vector<float> y(factors.y.data(), factors.y.data() + 12);
  EXPECT_EQ(factors.balance(ctx), 1.0);
  EXPECT_EQ(std::memcmp(y.data(), factors.y.data(), sizeof(float) * 12), 0);
}

TEST(AlsBalance, NamesWhatIsWrong) {
  const Context ctx = Context::cpu(1, 5);
  const Entries entries;
  Factors factors(ctx, 3, 1.0);
  EXPECT_THROW(als_balance(ctx, {.interactions = entries.users(),
                                 .transposed = entries.users(),
                                 .x = factors.x.view(),
                                 .y = factors.y.view()}),
               Error);
}

}  // namespace
}  // namespace kindred
