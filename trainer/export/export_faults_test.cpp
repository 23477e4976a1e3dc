// SPDX-License-Identifier: Apache-2.0
// An export over disks that fail: the n-th call, for every n; and every state that a crash may leave. What is there
// under its own name is whole, and what was acknowledged is there.
#include "kernels/core/check.h"
#include "trainer/data/testing/crash_model.h"
#include "trainer/data/testing/faulty_file_calls.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/export/serve_check.h"
#include "trainer/export/testing/small_export.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>

namespace kindred {
namespace {

namespace fs = std::filesystem;

class ExportFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(ExportFaults, NthCallFailsForEveryN) {
  const SmallExport small;
  const FaultCase& tested = GetParam();
  std::int64_t refused = 0;
  std::int64_t n = 1;
  bool struck = true;
  for (; struck; ++n) {
    const TemporaryFolder folder("faults", TemporaryFolder::fast_parent());
    bool failed = false;
    {
      FaultyFileCalls disk(tested.fault, n, tested.stays);
      const ReplacedFileCalls in_use(disk);
      try {
        small.write(folder / "out");
      } catch (const Error& error) {
        failed = true;
        EXPECT_EQ(error.kind(), ErrorKind::device) << error.what();
        EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos) << error.what();
      }
      struck = disk.struck();
    }
    EXPECT_TRUE(struck || !failed);
    EXPECT_FALSE(failed && tested.harmless()) << "call " << n;
    refused += failed ? 1 : 0;
    // The disk works again: so does the export.
    if (!fs::exists(folder / "out")) {
      EXPECT_TRUE(failed) << "call " << n;
      small.write(folder / "out");
    }
    const ServeReport report = serve_check(small.ctx, folder / "out");
    EXPECT_TRUE(report.good()) << "call " << n << "\n" << to_table(report);
  }
  std::printf("%s: each of %lld calls failed once; %lld exports refused, 0 taken that are not whole\n", tested.name,
              static_cast<long long>(n - 2), static_cast<long long>(refused));
  EXPECT_GT(n, tested.fault == Fault::short_write ? 10 : 50);
}

INSTANTIATE_TEST_SUITE_P(Disks, ExportFaults, testing::ValuesIn(kFaultCases),
                         [](const auto& tested) { return std::string(tested.param.name); });

struct Verdict {
  CrashModel::Counts counts;
  std::int64_t losses = 0;
  std::int64_t not_whole = 0;
};

Verdict crash_everywhere(CrashModel::Syncs syncs) {
  SmallExport small;
  small.config.formats = {"npy"};
  small.config.seen_items = false;
  small.config.index.type = IndexType::none;
  const TemporaryFolder folder("crash", TemporaryFolder::fast_parent());
  fs::create_directories(folder / "disk");
  CrashModel disk(folder / "disk", syncs);
  {
    const ReplacedFileCalls in_use(disk);
    small.write(folder / "disk/out");
    disk.acknowledge();
  }
  Verdict verdict;
  verdict.counts = disk.for_each_state(folder / "after", 2048, [&](std::int64_t acknowledged) {
    const bool there = fs::exists(folder / "after/out");
    verdict.losses += acknowledged > 0 && !there ? 1 : 0;
    verdict.not_whole += there && !serve_check(small.ctx, folder / "after/out").good() ? 1 : 0;
  });
  return verdict;
}

TEST(ExportCrash, NoStateHoldsHalfAnExportOrLosesOne) {
  const Verdict verdict = crash_everywhere(CrashModel::Syncs::count);
  std::printf("%lld operations, %lld crash states (%lld distinct): %lld losses, %lld exports that are not whole\n",
              static_cast<long long>(verdict.counts.operations), static_cast<long long>(verdict.counts.states),
              static_cast<long long>(verdict.counts.distinct), static_cast<long long>(verdict.losses),
              static_cast<long long>(verdict.not_whole));
  EXPECT_TRUE(verdict.counts.complete);
  EXPECT_GT(verdict.counts.distinct, 100);
  EXPECT_EQ(verdict.losses, 0);
  EXPECT_EQ(verdict.not_whole, 0);
}

// The model of crashes is sharp: a disk that ignores syncs leaves such exports, and serve-check finds them.
TEST(ExportCrash, ADiskThatIgnoresSyncsIsFoundOut) {
  const Verdict verdict = crash_everywhere(CrashModel::Syncs::are_ignored);
  EXPECT_GT(verdict.not_whole, 10);
}

}  // namespace
}  // namespace kindred
