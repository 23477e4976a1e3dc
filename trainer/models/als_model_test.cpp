// SPDX-License-Identifier: Apache-2.0
// ALS as a model, on each device: what it learns, what it says of users and items, and interactions that are streamed.
#include "trainer/models/als_model.h"

#include "kernels/core/host_exchange.h"
#include "kernels/core/testing/devices.h"
#include "trainer/data/testing/make_dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kindred {
namespace {

constexpr std::int32_t kUsers = 41;
constexpr std::int32_t kItems = 30;

// Three tastes of ten items; user 40 has no events, and item 29 none either.
std::shared_ptr<const Dataset> tastes() {
  TestDataset description;
  for (std::int32_t user = 0; user + 1 < kUsers; ++user) {
    for (std::int32_t item = 0; item + 1 < kItems; ++item) {
      const bool own = item / 10 == user % 3;
      if ((own && (user + item) % 4 != 0) || (!own && (user * 7 + item) % 13 == 0)) {
        description.train.push_back({.user = user, .item = item, .weight = static_cast<float>(1 + (user + item) % 3)});
      }
    }
  }
  description.num_users = kUsers;
  description.num_items = kItems;
  return make_dataset(description);
}

AlsConfig config_of(double exponent = 1.0) {
  AlsConfig config;
  config.factors = 3;  // as many as there are tastes
  config.iterations = 12;
  config.regularization = 0.01;
  config.solver = AlsSolver::dual;  // exact on every device
  config.regularization_exponent = exponent;
  return config;
}

void train(const Context& ctx, AlsModel& model) {
  for (std::int64_t epoch = 0; epoch < model.epochs(); ++epoch) model.train_epoch(ctx, epoch);
  model.finish_training(ctx);
}

std::vector<float> factors_of(const Context& ctx, AlsModel& model) {
  std::vector<float> all;
  for (const NamedParameter& parameter : model.parameters()) {
    const HostCopy<float, 1> copy(ctx, {static_cast<const float*>(parameter.data), {parameter.bytes() / 4}});
    all.insert(all.end(), copy.view().data(), copy.view().data() + copy.view().count());
  }
  return all;
}

struct Ranked {
  std::vector<std::int32_t> items;
  std::vector<float> scores;
};

Ranked rank(const Context& ctx, const AlsModel& model, const std::vector<std::int32_t>& users, const CsrView& history,
            const CsrView& masked, std::int64_t k) {
  const auto count = static_cast<std::int64_t>(users.size());
  Ranked ranked{std::vector<std::int32_t>(users.size() * static_cast<std::size_t>(k)),
                std::vector<float>(users.size() * static_cast<std::size_t>(k))};
  RankResult result{.items = {ranked.items.data(), {count, k}}, .scores = {ranked.scores.data(), {count, k}}};
  model.rank(ctx, {.users = {users.data(), {count}}, .history = history, .masked = masked, .allowed_items = {}},
             result);
  return ranked;
}

class AlsModelCase : public OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    data_ = tastes();
  }
  std::shared_ptr<const Dataset> data_;
};

// Exact solvers go the same way on every device. The automatic ones differ (CUDA: factors gathered as bf16, CPU: two
// steps of conjugate gradients for long rows) and meet when they have converged.
TEST_P(AlsModelCase, LearnsWhatTheCpuLearns) {
  const Context ctx = context(5);
  const Context cpu = Context::cpu(1, 5);
  for (const AlsSolver solver : {AlsSolver::dual, AlsSolver::automatic}) {
    AlsConfig config = config_of();
    config.solver = solver;
    config.iterations = solver == AlsSolver::dual ? 4 : 20;
    AlsModel model(ctx, config, data_);
    AlsModel expected(cpu, config, data_);
    train(ctx, model);
    train(cpu, expected);
    const double objective = model.objective(ctx).value();
    const double tolerance = solver == AlsSolver::dual ? 1e-4 : 5e-4;
    EXPECT_NEAR(objective, expected.objective(cpu).value(), tolerance * objective) << static_cast<int>(solver);
  }
}

