// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/checkpoint.h"

#include "kernels/core/tensor.h"
#include "kernels/core/testing/devices.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/train/early_stopping.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>

namespace kindred {
namespace {

namespace fs = std::filesystem;

// A model that is nothing but its arrays.
class ArraysModel final : public Model {
 public:
  explicit ArraysModel(std::int64_t size, float first = 0.0F) : floats_(static_cast<std::size_t>(size)), ids_{1, 2, 3} {
    std::iota(floats_.begin(), floats_.end(), first);
  }
  std::string_view type() const override { return "arrays"; }
  std::int64_t epochs() const override { return 0; }
  void train_epoch(const Context&, std::int64_t) override {}
  std::optional<double> objective(const Context&) const override { return {}; }
  void rank(const Context&, const RankQuery&, RankResult&) const override {}
  std::vector<Contribution> explain(const Context&, const RankQuery&, std::int32_t) const override { return {}; }
  void similar(const Context&, std::int32_t, std::int64_t, std::vector<std::int32_t>&,
               std::vector<float>&) const override {}
  std::vector<NamedParameter> parameters() override {
    return {{"floats", {static_cast<std::int64_t>(floats_.size())}, "float32", floats_.data()},
            {"ids", {3}, "int64", ids_.data()}};
  }
  std::vector<float> floats_;
  std::vector<std::int64_t> ids_;
};

// One array on the device of a context.
class DeviceModel final : public Model {
 public:
  DeviceModel(const Context& ctx, const std::vector<float>& numbers)
      : numbers_(Tensor<float, 1>::from_host(ctx, {numbers.data(), {static_cast<std::int64_t>(numbers.size())}},
                                             "test.numbers")) {}
  std::string_view type() const override { return "arrays"; }
  std::int64_t epochs() const override { return 0; }
  void train_epoch(const Context&, std::int64_t) override {}
  std::optional<double> objective(const Context&) const override { return {}; }
  void rank(const Context&, const RankQuery&, RankResult&) const override {}
  std::vector<Contribution> explain(const Context&, const RankQuery&, std::int32_t) const override { return {}; }
  void similar(const Context&, std::int32_t, std::int64_t, std::vector<std::int32_t>&,
               std::vector<float>&) const override {}
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
  const fs::path file = save_checkpoint(ctx, folder / "checkpoints", 3, saved, identity) / "numbers.bin";
  ASSERT_EQ(fs::file_size(file), numbers.size() * sizeof(float));
  std::vector<float> written(numbers.size());
  std::ifstream(file, std::ios::binary)
      .read(reinterpret_cast<char*>(written.data()), static_cast<std::streamsize>(written.size() * sizeof(float)));
  EXPECT_EQ(written, numbers);
  DeviceModel loaded(ctx, std::vector<float>(numbers.size()));
  EXPECT_EQ(load_newest_checkpoint(ctx, folder / "checkpoints", loaded, identity, [](std::string_view) {}), 3);
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
  std::int64_t load(Model& model) {
    warnings_.clear();
    return load_newest_checkpoint(ctx_, folder_, model, identity_, [&](std::string_view line) { warnings_ += line; });
  }

  const Context ctx_ = Context::cpu(1);
  TemporaryFolder temporary_;
  const fs::path folder_ = temporary_ / "checkpoints";
  CheckpointIdentity identity_{.model = "arrays", .config_hash = "c", .data_fingerprint = "d"};
  std::string warnings_;
};

TEST_F(CheckpointTest, RestoresTheSameBits) {
  for (const std::int64_t size : {0, 1, 1000, 3 * 1024 * 1024}) {  // the last spans several chunks
    fs::remove_all(folder_);
    ArraysModel saved(size, 0.1F);
    save_checkpoint(ctx_, folder_, 16, saved, identity_);
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
  save_checkpoint(ctx_, folder_, 9, older, identity_);
  save_checkpoint(ctx_, folder_, 10, newer, identity_);
  ArraysModel loaded(10);
  EXPECT_EQ(load(loaded), 10);
  EXPECT_EQ(loaded.floats_, newer.floats_);
  EXPECT_EQ(warnings_, "");
}

TEST_F(CheckpointTest, EveryByteThatFlipsIsFoundAndTheOlderCheckpointTaken) {
  ArraysModel older(10, 1.0F);
  save_checkpoint(ctx_, folder_, 1, older, identity_);
  ArraysModel newer(10, 2.0F);
  const fs::path damaged = save_checkpoint(ctx_, folder_, 2, newer, identity_);
  for (const char* name : {"floats.bin", "ids.bin", "MANIFEST.json"}) {
    const auto bytes = static_cast<std::streamoff>(fs::file_size(damaged / name));
    for (std::streamoff at = 0; at < bytes; ++at) {
      const auto flip = [&] {
        std::fstream file(damaged / name, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(at);
        const char byte = static_cast<char>(file.get() ^ 0x10);
        file.seekp(at);
        file.put(byte);
      };
      flip();
      ArraysModel loaded(10);
      const std::int64_t step = load(loaded);
      flip();
      // White space of the manifest carries no meaning; anything else must be noticed.
      if (step == 2) {
        EXPECT_EQ(loaded.floats_, newer.floats_) << name << " byte " << at;
        EXPECT_STREQ(name, "MANIFEST.json") << "byte " << at;
      } else {
        EXPECT_EQ(loaded.floats_, older.floats_);
        EXPECT_NE(warnings_.find(name), std::string::npos) << warnings_;
      }
    }
  }
}

TEST_F(CheckpointTest, TruncatedOrMissingFilesAreNamed) {
  ArraysModel model(100);
  const fs::path saved = save_checkpoint(ctx_, folder_, 1, model, identity_);
  fs::resize_file(saved / "floats.bin", 399);
  try {
    load(model);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find("floats.bin: has 399 bytes, expected 400"), std::string::npos)
        << error.what();
  }
  fs::remove(saved / "floats.bin");
  EXPECT_THROW(load(model), Error);
}

TEST_F(CheckpointTest, TemporaryFoldersAreNeverRead) {
  ArraysModel model(10);
  const fs::path saved = save_checkpoint(ctx_, folder_, 1, model, identity_);
  fs::rename(saved, folder_ / "step-000002.tmp-1-0");
  EXPECT_THROW(load(model), Error);
}

TEST_F(CheckpointTest, OtherDataOrAnotherModelIsRefused) {
  ArraysModel model(10);
  save_checkpoint(ctx_, folder_, 1, model, identity_);
  identity_.data_fingerprint = "other";
  EXPECT_THROW(load(model), Error);
  identity_ = {.model = "als", .config_hash = "c", .data_fingerprint = "d"};
  EXPECT_THROW(load(model), Error);
}

TEST_F(CheckpointTest, AnotherShapeIsRefused) {
  ArraysModel model(10);
  save_checkpoint(ctx_, folder_, 1, model, identity_);
  ArraysModel larger(11);
  EXPECT_THROW(load(larger), Error);
}

}  // namespace
}  // namespace kindred
