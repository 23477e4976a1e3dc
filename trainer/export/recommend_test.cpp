// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/recommend.h"

#include "trainer/data/testing/make_dataset.h"
#include "trainer/models/als_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace kindred {
namespace {

// Two tastes: users 0..4 like items 0..5, users 5..9 like items 6..11; each misses one item of their own.
TestDataset two_tastes() {
  TestDataset description;
  description.values = false;
  for (std::int32_t user = 0; user < 10; ++user) {
    const std::int32_t first = user < 5 ? 0 : 6;
    for (std::int32_t item = first; item < first + 6; ++item) {
      if (item - first != user % 5) description.train.push_back({.user = user, .item = item});
    }
  }
  return description;
}

class RecommendTest : public testing::Test {
 protected:
  RecommendTest() : ctx_(Context::cpu(2, 7)), data_(make_dataset(two_tastes())), catalogue_(*data_) {
    AlsConfig config;
    config.factors = 4;
    config.iterations = 10;
    config.regularization = 0.01;
    model_ = std::make_unique<AlsModel>(ctx_, config, data_);
    for (std::int64_t epoch = 0; epoch < config.iterations; ++epoch) model_->train_epoch(ctx_, epoch);
    model_->finish_training(ctx_);
  }

  std::vector<std::vector<Recommendation>> lists(const std::vector<Listener>& listeners, RecommendOptions options) {
    const Recommender recommender(ctx_, catalogue_, *model_, std::move(options));
    std::vector<std::vector<Recommendation>> result;
    recommender.recommend(listeners, [&](const Listener&, std::span<const Recommendation> list) {
      result.emplace_back(list.begin(), list.end());
    });
    return result;
  }
  Listener listener(std::string_view name) { return Recommender(ctx_, catalogue_, *model_, {}).listener(name); }

  Context ctx_;
  std::shared_ptr<const Dataset> data_;
  Catalogue catalogue_;
  std::unique_ptr<AlsModel> model_;
};

TEST_F(RecommendTest, TheMissingItemOfTheOwnTasteComesFirst) {
  for (std::int32_t user = 0; user < 10; ++user) {
    const auto list = lists({listener(std::to_string(user))}, {.k = 3});
    EXPECT_EQ(list.at(0).at(0).item, (user < 5 ? 0 : 6) + user % 5) << user;
  }
}

TEST_F(RecommendTest, SeenItemsAreLeftOutUnlessAskedFor) {
  const auto without = lists({listener("0")}, {.k = 12});
  EXPECT_EQ(without[0].size(), 12U - 5U);
  const auto with = lists({listener("0")}, {.k = 12, .include_seen = true});
  EXPECT_EQ(with[0].size(), 12U);
}

TEST_F(RecommendTest, AllowAndDenyListsAreKept) {
  const auto denied = lists({listener("0")}, {.k = 12, .deny = {"0", "7"}});
  for (const Recommendation& entry : denied[0]) EXPECT_TRUE(entry.item != 0 && entry.item != 7);
  const auto allowed = lists({listener("0")}, {.k = 12, .allow = {"8", "0", "9"}});
  ASSERT_EQ(allowed[0].size(), 3U);
  EXPECT_EQ(allowed[0][0].item, 0);
  EXPECT_THROW(lists({listener("0")}, {.allow = {"nobody"}}), Error);
}

TEST_F(RecommendTest, AStrangerWithTheSameHistoryGetsTheSameList) {
  const Recommender recommender(ctx_, catalogue_, *model_, {});
  std::int64_t unknown = 0;
  const std::vector<std::string> items{"5", "4", "3", "2", "1", "never seen"};
  const Listener stranger = recommender.stranger("new", items, unknown);
  EXPECT_EQ(unknown, 1);
  const auto both = lists({listener("0"), stranger}, {.k = 5});
  ASSERT_EQ(both[0].size(), both[1].size());
  for (std::size_t i = 0; i < both[0].size(); ++i) {
    EXPECT_EQ(both[0][i].item, both[1][i].item);
    EXPECT_NEAR(both[0][i].score, both[1][i].score, 1e-5);
  }
}

TEST_F(RecommendTest, ExplanationsSumToTheScore) {
  const Recommender recommender(ctx_, catalogue_, *model_, {});
  const Listener user = recommender.listener("3");
  recommender.recommend({&user, 1}, [&](const Listener& who, std::span<const Recommendation> list) {
    for (const Recommendation& entry : list) {
      double sum = 0.0;
      for (const Contribution& contribution : recommender.explain(who, entry.item)) sum += contribution.value;
      EXPECT_NEAR(sum, entry.score, 1e-4 * std::max(1.0F, std::abs(entry.score)));
    }
  });
}

TEST_F(RecommendTest, MoreUsersThanABlockComeInOrder) {
  std::vector<Listener> many;
  for (int i = 0; i < 1025; ++i) many.push_back(listener(std::to_string(i % 10)));
  const auto all = lists(many, {.k = 1});
  ASSERT_EQ(all.size(), 1025U);
  for (int i = 0; i < 1025; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)][0].item, (i % 10 < 5 ? 0 : 6) + i % 5);
}

TEST_F(RecommendTest, AnUnknownUserIsAnErrorThatNamesTheWayOut) {
  try {
    listener("nobody");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("--histories"), std::string::npos);
  }
}

TEST_F(RecommendTest, SimilarItemsShareTheTaste) {
  std::vector<std::int32_t> items;
  std::vector<float> similarities;
  model_->similar(ctx_, 2, 5, items, similarities);
  for (const std::int32_t item : items) EXPECT_LT(item, 6);
  EXPECT_TRUE(std::is_sorted(similarities.rbegin(), similarities.rend()));
}

}  // namespace
}  // namespace kindred
