// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/durable_folder.h"

#include "kernels/core/check.h"
#include "trainer/data/synced_file.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kindred {

namespace fs = std::filesystem;

DurableFolder::DurableFolder(fs::path target) : target_(std::move(target)) {
  static std::atomic<int> number{0};
  staging_ = target_;
  staging_ += fmt::format(".tmp-{}-{}", ::getpid(), number++);
  std::error_code error;
  fs::create_directories(parent_folder(target_), error);
  if (!error) fs::create_directory(staging_, error);
  if (error) fail(ErrorKind::device, "{}: cannot be made: {}", staging_.string(), error.message());
}

DurableFolder::~DurableFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(staging_, ignored);
}

void DurableFolder::write(std::string_view name, std::initializer_list<std::span<const std::byte>> blocks) const {
  SyncedFile file(staging_ / name);
  for (const auto block : blocks) file.write(block);
  file.sync();
  file.close();
}

bool DurableFolder::commit() {
  sync_folder(staging_);
  // rename() onto a folder that is not empty fails: whoever came first stays.
  if (::rename(staging_.c_str(), target_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    fail(ErrorKind::device, "{}: cannot be renamed into place: {}", target_.string(), std::strerror(errno));
  }
  committed_ = true;
  sync_folder(parent_folder(target_));
  return true;
}

}  // namespace kindred
