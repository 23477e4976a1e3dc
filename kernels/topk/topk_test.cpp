// SPDX-License-Identifier: Apache-2.0
#include "kernels/topk/topk.h"

#include "kernels/core/device_csr.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace kindred {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A matrix of the host's; bias vectors are one row.
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
  View<const float, 2> view() const { return {values.data(), {rows, columns}}; }
  View<const float, 1> vector() const { return {values.data(), {columns}}; }
  float& operator()(std::int64_t row, std::int64_t column) {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
};

// Random values; `steps` > 0 rounds them so that many scores are equal.
Matrix random_matrix(std::int64_t rows, std::int64_t columns, const char* purpose, int steps = 0) {
  Matrix x{rows, columns, std::vector<float>(static_cast<std::size_t>(rows * columns))};
  const Random random(3, purpose);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const float value = random.normal(i);
    x.values[i] = steps > 0 ? std::round(value * static_cast<float>(steps)) : value;
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

// Results on the host.
struct Result {
  std::vector<std::int32_t> items;
  std::vector<float> scores;
  std::int64_t tied = 0;
  std::int64_t unscreened = -1;
  Result(std::int64_t rows, std::int64_t k) {
    items.resize(static_cast<std::size_t>(rows * k));
    scores.resize(static_cast<std::size_t>(rows * k));
  }
};

// Everything that a call takes, on the host; `bias`, `mask` and `allowed` may be empty.
struct Inputs {
  Matrix queries;
  Matrix items;
  Matrix bias;
  Csr mask;
  std::vector<std::int32_t> allowed;
  std::int64_t k = 1;
};

Result reference_topk(const Inputs& in) {
  Result result(in.queries.rows, in.k);
  TopK args{.queries = in.queries.view(), .items = in.items.view(), .excluded = in.mask.view(), .allowed = in.allowed};
  if (!in.bias.values.empty()) args.item_bias = in.bias.vector();
  args.top_items = {result.items.data(), {in.queries.rows, in.k}};
  args.top_scores = {result.scores.data(), {in.queries.rows, in.k}};
  result.tied = reference::topk(args);
  return result;
}

Result topk_on(const Context& ctx, const Inputs& in) {
  const auto queries = Tensor<float, 2>::from_host(ctx, in.queries.view(), "q");
  const auto items = Tensor<float, 2>::from_host(ctx, in.items.view(), "y");
  const auto bias = Tensor<float, 1>::from_host(ctx, in.bias.vector(), "bias");
  const DeviceCsr mask(ctx, in.mask.view(), "mask");
  Tensor<std::int32_t, 2> top_items(ctx, {in.queries.rows, in.k}, "top");
  Tensor<float, 2> top_scores(ctx, {in.queries.rows, in.k}, "top");
  Result result(in.queries.rows, in.k);
  TopK args{.queries = queries.view(),
            .items = items.view(),
            .excluded = mask.view(),
            .allowed = in.allowed,
            .top_items = top_items.view(),
            .top_scores = top_scores.view(),
            .unscreened_rows = &result.unscreened};
  if (!in.bias.values.empty()) args.item_bias = bias.view();
  result.tied = topk(ctx, args);
  result.items = top_items.to_host(ctx);
  result.scores = top_scores.to_host(ctx);
  return result;
}

Result select_topk_on(const Context& ctx, const Matrix& scores, std::int64_t k, const Csr& excluded = {},
                      const std::vector<std::int32_t>& allowed = {}) {
  const auto device_scores = Tensor<float, 2>::from_host(ctx, scores.view(), "scores");
  const DeviceCsr mask(ctx, excluded.view(), "mask");
  Tensor<std::int32_t, 2> top_items(ctx, {scores.rows, k}, "top");
  Tensor<float, 2> top_scores(ctx, {scores.rows, k}, "top");
  Result result(scores.rows, k);
  result.tied = select_topk(ctx, {.scores = device_scores.view(),
                                  .excluded = mask.view(),
                                  .allowed = allowed,
                                  .top_items = top_items.view(),
                                  .top_scores = top_scores.view()});
  result.items = top_items.to_host(ctx);
  result.scores = top_scores.to_host(ctx);
  return result;
}

template <typename T>
bool same_bits(const T* a, const T* b, std::size_t count) {
  return count == 0 || std::memcmp(a, b, count * sizeof(T)) == 0;
}

void expect_same(const Result& got, const Result& expected) {
  ASSERT_EQ(got.items.size(), expected.items.size());
  EXPECT_EQ(got.tied, expected.tied);
  EXPECT_EQ(got.items, expected.items);
  EXPECT_TRUE(same_bits(got.scores.data(), expected.scores.data(), expected.scores.size()));
}

struct Case {
  std::int64_t queries, items, factors, k;
  bool bias, mask, allow;
  int steps;
};

Inputs make_inputs(const Case& c) {
  Inputs in;
  in.queries = random_matrix(c.queries, c.factors, "q", c.steps);
  in.items = random_matrix(c.items, c.factors, "y", c.steps);
  if (c.bias) in.bias = random_matrix(1, c.items, "bias", c.steps);
  if (c.mask) in.mask = random_mask(c.queries, c.items);
  for (std::int32_t item = 0; c.allow && item < c.items; ++item) {
    if (item % 3 != 1) in.allowed.push_back(item);
  }
  in.k = c.k;
  return in;
}

class TopKCase : public testing::TestWithParam<std::tuple<std::string, Case>> {
 protected:
  void SetUp() override { skip_without_device(std::get<0>(GetParam())); }
};

std::string case_name(const testing::TestParamInfo<std::tuple<std::string, Case>>& info) {
  const Case& c = std::get<1>(info.param);
  return fmt::format("{}_{}x{}x{}_k{}{}{}{}{}", std::get<0>(info.param), c.queries, c.items, c.factors, c.k,
                     c.bias ? "_bias" : "", c.mask ? "_mask" : "", c.allow ? "_allow" : "", c.steps > 0 ? "_ties" : "");
}

TEST_P(TopKCase, IsTheReferenceBitForBit) {
  const auto& [device, c] = GetParam();
  const Inputs in = make_inputs(c);
  const Result expected = reference_topk(in);
  for (const int threads : {1, 3}) {
    expect_same(topk_on(make_context(device, 0, threads), in), expected);
    if (device != "cpu") break;  // the threads are the host's
  }
  const Context ctx = make_context(device);
  // A query alone gets what it gets within the batch.
  for (const std::int64_t row : {std::int64_t{0}, c.queries / 2, c.queries - 1}) {
    if (c.queries == 0) break;
    Inputs one = in;
    const auto query = in.queries.values.begin() + row * c.factors;
    one.queries = {1, c.factors, std::vector<float>(query, query + c.factors)};
    if (c.mask) {
      const auto ids = in.mask.view().row_ids(row);
      one.mask = {{0, static_cast<std::int64_t>(ids.size())}, {ids.begin(), ids.end()}, c.items};
    }
    const Result alone = topk_on(ctx, one);
    const auto k = static_cast<std::size_t>(c.k);
    const std::size_t first = static_cast<std::size_t>(row) * k;
    EXPECT_TRUE(same_bits(alone.items.data(), expected.items.data() + first, k)) << "row " << row;
    EXPECT_TRUE(same_bits(alone.scores.data(), expected.scores.data() + first, k)) << "row " << row;
  }
  // The same scores, handed over as rows.
  if (c.items > 0 && c.queries > 0) {
    Matrix scores{c.queries, c.items, std::vector<float>(static_cast<std::size_t>(c.queries * c.items))};
    for (std::int64_t b = 0; b < c.queries; ++b) {
      for (std::int64_t i = 0; i < c.items; ++i) {
        float sum = 0.0F;
        for (std::int64_t k = 0; k < c.factors; ++k) {
          sum = std::fma(in.queries.view()(b, k), in.items.view()(i, k), sum);
        }
        scores(b, i) = c.bias ? sum + in.bias.vector()(i) : sum;
      }
    }
    expect_same(select_topk_on(ctx, scores, c.k, in.mask, in.allowed), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, TopKCase,
    testing::Combine(devices(), testing::Values(Case{0, 5, 4, 3, false, false, false, 0},      // no query
                                                Case{3, 0, 4, 2, false, false, false, 0},      // no item
                                                Case{1, 1, 1, 1, true, false, false, 0},       //
                                                Case{5, 7, 3, 20, false, true, false, 0},      // k above the catalogue
                                                Case{4, 100, 0, 9, true, true, true, 1},       // no factors: the bias
                                                Case{4, 100, 0, 9, false, false, false, 0},    // all scores equal
                                                Case{13, 333, 17, 10, true, true, true, 0},    //
                                                Case{49, 1000, 8, 25, false, true, false, 1},  // many ties
                                                Case{37, 1000, 2, 999, false, true, true, 1},  //
                                                Case{33, 700, 33, 700, true, false, false, 0},
                                                Case{129, 129, 20, 1, false, true, false, 0},   // tiles and one more
                                                Case{5, 9500, 24, 100, true, true, false, 0},   //
                                                Case{6, 2049, 16, 20, false, false, false, 1},  // ties within a bound
                                                Case{520, 150, 5, 3, false, true, false, 0})),
    case_name);

class TopKOnDevice : public OnDevice {};
INSTANTIATE_TEST_SUITE_P(Devices, TopKOnDevice, devices(), device_name);

TEST_P(TopKOnDevice, RanksMoreItemsThanOneSlab) {
  Inputs in;
  in.queries = random_matrix(20, 128, "q");
  in.items = random_matrix(GetParam() == "cpu" ? 20000 : 4500, 128, "y");  // 2.5 slabs on the CPU
  in.k = 50;
  expect_same(topk_on(context(), in), reference_topk(in));
}

// More places than fit into shared memory: the buffers of keys move to global memory on CUDA.
TEST_P(TopKOnDevice, RanksThousandsOfPlaces) {
  Matrix scores = random_matrix(2, 14000, "scores");
  for (std::int64_t item = 100; item < 200; ++item) scores(1, item) = 0.25F;
  for (const std::int64_t k : {1000, 6000}) {
    Result expected(2, k);
    expected.tied = reference::select_topk({.scores = scores.view(),
                                            .top_items = {expected.items.data(), {2, k}},
                                            .top_scores = {expected.scores.data(), {2, k}}});
    expect_same(select_topk_on(context(), scores, k), expected);
  }
}

// Ordinary rows are settled by screening on CUDA; rows that it cannot settle get the exact path, and the same result.
TEST_P(TopKOnDevice, ReportsTheRowsThatScreeningLeaves) {
  const bool screens = GetParam() == "cuda";
  Inputs in;
  in.queries = random_matrix(8, 18, "q");
  in.items = random_matrix(4500, 18, "y");
  in.bias = random_matrix(1, 4500, "bias");
  in.bias(0, 7) = -kInfinity;  // never ranked
  in.k = 10;
  Result got = topk_on(context(), in);
  expect_same(got, reference_topk(in));
  EXPECT_EQ(got.unscreened, 0);

  for (std::int64_t k = 0; k < 18; ++k) {
    in.queries(3, k) = 0.0F;
    in.queries(4, k) *= 0x1.0p-100F;
    in.queries(5, k) *= 0x1.0p60F;
  }
  in.bias = {};  // all scores of row 3 are equal
  got = topk_on(context(), in);
  expect_same(got, reference_topk(in));
  EXPECT_EQ(got.unscreened, screens ? 3 : 0);

  in.items(8, 8) = 0x1.0p127F;  // the scores of item 8 may overflow: nothing can be bounded
  got = topk_on(context(), in);
  expect_same(got, reference_topk(in));
  EXPECT_EQ(got.unscreened, screens ? 8 : 0);
}

// Items so alike that half precision cannot tell them apart.
TEST_P(TopKOnDevice, TellsNearlyEqualItemsApart) {
  Inputs in;
  in.queries = random_matrix(8, 32, "q");
  in.items = random_matrix(900, 32, "y");
  const Random random(5, "nudge");
  for (std::int64_t item = 0; item < 300; ++item) {
    for (std::int64_t k = 0; k < 32; ++k) {
      const double nudge = 1e-6 * random.uniform(static_cast<std::uint64_t>(item * 32 + k));
      in.items(item, k) = in.items(0, k) + static_cast<float>(nudge);
    }
  }
  for (const std::int64_t k : {5, 40}) {
    in.k = k;
    expect_same(topk_on(context(), in), reference_topk(in));
  }
}

// The best of each query differ by less than half precision keeps, and some of them must be left out.
TEST_P(TopKOnDevice, OrdersWhatHalfPrecisionConfuses) {
  Inputs in;
  in.queries = random_matrix(12, 32, "q");
  in.items = random_matrix(600, 32, "y");
  const Matrix base = random_matrix(1, 32, "base");
  const Matrix nudge = random_matrix(60, 32, "nudge");
  for (std::int64_t k = 0; k < 32; ++k) {
    for (std::int64_t row = 0; row < 12; ++row) in.queries(row, k) = base.view()(0, k) + 0.1F * in.queries(row, k);
    for (std::int64_t item = 0; item < 60; ++item) {
      in.items(item, k) = 3.0F * base.view()(0, k) + 2e-4F * nudge.view()(item, k);
    }
  }
  in.k = 20;
  const Result got = topk_on(context(), in);
  expect_same(got, reference_topk(in));
  EXPECT_EQ(got.unscreened, 0);
}

TEST_P(TopKOnDevice, NamesTheRowOfANan) {
  for (const std::int64_t factors : {4, 24}) {
    Inputs in;
    in.queries = random_matrix(40, factors, "q");
    in.items = random_matrix(60, factors, "y");
    in.queries(17, 2) = std::nanf("");
    in.queries(33, 2) = std::nanf("");
    in.k = 5;
    try {
      topk_on(context(), in);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::divergence);
      EXPECT_NE(std::string(error.what()).find("row 17, item 0"), std::string::npos) << error.what();
    }
  }
}

TEST_P(TopKOnDevice, ExcludedNansAreNoErrors) {
  Matrix scores = random_matrix(1, 50, "scores");
  scores(0, 20) = std::nanf("");
  Csr mask{{0, 1}, {20}, 50};
  EXPECT_NO_THROW(select_topk_on(context(), scores, 5, mask));
  EXPECT_NO_THROW(select_topk_on(context(), scores, 5, {}, {1, 19, 21, 49}));
  mask.ids = {19};
  EXPECT_THROW(select_topk_on(context(), scores, 5, mask), Error);
}

TEST_P(TopKOnDevice, LeavesOutMinusInfinityAndFindsALateNan) {
  Matrix scores{1, 70, std::vector<float>(70, -kInfinity)};
  scores(0, 3) = -0.0F;
  scores(0, 65) = 0.0F;
  scores(0, 66) = kInfinity;
  const Result got = select_topk_on(context(), scores, 4);
  EXPECT_EQ(got.tied, 0);
  EXPECT_EQ(got.items, (std::vector<std::int32_t>{66, 3, 65, -1}));
  EXPECT_EQ(got.scores, (std::vector<float>{kInfinity, 0.0F, 0.0F, -kInfinity}));
  EXPECT_FALSE(std::signbit(got.scores[1]));
  scores(0, 69) = std::nanf("");
  EXPECT_THROW(select_topk_on(context(), scores, 4), Error);
}

TEST_P(TopKOnDevice, RanksTheMostNegativeScores) {
  Matrix scores{1, 3000, std::vector<float>(3000)};
  for (std::int64_t item = 0; item < 3000; ++item) scores(0, item) = -3e38F - 1e34F * static_cast<float>(item % 3000);
  const Result got = select_topk_on(context(), scores, 2);
  EXPECT_EQ(got.items, (std::vector<std::int32_t>{0, 1}));
}

TEST_P(TopKOnDevice, CountsTiedBoundaries) {
  const Matrix scores{3, 4, {4, 3, 3, 1, 4, 3, 2, 2, 1, 1, 1, 1}};
  EXPECT_EQ(select_topk_on(context(), scores, 2).tied, 2);  // rows 0 and 2
  EXPECT_EQ(select_topk_on(context(), scores, 4).tied, 0);  // nothing is left out
}

TEST_P(TopKOnDevice, RefusesShapesThatDoNotFit) {
  Inputs in;
  in.queries = random_matrix(2, 3, "q");
  in.items = random_matrix(5, 4, "y");
  EXPECT_THROW(topk_on(context(), in), Error);
  in.items = random_matrix(5, 3, "y");
  in.allowed = {3, 1};
  EXPECT_THROW(topk_on(context(), in), Error);
}

}  // namespace
}  // namespace kindred
