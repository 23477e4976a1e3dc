// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/checkpoint.h"

#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/train/early_stopping.h"
#include "trainer/train/testing/arrays_model.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>

namespace kindred {
namespace {

namespace fs = std::filesystem;

// One array on the device of a context.
class DeviceModel final : public StillModel {
 public:
  DeviceModel(const Context& ctx, const std::vector<float>& numbers)
      : numbers_(Tensor<float, 1>::from_host(ctx, {numbers.data(), {static_cast<std::int64_t>(numbers.size())}},
                                             "test.numbers")) {}
  std::vector<NamedParameter> parameters() override {
    return {{"numbers", {numbers_.size(0)}, "float32", numbers_.data()}};
  }
  Tensor<float, 1> numbers_;
};

class DeviceCheckpoint : public OnDevice {};

TEST_P(DeviceCheckpoint, IsTheSameFileOnEachDeviceAndComesBack) {
  const Context ctx = context();
  const TemporaryFolder folder;
  const CheckpointIdentity identity{.model = "arrays", .config_hash = "c", .data_fingerprint = "d"};
  std::vector<float> numbers(3 * 1024 * 1024 + 1);  // several chunks
  std::iota(numbers.begin(), numbers.end(), 0.5F);
  DeviceModel saved(ctx, numbers);
  const fs::path file = save_checkpoint(ctx, folder / "checkpoints", saved, {.epochs = 3}, identity) / "numbers.bin";
  ASSERT_EQ(fs::file_size(file), numbers.size() * sizeof(float));
  std::vector<float> written(numbers.size());
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(written.data()), static_cast<std::streamsize>(written.size() * sizeof(float)));
  EXPECT_EQ(written, numbers);
  DeviceModel loaded(ctx, std::vector<float>(numbers.size()));
  const auto state = load_newest_checkpoint(ctx, folder / "checkpoints", loaded, identity, [](std::string_view) {});
  ASSERT_TRUE(state);
  EXPECT_EQ(state->epochs, 3);
  EXPECT_EQ(loaded.numbers_.to_host(ctx), numbers);
}

TEST_P(DeviceCheckpoint, EarlyStoppingPutsTheBestParametersBack) {
  const Context ctx = context();
  EarlyStopping stopping({.metric = "ndcg@20", .patience = 1});
  DeviceModel model(ctx, {0.0F, 0.0F});
  std::int64_t epoch = 0;
  for (const double value : {0.1, 0.3, 0.2}) {
    const std::vector<float> numbers(2, static_cast<float>(++epoch));
    ctx.copy_from_host(model.numbers_.data(), numbers.data(), 8);
    EXPECT_EQ(stopping.observe(ctx, value, epoch, model), epoch == 3);
  }
  stopping.restore_best(ctx, model);
  EXPECT_EQ(model.numbers_.to_host(ctx), (std::vector<float>{2.0F, 2.0F}));
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceCheckpoint, devices(), device_name);

class CheckpointTest : public testing::Test {
 protected:
  // Epochs of the checkpoint that was taken; -1: none.
  std::int64_t load(Model& model) {
    warnings_.clear();
    const auto state =
        load_newest_checkpoint(ctx_, folder_, model, identity_, [&](std::string_view line) { warnings_ += line; });
    return state ? state->epochs : -1;
  }

