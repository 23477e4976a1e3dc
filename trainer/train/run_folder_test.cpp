// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_folder.h"

#include "kernels/core/check.h"
#include "trainer/data/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  fs::path make_run(const std::string& name, const std::string& folder, bool finished) {
    const fs::path path = output_ / name / folder;
    fs::create_directories(path);
    std::ofstream(path / "config.yaml") << "run: {}\n";
    if (finished) std::ofstream(path / "result.json") << R"({"status": "completed"})";
    return path;
  }

  TemporaryFolder temporary_;
  const fs::path output_ = temporary_ / "runs";
};

TEST_F(RunFolderTest, RunsOfTheSameSecondGetFoldersOfTheirOwn) {
  const RunFolder first = RunFolder::create(output_, "a", 0x12345678abcdef01);
  const RunFolder second = RunFolder::create(output_, "a", 0x12345678abcdef01);
  EXPECT_NE(first.path(), second.path());
  EXPECT_TRUE(fs::is_directory(first.path()));
  EXPECT_NE(first.path().filename().string().find("abcdef01"), std::string::npos);
}

TEST_F(RunFolderTest, ANameMeansItsNewestFinishedRun) {
  make_run("a", "20260101T000000Z-1", true);
  const fs::path newest = make_run("a", "20260102T000000Z-1", true);
  make_run("a", "20260103T000000Z-1", false);
  make_run("b", "20260104T000000Z-1", true);
  EXPECT_EQ(RunFolder::find("a", output_).path(), newest);
}

TEST_F(RunFolderTest, AFolderMeansItself) {
  const fs::path run = make_run("a", "20260101T000000Z-1", false);
  make_run("a", "20260102T000000Z-1", true);
  EXPECT_EQ(RunFolder::find(run.string(), output_).path(), run);
}

TEST_F(RunFolderTest, AnUnknownNameListsThoseThatExist) {
  make_run("movies", "20260101T000000Z-1", true);
  try {
    RunFolder::find("movie", output_);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("movies"), std::string::npos) << error.what();
  }
}

TEST_F(RunFolderTest, AnOutputThatCannotBeMadeIsNamed) {
  fs::create_directories(output_);
  std::ofstream(output_ / "file") << "x";
  EXPECT_THROW(RunFolder::create(output_ / "file", "a", 1), Error);
}

}  // namespace
}  // namespace kindred
