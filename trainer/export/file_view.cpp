// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/file_view.h"

#include "kernels/core/check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kindred {

FileView::FileView(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    fail(ErrorKind::data, "{}: {}", path.string(),
         errno == ENOENT  ? "is missing"
         : errno == ELOOP ? "is a symbolic link"
                          : std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    fail(ErrorKind::data, "{}: is no plain file", path.string());
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* mapped = size > 0 ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : nullptr;
  const int error = errno;
  ::close(fd);
  if (mapped == MAP_FAILED) fail(ErrorKind::device, "{}: cannot be mapped: {}", path.string(), std::strerror(error));
  bytes_ = {static_cast<const std::byte*>(mapped), size};
}

FileView::FileView(FileView&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

FileView::~FileView() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace kindred
