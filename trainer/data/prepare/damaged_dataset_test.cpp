// SPDX-License-Identifier: Apache-2.0
// A damaged prepared dataset is an error that names the file; never a crash, never a quiet success.
#include "kernels/core/check.h"
#include "trainer/data/dataset.h"
#include "trainer/data/dataset_manifest.h"
#include "trainer/data/dataset_writer.h"
#include "trainer/data/testing/make_dataset.h"
#include "trainer/data/testing/temporary_folder.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace kindred {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class DamagedDataset : public testing::Test {
 protected:
  void SetUp() override {
    TestDataset description;
    description.train = {{0, 2, 1.5F, 10}, {0, 0, 2.0F, 20}, {2, 1, -1.0F, 5}, {1, 1, 1.0F, 7}};
    description.timestamps = true;
    description.text_ids = true;
    description.validation.targets = {{2, 2}};
    description.test.targets = {{0, 1}, {2, 0}};
    make_dataset(description, folder_);
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    return names;
  }
  void expect_error(const std::string& names) const {
    try {
      Dataset::open(folder_);
      FAIL() << "opened in spite of " << names;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
      EXPECT_NE(std::string(error.what()).find(names), std::string::npos) << error.what();
    }
  }

  TemporaryFolder temporary_;
  const fs::path folder_ = temporary_ / "dataset";
};

TEST_F(DamagedDataset, TruncatedAndLengthened) {
  for (const std::string& name : files()) {
    const std::string whole = read_file(folder_ / name);
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
      if (length >= whole.size()) continue;
      write_file(folder_ / name, whole.substr(0, length));
      // The manifest without its last line feed is still whole.
      if (name != kManifestName || length + 1 < whole.size()) expect_error(name);
    }
    write_file(folder_ / name, whole + "x");
    expect_error(name);
    write_file(folder_ / name, whole);
  }
  EXPECT_NO_THROW(Dataset::open(folder_));
}

TEST_F(DamagedDataset, EveryFlippedByteIsFound) {
  for (const std::string& name : files()) {
    const std::string whole = read_file(folder_ / name);
    const std::size_t step = name == kManifestName ? 7 : 1;
    for (std::size_t i = 0; i < whole.size(); i += step) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x41);
      // White space between JSON tokens may change.
      if (name == kManifestName && (std::isspace(static_cast<unsigned char>(whole[i])) != 0)) continue;
      write_file(folder_ / name, flipped);
      expect_error(name);
    }
    write_file(folder_ / name, whole);
  }
}

TEST_F(DamagedDataset, MissingFiles) {
  for (const std::string& name : files()) {
    fs::rename(folder_ / name, folder_ / "elsewhere");
    expect_error(name);
    fs::rename(folder_ / "elsewhere", folder_ / name);
  }
}

TEST_F(DamagedDataset, AnotherVersion) {
  std::string manifest = read_file(folder_ / kManifestName);
  const std::string version = "\"format_version\": 1";
  manifest.replace(manifest.find(version), version.size(), "\"format_version\": 2");
  write_file(folder_ / kManifestName, manifest);
  expect_error("version 2");
}

// Folders with right checksums, but wrong contents.
class WrongContents : public testing::Test {
 protected:
  static DatasetArrays arrays() {
    DatasetArrays arrays;
    arrays.train.rows = 2;
    arrays.train.columns = 2;
    arrays.train.offsets = HostArray<std::int64_t>(std::vector<std::int64_t>{0, 1, 3});
    arrays.train.ids = HostArray<std::int32_t>(std::vector<std::int32_t>{1, 0, 1});
    arrays.train_transposed.rows = 2;
    arrays.train_transposed.columns = 2;
    arrays.train_transposed.offsets = HostArray<std::int64_t>(std::vector<std::int64_t>{0, 1, 3});
    arrays.train_transposed.ids = HostArray<std::int32_t>(std::vector<std::int32_t>{1, 0, 1});
    arrays.item_popularity = HostArray<std::int64_t>(std::vector<std::int64_t>{1, 2});
    arrays.users.numbers = HostArray<std::int64_t>(std::vector<std::int64_t>{7, 8});
    arrays.items.numbers = HostArray<std::int64_t>(std::vector<std::int64_t>{1, 2});
    return arrays;
  }
  static void expect_error(const DatasetArrays& wrong, const std::string& file) {
    const TemporaryFolder temporary;
    const fs::path folder = temporary / "dataset";
    ASSERT_TRUE(write_dataset(folder, wrong));
    try {
      Dataset::open(folder);
      ADD_FAILURE() << "opened: " << file;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      EXPECT_NE(std::string(error.what()).find(file), std::string::npos) << error.what();
    }
  }
};

TEST_F(WrongContents, OffsetsIdsValuesAndCounts) {
  DatasetArrays wrong = arrays();
  wrong.train.offsets[1] = 4;
  expect_error(wrong, "train.offsets");
  wrong = arrays();
  wrong.train.offsets[1] = -5;
  expect_error(wrong, "train.offsets");
  wrong = arrays();
  wrong.train.offsets[2] = 2;
  expect_error(wrong, "train.offsets");
  wrong = arrays();
  wrong.train.ids[0] = 2;
  expect_error(wrong, "train.ids");
  wrong = arrays();
  wrong.train_transposed.ids[1] = -1;
  expect_error(wrong, "train_transposed.ids");
  wrong = arrays();
  wrong.train.ids[2] = 0;
  expect_error(wrong, "train.ids");
  wrong = arrays();
  wrong.train.values = HostArray<float>(3, std::nanf(""));
  expect_error(wrong, "train.values");
  wrong = arrays();
  wrong.timestamps = HostArray<std::int64_t>(2, 0);
  expect_error(wrong, "train.timestamps");
  wrong = arrays();
  wrong.users.numbers[1] = 7;
  expect_error(wrong, "users.numbers");
  wrong = arrays();
  wrong.items.numbers = HostArray<std::int64_t>(1, 0);
  expect_error(wrong, "items");
  wrong = arrays();
  wrong.train.rows = 3;
  expect_error(wrong, "train.offsets");
}

TEST_F(WrongContents, EvaluationUsersOutOfRange) {
  DatasetArrays wrong = arrays();
  wrong.test.present = true;
  wrong.test.users = HostArray<std::int32_t>(1, 2);
  for (CsrArrays* csr : {&wrong.test.history, &wrong.test.targets}) {
    csr->offsets = HostArray<std::int64_t>(2, 0);
    csr->ids = HostArray<std::int32_t>(0);
  }
  expect_error(wrong, "test.users");
}

}  // namespace
}  // namespace kindred
