// SPDX-License-Identifier: Apache-2.0
// The commit protocol of checkpoints over disks that fail: the n-th call, for every n; and every state that a crash may
// leave. What was acknowledged is there, and what is read is what was written.
#include "kernels/core/check.h"
#include "trainer/data/testing/crash_model.h"
#include "trainer/data/testing/faulty_file_calls.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/train/checkpoint.h"
#include "trainer/train/testing/arrays_model.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

namespace kindred {
namespace {

namespace fs = std::filesystem;

const CheckpointIdentity kIdentity{.model = "arrays", .config_hash = "c", .data_fingerprint = "d"};

// The model and the state after so many epochs.
ArraysModel model_after(std::int64_t epochs) { return ArraysModel(20, static_cast<float>(100 * epochs)); }

TrainingState state_after(std::int64_t epochs) {
  TrainingState state{.epochs = epochs};
  state.validation = 1.0 / static_cast<double>(epochs);
  state.metrics_log = std::string(static_cast<std::size_t>(epochs) * 10, 'x');
  return state;
}

void save_and_prune(const Context& ctx, const fs::path& folder, std::int64_t epochs) {
  ArraysModel model = model_after(epochs);
  save_checkpoint(ctx, folder, model, state_after(epochs), kIdentity);
  remove_old_checkpoints(folder, 1, 0);
}

struct Found {
  std::int64_t epochs = 0;  // 0: no checkpoint
  bool right = true;        // its contents are those of that epoch
  std::string warnings;
};

Found find(const Context& ctx, const fs::path& folder) {
  Found found;
  ArraysModel model(20, -1.0F);
  const auto state =
      load_newest_checkpoint(ctx, folder, model, kIdentity, [&](std::string_view line) { found.warnings += line; });
  if (!state) return found;
  found.epochs = state->epochs;
  found.right = model.floats_ == model_after(found.epochs).floats_ &&
                state->metrics_log == state_after(found.epochs).metrics_log &&
                state->validation == state_after(found.epochs).validation;
  return found;
}

class CheckpointFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(CheckpointFaults, NthCallFailsForEveryN) {
  const Context ctx = Context::cpu(1);
  const FaultCase& tested = GetParam();
  std::int64_t refused = 0;
  std::int64_t n = 1;
  bool struck = true;
  for (; struck; ++n) {
    const TemporaryFolder folder("faults", TemporaryFolder::fast_parent());
    const fs::path checkpoints = folder / "run/checkpoints";
    save_and_prune(ctx, checkpoints, 1);
    bool failed = false;
    {
      FaultyFileCalls disk(tested.fault, n, tested.stays);
      const ReplacedFileCalls in_use(disk);
      try {
        save_and_prune(ctx, checkpoints, 2);
      } catch (const Error& error) {
        failed = true;
        EXPECT_EQ(error.kind(), ErrorKind::device);
        EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos) << error.what();
      }
      struck = disk.struck();
    }
    EXPECT_TRUE(struck || !failed);
    EXPECT_FALSE(failed && tested.harmless()) << "call " << n;
    refused += failed ? 1 : 0;
    const Found found = find(ctx, checkpoints);
    EXPECT_TRUE(found.right) << "call " << n;
    EXPECT_EQ(found.warnings, "") << "call " << n;
    EXPECT_GE(found.epochs, failed ? 1 : 2) << "call " << n;
    // The disk works again: so does the next save.
    save_and_prune(ctx, checkpoints, 3);
    EXPECT_EQ(find(ctx, checkpoints).epochs, 3);
  }
  std::printf("%s: each of %lld calls failed once; %lld saves refused, 0 checkpoints lost\n", tested.name,
              static_cast<long long>(n - 2), static_cast<long long>(refused));
  EXPECT_GT(n, tested.fault == Fault::short_write ? 4 : 25);
}

// What is read from a failing disk is not taken for a checkpoint.
TEST_P(CheckpointFaults, NthCallOfReadingFailsForEveryN) {
  const Context ctx = Context::cpu(1);
  const TemporaryFolder folder;
  ArraysModel one = model_after(1);
  ArraysModel two = model_after(2);
  save_checkpoint(ctx, folder / "checkpoints", one, state_after(1), kIdentity);
  save_checkpoint(ctx, folder / "checkpoints", two, state_after(2), kIdentity);
  std::int64_t older = 0;
  bool struck = true;
  for (std::int64_t n = 1; struck; ++n) {
    FaultyFileCalls disk(GetParam().fault, n, GetParam().stays);
    const ReplacedFileCalls in_use(disk);
    const Found found = find(ctx, folder / "checkpoints");
    struck = disk.struck();
    EXPECT_TRUE(found.right) << "call " << n;
    EXPECT_GE(found.epochs, 1) << "call " << n;
    EXPECT_EQ(found.epochs == 1, !found.warnings.empty()) << found.warnings;
    older += found.epochs == 1 ? 1 : 0;
  }
  EXPECT_EQ(older == 0, GetParam().harmless());
}

INSTANTIATE_TEST_SUITE_P(Disks, CheckpointFaults, testing::ValuesIn(kFaultCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

struct Verdict {
  CrashModel::Counts counts;
  std::int64_t losses = 0;
  std::int64_t wrong = 0;
  std::int64_t warned = 0;
};

// Three checkpoints, each removing the one before.
Verdict crash_everywhere(CrashModel::Syncs syncs, std::int64_t most_per_prefix) {
  const Context ctx = Context::cpu(1);
  const TemporaryFolder folder("crash", TemporaryFolder::fast_parent());
  fs::create_directories(folder / "disk/run");
  CrashModel disk(folder / "disk", syncs);
  {
    const ReplacedFileCalls in_use(disk);
    for (const std::int64_t epochs : {1, 2, 3}) {
      save_and_prune(ctx, folder / "disk/run/checkpoints", epochs);
      disk.acknowledge();
    }
  }
  Verdict verdict;
  verdict.counts = disk.for_each_state(folder / "after", most_per_prefix, [&](std::int64_t acknowledged) {
    const Found found = find(ctx, folder / "after/run/checkpoints");
    verdict.losses += found.epochs < acknowledged ? 1 : 0;
    verdict.wrong += found.right ? 0 : 1;
    verdict.warned += found.warnings.empty() ? 0 : 1;
  });
  return verdict;
}

TEST(CheckpointCrash, NoStateLosesWhatWasAcknowledgedOrIsTakenWrongly) {
  const Verdict verdict = crash_everywhere(CrashModel::Syncs::count, 4096);
  std::printf("%lld operations, %lld crash states (%lld distinct): %lld losses, %lld wrong results accepted\n",
              static_cast<long long>(verdict.counts.operations), static_cast<long long>(verdict.counts.states),
              static_cast<long long>(verdict.counts.distinct), static_cast<long long>(verdict.losses),
              static_cast<long long>(verdict.wrong));
  EXPECT_TRUE(verdict.counts.complete);
  EXPECT_GT(verdict.counts.distinct, 500);
  EXPECT_EQ(verdict.losses, 0);
  EXPECT_EQ(verdict.wrong, 0);
  EXPECT_EQ(verdict.warned, 0) << "a half removed checkpoint was seen";
}

// The model of crashes is sharp: with a disk that ignores syncs checkpoints are lost, but never taken wrongly.
TEST(CheckpointCrash, ADiskThatIgnoresSyncsLosesCheckpoints) {
  const Verdict verdict = crash_everywhere(CrashModel::Syncs::are_ignored, 64);
  std::printf("a disk that ignores syncs: %lld crash states: %lld losses, %lld wrong results accepted\n",
              static_cast<long long>(verdict.counts.distinct), static_cast<long long>(verdict.losses),
              static_cast<long long>(verdict.wrong));
  EXPECT_GT(verdict.losses, 100);
  EXPECT_EQ(verdict.wrong, 0);
}

}  // namespace
}  // namespace kindred
