// SPDX-License-Identifier: Apache-2.0
// Files that are on the disk when we say so. Every failure is an Error(device) naming file and cause.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace kindred {

// A file being written, by write() in order; sync() and close() report what the disk refused.
class SyncedFile {
 public:
  explicit SyncedFile(const std::filesystem::path& path);  // created, or emptied
  ~SyncedFile();
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  void write(std::span<const std::byte> block) const;
  // A failed sync means that the file is lost: write it anew under another name, never sync again.
  void sync() const;
  void close();

 private:
  std::filesystem::path path_;
  int fd_;
};

// Makes renames and new names inside a folder durable.
void sync_folder(const std::filesystem::path& folder);

// The folder that holds `path`; "." for a bare name.
std::filesystem::path parent_folder(const std::filesystem::path& path);

// Replaces a file whole: writes beside it, syncs, renames. The old file stays when anything fails.
void replace_file(const std::filesystem::path& file, std::string_view text);

}  // namespace kindred
