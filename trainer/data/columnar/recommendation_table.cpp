// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/columnar/recommendation_table.h"

#include "kernels/core/check.h"

#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>

namespace kindred {

namespace {

constexpr std::int64_t kGroupRows = std::int64_t{1} << 20;

class ParquetTable final : public RecommendationTable {
 public:
  explicit ParquetTable(const std::string& file) : file_(file) {
    schema_ =
        arrow::schema({arrow::field("user", arrow::utf8(), false), arrow::field("rank", arrow::int32(), false),
                       arrow::field("item", arrow::utf8(), false), arrow::field("score", arrow::float32(), false)});
    const auto properties = parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
    auto stream = arrow::io::FileOutputStream::Open(file);
    check(stream.status());
    stream_ = *stream;
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_, properties);
    check(writer.status());
    writer_ = std::move(*writer);
  }

  void append(std::string_view user, std::int64_t rank, std::string_view item, float score) override {
    check(users_.Append(user));
    check(ranks_.Append(static_cast<std::int32_t>(rank)));
    check(items_.Append(item));
    check(scores_.Append(score));
    if (users_.length() == kGroupRows) write_group();
  }

  void close() override {
    write_group();
    check(writer_->Close());
    check(stream_->Close());
  }

 private:
  void check(const arrow::Status& status) const {
    if (!status.ok()) fail(ErrorKind::device, "{}: cannot be written: {}", file_, status.ToString());
  }

  template <typename Builder>
  std::shared_ptr<arrow::Array> finish(Builder& builder) const {
    std::shared_ptr<arrow::Array> array;
    check(builder.Finish(&array));
    return array;
  }

  void write_group() {
    const std::int64_t rows = users_.length();
    if (rows == 0) return;
    const auto table =
        arrow::Table::Make(schema_, {finish(users_), finish(ranks_), finish(items_), finish(scores_)}, rows);
    check(writer_->WriteTable(*table, kGroupRows));
  }

  std::string file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::FileOutputStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  arrow::StringBuilder users_;
  arrow::Int32Builder ranks_;
  arrow::StringBuilder items_;
  arrow::FloatBuilder scores_;
};

}  // namespace

std::unique_ptr<RecommendationTable> open_recommendation_table(const std::string& file) {
  return std::make_unique<ParquetTable>(file);
}

}  // namespace kindred
