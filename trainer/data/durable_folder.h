// SPDX-License-Identifier: Apache-2.0
// A folder that appears whole or not at all: files are written into "<target>.tmp-<pid>-<n>" beside it and synced;
// commit() renames it. A crash, or an exception before commit(), leaves the target as it was; a left-over temporary
// folder is never read. Two processes may write the same target at once: the first to commit wins, the other is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string_view>

namespace kindred {

// What stands in the name of a folder that is being written or removed, and that no one reads.
inline constexpr std::string_view kTemporaryMark = ".tmp-";

class DurableFolder {
 public:
  explicit DurableFolder(std::filesystem::path target);
  ~DurableFolder();  // removes what was not committed
  DurableFolder(const DurableFolder&) = delete;
  DurableFolder& operator=(const DurableFolder&) = delete;

  // Where the files go until commit().
  const std::filesystem::path& staging() const { return staging_; }
  // Writes one file from blocks, in order, and syncs it. Throws Error(device) naming file and cause (disk full ...).
  void write(std::string_view name, std::initializer_list<std::span<const std::byte>> blocks) const;
  // Syncs the folder and renames it to the target. False, and nothing changed, when the target exists already.
  bool commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path staging_;
  bool committed_ = false;
};

// Removes a committed folder: renamed to a temporary name and synced first, so that no crash leaves half of it under
// its own name. Nothing happens when it is not there. Throws Error(device) when it keeps its name.
void remove_folder(const std::filesystem::path& folder);

bool is_temporary(const std::filesystem::path& path);
// Removes what crashes left below `parent`; for a folder that only this process writes to.
void remove_temporary_folders(const std::filesystem::path& parent);

// The bytes of an array.
template <typename T>
std::span<const std::byte> bytes_of(const T* data, std::int64_t count) {
  return {reinterpret_cast<const std::byte*>(data), static_cast<std::size_t>(count) * sizeof(T)};
}
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return bytes_of(text.data(), static_cast<std::int64_t>(text.size()));
}

}  // namespace kindred
