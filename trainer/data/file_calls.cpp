// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace kindred {

int FileCalls::open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
ssize_t FileCalls::read(int fd, void* data, std::size_t bytes) { return ::read(fd, data, bytes); }
ssize_t FileCalls::write(int fd, const void* data, std::size_t bytes) { return ::write(fd, data, bytes); }
int FileCalls::fsync(int fd) { return ::fsync(fd); }
int FileCalls::close(int fd) { return ::close(fd); }
int FileCalls::rename(const char* from, const char* to) { return ::rename(from, to); }
int FileCalls::unlink(const char* path) { return ::unlink(path); }
int FileCalls::mkdir(const char* path, mode_t mode) { return ::mkdir(path, mode); }
int FileCalls::rmdir(const char* path) { return ::rmdir(path); }

namespace {

FileCalls& system_calls() {
  static FileCalls calls;
  return calls;
}

std::atomic<FileCalls*> replaced{nullptr};

}  // namespace

FileCalls& file_calls() {
  FileCalls* calls = replaced.load(std::memory_order_acquire);
  return calls != nullptr ? *calls : system_calls();
}

ReplacedFileCalls::ReplacedFileCalls(FileCalls& calls) : before_(replaced.exchange(&calls)) {}
ReplacedFileCalls::~ReplacedFileCalls() { replaced.store(before_); }

}  // namespace kindred
