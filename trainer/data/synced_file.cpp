// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synced_file.h"

#include "kernels/core/check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace kindred {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_at(const fs::path& path, const char* what) {
  fail(ErrorKind::device, "{}: {}: {}", path.string(), what, std::strerror(errno));
}

}  // namespace

SyncedFile::SyncedFile(const fs::path& path)
    : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (fd_ < 0) fail_at(path_, "cannot be opened");
}

SyncedFile::~SyncedFile() {
  if (fd_ >= 0) ::close(fd_);
}

void SyncedFile::write(std::span<const std::byte> block) const {
  constexpr std::size_t kLargestWrite = std::size_t{1} << 30;
  while (!block.empty()) {
    const ssize_t written = ::write(fd_, block.data(), std::min(block.size(), kLargestWrite));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_at(path_, "cannot be written");
    block = block.subspan(static_cast<std::size_t>(written));
  }
}

void SyncedFile::sync() const {
  if (::fsync(fd_) != 0) fail_at(path_, "cannot be synced to the disk");
}

void SyncedFile::close() {
  if (::close(std::exchange(fd_, -1)) != 0) fail_at(path_, "cannot be closed");
}

void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_at(folder, "cannot be opened");
  const int status = ::fsync(fd);
  ::close(fd);
  if (status != 0) fail_at(folder, "cannot be synced to the disk");
}

fs::path parent_folder(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void replace_file(const fs::path& file, std::string_view text) {
  fs::path staging = file;
  staging += fmt::format(".tmp-{}", ::getpid());
  SyncedFile out(staging);
  out.write({reinterpret_cast<const std::byte*>(text.data()), text.size()});
  out.sync();
  out.close();
  if (::rename(staging.c_str(), file.c_str()) != 0) fail_at(file, "cannot be renamed into place");
  sync_folder(parent_folder(file));
}

}  // namespace kindred
