// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/training_loop.h"

#include "kernels/core/check.h"
#include "trainer/data/testing/faulty_file_calls.h"
#include "trainer/data/testing/make_dataset.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/train/testing/arrays_model.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <utility>

namespace kindred {
namespace {

namespace fs = std::filesystem;

// Its first number counts the epochs; the objective is what the test says.
class CountingModel final : public ArraysModel {
 public:
  CountingModel() : ArraysModel(4) { floats_[0] = 0.0F; }
  std::int64_t epochs() const override { return 6; }
  void train_epoch(const Context&, std::int64_t epoch) override {
    EXPECT_EQ(static_cast<float>(epoch), floats_[0]);
    floats_[0] += 1.0F;
    if (after_epoch_) after_epoch_(epoch + 1);
  }
  std::optional<double> objective(const Context&) const override { return objective_; }

  std::function<void(std::int64_t)> after_epoch_;
  double objective_ = 1.0;
};

class TrainingLoopTest : public testing::Test {
 protected:
  TrainingLoopTest() { config_.checkpoint.every_iterations = 2; }

  TrainingState run(CountingModel& model, TrainingState state = {}, StopRequest* stop = nullptr) {
    MetricsLog log(folder_ / "metrics.jsonl", state.metrics_log);
    return TrainingLoop({.ctx = ctx_,
                         .config = config_,
                         .data = *data_,
                         .model = model,
                         .checkpoints = folder_ / "checkpoints",
                         .identity = identity_,
                         .log = log,
                         .progress = progress_,
                         .stop = stop},
                        std::move(state))
        .run();
  }
  std::set<std::string> saved() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "checkpoints")) names.insert(entry.path().filename());
    return names;
  }
  std::string error_of(ErrorKind kind, CountingModel& model, StopRequest* stop = nullptr) {
    try {
      run(model, {}, stop);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  const Context ctx_ = Context::cpu(1);
  const TemporaryFolder folder_;
  Config config_;
  std::shared_ptr<const Dataset> data_ = make_dataset({.train = {{0, 0}, {1, 1}}});
  const CheckpointIdentity identity_{.model = "arrays", .config_hash = "c", .data_fingerprint = "d"};
  NoProgress progress_;
};

TEST_F(TrainingLoopTest, SavesByCountAndKeepsWhatTheConfigurationSays) {
  CountingModel model;
  const TrainingState state = run(model);
  EXPECT_TRUE(state.trained);
  EXPECT_EQ(state.epochs, 6);
  EXPECT_EQ(saved(), (std::set<std::string>{"final", "step-000006"}));
}

TEST_F(TrainingLoopTest, SavesByTime) {
  config_.checkpoint = {.every_iterations = 0, .every_minutes = 1e-9, .keep_last = 100};
  CountingModel model;
  run(model);
  EXPECT_EQ(saved().size(), 7U);
}

TEST_F(TrainingLoopTest, AStopSavesAndItGoesOnThere) {
  StopRequest stop;
  CountingModel model;
  model.after_epoch_ = [&](std::int64_t epoch) {
    EXPECT_EQ(stop.saves_first(), epoch > 1);
    if (epoch == 3) stop.request();
  };
  EXPECT_NE(error_of(ErrorKind::preempted, model, &stop).find("stopped after 3 of 6 epochs"), std::string::npos);
  CountingModel again;
  const auto state = load_newest_checkpoint(ctx_, folder_ / "checkpoints", again, identity_, [](std::string_view) {});
  ASSERT_TRUE(state);
  EXPECT_EQ(state->epochs, 3);
  EXPECT_EQ(run(again, *state).epochs, 6);
  EXPECT_EQ(again.floats_[0], 6.0F);
}

TEST_F(TrainingLoopTest, DivergenceNamesTheEpochAndKeepsTheLastGoodState) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e4}) {
    CountingModel model;
    model.after_epoch_ = [&](std::int64_t epoch) { model.objective_ = epoch == 5 ? bad : 1.0; };
    const std::string message = error_of(ErrorKind::divergence, model);
    EXPECT_NE(message.find("epoch 5: the objective is "), std::string::npos) << message;
    EXPECT_NE(message.find("model.regularization"), std::string::npos) << message;
    EXPECT_NE(message.find("the last good state: " + (folder_ / "checkpoints/step-000004").string()), std::string::npos)
        << message;
    CountingModel kept;
    const auto state = load_newest_checkpoint(ctx_, folder_ / "checkpoints", kept, identity_, [](std::string_view) {});
    ASSERT_TRUE(state);
    EXPECT_EQ(kept.floats_[0], 4.0F);
    fs::remove_all(folder_ / "checkpoints");
  }
}

// One failure is got over by writing anew under another name; a disk that stays bad ends the run with what was saved.
TEST_F(TrainingLoopTest, ARefusedSaveIsMadeOnceMore) {
  std::int64_t ended = 0;
  for (const bool stays : {false, true}) {
    bool struck = true;
    for (std::int64_t n = 1; struck; n += stays ? 7 : 1) {
      fs::remove_all(folder_ / "checkpoints");
      CountingModel model;
      FaultyFileCalls disk(Fault::io_error, n, stays);
      bool failed = false;
      {
        const ReplacedFileCalls in_use(disk);
        try {
          run(model);
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::device);
          failed = true;
        }
      }
      struck = disk.struck();
      ended += failed ? 1 : 0;
      CountingModel loaded;
      std::string warnings;
      const auto state = load_newest_checkpoint(ctx_, folder_ / "checkpoints", loaded, identity_,
                                                [&](std::string_view line) { warnings += line; });
      EXPECT_EQ(warnings, "");
      const float epochs = state ? static_cast<float>(state->epochs) : loaded.floats_[0];
      EXPECT_EQ(loaded.floats_[0], epochs);
      EXPECT_TRUE(failed || (state && state->trained));
    }
  }
  EXPECT_GT(ended, 10);
}

}  // namespace
}  // namespace kindred
