// SPDX-License-Identifier: Apache-2.0
#include "kernels/item_similarity/item_similarity.h"

#include "kernels/core/tensor.h"
#include "kernels/core/testing/interactions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace kindred {
namespace {

using testing_data::Interactions;

constexpr SimilarityWeighting kWeightings[] = {SimilarityWeighting::cosine, SimilarityWeighting::tfidf,
                                               SimilarityWeighting::bm25};

struct Options {
  SimilarityWeighting weighting = SimilarityWeighting::cosine;
  std::int64_t neighbours = 5;
  double shrinkage = 0.0;
  double k1 = 1.2;
  double b = 0.75;
};

struct Neighbours {
  Tensor<std::int32_t, 2> ids;
  Tensor<float, 2> values;
  Tensor<float, 1> norms;
};

Neighbours neighbours_of(const Context& ctx, const Interactions& x, const Options& options) {
  const std::int64_t items = x.by_user.columns;
  Neighbours out{
      {ctx, {items, options.neighbours}, "ids"}, {ctx, {items, options.neighbours}, "values"}, {ctx, {items}, "norms"}};
  item_similarity(ctx, {.x = x.by_user.view(),
                        .x_transposed = x.by_item.view(),
                        .weighting = options.weighting,
                        .shrinkage = options.shrinkage,
                        .bm25_k1 = options.k1,
                        .bm25_b = options.b,
                        .ids = out.ids.view(),
                        .values = out.values.view(),
                        .norms = out.norms.view()});
  return out;
}

// The header's formula by dense loops in double: every s_ij.
std::vector<std::vector<double>> reference(const Interactions& data, const Options& options) {
  const CsrView x = data.by_user.view();
  const auto items = static_cast<std::size_t>(x.columns);
  const auto users = static_cast<std::size_t>(x.rows);
  std::vector<std::vector<double>> a(users, std::vector<double>(items));
  std::vector<double> length(items);
  double total = 0.0;
  for (std::size_t u = 0; u < users; ++u) {
    for (std::int64_t e = x.begin(static_cast<std::int64_t>(u)); e < x.end(static_cast<std::int64_t>(u)); ++e) {
      const double value = std::max(0.0F, x.value(e));
      a[u][static_cast<std::size_t>(x.ids(e))] = value;
      length[static_cast<std::size_t>(x.ids(e))] += value;
      total += value;
    }
  }
  for (std::size_t u = 0; u < users; ++u) {
    const double idf = std::log(static_cast<double>(items)) -
                       std::log(1.0 + static_cast<double>(x.length(static_cast<std::int64_t>(u))));
    for (std::size_t i = 0; i < items; ++i) {
      double& value = a[u][i];
      if (value == 0.0) continue;
      const double relative = length[i] / (total / static_cast<double>(items));
      if (options.weighting == SimilarityWeighting::tfidf) value = std::sqrt(value) * idf;
      if (options.weighting == SimilarityWeighting::bm25) {
        value = value * (options.k1 + 1) / (value + options.k1 * (1 - options.b + options.b * relative)) * idf;
      }
    }
  }
  std::vector<std::vector<double>> s(items, std::vector<double>(items));
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      double dot = 0.0;
      double ii = 0.0;
      double jj = 0.0;
      for (std::size_t u = 0; u < users; ++u) {
        dot += a[u][i] * a[u][j];
        ii += a[u][i] * a[u][i];
        jj += a[u][j] * a[u][j];
      }
      const double scale = std::sqrt(ii) * std::sqrt(jj);
      if (i == j || scale == 0.0) continue;
      const double shrunk = scale / (scale + options.shrinkage);
      s[i][j] = (options.weighting == SimilarityWeighting::bm25 ? dot : dot / scale) * shrunk;
    }
  }
  return s;
}

class ItemSimilarityCase : public testing::TestWithParam<std::tuple<SimilarityWeighting, double, std::pair<int, int>>> {
};

