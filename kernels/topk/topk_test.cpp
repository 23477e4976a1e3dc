// SPDX-License-Identifier: Apache-2.0
#include "kernels/topk/topk.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace kindred {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Random values; `steps` > 0 rounds them so that many scores are equal.
Tensor<float, 2> random_matrix(const Context& ctx, std::int64_t rows, std::int64_t columns, const char* purpose,
                               int steps = 0) {
  Tensor<float, 2> x(ctx, {rows, columns}, purpose);
  const Random random(3, purpose);
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    const float value = random.normal(static_cast<std::uint64_t>(i));
    x.data()[i] = steps > 0 ? std::round(value * static_cast<float>(steps)) : value;
  }
  return x;
}

struct Csr {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::int64_t columns = 0;
  CsrView view() const {
    const auto rows = static_cast<std::int64_t>(offsets.size()) - 1;
    return {rows, columns, {offsets.data(), {rows + 1}}, {ids.data(), {static_cast<std::int64_t>(ids.size())}}, {}};
  }
};

// Row r excludes each item with probability depending on r: some rows nothing, row 1 everything.
Csr random_mask(std::int64_t rows, std::int64_t items) {
  const Random random(4, "mask");
  Csr mask;
  mask.columns = items;
  for (std::int64_t row = 0; row < rows; ++row) {
    const double share = row == 1 ? 1.0 : 0.25 * static_cast<double>(row % 3);
    for (std::int32_t item = 0; item < items; ++item) {
      if (random.uniform(static_cast<std::uint64_t>(row * items + item)) < share) mask.ids.push_back(item);
    }
    mask.offsets.push_back(static_cast<std::int64_t>(mask.ids.size()));
  }
  return mask;
}

struct Result {
  Tensor<std::int32_t, 2> items;
  Tensor<float, 2> scores;
  std::int64_t tied = 0;
  Result(const Context& ctx, std::int64_t rows, std::int64_t k)
      : items(ctx, {rows, k}, "items"), scores(ctx, {rows, k}, "scores") {}
};

void expect_same(const Result& a, const Result& b) {
  ASSERT_EQ(a.items.bytes(), b.items.bytes());
  EXPECT_EQ(a.tied, b.tied);
  if (a.items.bytes() == 0) return;
  EXPECT_EQ(std::memcmp(a.items.data(), b.items.data(), static_cast<std::size_t>(a.items.bytes())), 0);
  EXPECT_EQ(std::memcmp(a.scores.data(), b.scores.data(), static_cast<std::size_t>(a.scores.bytes())), 0);
}

struct Case {
  std::int64_t queries, items, factors, k;
  bool bias, mask, allow;
  int steps;
};

class TopKCase : public testing::TestWithParam<Case> {};

