// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/columnar/parquet.h"

#include "trainer/data/readers/column_layout.h"
#include "trainer/data/readers/row_writer.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/io/file.h>
#include <arrow/util/thread_pool.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <type_traits>

namespace kindred {

namespace {

constexpr std::int64_t kBatchRows = std::int64_t{1} << 14;

// The one type in which a column's values are looked at.
std::shared_ptr<arrow::DataType> plain_type(const arrow::DataType& type, bool is_timestamp) {
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return plain_type(*static_cast<const arrow::DictionaryType&>(type).value_type(), is_timestamp);
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
      return arrow::int64();
    case arrow::Type::UINT64:
      return arrow::large_utf8();  // may be beyond int64; canonical texts become integers again
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return arrow::float64();
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return is_timestamp ? nullptr : arrow::float64();
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
      return arrow::large_binary();  // our own check of UTF-8 counts bad rows instead of stopping
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return is_timestamp ? arrow::timestamp(arrow::TimeUnit::MILLI) : nullptr;
    default:
      return nullptr;
  }
}

// One column of a batch, in its plain type.
class ColumnValues {
 public:
  ColumnValues() = default;
  explicit ColumnValues(std::shared_ptr<arrow::Array> array) : array_(std::move(array)), type_(array_->type_id()) {
    if (type_ == arrow::Type::INT64 || type_ == arrow::Type::TIMESTAMP) {
      integers_ = array_->data()->GetValues<std::int64_t>(1);
    } else if (type_ == arrow::Type::DOUBLE) {
      numbers_ = static_cast<const arrow::DoubleArray*>(array_.get())->raw_values();
    } else {
      texts_ = static_cast<const arrow::LargeBinaryArray*>(array_.get());
    }
  }
  Value at(std::int64_t row) const {
    if (array_->IsNull(row)) return Value();
    if (numbers_ != nullptr) return Value::of_number(numbers_[row]);
    if (texts_ != nullptr) return Value::of_text(texts_->GetView(row));
    return Value::of_integer(integers_[row],
                             type_ == arrow::Type::TIMESTAMP ? Value::Kind::milliseconds : Value::Kind::integer);
  }

 private:
  std::shared_ptr<arrow::Array> array_;
  arrow::Type::type type_ = arrow::Type::NA;
  const std::int64_t* integers_ = nullptr;
  const double* numbers_ = nullptr;
  const arrow::LargeBinaryArray* texts_ = nullptr;
};

class ParquetReader final : public BlockReader {
 public:
  ParquetReader(const DataConfig& data, const SourceFile& file, ThreadPool& pool) : data_(data), file_(file) {
    guarded([&] { open(pool.threads()); });
  }

  bool next(SourceBlock& block) override {
    return guarded([&] {
      std::shared_ptr<arrow::RecordBatch> batch;
      check(batches_->ReadNext(&batch));
      if (batch == nullptr) return false;
      rows_done_ += batch->num_rows();
      block.columnar = std::move(batch);
      block.text_bytes = 0;
      return true;
    });
  }

  void parse(const SourceBlock& block, RowBlock& rows) const override {
    guarded([&] {
      const auto& batch = *static_cast<const arrow::RecordBatch*>(block.columnar.get());
      std::array<ColumnValues, kRoles> columns;
      for (std::size_t role = 0; role < kRoles; ++role) {
        if (layout_.column[role] < 0) continue;
        const int place = place_in_batch_[role];
        columns[role] = ColumnValues(in_plain_type(batch.column(place), static_cast<Role>(role)));
      }
      RowWriter writer(layout_, data_, rows);
      RowValues values;
      for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
        for (std::size_t role = 0; role < kRoles; ++role) {
          if (layout_.column[role] >= 0) values[role] = columns[role].at(row);
        }
        writer.add(values, rows.lines++, true);
      }
      writer.finish();
    });
  }

  std::int64_t bytes_done() const override {
    return rows_total_ == 0
               ? 0
               : static_cast<std::int64_t>(static_cast<double>(file_.bytes) *
                                           (static_cast<double>(rows_done_) / static_cast<double>(rows_total_)));
  }
  const std::string& path() const override { return file_.path; }
  std::string_view position_name() const override { return "row"; }

