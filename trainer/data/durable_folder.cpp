// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/durable_folder.h"

#include "kernels/core/check.h"
#include "trainer/data/file_calls.h"
#include "trainer/data/synced_file.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kindred {

namespace fs = std::filesystem;

namespace {

fs::path name_beside(const fs::path& target) {
  static std::atomic<int> number{0};
  fs::path name = target;
  name += fmt::format("{}{}-{}", kTemporaryMark, ::getpid(), number++);
  return name;
}

// rename() that signals may interrupt.
int renamed(const fs::path& from, const fs::path& to) {
  while (true) {
    const int status = file_calls().rename(from.c_str(), to.c_str());
    if (status == 0 || errno != EINTR) return status;
  }
}

}  // namespace

DurableFolder::DurableFolder(fs::path target) : target_(std::move(target)) {
  make_folders(parent_folder(target_));
  // A name that is taken is what an earlier process of the same number left.
  do {
    staging_ = name_beside(target_);
    if (file_calls().mkdir(staging_.c_str(), 0777) == 0) return;
  } while (errno == EEXIST || errno == EINTR);
  fail(ErrorKind::device, "{}: cannot be made: {}", staging_.string(), std::strerror(errno));
}

DurableFolder::~DurableFolder() {
  if (!committed_) remove_leftover(staging_);
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
  if (renamed(staging_, target_) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    fail(ErrorKind::device, "{}: cannot be renamed into place: {}", target_.string(), std::strerror(errno));
  }
  committed_ = true;
  sync_folder(parent_folder(target_));
  return true;
}

void remove_folder(const fs::path& folder) {
  const fs::path aside = name_beside(folder);
  if (renamed(folder, aside) != 0) {
    if (errno == ENOENT) return;
    fail(ErrorKind::device, "{}: cannot be removed: {}", folder.string(), std::strerror(errno));
  }
  sync_folder(parent_folder(folder));
  remove_leftover(aside);
}

void remove_temporary_folders(const fs::path& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (is_temporary(entry.path())) remove_leftover(entry.path());
  }
}

bool is_temporary(const fs::path& path) { return path.filename().string().find(kTemporaryMark) != std::string::npos; }

}  // namespace kindred