TEST_P(TopKCase, IsTheReferenceBitForBit) {
  const Case c = GetParam();
  const Context ctx = Context::cpu(2);
  const auto queries = random_matrix(ctx, c.queries, c.factors, "q", c.steps);
  const auto items = random_matrix(ctx, c.items, c.factors, "y", c.steps);
  const auto bias = random_matrix(ctx, 1, c.items, "bias", c.steps);
  const Csr mask = random_mask(c.queries, c.items);
  std::vector<std::int32_t> allowed;
  for (std::int32_t item = 0; item < c.items; ++item) {
    if (item % 3 != 1) allowed.push_back(item);
  }
  TopK args;
  args.queries = queries.view();
  args.items = items.view();
  if (c.bias) args.item_bias = {bias.data(), {c.items}};
  if (c.mask) args.excluded = mask.view();
  if (c.allow) args.allowed = allowed;

  Result expected(ctx, c.queries, c.k);
  args.top_items = expected.items.view();
  args.top_scores = expected.scores.view();
  expected.tied = reference::topk(args);
  for (const int threads : {1, 3}) {
    const Context other = Context::cpu(threads);
    Result got(ctx, c.queries, c.k);
    args.top_items = got.items.view();
    args.top_scores = got.scores.view();
    got.tied = topk(other, args);
    expect_same(got, expected);
  }
  // A query alone gets what it gets within the batch.
  for (const std::int64_t row : {std::int64_t{0}, c.queries / 2, c.queries - 1}) {
    if (c.queries == 0) break;
    Result alone(ctx, 1, c.k);
    TopK one = args;
    one.queries = args.queries.slice(row, row + 1);
    one.top_items = alone.items.view();
    one.top_scores = alone.scores.view();
    Csr row_mask;
    row_mask.columns = c.items;
    if (c.mask) {
      const auto ids = mask.view().row_ids(row);
      row_mask.ids.assign(ids.begin(), ids.end());
      row_mask.offsets.push_back(static_cast<std::int64_t>(ids.size()));
      one.excluded = row_mask.view();
    }
    topk(ctx, one);
    EXPECT_EQ(std::memcmp(alone.items.data(), expected.items.view().row(row), static_cast<std::size_t>(c.k) * 4), 0);
    EXPECT_EQ(std::memcmp(alone.scores.data(), expected.scores.view().row(row), static_cast<std::size_t>(c.k) * 4), 0);
  }
  // The same scores, handed over as rows.
  if (c.items > 0 && c.queries > 0) {
    Tensor<float, 2> scores(ctx, {c.queries, c.items}, "scores");
    for (std::int64_t b = 0; b < c.queries; ++b) {
      for (std::int64_t i = 0; i < c.items; ++i) {
        float sum = 0.0F;
        for (std::int64_t k = 0; k < c.factors; ++k) sum = std::fma(queries.view()(b, k), items.view()(i, k), sum);
        scores.view()(b, i) = c.bias ? sum + bias.data()[i] : sum;
      }
    }
    Result got(ctx, c.queries, c.k);
    got.tied = select_topk(ctx, {.scores = scores.view(),
                                 .excluded = args.excluded,
                                 .allowed = args.allowed,
                                 .top_items = got.items.view(),
                                 .top_scores = got.scores.view()});
    expect_same(got, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, TopKCase,
                         testing::Values(Case{0, 5, 4, 3, false, false, false, 0},      // no query
                                         Case{3, 0, 4, 2, false, false, false, 0},      // no item
                                         Case{1, 1, 1, 1, true, false, false, 0},       //
                                         Case{5, 7, 3, 20, false, true, false, 0},      // k above the catalogue
                                         Case{4, 100, 0, 9, true, true, true, 1},       // no factors: the bias alone
                                         Case{4, 100, 0, 9, false, false, false, 0},    // all scores equal
                                         Case{13, 333, 17, 10, true, true, true, 0},    //
                                         Case{97, 1000, 8, 25, false, true, false, 1},  // many ties
                                         Case{97, 1000, 2, 999, false, true, true, 1},  //
                                         Case{200, 700, 33, 700, true, false, false, 0},
                                         Case{2000, 150, 5, 3, false, true, false, 0}));

TEST(TopK, RanksMoreItemsThanOneSlab) {
  const Context ctx = Context::cpu(2);
  const auto queries = random_matrix(ctx, 20, 128, "q");
  const auto items = random_matrix(ctx, 20000, 128, "y");  // 2.5 slabs
  Result expected(ctx, 20, 50);
  Result got(ctx, 20, 50);
  TopK args{.queries = queries.view(),
            .items = items.view(),
            .top_items = expected.items.view(),
            .top_scores = expected.scores.view()};
  expected.tied = reference::topk(args);
  args.top_items = got.items.view();
  args.top_scores = got.scores.view();
  got.tied = topk(ctx, args);
  expect_same(got, expected);
}

TEST(TopK, NamesTheRowOfANan) {
  const Context ctx = Context::cpu(2);
  auto queries = random_matrix(ctx, 40, 4, "q");
  const auto items = random_matrix(ctx, 60, 4, "y");
  queries.view()(17, 2) = std::nanf("");
  queries.view()(33, 2) = std::nanf("");
  Result got(ctx, 40, 5);
  try {
    topk(ctx, {.queries = queries.view(),
               .items = items.view(),
               .top_items = got.items.view(),
               .top_scores = got.scores.view()});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::divergence);
    EXPECT_NE(std::string(error.what()).find("row 17, item 0"), std::string::npos) << error.what();
  }
}

TEST(SelectTopK, LeavesOutMinusInfinityAndFindsALateNan) {
  const Context ctx = Context::cpu(2);
  Tensor<float, 2> scores(ctx, {1, 70}, "scores");
  for (std::int64_t i = 0; i < 70; ++i) scores.data()[i] = -kInfinity;
  scores.data()[3] = -0.0F;
  scores.data()[65] = 0.0F;
  scores.data()[66] = kInfinity;
  Result got(ctx, 1, 4);
  const SelectTopK args{.scores = scores.view(), .top_items = got.items.view(), .top_scores = got.scores.view()};
  EXPECT_EQ(select_topk(ctx, args), 0);
  EXPECT_EQ(std::vector<std::int32_t>(got.items.data(), got.items.data() + 4),
            (std::vector<std::int32_t>{66, 3, 65, -1}));
  EXPECT_EQ(got.scores.data()[3], -kInfinity);
  scores.data()[69] = std::nanf("");
  EXPECT_THROW(select_topk(ctx, args), Error);
}

TEST(TopK, CountsTiedBoundaries) {
  const Context ctx = Context::cpu(1);
  Tensor<float, 2> scores(ctx, {3, 4}, "scores");
  const float values[12] = {4, 3, 3, 1, 4, 3, 2, 2, 1, 1, 1, 1};
  std::copy_n(values, 12, scores.data());
  Result got(ctx, 3, 2);
  EXPECT_EQ(select_topk(ctx, {.scores = scores.view(), .top_items = got.items.view(), .top_scores = got.scores.view()}),
            2);  // rows 0 and 2
  Result all(ctx, 3, 4);
  EXPECT_EQ(select_topk(ctx, {.scores = scores.view(), .top_items = all.items.view(), .top_scores = all.scores.view()}),
            0);  // nothing is left out
}

TEST(TopK, RefusesShapesThatDoNotFit) {
  const Context ctx = Context::cpu(1);
  const auto queries = random_matrix(ctx, 2, 3, "q");
  const auto items = random_matrix(ctx, 5, 4, "y");
  Result got(ctx, 2, 2);
  EXPECT_THROW(topk(ctx, {.queries = queries.view(),
                          .items = items.view(),
                          .top_items = got.items.view(),
                          .top_scores = got.scores.view()}),
               Error);
  const std::vector<std::int32_t> unordered{3, 1};
  EXPECT_THROW(topk(ctx, {.queries = queries.view(),
                          .items = queries.view(),
                          .allowed = unordered,
                          .top_items = got.items.view(),
                          .top_scores = got.scores.view()}),
               Error);
}

}  // namespace
}  // namespace kindred