  const Context ctx_ = Context::cpu(1);
  const TemporaryFolder temporary_{"checkpoint", TemporaryFolder::fast_parent()};
  const fs::path folder_ = temporary_ / "checkpoints";
  CheckpointIdentity identity_{.model = "arrays", .config_hash = "c", .data_fingerprint = "d"};
  std::string warnings_;
};

TEST_F(CheckpointTest, RestoresTheSameBits) {
  for (const std::int64_t size : {0, 1, 1000, 3 * 1024 * 1024}) {  // the last spans several chunks
    fs::remove_all(folder_);
    ArraysModel saved(size, 0.1F);
    save_checkpoint(ctx_, folder_, saved, {.epochs = 16}, identity_);
    ArraysModel loaded(size, 5.0F);
    loaded.ids_ = {0, 0, 0};
    EXPECT_EQ(load(loaded), 16);
    EXPECT_EQ(loaded.floats_, saved.floats_);
    EXPECT_EQ(loaded.ids_, saved.ids_);
  }
}

TEST_F(CheckpointTest, TakesTheNewest) {
  ArraysModel older(10, 1.0F);
  ArraysModel newer(10, 2.0F);
  save_checkpoint(ctx_, folder_, older, {.epochs = 9}, identity_);
  save_checkpoint(ctx_, folder_, newer, {.epochs = 10}, identity_);
  ArraysModel loaded(10);
  EXPECT_EQ(load(loaded), 10);
  EXPECT_EQ(loaded.floats_, newer.floats_);
  EXPECT_EQ(warnings_, "");
}

// A state in which every field says something.
TrainingState whole_state() {
  TrainingState state;
  state.epochs = 7;
  state.stopped_early = true;
  state.first_objective = 1.0 / 3.0;
  state.objective = 1e-300;
  state.train_s = 12.125;
  state.validation_s = 0.1;
  state.validation = 0.30000000000000004;
  state.early_stopping = {.best_value = 0.7,
                          .best_epochs = 5,
                          .without_improvement = 2,
                          .best_parameters = {std::vector<char>(40, 'b'), std::vector<char>(24, 'i')}};
  state.metrics_log = "{\"event\":\"epoch\"}\n";
  return state;
}

TEST_F(CheckpointTest, BringsTheWholeStateBack) {
  ArraysModel model(10, 1.0F);
  const TrainingState saved = whole_state();
  save_checkpoint(ctx_, folder_, model, saved, identity_);
  const auto loaded = load_newest_checkpoint(ctx_, folder_, model, identity_, [](std::string_view) {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->epochs, saved.epochs);
  EXPECT_EQ(loaded->trained, saved.trained);
  EXPECT_EQ(loaded->stopped_early, saved.stopped_early);
  EXPECT_EQ(loaded->first_objective, saved.first_objective);
  EXPECT_EQ(loaded->objective, saved.objective);
  EXPECT_EQ(loaded->train_s, saved.train_s);
  EXPECT_EQ(loaded->validation_s, saved.validation_s);
  EXPECT_EQ(loaded->validation, saved.validation);
  EXPECT_EQ(loaded->early_stopping.best_value, saved.early_stopping.best_value);
  EXPECT_EQ(loaded->early_stopping.best_epochs, saved.early_stopping.best_epochs);
  EXPECT_EQ(loaded->early_stopping.without_improvement, saved.early_stopping.without_improvement);
  EXPECT_EQ(loaded->early_stopping.best_parameters, saved.early_stopping.best_parameters);
  EXPECT_EQ(loaded->metrics_log, saved.metrics_log);
}

TEST_F(CheckpointTest, EveryBitThatFlipsIsFoundAndTheOlderCheckpointTaken) {
  ArraysModel older(10, 1.0F);
  save_checkpoint(ctx_, folder_, older, {.epochs = 1}, identity_);
  ArraysModel newer(10, 2.0F);
  const fs::path damaged = save_checkpoint(ctx_, folder_, newer, whole_state(), identity_);
  std::int64_t flips = 0;
  for (const auto& entry : fs::directory_iterator(damaged)) {
    const std::string name = entry.path().filename().string();
    const auto bytes = static_cast<std::streamoff>(fs::file_size(entry.path()));
    for (std::streamoff at = 0; at < bytes; ++at) {
      const auto flip = [&](int mask) {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(at);
        const char byte = static_cast<char>(file.get() ^ mask);
        file.seekp(at);
        file.put(byte);
      };
      for (int bit = 0; bit < 8; ++bit) {
        flip(1 << bit);
        ArraysModel loaded(10);
        ASSERT_EQ(load(loaded), 1) << name << " byte " << at << " bit " << bit;
        ASSERT_EQ(loaded.floats_, older.floats_);
        ASSERT_NE(warnings_.find(name), std::string::npos) << warnings_;
        flip(1 << bit);
        ++flips;
      }
    }
  }
  ArraysModel loaded(10);
  EXPECT_EQ(load(loaded), 7);
  std::printf("%lld bits of a checkpoint flipped, each found\n", static_cast<long long>(flips));
  EXPECT_GT(flips, 8000);
}

TEST_F(CheckpointTest, TruncatedOrMissingFilesAreNamed) {
  ArraysModel model(100);
  const fs::path saved = save_checkpoint(ctx_, folder_, model, {.epochs = 1}, identity_);
  fs::resize_file(saved / "floats.bin", 399);
  EXPECT_EQ(load(model), -1);
  EXPECT_NE(warnings_.find("floats.bin: has 399 bytes, expected 400"), std::string::npos) << warnings_;
  fs::remove(saved / "floats.bin");
  EXPECT_EQ(load(model), -1);
  EXPECT_NE(warnings_.find("floats.bin: is missing"), std::string::npos) << warnings_;
}

TEST_F(CheckpointTest, TemporaryFoldersAreNeverRead) {
  ArraysModel model(10);
  const fs::path saved = save_checkpoint(ctx_, folder_, model, {.epochs = 1}, identity_);
  fs::rename(saved, folder_ / "step-000002.tmp-1-0");
  EXPECT_EQ(load(model), -1);
}

TEST_F(CheckpointTest, TheTrainedModelComesFirstAndAloneCounts) {
  ArraysModel training(10, 1.0F);
  ArraysModel trained(10, 2.0F);
  save_checkpoint(ctx_, folder_, training, {.epochs = 9}, identity_);
  ArraysModel loaded(10);
  EXPECT_THROW(load_trained_model(ctx_, folder_, loaded, identity_), Error);
  const fs::path final = save_checkpoint(ctx_, folder_, trained, {.epochs = 5, .trained = true}, identity_);
  EXPECT_EQ(final.filename(), "final");
  EXPECT_EQ(load(loaded), 5);
  EXPECT_EQ(load_trained_model(ctx_, folder_, loaded, identity_).epochs, 5);
  EXPECT_EQ(loaded.floats_, trained.floats_);
  fs::resize_file(final / "floats.bin", 39);
  EXPECT_THROW(load_trained_model(ctx_, folder_, loaded, identity_), Error);
  EXPECT_EQ(load(loaded), 9);
  // Trained again, it takes the place of the damaged one.
  save_checkpoint(ctx_, folder_, trained, {.epochs = 5, .trained = true}, identity_);
  EXPECT_EQ(load_trained_model(ctx_, folder_, loaded, identity_).epochs, 5);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

TEST_F(CheckpointTest, KeepsTheLastAndTheBest) {
  ArraysModel model(10);
  const std::optional<double> values[] = {0.1, 0.5, 0.2, 0.5, std::nullopt, 0.3};
  for (std::int64_t epoch = 1; epoch <= 6; ++epoch) {
    TrainingState state{.epochs = epoch};
    state.validation = values[epoch - 1];
    save_checkpoint(ctx_, folder_, model, state, identity_);
  }
  fs::resize_file(folder_ / "step-000003/MANIFEST.json", 10);
  remove_old_checkpoints(folder_, 2, 1);
  EXPECT_EQ(names_in(folder_), (std::set<std::string>{"step-000002", "step-000005", "step-000006"}));
  save_checkpoint(ctx_, folder_, model, {.epochs = 2, .trained = true}, identity_);
  remove_old_checkpoints(folder_, 2, 0);
  EXPECT_EQ(names_in(folder_), (std::set<std::string>{"final", "step-000006"}));
}

TEST_F(CheckpointTest, OtherDataOrAnotherModelIsRefused) {
  ArraysModel model(10);
  save_checkpoint(ctx_, folder_, model, {.epochs = 1}, identity_);
  identity_.data_fingerprint = "other";
  EXPECT_THROW(load(model), Error);
  identity_ = {.model = "als", .config_hash = "c", .data_fingerprint = "d"};
  EXPECT_THROW(load(model), Error);
}

TEST_F(CheckpointTest, AnotherShapeIsRefused) {
  ArraysModel model(10);
  save_checkpoint(ctx_, folder_, model, {.epochs = 1}, identity_);
  ArraysModel larger(11);
  EXPECT_EQ(load(larger), -1);
  EXPECT_NE(warnings_.find("the model expects float32 [11]"), std::string::npos) << warnings_;
}

}  // namespace
}  // namespace kindred
