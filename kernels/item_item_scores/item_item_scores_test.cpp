// SPDX-License-Identifier: Apache-2.0
#include "kernels/item_item_scores/item_item_scores.h"

#include "kernels/core/tensor.h"
#include "kernels/core/testing/interactions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kindred {
namespace {

TEST(MatrixScores, AgreeWithLoopsInDoubleForAnyNumberOfThreads) {
  for (const std::int64_t users : {0, 1, 17, 40}) {
    for (const std::int64_t items : {1, 5, 256, 257, 600}) {
      const auto x = testing_data::random_interactions(users, items, 0.2);
      const Context one = Context::cpu(1);
      const Context three = Context::cpu(3);
      Tensor<float, 2> weights(one, {items, items}, "weights");
      const Random random(1, "weights");
      for (std::int64_t e = 0; e < items * items; ++e) weights.data()[e] = random.normal(static_cast<std::uint64_t>(e));
      Tensor<float, 2> scores(one, {users, items}, "scores");
      Tensor<float, 2> again(one, {users, items}, "again");
      const CsrView history = x.by_user.view();
      matrix_scores(one, {.history = history, .weights = weights.view(), .scores = scores.view()});
      matrix_scores(three, {.history = history, .weights = weights.view(), .scores = again.view()});
      EXPECT_TRUE(std::equal(scores.data(), scores.data() + users * items, again.data()));
      for (std::int64_t u = 0; u < users; ++u) {
        for (std::int64_t i = 0; i < items; ++i) {
          double expected = 0.0;
          double magnitude = 0.0;
          for (std::int64_t e = history.begin(u); e < history.end(u); ++e) {
            const double term =
                std::max(0.0, static_cast<double>(history.value(e))) * weights.view()(history.ids(e), i);
            expected += term;
            magnitude += std::abs(term);
          }
          ASSERT_NEAR(scores.view()(u, i), expected, 1e-6 * magnitude) << users << " users, " << u << ", " << i;
        }
      }
    }
  }
}

TEST(NeighbourScores, AreMatrixScoresOfTheFilledMatrix) {
  for (const std::int64_t neighbours : {0, 1, 4}) {
    const std::int64_t items = 70;
    const auto x = testing_data::random_interactions(30, items, 0.3);
    const Context ctx = Context::cpu(2);
    Tensor<std::int32_t, 2> ids(ctx, {items, neighbours}, "ids");
    Tensor<float, 2> values = Tensor<float, 2>::zeros(ctx, {items, neighbours}, "values");
    Tensor<float, 2> dense = Tensor<float, 2>::zeros(ctx, {items, items}, "dense");
    const Random random(1, "values");
    for (std::int64_t i = 0; i < items; ++i) {
      for (std::int64_t n = 0; n < neighbours; ++n) {
        const bool filled = n < i % (neighbours + 1);  // shorter lists too
        ids.view()(i, n) = filled ? static_cast<std::int32_t>((i + 7 * (n + 1)) % items) : -1;
        if (!filled) continue;
        values.view()(i, n) = random.normal(static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(n));
        dense.view()(i, ids.view()(i, n)) = values.view()(i, n);
      }
    }
    Tensor<float, 2> sparse_scores(ctx, {30, items}, "scores");
    Tensor<float, 2> dense_scores(ctx, {30, items}, "scores");
    neighbour_scores(
        ctx, {.history = x.by_user.view(), .ids = ids.view(), .values = values.view(), .scores = sparse_scores.view()});
    matrix_scores(ctx, {.history = x.by_user.view(), .weights = dense.view(), .scores = dense_scores.view()});
    for (std::int64_t e = 0; e < 30 * items; ++e) ASSERT_EQ(sparse_scores.data()[e], dense_scores.data()[e]) << e;
  }
}

TEST(ItemItemScores, NameTheShapesThatDoNotFit) {
  const Context ctx = Context::cpu(1);
  const auto x = testing_data::random_interactions(4, 6, 0.5);
  Tensor<float, 2> weights(ctx, {5, 5}, "weights");
  Tensor<float, 2> scores(ctx, {4, 6}, "scores");
  EXPECT_THROW(matrix_scores(ctx, {.history = x.by_user.view(), .weights = weights.view(), .scores = scores.view()}),
               Error);
}

}  // namespace
}  // namespace kindred