TEST_P(AlsModelCase, RanksTheOwnTasteFirst) {
  const Context ctx = context(5);
  AlsModel model(ctx, config_of(), data_);
  train(ctx, model);
  std::vector<std::int32_t> users(kUsers - 1);
  std::iota(users.begin(), users.end(), 0);
  CsrView seen = data_->train();
  seen.rows = kUsers - 1;
  seen.offsets = seen.offsets.slice(0, kUsers);
  const Ranked best = rank(ctx, model, users, seen, {}, 1);
  int own = 0;
  for (std::size_t user = 0; user < users.size(); ++user) own += best.items[user] / 10 == static_cast<int>(user % 3);
  EXPECT_GE(own, 34) << "of 40";
  // What is masked is not ranked.
  const Ranked unseen = rank(ctx, model, users, seen, seen, 3);
  for (std::size_t i = 0; i < unseen.items.size(); ++i) {
    const auto ids = seen.row_ids(static_cast<std::int64_t>(i / 3));
    EXPECT_EQ(std::count(ids.begin(), ids.end(), unseen.items[i]), 0) << i;
  }
}

TEST_P(AlsModelCase, GivesTheSameBitsTwice) {
  const Context ctx = context(5);
  AlsModel first(ctx, config_of(), data_);
  AlsModel second(ctx, config_of(), data_);
  train(ctx, first);
  train(ctx, second);
  EXPECT_EQ(factors_of(ctx, first), factors_of(ctx, second));
}

// A user as a stranger with the same history has the same scores, and the explanation sums to them.
TEST_P(AlsModelCase, KnowsStrangersByTheirHistory) {
  const Context ctx = context(5);
  AlsModel model(ctx, config_of(), data_);
  train(ctx, model);
  const CsrView train_rows = data_->train();
  CsrView history = train_rows;
  history.rows = 3;
  history.offsets = train_rows.offsets.slice(0, 4);
  const Ranked trained = rank(ctx, model, {0, 1, 2}, history, {}, 5);
  const Ranked mixed = rank(ctx, model, {0, -1, -1}, history, {}, 5);
  EXPECT_EQ(trained.items, mixed.items);
  for (std::size_t i = 0; i < trained.scores.size(); ++i) EXPECT_NEAR(trained.scores[i], mixed.scores[i], 1e-4F) << i;

  for (const std::int32_t user : {0, -1}) {
    CsrView one = train_rows;
    one.rows = 1;
    one.offsets = train_rows.offsets.slice(0, 2);
    one.ids = train_rows.ids.slice(0, one.offsets(1));
    one.values = train_rows.values.slice(0, one.offsets(1));
    const auto contributions = model.explain(
        ctx, {.users = {&user, {1}}, .history = one, .masked = {}, .allowed_items = {}}, trained.items[0]);
    ASSERT_EQ(static_cast<std::int64_t>(contributions.size()), one.nnz());
    double sum = 0.0;
    for (const Contribution& contribution : contributions) sum += contribution.value;
    EXPECT_NEAR(sum, trained.scores[0], 1e-3);
  }
}

TEST_P(AlsModelCase, FindsItemsThatAreAlikeAndTakesNewOnesIn) {
  const Context ctx = context(5);
  AlsModel model(ctx, config_of(), data_);
  train(ctx, model);
  std::vector<std::int32_t> items;
  std::vector<float> similarities;
  model.similar(ctx, 3, 5, items, similarities);
  ASSERT_EQ(items.size(), 5U);
  EXPECT_EQ(items[0] / 10, 0) << items[0];
  EXPECT_TRUE(std::is_sorted(similarities.rbegin(), similarities.rend()));
  EXPECT_EQ(std::count(items.begin(), items.end(), 3), 0);

  // A new item that the users of taste 1 touched.
  const std::vector<std::int32_t> users{1, 4, 7, 10, 13};
  const std::vector<float> values(users.size(), 2.0F);
  const std::vector<std::int64_t> offsets{0, 5};
  model.add_items(ctx, {.rows = 1,
                        .columns = kUsers,
                        .offsets = {offsets.data(), {2}},
                        .ids = {users.data(), {5}},
                        .values = {values.data(), {5}}});
  model.similar(ctx, kItems, 3, items, similarities);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0] / 10, 1) << items[0];
  EXPECT_THROW(model.similar(ctx, kItems + 1, 3, items, similarities), Error);
}

