// SPDX-License-Identifier: Apache-2.0
// The file-system calls by which everything is written that must not be lost (synced_file.h, durable_folder.h, and over
// them prepared datasets, checkpoints, exports). Each method is the POSIX call of its name: -1 and errno on failure.
// Tests put another object in place: one whose n-th call fails, or one that records what a crash may leave.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace kindred {

class FileCalls {
 public:
  virtual ~FileCalls() = default;
  virtual int open(const char* path, int flags, mode_t mode);
  virtual ssize_t read(int fd, void* data, std::size_t bytes);
  virtual ssize_t write(int fd, const void* data, std::size_t bytes);
  virtual int fsync(int fd);
  virtual int close(int fd);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int mkdir(const char* path, mode_t mode);
  virtual int rmdir(const char* path);
};

// The calls in use: the system's.
FileCalls& file_calls();

// For tests, in one thread: these calls are in use while the object lives.
class ReplacedFileCalls {
 public:
  explicit ReplacedFileCalls(FileCalls& calls);
  ~ReplacedFileCalls();
  ReplacedFileCalls(const ReplacedFileCalls&) = delete;
  ReplacedFileCalls& operator=(const ReplacedFileCalls&) = delete;

 private:
  FileCalls* before_;
};

}  // namespace kindred
