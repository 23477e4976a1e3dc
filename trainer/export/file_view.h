// SPDX-License-Identifier: Apache-2.0
// A file of an export, mapped to be read. Follows no symbolic link: an export is a folder of plain files.
// Error(data) naming the file when it is missing or no plain file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace kindred {

class FileView {
 public:
  explicit FileView(const std::filesystem::path& path);
  ~FileView();
  FileView(FileView&& other) noexcept;
  FileView(const FileView&) = delete;
  FileView& operator=(const FileView&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace kindred
