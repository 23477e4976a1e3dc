// SPDX-License-Identifier: Apache-2.0
// New items: how the catalogue knows them, and that a model which takes them in gives what a half step gives.
#include "trainer/export/catalogue.h"

#include "kernels/als/als.h"
#include "kernels/core/check.h"
#include "trainer/data/testing/make_dataset.h"
#include "trainer/export/recommend.h"
#include "trainer/models/als_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace kindred {
namespace {

using Ids = std::vector<std::string>;

// Two tastes: users 0..4 like items 0..5, users 5..9 like items 6..11; each misses one item of their own. User 10 was
// held out and is known by item 1.
TestDataset two_tastes(bool values) {
  TestDataset description;
  description.values = values;
  for (std::int32_t user = 0; user < 10; ++user) {
    const std::int32_t first = user < 5 ? 0 : 6;
    for (std::int32_t item = first; item < first + 6; ++item) {
      if (item - first != user % 5) description.train.push_back({.user = user, .item = item, .weight = 3.0F});
    }
  }
  description.test = {.targets = {{.user = 10, .item = 0}}, .history = {{.user = 10, .item = 1}}, .fold_in = true};
  return description;
}

std::unique_ptr<AlsModel> train_als(const Context& ctx, std::shared_ptr<const Dataset> data) {
  AlsConfig config;
  config.factors = 4;
  config.iterations = 10;
  config.regularization = 0.01;
  auto model = std::make_unique<AlsModel>(ctx, config, std::move(data));
  for (std::int64_t epoch = 0; epoch < config.iterations; ++epoch) model->train_epoch(ctx, epoch);
  model->finish_training(ctx);
  return model;
}

View<const float, 2> matrix(AlsModel& model, std::string_view name) {
  for (const NamedParameter& parameter : model.parameters()) {
    if (parameter.name == name) {
      return {static_cast<const float*>(parameter.data), {parameter.shape[0], parameter.shape[1]}};
    }
  }
  return {};
}

class CatalogueTest : public testing::Test {
 protected:
  bool add(Catalogue& catalogue, const std::string& id, const Ids& users) {
    return catalogue.add(id, users, "new.txt:1", unknown_);
  }
  std::string refusal(Catalogue& catalogue, const std::string& id) {
    try {
      add(catalogue, id, {"1"});
      return "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error.what();
    }
  }
  Ids recommended(const Catalogue& catalogue, const AlsModel& model, const Listener& listener,
                  RecommendOptions options) {
    Ids ids;
    Recommender(ctx_, catalogue, model, std::move(options))
        .recommend({&listener, 1}, [&](const Listener&, std::span<const Recommendation> list) {
          for (const Recommendation& entry : list) ids.push_back(catalogue.text(entry.item));
        });
    return ids;
  }