// Blocks from one row to half the matrix. The exponent counts an item's entries in all blocks.
TEST_P(AlsModelCase, LearnsTheSameFromStreamedInteractions) {
  const Context ctx = context(5);
  for (const double exponent : {1.0, 0.5}) {
    AlsModel whole(ctx, config_of(exponent), data_);
    train(ctx, whole);
    const std::vector<float> expected = factors_of(ctx, whole);
    const double objective = whole.objective(ctx).value();
    for (const std::int64_t block_bytes : {1, 700, 2000}) {
      AlsMemory memory = plan_als_memory(ctx, config_of(exponent), *data_);
      memory.block_bytes = block_bytes;
      AlsModel streamed(ctx, config_of(exponent), data_, memory);
      train(ctx, streamed);
      const std::vector<float> found = factors_of(ctx, streamed);
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], expected[i], 2e-4F) << block_bytes << ", exponent " << exponent;
      }
      EXPECT_NEAR(streamed.objective(ctx).value(), objective, 1e-5 * objective) << block_bytes;
    }
  }
}

TEST_P(AlsModelCase, PlansItsMemoryAndRefusesWhatDoesNotFit) {
  const Context ctx = context();
  const AlsMemory memory = plan_als_memory(ctx, config_of(), *data_);
  EXPECT_EQ(memory.block_bytes, 0);
  EXPECT_EQ(memory.plan.device, ctx.device().name());
  EXPECT_TRUE(memory.plan.fits());
  ASSERT_GE(memory.plan.parts.size(), 3U);
  EXPECT_EQ(memory.plan.parts[0].bytes, kUsers * config_of().factors * 4);
  EXPECT_EQ(memory.plan.parts[1].bytes, kItems * config_of().factors * 4);

  // One byte too little for everything: a device with its own memory streams the interactions.
  const std::int64_t everything = memory.plan.total_bytes();
  EXPECT_EQ(plan_als_memory(ctx, config_of(), *data_, everything).block_bytes, 0);
  const AlsMemory streamed = plan_als_memory(ctx, config_of(), *data_, everything - 1);
  if (ctx.device().type == DeviceType::cuda) {
    EXPECT_GT(streamed.block_bytes, 0);
    EXPECT_GT(streamed.plan.streamed_bytes, 0);
    EXPECT_TRUE(streamed.plan.fits()) << to_text(streamed.plan);
    AlsModel model(ctx, config_of(), data_, streamed);
    train(ctx, model);
    std::int64_t peak = 0;
    for (const MemoryUse& use : ctx.memory_report()) {
      if (use.purpose.starts_with("als.interactions")) peak += use.peak_bytes;
    }
    // The report adds up both sides, whose blocks are there one after the other.
    EXPECT_LE(peak, 2 * streamed.plan.parts.back().bytes);
  } else {
    EXPECT_FALSE(streamed.plan.fits());
  }

  AlsMemory small = memory;
  small.plan.available_bytes = 100;
  try {
    const AlsModel model(ctx, config_of(), data_, small);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::device);
    const std::string message = error.what();
    for (const char* part : {"model.factors=3", "41 users", "needs", "user factors", "available", "fewer factors"}) {
      EXPECT_NE(message.find(part), std::string::npos) << part << ": " << message;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, AlsModelCase, devices(), device_name);

TEST(ModelTable, RefusesModelsThatADeviceDoesNotHave) {
  EXPECT_TRUE(model_runs_on(ModelType::als, DeviceType::cuda));
  EXPECT_FALSE(model_runs_on(ModelType::ease, DeviceType::cuda));
  for (const ModelType type : {ModelType::als, ModelType::popularity, ModelType::item_knn, ModelType::ease}) {
    EXPECT_TRUE(model_runs_on(type, DeviceType::cpu));
  }
}

}  // namespace
}  // namespace kindred
