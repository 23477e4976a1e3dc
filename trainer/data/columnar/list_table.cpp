// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/columnar/list_table.h"

#include "kernels/core/check.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace kindred {

namespace {

constexpr std::int64_t kGroupValues = std::int64_t{16} << 20;
constexpr std::int64_t kListGroupRows = std::int64_t{1} << 20;

// Hands what Parquet writes to a function, and keeps what that throws: exceptions do not cross Arrow.
class FunctionStream final : public arrow::io::OutputStream {
 public:
  explicit FunctionStream(const std::function<void(std::span<const std::byte>)>& write) : write_(write) {}

  arrow::Status Write(const void* data, std::int64_t bytes) override {
    if (thrown_) return arrow::Status::IOError("the caller could not write");
    try {
      write_({static_cast<const std::byte*>(data), static_cast<std::size_t>(bytes)});
    } catch (...) {
      thrown_ = std::current_exception();
      return arrow::Status::IOError("the caller cannot write");
    }
    position_ += bytes;
    return arrow::Status::OK();
  }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }

  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  const std::function<void(std::span<const std::byte>)>& write_;
  std::exception_ptr thrown_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

class ListTableWriter {
 public:
  ListTableWriter(const ListTable& table, std::string_view name,
                  const std::function<void(std::span<const std::byte>)>& write)
      : table_(table), name_(name), stream_(std::make_shared<FunctionStream>(write)) {
    const auto values = table.lists.floats != nullptr ? arrow::float32() : arrow::int32();
    list_type_ = arrow::list(arrow::field("element", values, false));
    schema_ =
        arrow::schema({arrow::field("id", arrow::int64(), false), arrow::field("external_id", arrow::utf8(), false),
                       arrow::field(std::string(table.lists.name), list_type_, false)});
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::UNCOMPRESSED)
                                ->disable_dictionary()
                                ->disable_statistics(std::string(table.lists.name) + ".list.element")
                                ->max_row_group_length(kListGroupRows)
                                ->build();
    const auto stored = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_, properties, stored);
    check(writer.status());
    writer_ = std::move(*writer);
  }

  void write() {
    for (std::int64_t begin = 0; begin < table_.rows;) {
      const std::int64_t end = end_of_group(begin);
      write_group(begin, end);
      begin = end;
    }
    check(writer_->Close());
    check(stream_->Close());
  }

 private:
  void check(const arrow::Status& status) const {
    if (status.ok()) return;
    stream_->rethrow();
    fail(ErrorKind::device, "{}: cannot be written: {}", name_, status.ToString());
  }

  std::int64_t offset(std::int64_t row) const {
    const auto& offsets = table_.lists.offsets;
    return offsets.size(0) > 0 ? offsets(row) : row * table_.lists.width;
  }

  std::int64_t end_of_group(std::int64_t begin) const {
    std::int64_t end = begin + 1;
    while (end < table_.rows && end - begin < kListGroupRows && offset(end + 1) - offset(begin) <= kGroupValues) ++end;
    return end;
  }

  void write_group(std::int64_t begin, std::int64_t end) {
    arrow::Int64Builder ids;
    arrow::StringBuilder external_ids;
    arrow::Int32Builder offsets;
    check(ids.Reserve(end - begin));
    check(offsets.Reserve(end - begin + 1));
    const std::int64_t first = offset(begin);
    for (std::int64_t row = begin; row < end; ++row) {
      ids.UnsafeAppend(row);
      check(external_ids.Append(table_.external_id(row)));
      offsets.UnsafeAppend(static_cast<std::int32_t>(offset(row) - first));
    }
    const std::int64_t count = offset(end) - first;
    offsets.UnsafeAppend(static_cast<std::int32_t>(count));
    std::shared_ptr<arrow::Array> values;
    if (table_.lists.floats != nullptr) {
      values = std::make_shared<arrow::FloatArray>(
          count, arrow::Buffer::Wrap(table_.lists.floats + first, static_cast<std::size_t>(count)));
    } else {
      values = std::make_shared<arrow::Int32Array>(
          count, arrow::Buffer::Wrap(table_.lists.integers + first, static_cast<std::size_t>(count)));
    }
    const auto offset_array = finish(offsets);
    const auto lists =
        std::make_shared<arrow::ListArray>(list_type_, end - begin, offset_array->data()->buffers[1], values);
    const auto table = arrow::Table::Make(schema_, {finish(ids), finish(external_ids), lists}, end - begin);
    check(writer_->WriteTable(*table, kListGroupRows));
  }

  template <typename Builder>
  std::shared_ptr<arrow::Array> finish(Builder& builder) const {
    std::shared_ptr<arrow::Array> array;
    check(builder.Finish(&array));
    return array;
  }

  const ListTable& table_;
  std::string name_;
  std::shared_ptr<FunctionStream> stream_;
  std::shared_ptr<arrow::DataType> list_type_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

