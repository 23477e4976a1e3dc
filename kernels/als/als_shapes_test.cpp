// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_shapes.h"

#include "kernels/core/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace kindred {
namespace {

std::vector<std::int64_t> sorted_lengths(const AlsMatrix& matrix) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t row = 0; row < matrix.rows; ++row) lengths.push_back(matrix.view().length(row));
  std::sort(lengths.begin(), lengths.end());
  return lengths;
}

void expect_ids_ascend(const AlsMatrix& matrix) {
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const auto ids = matrix.view().row_ids(row);
    ASSERT_EQ(std::adjacent_find(ids.begin(), ids.end(), [](auto a, auto b) { return a >= b; }), ids.end()) << row;
    if (!ids.empty()) {
      ASSERT_TRUE(ids.front() >= 0 && ids.back() < matrix.columns) << row;
    }
  }
}

// Users have MovieLens 20M's least, median, largest and sum exactly; items' within a few percent. The quartiles of the
// users of MovieLens 20M itself are 35 and 155, those of its items 3 and 205: no part of the law, so a test of it.
TEST(AlsShapes, MovieLens20M) {
  ThreadPool pool(2);
  const AlsShape shape = als_shape("ml20m");
  const AlsInteractions data = make_als_interactions(shape, pool);
  EXPECT_EQ(data.by_user.rows, 138'493);
  EXPECT_EQ(data.by_user.columns, 26'744);
  EXPECT_EQ(data.by_user.view().nnz(), 20'000'263);
  EXPECT_EQ(data.by_item.view().nnz(), 20'000'263);
  const std::vector<std::int64_t> users = sorted_lengths(data.by_user);
  EXPECT_EQ(users.front(), 20);
  EXPECT_EQ(users[users.size() / 2], 68);
  EXPECT_EQ(users.back(), 9'254);
  EXPECT_NEAR(static_cast<double>(users[users.size() / 4]), 35.0, 4.0);
  EXPECT_NEAR(static_cast<double>(users[users.size() * 3 / 4]), 155.0, 16.0);
  const std::vector<std::int64_t> items = sorted_lengths(data.by_item);
  EXPECT_EQ(items.front(), 1);
  EXPECT_NEAR(static_cast<double>(items[items.size() / 2]), 18.0, 2.0);
  EXPECT_NEAR(static_cast<double>(items[items.size() * 3 / 4]), 205.0, 65.0);
  EXPECT_NEAR(static_cast<double>(items.back()), 67'310.0, 1'000.0);
}

TEST(AlsShapes, RowsAreSetsAndTheTransposeHasTheSamePairs) {
  ThreadPool pool(2);
  const AlsInteractions data = make_als_interactions(als_shape_share(als_shape("ml20m"), 0.05), pool);
  expect_ids_ascend(data.by_user);
  expect_ids_ascend(data.by_item);
  EXPECT_GE(sorted_lengths(data.by_item).front(), 1);
  const AlsMatrix back = transposed(data.by_item, pool);
  EXPECT_EQ(back.offsets, data.by_user.offsets);
  EXPECT_EQ(back.ids, data.by_user.ids);
}

TEST(AlsShapes, ParallelSameMatrixForAnyNumberOfThreads) {
  ThreadPool one(1);
  ThreadPool five(5);
  const AlsShape shape = als_shape_share(als_shape("ml20m"), 0.05);
  const AlsInteractions a = make_als_interactions(shape, one);
  const AlsInteractions b = make_als_interactions(shape, five);
  EXPECT_EQ(a.by_user.offsets, b.by_user.offsets);
  EXPECT_EQ(a.by_user.ids, b.by_user.ids);
  EXPECT_EQ(a.by_item.offsets, b.by_item.offsets);
  EXPECT_EQ(a.by_item.ids, b.by_item.ids);
}

TEST(AlsShapes, WhatCannotBe) {
  EXPECT_THROW(als_shape("ml25m"), Error);
  EXPECT_THROW(als_shape_share(als_shape("ml20m"), 0.0), Error);
  ThreadPool pool(1);
  // A mean of 500 with all rows up to 30 long.
  const AlsShape shape{.users = {.rows = 100, .least = 1, .median = 20, .largest = 30},
                       .items = {.rows = 1000, .least = 1, .median = 20, .largest = 100},
                       .nnz = 50'000};
  EXPECT_THROW(make_als_interactions(shape, pool), Error);
}

}  // namespace
}  // namespace kindred