  Context ctx_ = Context::cpu(2, 7);
  std::shared_ptr<const Dataset> data_ = make_dataset(two_tastes(false));
  std::int64_t unknown_ = 0;
};

TEST_F(CatalogueTest, KnowsOldAndNewItems) {
  Catalogue catalogue(*data_);
  EXPECT_EQ(catalogue.size(), 12);
  EXPECT_EQ(catalogue.audiences().rows, 0);
  EXPECT_TRUE(add(catalogue, "lamp", {"3", "1", "3", "10", "nobody"}));
  EXPECT_EQ(unknown_, 2);
  EXPECT_FALSE(add(catalogue, "chair", {"10"}));
  EXPECT_FALSE(add(catalogue, "table", {}));
  EXPECT_TRUE(add(catalogue, "shelf", {"1"}));
  EXPECT_EQ(catalogue.size(), 14);
  EXPECT_EQ(catalogue.find("lamp"), 12);
  EXPECT_EQ(catalogue.find("shelf"), 13);
  EXPECT_EQ(catalogue.find("11"), 11);
  EXPECT_EQ(catalogue.find("chair"), std::nullopt);
  EXPECT_EQ(catalogue.text(12), "lamp");
  EXPECT_EQ(catalogue.text(3), "3");
  EXPECT_EQ(catalogue.popularity(12), 2);
  EXPECT_EQ(catalogue.popularity(3), data_->item_popularity()(3));
  const CsrView audiences = catalogue.audiences();
  EXPECT_FALSE(audiences.has_values());
  EXPECT_EQ(std::vector<std::int32_t>(audiences.ids.data(), audiences.ids.data() + 3),
            (std::vector<std::int32_t>{1, 3, 1}));
  const auto touched = [&](std::int64_t user) {
    const auto items = catalogue.touched(user);
    return std::vector<std::int32_t>(items.begin(), items.end());
  };
  EXPECT_EQ(touched(1), (std::vector<std::int32_t>{12, 13}));
  EXPECT_EQ(touched(10), std::vector<std::int32_t>{12});  // held out, but has seen it
  EXPECT_EQ(touched(0), std::vector<std::int32_t>{});
}

TEST_F(CatalogueTest, RefusesIdsThatAreTaken) {
  Catalogue catalogue(*data_);
  EXPECT_EQ(refusal(catalogue, "7"), "new.txt:1: item '7' is in the training data; expected only items that are new");
  EXPECT_TRUE(add(catalogue, "lamp", {"1"}));
  EXPECT_EQ(refusal(catalogue, "lamp"), "new.txt:1: item 'lamp' is named twice; expected one line an item");
}

TEST_F(CatalogueTest, AFoldedInItemIsThatOfAnExactHalfStep) {
  for (const bool values : {false, true}) {
    data_ = make_dataset(two_tastes(values));
    const auto model = train_als(ctx_, data_);
    Catalogue catalogue(*data_, 3.0F);
    const CsrView& items = data_->train_transposed();
    for (std::int32_t item = 0; item < 12; ++item) {
      Ids users;
      for (const std::int32_t user : items.row_ids(item)) users.push_back(std::to_string(user));
      ASSERT_TRUE(add(catalogue, "copy of " + std::to_string(item), users));
    }
    ASSERT_EQ(catalogue.audiences().has_values(), values);
    Tensor<float, 2> expected = Tensor<float, 2>::zeros(ctx_, {12, 4}, "expected");
    const AlsConfig defaults;
    als_half_step(ctx_, {.interactions = items,
                         .y = matrix(*model, "user_factors"),
                         .x = expected.view(),
                         .unobserved_weight = defaults.unobserved_weight,
                         .regularization = 0.01,
                         .regularization_exponent = defaults.regularization_exponent,
                         .form = defaults.form,
                         .solver = AlsSolver::primal});
    model->add_items(ctx_, catalogue.audiences());
    const View<const float, 2> grown = matrix(*model, "item_factors");
    ASSERT_EQ(grown.size(0), 24);
    for (std::int64_t item = 0; item < 12; ++item) {
      double norm = 0.0;
      double error = 0.0;
      for (std::int64_t f = 0; f < 4; ++f) {
        norm += std::pow(expected.view()(item, f), 2);
        error += std::pow(expected.view()(item, f) - grown(12 + item, f), 2);
      }
      EXPECT_GT(norm, 0.01);
      EXPECT_LT(std::sqrt(error), 1e-4 * std::sqrt(norm)) << item;
    }
  }
}

TEST_F(CatalogueTest, NewItemsAreRankedForThoseWhoHaveNotSeenThem) {
  const auto model = train_als(ctx_, data_);
  Catalogue catalogue(*data_);
  ASSERT_TRUE(add(catalogue, "lamp", {"1", "2", "3", "10"}));
  ASSERT_TRUE(add(catalogue, "shelf", {"6", "7", "8"}));
  model->add_items(ctx_, catalogue.audiences());
  const Recommender recommender(ctx_, catalogue, *model, {});

  const Ids fresh = recommended(catalogue, *model, recommender.listener("0"), {.k = 2});
  EXPECT_EQ(std::set<std::string>(fresh.begin(), fresh.end()), (std::set<std::string>{"0", "lamp"}));
  for (const char* seen : {"1", "10"}) {
    const Listener listener = recommender.listener(seen);
    const Ids without = recommended(catalogue, *model, listener, {.k = 20});
    EXPECT_EQ(std::count(without.begin(), without.end(), "lamp"), 0) << seen;
    EXPECT_EQ(std::count(without.begin(), without.end(), "shelf"), 1) << seen;
    const Ids with = recommended(catalogue, *model, listener, {.k = 20, .include_seen = true});
    EXPECT_EQ(with.size(), 14U) << seen;
  }
  EXPECT_EQ(recommended(catalogue, *model, recommender.listener("0"), {.allow = {"lamp"}}), Ids{"lamp"});
  const Ids denied = recommended(catalogue, *model, recommender.listener("0"), {.k = 20, .deny = {"lamp"}});
  EXPECT_EQ(std::count(denied.begin(), denied.end(), "lamp"), 0);
  EXPECT_EQ(recommender.everybody().at(1).seen, std::vector<std::int32_t>{12});
}

TEST_F(CatalogueTest, StrangersMayHaveTouchedNewItemsAndExplanationsAddUp) {
  data_ = make_dataset(two_tastes(true));
  const auto model = train_als(ctx_, data_);
  Catalogue catalogue(*data_, 3.0F);
  ASSERT_TRUE(add(catalogue, "lamp", {"1", "2", "3"}));
  model->add_items(ctx_, catalogue.audiences());
  const Recommender recommender(ctx_, catalogue, *model, {.k = 20});
  const Ids history{"lamp", "2", "nothing"};
  const Listener stranger = recommender.stranger("ann", history, unknown_);
  EXPECT_EQ(unknown_, 1);
  EXPECT_EQ(stranger.items, (std::vector<std::int32_t>{2, 12}));
  EXPECT_EQ(stranger.values, (std::vector<float>{3.0F, 3.0F}));
  const std::vector<Listener> both{stranger, recommender.listener("0")};
  recommender.recommend(both, [&](const Listener& who, std::span<const Recommendation> list) {
    EXPECT_GE(list.size(), 7U);
    for (const Recommendation& entry : list) {
      double sum = 0.0;
      for (const Contribution& contribution : recommender.explain(who, entry.item)) sum += contribution.value;
      EXPECT_NEAR(sum, entry.score, 1e-4) << who.name << " " << catalogue.text(entry.item);
    }
  });
}

TEST_F(CatalogueTest, OtherModelsCountNewItemsOrRefuseThem) {
  Catalogue catalogue(*data_);
  ASSERT_TRUE(add(catalogue, "lamp", {"1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  for (const ModelType type : {ModelType::popularity, ModelType::item_knn, ModelType::ease}) {
    ModelConfig config;
    config.type = type;
    const auto model = make_model(ctx_, config, data_);
    model->train_epoch(ctx_, 0);
    if (type != ModelType::popularity) {
      EXPECT_THROW(model->add_items(ctx_, catalogue.audiences()), Error);
      continue;
    }
    model->add_items(ctx_, catalogue.audiences());
    const Recommender recommender(ctx_, catalogue, *model, {.k = 1});
    const Listener listener = recommender.listener("0");
    recommender.recommend({&listener, 1}, [&](const Listener&, std::span<const Recommendation> list) {
      EXPECT_EQ(catalogue.text(list[0].item), "lamp");
      EXPECT_EQ(list[0].score, 9.0F);
    });
  }
}

}  // namespace
}  // namespace kindred
