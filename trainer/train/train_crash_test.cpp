// SPDX-License-Identifier: Apache-2.0
// A whole training on a disk that stops at any moment: from each state that the crash may leave, the same call ends
// with the same model, and what a caller was told to be done is there. A sample of the states, larger with
// KINDRED_CRASH_STATES=<states after each file-system call>.
#include "trainer/data/testing/crash_model.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/train/trainer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;

std::string bytes_in(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string model_in(const fs::path& run) {
  return bytes_in(run / "checkpoints/final/user_factors.bin") + bytes_in(run / "checkpoints/final/item_factors.bin");
}

class TrainCrash : public testing::Test {
 protected:
  TrainCrash() {
    std::string events = "user,item\n";
    for (int user = 0; user < 12; ++user) {
      for (int n = 0; n < 4; ++n) events += fmt::format("{},{}\n", user, (user * 5 + n * n) % 9);
    }
    folder_.write("events.csv", events);
  }

  RunFolder train_below(const std::string& output) const {
    const std::string config = fmt::format(
        "run: {{name: crash, output: {0}/{1}}}\n"
        "data: {{path: {0}/events.csv, columns: {{user: user, item: item}}, prepared: {0}/prepared}}\n"
        "split: {{protocol: random, validation_ratio: 0.2, test_ratio: 0.2}}\n"
        "model: {{type: als, factors: 2, iterations: 3, regularization: 0.02}}\n"
        "evaluation: {{metrics: [recall@2], bootstrap_samples: 0, baselines: [], every: 1, breakdown: false}}\n"
        "early_stopping: {{metric: recall@2, patience: 5}}\n"
        "checkpoint: {{every_iterations: 1, keep_last: 1, keep_best: 0}}\nthreads: 1\n",
        folder_.path().string(), output);
    const std::string file = folder_.write(output + ".yaml", config).string();
    NoProgress silent;
    return train(load_config({&file, 1}), silent);
  }

  TemporaryFolder folder_{"train_crash", TemporaryFolder::fast_parent()};
};

TEST_F(TrainCrash, EveryStateGoesOnToTheSameModel) {
  const std::string expected = model_in(train_below("undisturbed").path());
  ASSERT_FALSE(expected.empty());
  fs::create_directories(folder_ / "disk");
  CrashModel disk(folder_ / "disk");
  {
    const ReplacedFileCalls in_use(disk);
    train_below("disk");
    disk.acknowledge();
  }
  const char* wanted = std::getenv("KINDRED_CRASH_STATES");
  const std::int64_t most = wanted != nullptr ? std::atoll(wanted) : 3;
  std::int64_t losses = 0;
  std::int64_t wrong = 0;
  const CrashModel::Counts counts = disk.for_each_state(folder_ / "after", most, [&](std::int64_t acknowledged) {
    bool completed = false;
    for (const RunFolder& run : RunFolder::all(folder_ / "after", "crash")) {
      if (run.status() != kCompleted) continue;
      completed = true;
      wrong += model_in(run.path()) == expected ? 0 : 1;
    }
    losses += acknowledged > 0 && !completed ? 1 : 0;
    const RunFolder run = train_below("after");
    wrong += run.status() == kCompleted && model_in(run.path()) == expected ? 0 : 1;
  });
  std::printf("a whole training: %lld operations, %lld crash states resumed: %lld losses, %lld wrong results\n",
              static_cast<long long>(counts.operations), static_cast<long long>(counts.distinct),
              static_cast<long long>(losses), static_cast<long long>(wrong));
  EXPECT_EQ(losses, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(counts.distinct, 100);
}

}  // namespace
}  // namespace kindred
