// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/mapped_file.h"

#include "kernels/core/check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kindred {

namespace {

alignas(64) constexpr std::byte kNothing[64] = {};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path, const ManifestFile& expected)
    : data_(kNothing), bytes_(expected.bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(ErrorKind::data, "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  struct stat info {};
  const bool known = ::fstat(fd, &info) == 0;
  if (!known || !S_ISREG(info.st_mode) || info.st_size != bytes_) {
    ::close(fd);
    fail(ErrorKind::data, "{}: {} bytes, the manifest expects {}: the file was cut or changed", path.string(),
         known ? info.st_size : -1, bytes_);
  }
  if (bytes_ > 0) {
    void* mapped = ::mmap(nullptr, static_cast<std::size_t>(bytes_), PROT_READ, MAP_SHARED, fd, 0);
    const int error = errno;
    ::close(fd);
    if (mapped == MAP_FAILED) fail(ErrorKind::device, "{}: cannot be mapped: {}", path.string(), std::strerror(error));
    data_ = static_cast<const std::byte*>(mapped);
  } else {
    ::close(fd);
  }
  const std::uint64_t sum = XXH3_64bits(data_, static_cast<std::size_t>(bytes_));
  if (sum != expected.xxh3) {
    if (bytes_ > 0) ::munmap(const_cast<std::byte*>(data_), static_cast<std::size_t>(bytes_));
    fail(ErrorKind::data, "{}: checksum {:016x}, the manifest expects {:016x}: the file is damaged or was changed",
         path.string(), sum, expected.xxh3);
  }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, kNothing)), bytes_(std::exchange(other.bytes_, 0)) {}

MappedFile::~MappedFile() {
  if (bytes_ > 0) ::munmap(const_cast<std::byte*>(data_), static_cast<std::size_t>(bytes_));
}

}  // namespace kindred
