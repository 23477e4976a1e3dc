// SPDX-License-Identifier: Apache-2.0
// Parquet files of every column type that is read, written here by Arrow.
#include "trainer/data/events.h"
#include "trainer/data/testing/temporary_folder.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace kindred {
namespace {

namespace fs = std::filesystem;

class ParquetTest : public testing::Test {
 protected:
  template <typename Builder, typename T>
  static std::shared_ptr<arrow::Array> column(Builder&& builder, const std::vector<std::optional<T>>& values) {
    for (const std::optional<T>& value : values) {
      EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
    }
    return builder.Finish().ValueOrDie();
  }
  std::string write(const std::string& name, const std::vector<std::string>& names,
                    const std::vector<std::shared_ptr<arrow::Array>>& arrays, std::int64_t group_rows = 1 << 20) const {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    for (std::size_t index = 0; index < names.size(); ++index)
      fields.push_back(arrow::field(names[index], arrays[index]->type()));
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    const auto out = arrow::io::FileOutputStream::Open(path.string()).ValueOrDie();
    const auto properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    EXPECT_TRUE(parquet::arrow::WriteTable(*arrow::Table::Make(arrow::schema(fields), arrays),
                                           arrow::default_memory_pool(), out, group_rows,
                                           parquet::default_writer_properties(), properties)
                    .ok());
    EXPECT_TRUE(out->Close().ok());
    return path.string();
  }
  static DataConfig config(const std::string& path, const std::string& weight = "", const std::string& timestamp = "") {
    DataConfig data;
    data.path = {path};
    data.columns = {"user", "item", weight, timestamp, "", ""};
    return data;
  }
  static RawEvents read(const DataConfig& data, int threads = 2) {
    ThreadPool pool(threads);
    return read_events(data, pool);
  }
  static std::string error_of(const DataConfig& data) {
    try {
      read(data);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  TemporaryFolder folder_;
};

TEST_F(ParquetTest, ManyRowGroupsAndThreads) {
  arrow::Int64Builder users;
  arrow::Int32Builder items;
  arrow::DoubleBuilder weights;
  arrow::Int64Builder times;
  for (int row = 0; row < 200000; ++row) {
    ASSERT_TRUE(users.Append((row * 7919LL) % 5003).ok());
    ASSERT_TRUE(items.Append((row * 31) % 977).ok());
    ASSERT_TRUE(weights.Append(row * 0.5).ok());
    ASSERT_TRUE(times.Append(1'000'000'000LL + row).ok());
  }
  const std::string path = write("a.parquet", {"time", "user", "unused", "item", "w"},
                                 {times.Finish().ValueOrDie(), users.Finish().ValueOrDie(),
                                  column<arrow::StringBuilder, std::string>(
                                      arrow::StringBuilder(), std::vector<std::optional<std::string>>(200000)),
                                  items.Finish().ValueOrDie(), weights.Finish().ValueOrDie()},
                                 70000);
  for (const int threads : {1, 2, 5}) {
    const RawEvents events = read(config(path, "w", "time"), threads);
    ASSERT_EQ(events.size(), 200000);
    EXPECT_EQ(events.users.ids.size(), 5003);
    EXPECT_EQ(events.items.ids.size(), 977);
    for (int row = 0; row < 200000; ++row) {
      ASSERT_EQ(events.users.ids.integer(events.users.codes[row]), (row * 7919LL) % 5003);
      ASSERT_EQ(events.items.ids.integer(events.items.codes[row]), (row * 31) % 977);
      ASSERT_EQ(events.weights[row], static_cast<float>(row * 0.5));
      ASSERT_EQ(events.timestamps[row], (1'000'000'000LL + row) * 1000);
    }
    for (int row = 0; row < 5003; ++row) ASSERT_EQ(events.users.codes[row], row);  // 7919 and 5003 are coprime
  }
}

TEST_F(ParquetTest, TypesAndMissingValues) {
  const auto text =
      column<arrow::StringBuilder, std::string>(arrow::StringBuilder(), {"b", "7", "b", std::nullopt, "\xff"});
  const auto dictionary =
      column<arrow::StringDictionaryBuilder, std::string>(arrow::StringDictionaryBuilder(), {"x", "y", "x", "x", "x"});
  const auto number = column<arrow::DoubleBuilder, double>(arrow::DoubleBuilder(), {1.0, 2.0, std::nan(""), 3.0, 2.5});
  const auto big =
      column<arrow::UInt64Builder, std::uint64_t>(arrow::UInt64Builder(), {18446744073709551615ULL, 7, 7, 7, 7});
  const auto time = column<arrow::TimestampBuilder, std::int64_t>(
      arrow::TimestampBuilder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool()),
      {1'500'000'123'999, 0, 1, 2, std::nullopt});
  const auto day = column<arrow::Date32Builder, std::int32_t>(arrow::Date32Builder(), {1, 2, 3, 4, 5});
  const auto truth = column<arrow::BooleanBuilder, bool>(arrow::BooleanBuilder(), {true, false, true, true, true});
  const std::string path = write("t.parquet", {"user", "item", "number", "big", "time", "day", "truth"},
                                 {text, dictionary, number, big, time, day, truth});
  DataConfig data = config(path, "", "time");
  data.max_bad_rows = 2;
  RawEvents events = read(data);
  EXPECT_EQ(events.size(), 3);
  EXPECT_EQ(events.users.ids.text(events.users.codes[1]), "7");
  EXPECT_EQ(events.items.ids.text(events.items.codes[1]), "y");
  EXPECT_EQ(events.timestamps[0], 1'500'000'123);
  EXPECT_NE(events.counts.examples.at(0).message.find("t.parquet: row 4: column 'user'"), std::string::npos);
  EXPECT_EQ(events.counts.bad_rows[static_cast<std::size_t>(BadRow::missing_user)], 1);
  EXPECT_EQ(events.counts.bad_rows[static_cast<std::size_t>(BadRow::invalid_id)], 1);

  data = config(path, "", "day");
  data.columns.user = "number";
  data.columns.item = "big";
  data.max_bad_rows = 2;
  events = read(data);
  EXPECT_TRUE(events.users.ids.integers());
  EXPECT_EQ(events.size(), 3);
  EXPECT_EQ(events.items.ids.text(0), "18446744073709551615");
  EXPECT_EQ(events.items.ids.text(1), "7");
  EXPECT_EQ(events.timestamps[1], 2 * 86'400'000LL);
  data.columns.user = "truth";
  EXPECT_NE(error_of(data).find("has type bool"), std::string::npos) << error_of(data);
  data.columns.user = "usr";
  EXPECT_NE(error_of(data).find("did you mean 'user'"), std::string::npos) << error_of(data);
}

TEST_F(ParquetTest, PartitionedFolder) {
  const auto one = column<arrow::Int64Builder, std::int64_t>(arrow::Int64Builder(), {1});
  const auto two = column<arrow::Int64Builder, std::int64_t>(arrow::Int64Builder(), {2});
  write("set/kind=buy/p.parquet", {"user", "item"}, {one, two});
  write("set/kind=view/p.parquet", {"item", "user"}, {two, two});
  DataConfig data = config((folder_ / "set").string());
  data.columns.event = "kind";
  const RawEvents events = read(data);
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events.events.ids.text(events.events.codes[1]), "view");
  EXPECT_EQ(events.users.ids.integer(events.users.codes[1]), 2);
}

TEST_F(ParquetTest, TruncatedFilesAreRefused) {
  const auto one = column<arrow::Int64Builder, std::int64_t>(arrow::Int64Builder(), {1, 2, 3});
  const std::string path = write("a.parquet", {"user", "item"}, {one, one});
  fs::resize_file(path, fs::file_size(path) / 2);
  EXPECT_NE(error_of(config(path)).find("a.parquet: the Parquet file cannot be read"), std::string::npos);
}

}  // namespace
}  // namespace kindred