 private:
  // Arrow speaks by status, Parquet by exception: both become Error(data) with the file's name.
  template <typename Body>
  std::invoke_result_t<Body> guarded(Body&& body) const {
    try {
      return body();
    } catch (const parquet::ParquetException& exception) {
      fail(ErrorKind::data, "{}: the Parquet file cannot be read: {}", file_.path, exception.what());
    }
  }
  void check(const arrow::Status& status) const {
    if (!status.ok()) fail(ErrorKind::data, "{}: the Parquet file cannot be read: {}", file_.path, status.message());
  }
  template <typename T>
  T value(arrow::Result<T> result) const {
    check(result.status());
    return std::move(result).ValueUnsafe();
  }

  void open(int threads) {
    check(arrow::SetCpuThreadPoolCapacity(threads));
    parquet::ReaderProperties properties = parquet::default_reader_properties();
    properties.enable_buffered_stream();  // pages as they are needed, not whole column chunks
    properties.set_buffer_size(std::int64_t{1} << 20);
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(kBatchRows);
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_use_threads(threads > 1);
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(value(arrow::io::ReadableFile::Open(file_.path)), properties));
    builder.properties(arrow_properties);
    check(builder.Build(&reader_));
    std::shared_ptr<arrow::Schema> schema;
    check(reader_->GetSchema(&schema));

    std::vector<std::string> names;
    for (const auto& field : schema->fields()) names.push_back(field->name());
    layout_ = resolve_columns(data_.columns, file_, names, schema->num_fields());
    std::vector<int> wanted;  // fields, ascending: the order of columns in a batch
    for (std::size_t role = 0; role < kRoles; ++role) {
      if (layout_.column[role] < 0) continue;
      const arrow::DataType& type = *schema->field(layout_.column[role])->type();
      if (plain_type(type, role == static_cast<std::size_t>(Role::timestamp)) == nullptr) {
        fail(ErrorKind::data, "{}: {} (columns.{}) has type {}; expected {}", file_.path, layout_.label[role],
             kRoleNames[role], type.ToString(),
             role == static_cast<std::size_t>(Role::timestamp) ? "a timestamp, date, number or text"
                                                               : "a number or text");
      }
      wanted.push_back(layout_.column[role]);
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::vector<int> leaves;
    for (const int field : wanted)
      leaves.push_back(reader_->manifest().schema_fields[static_cast<std::size_t>(field)].column_index);
    for (std::size_t role = 0; role < kRoles; ++role) {
      place_in_batch_[role] =
          static_cast<int>(std::find(wanted.begin(), wanted.end(), layout_.column[role]) - wanted.begin());
    }
    rows_total_ = reader_->parquet_reader()->metadata()->num_rows();
    std::vector<int> groups(static_cast<std::size_t>(reader_->num_row_groups()));
    for (std::size_t group = 0; group < groups.size(); ++group) groups[group] = static_cast<int>(group);
    batches_ = value(reader_->GetRecordBatchReader(groups, leaves));
  }

  std::shared_ptr<arrow::Array> in_plain_type(const std::shared_ptr<arrow::Array>& array, Role role) const {
    const std::shared_ptr<arrow::DataType> type = plain_type(*array->type(), role == Role::timestamp);
    if (array->type()->Equals(*type)) return array;
    arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(type);
    options.allow_time_truncate = true;
    options.allow_invalid_utf8 = true;
    options.allow_decimal_truncate = true;
    std::shared_ptr<arrow::Array> decoded = array;
    if (array->type_id() == arrow::Type::DICTIONARY) {
      decoded =
          value(arrow::compute::Cast(*array, static_cast<const arrow::DictionaryType&>(*array->type()).value_type()));
      if (decoded->type()->Equals(*type)) return decoded;
    }
    return value(arrow::compute::Cast(arrow::Datum(decoded), options)).make_array();
  }

  const DataConfig& data_;
  SourceFile file_;
  ColumnLayout layout_;
  std::array<int, kRoles> place_in_batch_{};
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::int64_t rows_done_ = 0;
  std::int64_t rows_total_ = 0;
};

}  // namespace

std::unique_ptr<BlockReader> open_parquet(const DataConfig& data, const SourceFile& file, ThreadPool& pool) {
  return std::make_unique<ParquetReader>(data, file, pool);
}

}  // namespace kindred