TEST_P(ItemSimilarityCase, AgreesWithTheDefinition) {
  const auto [weighting, shrinkage, shape] = GetParam();
  const Interactions x = testing_data::random_interactions(shape.first, shape.second, 0.3);
  for (const std::int64_t wanted : {0, 1, 7, shape.second + 1}) {
    const Options options{weighting, wanted, shrinkage, 1.7, 0.4};
    const auto s = reference(x, options);
    const Neighbours got = neighbours_of(Context::cpu(2), x, options);
    for (std::int64_t i = 0; i < shape.second; ++i) {
      const auto& row = s[static_cast<std::size_t>(i)];
      std::int64_t similar = 0;
      for (const double value : row) similar += static_cast<std::int64_t>(value > 0.0);
      std::vector<double> sorted(row);
      std::sort(sorted.rbegin(), sorted.rend());
      for (std::int64_t n = 0; n < wanted; ++n) {
        const std::int32_t id = got.ids.view()(i, n);
        const float value = got.values.view()(i, n);
        if (n >= similar) {
          EXPECT_EQ(id, -1);
          EXPECT_EQ(value, 0.0F);
          continue;
        }
        ASSERT_TRUE(id >= 0 && id < shape.second && id != i) << id;
        EXPECT_NEAR(value, row[static_cast<std::size_t>(id)], 1e-5 * std::abs(value)) << i << ", " << id;
        EXPECT_NEAR(value, sorted[static_cast<std::size_t>(n)], 1e-5 * std::abs(value)) << i << ", place " << n;
        if (n > 0) {
          const float previous = got.values.view()(i, n - 1);
          EXPECT_TRUE(previous > value || (previous == value && got.ids.view()(i, n - 1) < id)) << i << ", " << n;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ItemSimilarityCase,
                         testing::Combine(testing::ValuesIn(kWeightings), testing::Values(0.0, 20.0),
                                          testing::Values(std::pair{0, 0}, std::pair{0, 3}, std::pair{5, 1},
                                                          std::pair{2, 9}, std::pair{40, 33}, std::pair{90, 70})));

// Made with implicit 0.7.3 on the ratings of ml-100k as float64, row = id - 1, K = 101:
// {Cosine,TFIDF,BM25}Recommender(K=101).fit(X), similar_items(item, 6), without the item itself.
struct Golden {
  SimilarityWeighting weighting;
  std::int32_t item;
  std::vector<std::pair<std::int32_t, double>> neighbours;
};

TEST(ItemSimilarity, AgreesWithImplicitOnMovielens100k) {
  const auto x = testing_data::movielens_100k();
  if (!x) GTEST_SKIP() << "needs KINDRED_DATA with ml-100k/u.data.zst";
  const Golden golden[] = {
      {kWeightings[0], 0, {{49, 0.7345721}, {180, 0.699925}, {120, 0.6897856}, {116, 0.6645548}, {404, 0.6413218}}},
      {kWeightings[0], 49, {{180, 0.8844757}, {173, 0.7648851}, {171, 0.7498192}, {0, 0.7345721}, {126, 0.6973318}}},
      {kWeightings[0], 1200, {{1195, 0.7427814}, {1197, 0.5661385}, {1201, 0.4811252}, {963, 0.4724556}}},
      {kWeightings[0], 1681, {{766, 0.4780914}, {1334, 0.4239992}, {1596, 0.4120817}, {592, 0.328798}}},
      {kWeightings[1], 0, {{49, 0.6706355}, {120, 0.6404961}, {116, 0.6317736}, {180, 0.6293249}, {150, 0.5928191}}},
      {kWeightings[1], 49, {{180, 0.8439412}, {0, 0.6706355}, {126, 0.6601805}, {173, 0.6513243}, {171, 0.6296054}}},
      {kWeightings[1], 1200, {{1195, 0.6320564}, {1197, 0.5094915}, {1204, 0.3827133}, {1201, 0.371816}}},
      {kWeightings[1], 1681, {{766, 0.3547841}, {1596, 0.3490439}, {1334, 0.2642583}, {1427, 0.2569005}}},
      {kWeightings[2], 0, {{49, 1268.325}, {116, 1218.069}, {120, 1206.084}, {180, 1193.527}, {236, 1158.375}}},
      {kWeightings[2], 49, {{180, 1567.061}, {0, 1268.325}, {126, 1251.396}, {256, 1171.17}, {99, 1154.282}}},
      {kWeightings[2], 1200, {{1197, 12.47933}, {1201, 12.42009}, {1195, 12.41283}, {963, 12.40046}}},
      {kWeightings[2], 1681, {{766, 11.04761}, {1334, 10.99407}, {592, 10.89899}, {1596, 10.84358}}},
  };
  std::map<SimilarityWeighting, Neighbours> computed;
  for (const Golden& expected : golden) {
    if (computed.count(expected.weighting) == 0) {
      computed.emplace(expected.weighting, neighbours_of(Context::cpu(2), *x, {expected.weighting, 100}));
    }
    const Neighbours& got = computed.at(expected.weighting);
    for (std::size_t n = 0; n < expected.neighbours.size(); ++n) {
      const auto [id, value] = expected.neighbours[n];
      EXPECT_EQ(got.ids.view()(expected.item, static_cast<std::int64_t>(n)), id) << expected.item << ", place " << n;
      EXPECT_NEAR(got.values.view()(expected.item, static_cast<std::int64_t>(n)), value, 5e-7 * value);
    }
  }
}

TEST(ItemSimilarity, GivesTheSameBitsForAnyNumberOfThreads) {
  const Interactions x = testing_data::random_interactions(300, 200, 0.2);
  for (const SimilarityWeighting weighting : kWeightings) {
    const Neighbours one = neighbours_of(Context::cpu(1), x, {weighting, 9, 3.0});
    const Neighbours four = neighbours_of(Context::cpu(4), x, {weighting, 9, 3.0});
    EXPECT_EQ(std::memcmp(one.ids.data(), four.ids.data(), static_cast<std::size_t>(one.ids.bytes())), 0);
    EXPECT_EQ(std::memcmp(one.values.data(), four.values.data(), static_cast<std::size_t>(one.values.bytes())), 0);
    EXPECT_EQ(std::memcmp(one.norms.data(), four.norms.data(), static_cast<std::size_t>(one.norms.bytes())), 0);
  }
}

TEST(ItemSimilarity, OfEqualColumnsIsOneAndTiesAreInItemOrder) {
  std::vector<testing_data::Entry> entries;
  for (std::int64_t user = 0; user < 3; ++user) {
    for (std::int64_t item = 0; item < 4; ++item) entries.emplace_back(user, item, 2.0F);
  }
  const Interactions x = testing_data::make_interactions(3, 5, entries);
  const Neighbours got = neighbours_of(Context::cpu(1), x, {SimilarityWeighting::cosine, 2});
  EXPECT_EQ(got.ids.view()(0, 0), 1);
  EXPECT_EQ(got.ids.view()(0, 1), 2);
  EXPECT_EQ(got.ids.view()(3, 0), 0);
  EXPECT_FLOAT_EQ(got.values.view()(0, 0), 1.0F);
  EXPECT_EQ(got.ids.view()(4, 0), -1);  // the item without events
}

TEST(ItemSimilarity, NamesTheShapesThatDoNotFit) {
  const Context ctx = Context::cpu(1);
  const Interactions x = testing_data::random_interactions(4, 6, 0.5);
  Tensor<std::int32_t, 2> ids(ctx, {5, 2}, "ids");
  Tensor<float, 2> values(ctx, {5, 2}, "values");
  Tensor<float, 1> norms(ctx, {6}, "norms");
  EXPECT_THROW(item_similarity(ctx, {.x = x.by_user.view(),
                                     .x_transposed = x.by_item.view(),
                                     .ids = ids.view(),
                                     .values = values.view(),
                                     .norms = norms.view()}),
               Error);
}

}  // namespace
}  // namespace kindred
