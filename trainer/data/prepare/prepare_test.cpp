// SPDX-License-Identifier: Apache-2.0
// prepare() from files: the cache, pseudonyms, and the published shapes of real data sets.
#include "trainer/data/prepare.h"

#include "kernels/core/check.h"
#include "trainer/data/dataset.h"
#include "trainer/data/prepare/pseudonymize.h"
#include "trainer/data/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace kindred {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Prepare : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("events.csv", "user,item\nalice,1\nalice,2\nbob,1\nbob,2\nbob,3\ncarol,3\n");
    config_.data.path = {(folder_ / "events.csv").string()};
    config_.data.prepared = (folder_ / "prepared").string();
    config_.split.protocol = SplitProtocol::none;
  }
  PreparedDataset prepare_now(bool force = false) { return prepare(config_, pool_, progress_, force); }

  TemporaryFolder folder_;
  Config config_;
  ThreadPool pool_{2};
  NoProgress progress_;
};

TEST_F(Prepare, IsFoundAgainAndForgetsNothing) {
  const PreparedDataset first = prepare_now();
  EXPECT_FALSE(first.from_cache);
  EXPECT_EQ(first.report.entries, 6);
  const PreparedDataset second = prepare_now();
  EXPECT_TRUE(second.from_cache);
  EXPECT_EQ(second.folder, first.folder);
  EXPECT_EQ(second.report.to_json(), first.report.to_json());
  const std::string manifest = read_file(first.folder / "MANIFEST.json");
  EXPECT_FALSE(prepare_now(true).from_cache);
  EXPECT_EQ(read_file(first.folder / "MANIFEST.json"), manifest);
  EXPECT_EQ(manifest.find(folder_.path().string()), std::string::npos);  // nothing of this machine

  config_.data.filter.min_user_events = 2;
  EXPECT_NE(prepare_now().fingerprint, first.fingerprint);
  config_.data.filter.min_user_events = 1;
  folder_.write("events.csv", "user,item\nalice,1\n");
  EXPECT_NE(prepare_now().fingerprint, first.fingerprint);
}

TEST_F(Prepare, ADamagedCacheIsAnErrorAndForceMendsIt) {
  const PreparedDataset first = prepare_now();
  folder_.write(first.folder / "train.ids", "short");
  EXPECT_THROW(prepare_now(), Error);
  EXPECT_NO_THROW(prepare_now(true));
  EXPECT_TRUE(prepare_now().from_cache);
}

TEST_F(Prepare, PseudonymsAreKeyedHashesAndTheKeyIsNowhere) {
  const std::string key = "correct horse battery staple 0123";
  folder_.write("key", key + "\n");
  config_.data.pseudonymize.key_file = (folder_ / "key").string();
  const PreparedDataset prepared = prepare_now();
  const auto dataset = Dataset::open(prepared.folder);
  // python3: hashlib.blake2b(b"alice", key=b"correct horse battery staple 0123", digest_size=16).hexdigest()
  EXPECT_TRUE(dataset->users().find("98ad9e24dbda24022e21154fcb1be259").has_value());
  EXPECT_FALSE(dataset->users().find("alice").has_value());
  fs::remove(folder_ / "key");
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "prepared")) {
    if (!entry.is_regular_file()) continue;
    const std::string bytes = read_file(entry.path());
    EXPECT_EQ(bytes.find(key), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find("alice"), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find((folder_ / "key").string()), std::string::npos) << entry.path();
  }
  folder_.write("key", "another key of some length");
  EXPECT_NE(prepare_now().fingerprint, prepared.fingerprint);
  folder_.write("key", "too short");
  EXPECT_THROW(prepare_now(), Error);
}

TEST_F(Prepare, GivenFilesArePseudonymizedTheSameWay) {
  folder_.write("key", "0123456789abcdef0123456789abcdef");
  folder_.write("test.csv", "user,item\nalice,3\ncarol,1\nnobody,1\nbob,99\n");
  config_.split.protocol = SplitProtocol::given;
  config_.split.test = (folder_ / "test.csv").string();
  const PrepareReport plain = prepare_now().report;
  config_.data.pseudonymize.key_file = (folder_ / "key").string();
  const PrepareReport report = prepare_now().report;
  EXPECT_EQ(report.test.targets, 2);
  EXPECT_EQ(report.test.dropped, (Counts{{"user_not_in_source", 1}, {"item_not_in_source", 1}}));
  EXPECT_EQ(report.to_json(), plain.to_json());
}

std::optional<fs::path> data_folder() {
  const char* folder = std::getenv("KINDRED_DATA");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "gowalla-lightgcn")) return std::nullopt;
  return fs::path(folder);
}

TEST_F(Prepare, GowallaHasItsPublishedShape) {
  const auto data = data_folder();
  if (!data) GTEST_SKIP() << "KINDRED_DATA does not name the folder of the data sets";
  config_.data.format = DataFormat::lists;
  config_.data.path = {(*data / "gowalla-lightgcn/train.txt.zst").string()};
  config_.split.protocol = SplitProtocol::given;
  config_.split.test = (*data / "gowalla-lightgcn/test.txt.zst").string();
  const PreparedDataset prepared = prepare_now();
  EXPECT_EQ(prepared.report.entries, 810128);
  EXPECT_EQ(prepared.report.users, 29858);
  EXPECT_EQ(prepared.report.items, 40981);
  EXPECT_EQ(prepared.report.test.targets, 217242);
  EXPECT_EQ(prepared.report.test.users, 29858);
  EXPECT_EQ(prepared.report.test.seen_in_training, 0);
  EXPECT_FALSE(Dataset::open(prepared.folder)->train().has_values());
}

TEST_F(Prepare, MovieLensAsThePapersPrepareIt) {
  const auto data = data_folder();
  if (!data) GTEST_SKIP() << "KINDRED_DATA does not name the folder of the data sets";
  config_.data.path = {(*data / "ml-1m/ratings_uir.csv.zst").string()};
  config_.data.header = false;
  config_.data.columns.user = "0";
  config_.data.columns.item = "1";
  config_.data.columns.weight = "2";
  config_.data.filter.min_weight = 3.5;
  config_.data.filter.min_user_events = 5;
  config_.data.binarize = true;
  config_.split.protocol = SplitProtocol::held_out_users;
  config_.split.test_users = 600;
  config_.split.validation_users = 600;
  const PrepareReport report = prepare_now().report;
  // 348,971 ratings of 4 and 226,310 of 5.
  EXPECT_EQ(report.rows_read, 1000209);
  EXPECT_EQ(report.rows_read - report.dropped[0].second, 348971 + 226310);
  EXPECT_EQ(report.test.users, 600);
  EXPECT_EQ(report.validation.users, 600);
  EXPECT_EQ(report.held_out_users, 1200);
  EXPECT_FALSE(report.has_values);
}

}  // namespace
}  // namespace kindred
