// SPDX-License-Identifier: Apache-2.0
// ALS from another model's vectors, on each device.
#include "kernels/core/check.h"
#include "kernels/core/host_exchange.h"
#include "kernels/core/testing/devices.h"
#include "trainer/data/testing/make_dataset.h"
#include "trainer/models/als_model.h"

#include <gtest/gtest.h>

#include <numeric>

namespace kindred {
namespace {

constexpr std::int64_t kFactors = 3;  // as many as there are tastes

// Three tastes; the first `users` users and `items` items of them.
std::shared_ptr<const Dataset> tastes(std::int32_t users, std::int32_t items) {
  TestDataset description;
  for (std::int32_t user = 0; user < users; ++user) {
    for (std::int32_t item = 0; item < items; ++item) {
      const bool own = item % 3 == user % 3;
      if ((own && (user + item) % 4 != 0) || (!own && (user * 7 + item) % 13 == 0)) {
        description.train.push_back({.user = user, .item = item});
      }
    }
  }
  description.num_users = users;
  description.num_items = items;
  return make_dataset(description);
}

AlsConfig config_of(std::int64_t iterations) {
  AlsConfig config;
  config.factors = kFactors;
  config.iterations = iterations;
  config.solver = AlsSolver::dual;
  return config;
}

void train(const Context& ctx, AlsModel& model) {
  for (std::int64_t epoch = 0; epoch < model.epochs(); ++epoch) model.train_epoch(ctx, epoch);
  model.finish_training(ctx);
}

// The vectors of a model, copied to the host, with the rows kept but for those that are gone.
struct Kept {
  std::vector<float> users;
  std::vector<float> items;
  WarmStart start;

  Kept(const Context& ctx, AlsModel& model, std::int64_t users_here, std::int64_t items_here) {
    const auto copy = [&](const NamedParameter& parameter, std::vector<float>& into, std::int64_t here) {
      into.resize(static_cast<std::size_t>(parameter.bytes() / 4));
      ctx.copy_to_host(into.data(), parameter.data, parameter.bytes());
      WarmVectors vectors{.vectors = {into.data(), {parameter.shape[0], parameter.shape[1]}}, .rows = {}};
      for (std::int32_t row = 0; row < parameter.shape[0]; ++row) vectors.rows.push_back(row < here ? row : -1);
      return vectors;
    };
    start.users = copy(model.parameters()[0], users, users_here);
    start.items = copy(model.parameters()[1], items, items_here);
  }
};

class DeviceWarmStart : public OnDevice {};

TEST_P(DeviceWarmStart, KeepsKnownRowsAndFoldsNewOnesIn) {
  const Context ctx = context();
  const auto before = tastes(30, 24);
  AlsModel yesterday(ctx, config_of(12), before);
  train(ctx, yesterday);
  const auto now = tastes(33, 21);  // three users came, three items went
  const Kept kept(ctx, yesterday, 33, 21);
  AlsModel today(ctx, config_of(1), now);
  today.warm_start(ctx, kept.start);
  const HostCopy<float, 2> users(ctx, {static_cast<const float*>(today.parameters()[0].data), {33, kFactors}});
  const HostCopy<float, 2> items(ctx, {static_cast<const float*>(today.parameters()[1].data), {21, kFactors}});
  for (std::int64_t row = 0; row < 30; ++row) {
    for (std::int64_t f = 0; f < kFactors; ++f) {
      EXPECT_EQ(users.view()(row, f), kept.users[static_cast<std::size_t>(row * kFactors + f)]);
    }
  }
  for (std::int64_t row = 0; row < 21; ++row) {
    for (std::int64_t f = 0; f < kFactors; ++f) {
      EXPECT_EQ(items.view()(row, f), kept.items[static_cast<std::size_t>(row * kFactors + f)]);
    }
  }
  for (std::int64_t row = 30; row < 33; ++row) {
    double own = 0.0;
    double other = 0.0;
    for (std::int64_t item = 0; item < 21; ++item) {
      double score = 0.0;
      for (std::int64_t f = 0; f < kFactors; ++f) score += users.view()(row, f) * items.view()(item, f);
      (item % 3 == row % 3 ? own : other) += score;
    }
    EXPECT_GT(own / 7, 1.2 * other / 14) << "a new user has no taste";
  }
}

TEST_P(DeviceWarmStart, OneEpochIsNearlyAsGoodAsManyFromRandomNumbers) {
  const Context ctx = context();
  AlsModel yesterday(ctx, config_of(12), tastes(30, 24));
  train(ctx, yesterday);
  const auto now = tastes(33, 27);
  AlsModel from_scratch(ctx, config_of(12), now);
  train(ctx, from_scratch);
  const Kept kept(ctx, yesterday, 30, 24);
  AlsModel today(ctx, config_of(1), now);
  today.warm_start(ctx, kept.start);
  train(ctx, today);
  AlsModel cold(ctx, config_of(1), now);
  train(ctx, cold);
  const double best = *from_scratch.objective(ctx);
  EXPECT_LT(*today.objective(ctx), 1.02 * best);
  EXPECT_GT(*cold.objective(ctx), *today.objective(ctx));
}

// Another start ends in another basis; turned back, the objective is the same and the vectors are near.
TEST_P(DeviceWarmStart, AlignmentTurnsTheVectorsBackAndChangesNoScore) {
  const Context ctx = context();
  const auto data = tastes(30, 24);
  AlsModel yesterday(ctx, config_of(40), data);
  train(ctx, yesterday);
  const Kept kept(ctx, yesterday, 30, 24);
  const Context other_seed = ctx.device().type == DeviceType::cpu ? Context::cpu(1, 99) : Context::cuda(0, 99);
  AlsModel other(other_seed, config_of(40), data);
  train(other_seed, other);
  const double objective = *other.objective(other_seed);
  // Turned items with users solved for them: the same scores.
  const Alignment alignment = other.align(other_seed, kept.start);
  EXPECT_GT(alignment.error_before, 0.5);
  EXPECT_LT(alignment.error, 0.2);
  other.finish_training(other_seed);
  EXPECT_NEAR(*other.objective(other_seed), objective, 1e-4 * objective);
}

TEST_P(DeviceWarmStart, VectorsOfAnotherLengthAreRefused) {
  const Context ctx = context();
  const auto data = tastes(6, 6);
  AlsModel yesterday(ctx, config_of(1), data);
  const Kept kept(ctx, yesterday, 6, 6);
  AlsConfig wider = config_of(1);
  wider.factors = kFactors + 1;
  AlsModel today(ctx, wider, data);
  EXPECT_THROW(today.warm_start(ctx, kept.start), Error);
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceWarmStart, devices(), device_name);

}  // namespace
}  // namespace kindred
