// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/export_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

namespace kindred {

namespace {

// Collects small pieces into blocks; a block is written and summed at the same time.
class SummedFile {
 public:
  explicit SummedFile(const std::filesystem::path& path) : file_(path) { buffer_.reserve(kBlockBytes); }

  void write(std::span<const std::byte> bytes) {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    if (buffer_.size() + bytes.size() < kBlockBytes) {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return;
    }
    flush();
    while (!bytes.empty()) {
      const auto block = bytes.subspan(0, std::min(bytes.size(), kBlockBytes));
      put(block);
      bytes = bytes.subspan(block.size());
    }
  }

  std::int64_t bytes() const { return bytes_; }

  std::string close() {
    flush();
    file_.sync();
    file_.close();
    return sum_.hex();
  }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{16} << 20;
  static constexpr std::size_t kWorthAThread = std::size_t{1} << 20;

  void put(std::span<const std::byte> block) {
    if (block.size() < kWorthAThread) {
      sum_.add(block);
      file_.write(block);
      return;
    }
    auto summed = std::async(std::launch::async, [this, block] { sum_.add(block); });
    file_.write(block);
    summed.get();
  }
  void flush() {
    if (!buffer_.empty()) put(buffer_);
    buffer_.clear();
  }

  SyncedFile file_;
  Sha256 sum_;
  std::vector<std::byte> buffer_;
  std::int64_t bytes_ = 0;
};

}  // namespace

void ExportFolder::write(ExportedFile about, const std::function<void(const WriteBytes&)>& body) {
  SummedFile file(staging() / about.name);
  body([&file](std::span<const std::byte> bytes) { file.write(bytes); });
  about.bytes = file.bytes();
  about.sha256 = file.close();
  files_.push_back(std::move(about));
}

void ExportFolder::write_text(std::string_view name, std::string_view text) {
  write({.name = std::string(name), .bytes = 0, .sha256 = {}, .dtype = {}, .shape = {}},
        [text](const WriteBytes& put) { put(bytes_of(text)); });
}

void ExportFolder::discard(std::string_view name) {
  std::erase_if(files_, [name](const ExportedFile& file) { return file.name == name; });
  remove_leftover(staging() / name);
}

std::string sha256_sums(std::vector<ExportedFile> files) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string text;
  for (const ExportedFile& file : files) text += fmt::format("{}  {}\n", file.sha256, file.name);
  return text;
}

}  // namespace kindred
