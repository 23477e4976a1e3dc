// SPDX-License-Identifier: Apache-2.0
// popularity, item_knn and ease behind the Model interface.
#include "kernels/core/tensor.h"
#include "kernels/core/testing/interactions.h"
#include "trainer/data/testing/make_dataset.h"
#include "trainer/models/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <set>

namespace kindred {
namespace {

TestDataset description_of(const testing_data::Interactions& x, bool timestamps = false) {
  TestDataset description;
  const CsrView train = x.by_user.view();
  for (std::int64_t user = 0; user < train.rows; ++user) {
    for (std::int64_t e = train.begin(user); e < train.end(user); ++e) {
      description.train.push_back(
          {static_cast<std::int32_t>(user), train.ids(e), train.value(e), 1000 + e * 389 % 997});
    }
  }
  description.num_users = train.rows;
  description.num_items = train.columns;
  description.timestamps = timestamps;
  return description;
}

std::shared_ptr<const Dataset> dataset_of(const testing_data::Interactions& x) {
  return make_dataset(description_of(x));
}

ModelConfig config_of(ModelType type, ItemKnnWeighting weighting = ItemKnnWeighting::cosine) {
  ModelConfig config;
  config.type = type;
  config.item_knn = {.neighbours = 8, .weighting = weighting, .shrinkage = 2.0};
  config.ease.regularization = 20.0;
  return config;
}

std::unique_ptr<Model> trained(const Context& ctx, const ModelConfig& config, std::shared_ptr<const Dataset> data) {
  auto model = make_model(ctx, config, std::move(data));
  for (std::int64_t epoch = 0; epoch < model->epochs(); ++epoch) model->train_epoch(ctx, epoch);
  model->finish_training(ctx);
  return model;
}

struct Ranking {
  std::vector<std::int32_t> items;
  std::vector<float> scores;
  std::int64_t tied_boundaries = 0;
  bool operator==(const Ranking&) const = default;
};

Ranking rank(const Context& ctx, const Model& model, const std::vector<std::int32_t>& users, const CsrView& history,
             const CsrView& masked, std::int64_t k, std::span<const std::int32_t> allowed = {}) {
  const auto n = static_cast<std::int64_t>(users.size());
  Ranking out{std::vector<std::int32_t>(static_cast<std::size_t>(n * k), -7),
              std::vector<float>(static_cast<std::size_t>(n * k)), 0};
  RankResult result{{out.items.data(), {n, k}}, {out.scores.data(), {n, k}}};
  model.rank(ctx, {.users = {users.data(), {n}}, .history = history, .masked = masked, .allowed_items = allowed},
             result);
  out.tied_boundaries = result.tied_boundaries;
  return out;
}

std::vector<std::int32_t> all_users(const CsrView& train) {
  std::vector<std::int32_t> users;
  for (std::int64_t user = 0; user < train.rows; ++user) users.push_back(static_cast<std::int32_t>(user));
  return users;
}

// One row of a matrix as a matrix.
struct OneRow {
  std::vector<std::int64_t> offsets;
  CsrView view;
  OneRow(const CsrView& matrix, std::int64_t row) : offsets{0, matrix.length(row)} {
    view = {1, matrix.columns, {offsets.data(), {2}}, matrix.ids.slice(matrix.begin(row), matrix.end(row)), {}};
    if (matrix.has_values()) view.values = matrix.values.slice(matrix.begin(row), matrix.end(row));
  }
};

class HistoryModels : public testing::TestWithParam<ModelConfig> {
 protected:
  Context ctx_ = Context::cpu(2);
  testing_data::Interactions x_ = testing_data::random_interactions(60, 40, 0.25);
  std::shared_ptr<const Dataset> data_ = dataset_of(x_);
};

TEST_P(HistoryModels, ExplainTheScoreByTheHistory) {
  const auto model = trained(ctx_, GetParam(), data_);
  const Ranking ranking = rank(ctx_, *model, all_users(data_->train()), data_->train(), {}, 40);
  for (std::int32_t user = 0; user < 60; ++user) {
    const OneRow history(data_->train(), user);
    for (std::size_t place = 0; place < 40; place += 3) {
      const std::size_t at = static_cast<std::size_t>(user) * 40 + place;
      const auto contributions = model->explain(
          ctx_, {.users = {&user, {1}}, .history = history.view, .masked = {}, .allowed_items = {}}, ranking.items[at]);
      ASSERT_EQ(static_cast<std::int64_t>(contributions.size()), history.view.nnz());
      double sum = 0.0;
      double size = 0.0;
      for (const Contribution& contribution : contributions) {
        sum += contribution.value;
        size += std::abs(contribution.value);
      }
      EXPECT_NEAR(sum, ranking.scores[at], 1e-6 * size) << user << ", " << ranking.items[at];
    }
  }
}

TEST_P(HistoryModels, RankStrangersLikeTrainedUsersOfTheSameHistory) {
  const auto model = trained(ctx_, GetParam(), data_);
  EXPECT_EQ(rank(ctx_, *model, all_users(data_->train()), data_->train(), data_->train(), 10),
            rank(ctx_, *model, std::vector<std::int32_t>(60, -1), data_->train(), data_->train(), 10));
}

TEST_P(HistoryModels, OfferTheWholeCatalogueInItemOrderToUsersWithoutHistory) {
  const auto model = trained(ctx_, GetParam(), data_);
  ASSERT_EQ(data_->train().length(2), 0);
  const OneRow nothing(data_->train(), 2);
  const Ranking ranking = rank(ctx_, *model, {2}, nothing.view, {}, 4);
  EXPECT_EQ(ranking.items, (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(ranking.scores, std::vector<float>(4, 0.0F));
  EXPECT_EQ(ranking.tied_boundaries, 1);
}

TEST_P(HistoryModels, FindSimilarItemsInOrderAndNeverTheItemItself) {
  const auto model = trained(ctx_, GetParam(), data_);
  for (std::int32_t item = 0; item < 40; ++item) {
    std::vector<std::int32_t> items;
    std::vector<float> similarities;
    model->similar(ctx_, item, 5, items, similarities);
    ASSERT_EQ(items.size(), similarities.size());
    ASSERT_LE(items.size(), 5U);
    if (data_->train_transposed().length(item) > 3) {
      EXPECT_FALSE(items.empty()) << item;
    }
    for (std::size_t n = 0; n < items.size(); ++n) {
      EXPECT_NE(items[n], item);
      EXPECT_LE(std::abs(similarities[n]), 1.0F);
      if (n > 0) {
        EXPECT_GE(similarities[n - 1], similarities[n]);
      }
    }
  }
  std::vector<std::int32_t> items;
  std::vector<float> similarities;
  EXPECT_THROW(model->similar(ctx_, 40, 5, items, similarities), Error);
}

class Models : public HistoryModels {};

TEST_P(Models, AreRestoredByTheirParameters) {
  const auto model = trained(ctx_, GetParam(), data_);
  const auto fresh = make_model(ctx_, GetParam(), data_);
  const auto from = model->parameters();
  const auto to = fresh->parameters();
  ASSERT_EQ(from.size(), to.size());
  for (std::size_t p = 0; p < from.size(); ++p) {
    ASSERT_EQ(from[p].name, to[p].name);
    ASSERT_EQ(from[p].shape, to[p].shape);
    std::memcpy(to[p].data, from[p].data, static_cast<std::size_t>(from[p].bytes()));
  }
  const auto users = all_users(data_->train());
  EXPECT_EQ(rank(ctx_, *model, users, data_->train(), {}, 40), rank(ctx_, *fresh, users, data_->train(), {}, 40));
}

TEST_P(Models, GiveTheSameBitsForAnyNumberOfThreads) {
  const Context one = Context::cpu(1);
  const Context four = Context::cpu(4);
  const auto users = all_users(data_->train());
  EXPECT_EQ(rank(one, *trained(one, GetParam(), data_), users, data_->train(), data_->train(), 10),
            rank(four, *trained(four, GetParam(), data_), users, data_->train(), data_->train(), 10));
}

TEST_P(Models, RankOnlyWhatIsAllowedAndNotMasked) {
  const auto model = trained(ctx_, GetParam(), data_);
  const std::vector<std::int32_t> allowed{1, 4, 9, 16, 25, 36};
  const Ranking ranking = rank(ctx_, *model, all_users(data_->train()), data_->train(), data_->train(), 7, allowed);
  for (std::int64_t user = 0; user < 60; ++user) {
    const auto seen = data_->train().row_ids(user);
    std::set<std::int32_t> expected(allowed.begin(), allowed.end());
    for (const std::int32_t item : seen) expected.erase(item);
    std::set<std::int32_t> got(ranking.items.begin() + user * 7, ranking.items.begin() + user * 7 + 7);
    got.erase(-1);
    EXPECT_EQ(got, expected) << user;
    EXPECT_EQ(ranking.items[static_cast<std::size_t>(user * 7 + 6)], -1);
    EXPECT_EQ(ranking.scores[static_cast<std::size_t>(user * 7 + 6)], -std::numeric_limits<float>::infinity());
  }
}

TEST_P(Models, TrainAndRankOnTheSmallestData) {
  for (const auto& [users, items] : {std::pair{1, 1}, {2, 1}, {1, 2}}) {
    TestDataset description;
    description.train = {{0, 0, 1.0F, 0}};
    description.num_users = users;
    description.num_items = items;
    const auto data = make_dataset(description);
    const auto model = trained(ctx_, GetParam(), data);
    const Ranking ranking = rank(ctx_, *model, all_users(data->train()), data->train(), {}, 3);
    EXPECT_EQ(std::set<std::int32_t>(ranking.items.begin(), ranking.items.begin() + items).count(-1), 0U);
    EXPECT_EQ(ranking.items[static_cast<std::size_t>(items)], -1);
  }
}

std::vector<ModelConfig> history_models() {
  return {config_of(ModelType::item_knn, ItemKnnWeighting::cosine),
          config_of(ModelType::item_knn, ItemKnnWeighting::bm25),
          config_of(ModelType::item_knn, ItemKnnWeighting::tfidf), config_of(ModelType::ease)};
}
std::vector<ModelConfig> all_baselines() {
  auto configs = history_models();
  configs.push_back(config_of(ModelType::popularity));
  return configs;
}
std::string name_of(const testing::TestParamInfo<ModelConfig>& info) {
  const char* weightings[] = {"_cosine", "_bm25", "_tfidf"};
  switch (info.param.type) {
    case ModelType::popularity:
      return "popularity";
    case ModelType::ease:
      return "ease";
    default:
      return std::string("item_knn") + weightings[static_cast<int>(info.param.item_knn.weighting)];
  }
}
INSTANTIATE_TEST_SUITE_P(All, HistoryModels, testing::ValuesIn(history_models()), name_of);
INSTANTIATE_TEST_SUITE_P(All, Models, testing::ValuesIn(all_baselines()), name_of);

TEST(PopularityModel, CountsPositiveEventsAndDecaysThemByAge) {
  TestDataset description;
  constexpr std::int64_t kDay_s = 86400;
  description.train = {{0, 0, 1, 0},           {1, 0, 2, 0},           {2, 0, 1, 0},           {0, 1, 1, 20 * kDay_s},
                       {1, 1, 1, 10 * kDay_s}, {0, 2, 5, 20 * kDay_s}, {1, 2, -5, 20 * kDay_s}};
  description.num_items = 4;
  description.timestamps = true;
  const auto data = make_dataset(description);
  const Context ctx = Context::cpu(1);
  ModelConfig config = config_of(ModelType::popularity);
  Ranking ranking = rank(ctx, *trained(ctx, config, data), {-1}, OneRow(data->train(), 0).view, {}, 4);
  EXPECT_EQ(ranking.items, (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(ranking.scores, (std::vector<float>{3, 2, 1, 0}));
  config.popularity.half_life_days = 10.0;
  ranking = rank(ctx, *trained(ctx, config, data), {-1}, OneRow(data->train(), 0).view, {}, 4);
  EXPECT_EQ(ranking.items, (std::vector<std::int32_t>{1, 2, 0, 3}));
  EXPECT_EQ(ranking.scores, (std::vector<float>{1.5, 1.0, 0.75, 0}));
}

TEST(PopularityModel, SaysWhatItCannotDo) {
  const Context ctx = Context::cpu(1);
  const auto x = testing_data::random_interactions(6, 5, 0.5);
  const auto data = dataset_of(x);
  ModelConfig config = config_of(ModelType::popularity);
  const auto model = trained(ctx, config, data);
  std::vector<std::int32_t> items;
  std::vector<float> similarities;
  const auto kind_of = [](const auto& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::internal;
  };
  EXPECT_EQ(kind_of([&] { model->similar(ctx, 0, 3, items, similarities); }), ErrorKind::usage);
  EXPECT_EQ(kind_of([&] { model->explain(ctx, {}, 0); }), ErrorKind::usage);
  config.popularity.half_life_days = 3.0;  // the data has no timestamps
  EXPECT_EQ(kind_of([&] { make_model(ctx, config, data); }), ErrorKind::usage);
}

// More score rows than one block holds: the last user must get what it gets alone.
TEST(RankByHistory, GoesThroughManyBlocks) {
  constexpr std::int32_t kUsers = 900;
  constexpr std::int32_t kItems = 40000;
  TestDataset description;
  for (std::int32_t user = 0; user < kUsers; ++user) {
    for (const std::int32_t item : {user % 7, 100 + user % 11, 39999 - user % 5}) {
      description.train.push_back({user, item, 1.0F, 0});
    }
  }
  description.num_items = kItems;
  const auto data = make_dataset(description);
  const Context ctx = Context::cpu(2);
  const auto model = trained(ctx, config_of(ModelType::item_knn), data);
  const Ranking all = rank(ctx, *model, all_users(data->train()), data->train(), data->train(), 6);
  for (const std::int32_t user : {0, 838, 839, 899}) {
    const OneRow row(data->train(), user);
    const Ranking alone = rank(ctx, *model, {user}, row.view, row.view, 6);
    EXPECT_TRUE(std::equal(alone.items.begin(), alone.items.end(), all.items.begin() + user * 6)) << user;
    EXPECT_TRUE(std::equal(alone.scores.begin(), alone.scores.end(), all.scores.begin() + user * 6)) << user;
  }
}

// Made with implicit 0.7.3 on the ratings of ml-100k as float64: {Cosine,TFIDF,BM25}Recommender(K=101).fit(X),
// recommend(0, X[0], N=5). K counts the item itself.
TEST(ItemKnnModel, RecommendsWhatImplicitDoesOnMovielens100k) {
  const auto x = testing_data::movielens_100k();
  if (!x) GTEST_SKIP() << "needs KINDRED_DATA with ml-100k/u.data.zst";
  const auto data = dataset_of(*x);
  const Context ctx = Context::cpu(2);
  const std::map<ItemKnnWeighting, std::vector<std::pair<std::int32_t, double>>> golden = {
      {ItemKnnWeighting::cosine,
       {{422, 314.03166}, {654, 280.74454}, {567, 260.3326}, {402, 254.87602}, {384, 254.58979}}},
      {ItemKnnWeighting::tfidf,
       {{422, 250.79393}, {567, 206.67381}, {384, 198.05354}, {402, 195.15063}, {654, 193.52421}}},
      {ItemKnnWeighting::bm25,
       {{422, 373027.17}, {317, 359150.43}, {356, 317624.26}, {654, 284530.47}, {482, 281305.47}}}};
  const OneRow history(data->train(), 0);
  for (const auto& [weighting, expected] : golden) {
    ModelConfig config = config_of(ModelType::item_knn, weighting);
    config.item_knn.neighbours = 100;
    config.item_knn.shrinkage = 0.0;
    const Ranking ranking = rank(ctx, *trained(ctx, config, data), {0}, history.view, history.view, 5);
    for (std::size_t place = 0; place < expected.size(); ++place) {
      EXPECT_EQ(ranking.items[place], expected[place].first) << place;
      EXPECT_NEAR(ranking.scores[place], expected[place].second, 2e-6 * expected[place].second) << place;
    }
  }
}

}  // namespace
}  // namespace kindred
