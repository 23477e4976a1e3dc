// SPDX-License-Identifier: Apache-2.0
// A disk whose n-th call fails (from 1), or all calls from the n-th on that change something.
#pragma once

#include "trainer/data/file_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace kindred {

enum class Fault { no_space, io_error, interrupted, short_write };

// The disks of tests that let the n-th call fail, for all n.
struct FaultCase {
  const char* name;
  Fault fault;
  bool stays;  // FaultyFileCalls

  // The caller is not to see it.
  bool harmless() const { return fault == Fault::interrupted || fault == Fault::short_write; }
};
inline constexpr FaultCase kFaultCases[] = {
    {"ENOSPC", Fault::no_space, false},   {"ENOSPC_that_stays", Fault::no_space, true},
    {"EIO", Fault::io_error, false},      {"EIO_that_stays", Fault::io_error, true},
    {"EINTR", Fault::interrupted, false}, {"short_write", Fault::short_write, false}};

class FaultyFileCalls final : public FileCalls {
 public:
  // short_write: the n-th write takes half of its bytes. The other faults: nothing happens but the error, only close()
  // closes all the same. `stays`: later calls that change something fail, too.
  FaultyFileCalls(Fault fault, std::int64_t n, bool stays = false) : fault_(fault), n_(n), stays_(stays) {}

  bool struck() const { return struck_; }

  int open(const char* path, int flags, mode_t mode) override {
    return strikes((flags & O_CREAT) != 0) ? -1 : FileCalls::open(path, flags, mode);
  }
  ssize_t read(int fd, void* data, std::size_t bytes) override {
    return strikes(false) ? -1 : FileCalls::read(fd, data, bytes);
  }
  ssize_t write(int fd, const void* data, std::size_t bytes) override {
    if (fault_ == Fault::short_write) {
      if (++calls_ != n_) return FileCalls::write(fd, data, bytes);
      struck_ = true;
      return FileCalls::write(fd, data, std::max<std::size_t>(bytes / 2, 1));
    }
    return strikes(true) ? -1 : FileCalls::write(fd, data, bytes);
  }
  int fsync(int fd) override { return strikes(true) ? -1 : FileCalls::fsync(fd); }
  int close(int fd) override {
    const bool fails = strikes(false);
    FileCalls::close(fd);
    if (fails) set_error();
    return fails ? -1 : 0;
  }
  int rename(const char* from, const char* to) override { return strikes(true) ? -1 : FileCalls::rename(from, to); }
  int unlink(const char* path) override { return strikes(false) ? -1 : FileCalls::unlink(path); }
  int mkdir(const char* path, mode_t mode) override { return strikes(true) ? -1 : FileCalls::mkdir(path, mode); }
  int rmdir(const char* path) override { return strikes(false) ? -1 : FileCalls::rmdir(path); }

 private:
  bool strikes(bool changes) {
    if (fault_ == Fault::short_write) return false;
    const bool now = ++calls_ == n_ || (stays_ && changes && calls_ > n_);
    if (!now) return false;
    struck_ = true;
    set_error();
    return true;
  }
  void set_error() const { errno = fault_ == Fault::no_space ? ENOSPC : fault_ == Fault::io_error ? EIO : EINTR; }

  Fault fault_;
  std::int64_t n_;
  bool stays_;
  std::int64_t calls_ = 0;
  bool struck_ = false;
};

}  // namespace kindred
