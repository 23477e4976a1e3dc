// SPDX-License-Identifier: Apache-2.0
#include "tools/recommendation_writer.h"

#include "kernels/core/check.h"
#include "trainer/data/columnar/recommendation_table.h"
#include "trainer/data/synced_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <vector>

namespace kindred {

namespace {

namespace fs = std::filesystem;

// A field that holds the separator, a quote or a line break is quoted, as RFC 4180 says.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

fs::path staging_name(const std::string& file) { return fmt::format("{}.tmp-{}", file, ::getpid()); }

// Lines of text, flushed in blocks of about 1 MiB.
class TextWriter : public RecommendationWriter {
 public:
  explicit TextWriter(const std::string& file) : target_(file), staging_(staging_name(file)), out_(staging_) {}
  ~TextWriter() override {
    std::error_code ignored;
    if (!closed_) fs::remove(staging_, ignored);
  }

  void close() override {
    flush();
    out_.sync();
    out_.close();
    fs::rename(staging_, target_);
    sync_folder(parent_folder(target_));
    closed_ = true;
  }

 protected:
  void add(std::string_view line) {
    constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
    buffer_ += line;
    if (buffer_.size() >= kBlockBytes) flush();
  }

 private:
  void flush() {
    out_.write({reinterpret_cast<const std::byte*>(buffer_.data()), buffer_.size()});
    buffer_.clear();
  }

  fs::path target_;
  fs::path staging_;
  SyncedFile out_;
  std::string buffer_;
  bool closed_ = false;
};

class CsvWriter final : public TextWriter {
 public:
  explicit CsvWriter(const std::string& file) : TextWriter(file) { add("user,rank,item,score\n"); }
  void write(std::string_view user, std::int64_t rank, std::string_view item, float score) override {
    add(fmt::format("{},{},{},{}\n", csv_field(user), rank, csv_field(item), score));
  }
};

class JsonLinesWriter final : public TextWriter {
 public:
  using TextWriter::TextWriter;
  void write(std::string_view user, std::int64_t rank, std::string_view item, float score) override {
    add(nlohmann::ordered_json{{"user", user}, {"rank", rank}, {"item", item}, {"score", score}}.dump() + "\n");
  }
};

class ParquetWriter final : public RecommendationWriter {
 public:
  explicit ParquetWriter(const std::string& file)
      : target_(file), staging_(staging_name(file)), table_(open_recommendation_table(staging_.string())) {}
  ~ParquetWriter() override {
    std::error_code ignored;
    if (table_) fs::remove(staging_, ignored);
  }
  void write(std::string_view user, std::int64_t rank, std::string_view item, float score) override {
    table_->append(user, rank, item, score);
  }
  void close() override {
    table_->close();
    fs::rename(staging_, target_);
    sync_folder(parent_folder(target_));
    table_.reset();
  }

 private:
  fs::path target_;
  fs::path staging_;
  std::unique_ptr<RecommendationTable> table_;
};

}  // namespace

std::unique_ptr<RecommendationWriter> RecommendationWriter::create(const std::string& file) {
  const std::string ending = fs::path(file).extension().string();
  if (ending == ".csv") return std::make_unique<CsvWriter>(file);
  if (ending == ".jsonl") return std::make_unique<JsonLinesWriter>(file);
  if (ending == ".parquet") return std::make_unique<ParquetWriter>(file);
  fail(ErrorKind::usage, "--output: {} ends in '{}'; expected .parquet, .csv or .jsonl", file, ending);
}

}  // namespace kindred
