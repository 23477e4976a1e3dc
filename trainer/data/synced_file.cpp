// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/synced_file.h"

#include "kernels/core/check.h"
#include "trainer/data/file_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kindred {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_at(const fs::path& path, const char* what) {
  const int cause = errno;
  std::string hint;
  std::error_code unknown;
  if (cause == ENOSPC || cause == EDQUOT) {
    const fs::space_info space = fs::space(parent_folder(path), unknown);
    if (!unknown) hint = fmt::format(" ({:.1f} MiB are free there)", static_cast<double>(space.available) / 0x1p20);
  }
  fail(ErrorKind::device, "{}: {}: {}{}", path.string(), what, std::strerror(cause), hint);
}

// Some file systems let signals interrupt any call.
template <typename Call>
auto retried(Call&& call) {
  while (true) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace

SyncedFile::SyncedFile(const fs::path& path, Mode mode)
    : path_(path), fd_(retried([&] {
        const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == Mode::append ? O_APPEND : O_TRUNC);
        return file_calls().open(path.c_str(), flags, 0666);
      })) {
  if (fd_ < 0) fail_at(path_, "cannot be opened");
}

SyncedFile::~SyncedFile() {
  if (fd_ >= 0) file_calls().close(fd_);
}

void SyncedFile::write(std::span<const std::byte> block) const {
  constexpr std::size_t kLargestWrite = std::size_t{1} << 30;
  while (!block.empty()) {
    const ssize_t written =
        retried([&] { return file_calls().write(fd_, block.data(), std::min(block.size(), kLargestWrite)); });
    if (written < 0) fail_at(path_, "cannot be written");
    block = block.subspan(static_cast<std::size_t>(written));
  }
}

void SyncedFile::sync() const {
  if (retried([&] { return file_calls().fsync(fd_); }) != 0) fail_at(path_, "cannot be synced to the disk");
}

void SyncedFile::close() {
  // After EINTR the descriptor is closed, too; what was written is judged by sync().
  if (file_calls().close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail_at(path_, "cannot be closed");
}

void sync_folder(const fs::path& folder) {
  const int fd = retried([&] { return file_calls().open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
  if (fd < 0) fail_at(folder, "cannot be opened");
  const int status = retried([&] { return file_calls().fsync(fd); });
  const int cause = errno;
  file_calls().close(fd);
  errno = cause;
  if (status != 0) fail_at(folder, "cannot be synced to the disk");
}

fs::path parent_folder(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void make_folders(const fs::path& folder) {
  const fs::path path = folder.has_filename() ? folder : folder.parent_path();
  std::error_code unknown;
  if (path.empty() || fs::is_directory(path, unknown)) return;
  make_folders(parent_folder(path));
  if (retried([&] { return file_calls().mkdir(path.c_str(), 0777); }) != 0 && errno != EEXIST) {
    fail_at(path, "cannot be made");
  }
  if (!fs::is_directory(path, unknown)) fail(ErrorKind::device, "{}: is not a folder", path.string());
  sync_folder(parent_folder(path));
}

void remove_leftover(const fs::path& path) noexcept {
  try {
    std::error_code error;
    if (fs::is_directory(fs::symlink_status(path, error))) {
      for (const auto& entry : fs::directory_iterator(path, error)) remove_leftover(entry.path());
      retried([&] { return file_calls().rmdir(path.c_str()); });
    } else {
      retried([&] { return file_calls().unlink(path.c_str()); });
    }
  } catch (...) {  // out of memory for a name: it stays
  }
}

void replace_file(const fs::path& file, std::string_view text) {
  fs::path staging = file;
  staging += fmt::format(".tmp-{}", ::getpid());
  try {
    SyncedFile out(staging);
    out.write({reinterpret_cast<const std::byte*>(text.data()), text.size()});
    out.sync();
    out.close();
    if (retried([&] { return file_calls().rename(staging.c_str(), file.c_str()); }) != 0) {
      fail_at(file, "cannot be renamed into place");
    }
  } catch (const Error&) {
    remove_leftover(staging);
    throw;
  }
  sync_folder(parent_folder(file));
}

}  // namespace kindred
