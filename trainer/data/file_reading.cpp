// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/file_reading.h"

#include "kernels/core/check.h"
#include "trainer/data/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace kindred {

namespace fs = std::filesystem;

namespace {

class OpenFile {
 public:
  explicit OpenFile(const fs::path& file) : file_(file) {
    do {
      fd_ = file_calls().open(file.c_str(), O_RDONLY | O_CLOEXEC, 0);
    } while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0 && errno == ENOENT) fail(ErrorKind::data, "{}: is missing", file.string());
    if (fd_ < 0) fail(ErrorKind::data, "{}: cannot be opened: {}", file.string(), std::strerror(errno));
  }
  ~OpenFile() { file_calls().close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::size_t bytes() const {
    struct stat info {};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) fail(ErrorKind::data, "{}: is not a file", file_.string());
    return static_cast<std::size_t>(info.st_size);
  }
  void read(std::span<std::byte> into) const {
    constexpr std::size_t kLargestRead = std::size_t{1} << 30;
    while (!into.empty()) {
      const ssize_t got = file_calls().read(fd_, into.data(), std::min(into.size(), kLargestRead));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(ErrorKind::data, "{}: cannot be read: {}", file_.string(), std::strerror(errno));
      if (got == 0) fail(ErrorKind::data, "{}: ends {} bytes early", file_.string(), into.size());
      into = into.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  const fs::path& file_;
  int fd_ = -1;
};

}  // namespace

void read_exactly(const fs::path& file, std::span<std::byte> into) {
  const OpenFile open(file);
  const std::size_t bytes = open.bytes();
  if (bytes != into.size()) {
    fail(ErrorKind::data, "{}: has {} bytes, expected {}", file.string(), bytes, into.size());
  }
  open.read(into);
}

std::string read_text(const fs::path& file, std::size_t most_bytes) {
  const OpenFile open(file);
  const std::size_t bytes = open.bytes();
  if (bytes > most_bytes) {
    fail(ErrorKind::data, "{}: has {} bytes, expected at most {}", file.string(), bytes, most_bytes);
  }
  std::string text(bytes, '\0');
  open.read(std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace kindred
