// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/durable_folder.h"

#include "kernels/core/check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kindred {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_at(const fs::path& path, const char* what) {
  fail(ErrorKind::device, "{}: {}: {}", path.string(), what, std::strerror(errno));
}

class FileDescriptor {
 public:
  FileDescriptor(const fs::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail_at(path_, "cannot be opened");
  }
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  void write(std::span<const std::byte> block) const {
    constexpr std::size_t kLargestWrite = std::size_t{1} << 30;
    while (!block.empty()) {
      const ssize_t written = ::write(fd_, block.data(), std::min(block.size(), kLargestWrite));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_at(path_, "cannot be written");
      block = block.subspan(static_cast<std::size_t>(written));
    }
  }
  // A failed fsync means that the file is lost: there is no second try on the same file.
  void sync() const {
    if (::fsync(fd_) != 0) fail_at(path_, "cannot be synced to the disk");
  }
  void close() {
    if (::close(std::exchange(fd_, -1)) != 0) fail_at(path_, "cannot be closed");
  }

 private:
  fs::path path_;
  int fd_;
};

void sync_folder(const fs::path& folder) { FileDescriptor(folder, O_RDONLY | O_DIRECTORY).sync(); }

fs::path parent_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

DurableFolder::DurableFolder(fs::path target) : target_(std::move(target)) {
  static std::atomic<int> number{0};
  staging_ = target_;
  staging_ += fmt::format(".tmp-{}-{}", ::getpid(), number++);
  std::error_code error;
  fs::create_directories(parent_of(target_), error);
  if (!error) fs::create_directory(staging_, error);
  if (error) fail(ErrorKind::device, "{}: cannot be made: {}", staging_.string(), error.message());
}

DurableFolder::~DurableFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(staging_, ignored);
}

void DurableFolder::write(std::string_view name, std::initializer_list<std::span<const std::byte>> blocks) const {
  FileDescriptor file(staging_ / name, O_WRONLY | O_CREAT | O_TRUNC);
  for (const auto block : blocks) file.write(block);
  file.sync();
  file.close();
}

bool DurableFolder::commit() {
  sync_folder(staging_);
  // rename() onto a folder that is not empty fails: whoever came first stays.
  if (::rename(staging_.c_str(), target_.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    fail_at(target_, "cannot be renamed into place");
  }
  committed_ = true;
  sync_folder(parent_of(target_));
  return true;
}

}  // namespace kindred
