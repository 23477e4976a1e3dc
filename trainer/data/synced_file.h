// SPDX-License-Identifier: Apache-2.0
// Files and folders that are on the disk when we say so, through the calls of file_calls.h. Interrupted calls (EINTR)
// and short writes go on where they stopped; every other failure is an Error(device) naming file and cause.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace kindred {

// A file being written, by write() in order; sync() and close() report what the disk refused.
class SyncedFile {
 public:
  enum class Mode { replace, append };
  // Created, or emptied; or with Mode::append written after what is there.
  explicit SyncedFile(const std::filesystem::path& path, Mode mode = Mode::replace);
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

// Makes a folder and those above it that are missing, each durable in the one that holds it. Not an error when it is
// there.
void make_folders(const std::filesystem::path& folder);

// Removes a file, or a folder with all that is in it, as far as the disk allows; nothing is thrown. For what no one
// reads: a crash may leave any part of it.
void remove_leftover(const std::filesystem::path& path) noexcept;

// Replaces a file whole: writes beside it, syncs, renames. The old file stays when anything fails.
void replace_file(const std::filesystem::path& file, std::string_view text);

}  // namespace kindred