class ListTableReader {
 public:
  ListTableReader(const std::string& file, std::string_view list_name) : file_(file), list_name_(list_name) {}

  void read(const std::function<void(const ListTableBlock&)>& take) const {
    auto input = arrow::io::ReadableFile::Open(file_);
    check(input.status());
    auto opened = parquet::arrow::OpenFile(*input, arrow::default_memory_pool());
    check(opened.status());
    const std::unique_ptr<parquet::arrow::FileReader> reader = std::move(*opened);
    std::int64_t first_row = 0;
    for (int group = 0; group < reader->num_row_groups(); ++group) {
      std::shared_ptr<arrow::Table> table;
      check(reader->RowGroup(group)->ReadTable(&table));
      check_columns(*table);
      auto combined = table->CombineChunksToBatch();
      check(combined.status());
      first_row += take_block(**combined, first_row, take);
    }
  }

 private:
  void check(const arrow::Status& status) const {
    if (!status.ok()) fail(ErrorKind::data, "{}: the Parquet file cannot be read: {}", file_, status.message());
  }

  void check_columns(const arrow::Table& table) const {
    const auto is = [&](int column, const std::string& name, arrow::Type::type type) {
      return table.num_columns() == 3 && table.field(column)->name() == name &&
             table.column(column)->type()->id() == type && table.column(column)->null_count() == 0;
    };
    bool good = is(0, "id", arrow::Type::INT64) && is(1, "external_id", arrow::Type::STRING) &&
                is(2, list_name_, arrow::Type::LIST);
    if (good) {
      const auto element = static_cast<const arrow::ListType&>(*table.column(2)->type()).value_type()->id();
      good = element == arrow::Type::FLOAT || element == arrow::Type::INT32;
    }
    if (!good) {
      fail(ErrorKind::data, "{}: has other columns; expected id INT64, external_id STRING, {} LIST, without nulls",
           file_, list_name_);
    }
  }

  std::int64_t take_block(const arrow::RecordBatch& batch, std::int64_t first_row,
                          const std::function<void(const ListTableBlock&)>& take) const {
    const auto& texts = static_cast<const arrow::StringArray&>(*batch.column(1));
    const auto& lists = static_cast<const arrow::ListArray&>(*batch.column(2));
    const auto& values = *lists.values();
    if (values.null_count() != 0) fail(ErrorKind::data, "{}: a list holds a null; expected numbers", file_);
    const bool floats = values.type_id() == arrow::Type::FLOAT;
    take({.first_row = first_row,
          .rows = batch.num_rows(),
          .ids = static_cast<const arrow::Int64Array&>(*batch.column(0)).raw_values(),
          .external_id = [&texts](std::int64_t index) { return texts.GetView(index); },
          .offsets = lists.raw_value_offsets(),
          .floats = floats ? static_cast<const arrow::FloatArray&>(values).raw_values() : nullptr,
          .integers = floats ? nullptr : static_cast<const arrow::Int32Array&>(values).raw_values()});
    return batch.num_rows();
  }

  std::string file_;
  std::string list_name_;
};

}  // namespace

bool list_tables_are_built() { return true; }

void write_list_table(const ListTable& table, std::string_view name,
                      const std::function<void(std::span<const std::byte>)>& write) {
  ListTableWriter(table, name, write).write();
}

void read_list_table(const std::string& file, std::string_view list_name,
                     const std::function<void(const ListTableBlock&)>& take) {
  try {
    ListTableReader(file, list_name).read(take);
  } catch (const parquet::ParquetException& exception) {
    fail(ErrorKind::data, "{}: the Parquet file cannot be read: {}", file, exception.what());
  }
}

}  // namespace kindred
