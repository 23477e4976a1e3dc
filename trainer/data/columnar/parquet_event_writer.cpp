// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/columnar/parquet_event_writer.h"

#include "kernels/core/check.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <utility>

namespace kindred {

namespace {

constexpr std::int64_t kRowGroup = std::int64_t{1} << 20;
constexpr int kZstdLevel = 1;

class ParquetEventWriter final : public EventWriter {
 public:
  explicit ParquetEventWriter(std::filesystem::path path) : path_(std::move(path)), partial_(path_) {
    partial_ += ".partial";
    auto file = arrow::io::FileOutputStream::Open(partial_.string());
    check(file.status());
    file_ = *file;
    schema_ =
        arrow::schema({arrow::field("user", arrow::int64(), false), arrow::field("item", arrow::int64(), false),
                       arrow::field("timestamp", arrow::int64(), false), arrow::field("event", arrow::utf8(), false),
                       arrow::field("session", arrow::int64(), false)});
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::ZSTD)
                                ->compression_level(kZstdLevel)
                                ->disable_dictionary()
                                ->enable_dictionary("event")
                                ->max_row_group_length(kRowGroup)
                                ->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), file_, properties);
    check(writer.status());
    writer_ = std::move(*writer);
  }
  ~ParquetEventWriter() override {
    if (finished_) return;
    // Whatever the writer still wants to say, the file goes.
    if (writer_) (void)writer_->Close();
    if (file_) (void)file_->Close();
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
  }

  void write(std::span<const SynthEvent> events) override {
    while (!events.empty()) {
      const auto room = static_cast<std::size_t>(kRowGroup - user_.length());
      const auto taken = events.subspan(0, std::min(room, events.size()));
      for (const SynthEvent& event : taken) {
        check(user_.Append(event.user));
        check(item_.Append(event.item));
        check(time_.Append(event.time));
        check(kind_.Append(name_of(event.kind)));
        check(session_.Append(event.session));
      }
      events = events.subspan(taken.size());
      if (user_.length() == kRowGroup) write_row_group();
    }
  }

  void finish() override {
    write_row_group();
    check(writer_->Close());
    check(file_->Close());
    std::error_code error;
    std::filesystem::rename(partial_, path_, error);
    if (error) fail(ErrorKind::device, "{}: cannot be renamed: {}", partial_.string(), error.message());
    finished_ = true;
  }

 private:
  void check(const arrow::Status& status) const {
    if (!status.ok()) fail(ErrorKind::device, "{}: cannot be written: {}", partial_.string(), status.ToString());
  }
  template <typename Builder>
  std::shared_ptr<arrow::Array> take(Builder& builder) const {
    std::shared_ptr<arrow::Array> array;
    check(builder.Finish(&array));
    return array;
  }
  void write_row_group() {
    const std::int64_t rows = user_.length();
    if (rows == 0) return;
    const auto batch = arrow::RecordBatch::Make(
        schema_, rows, arrow::ArrayVector{take(user_), take(item_), take(time_), take(kind_), take(session_)});
    auto table = arrow::Table::FromRecordBatches(schema_, {batch});
    check(table.status());
    check(writer_->WriteTable(**table, kRowGroup));
  }

  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::shared_ptr<arrow::io::FileOutputStream> file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  arrow::Int64Builder user_;
  arrow::Int64Builder item_;
  arrow::Int64Builder time_;
  arrow::StringBuilder kind_;
  arrow::Int64Builder session_;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<EventWriter> make_parquet_event_writer(const std::filesystem::path& path) {
  return std::make_unique<ParquetEventWriter>(path);
}

}  // namespace kindred
