// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/run_lock.h"

#include "kernels/core/check.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>

namespace kindred {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kTouchEvery{15};
constexpr double kStaleElsewhere_s = 120.0;

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

struct Holder {
  bool written = false;  // the file says who
  std::string host;
  std::int64_t pid = 0;
  std::string since;
  double untouched_s = 0.0;

  std::string text() const {
    return written ? fmt::format("process {} on host {}, since {}", pid, host, since) : "a process that has just begun";
  }
};

Holder read_holder(int fd) {
  Holder holder;
  std::array<char, 4096> text{};
  const ssize_t bytes = ::pread(fd, text.data(), text.size(), 0);
  struct stat info {};
  if (::fstat(fd, &info) == 0) {
    holder.untouched_s = static_cast<double>(std::time(nullptr) - info.st_mtime);
  }
  if (bytes <= 0) return holder;
  const auto json = nlohmann::json::parse(text.data(), text.data() + bytes, nullptr, false);
  if (!json.is_object()) return holder;
  holder.written = true;
  holder.host = json.value("host", "unknown");
  holder.pid = json.value("pid", std::int64_t{0});
  holder.since = json.value("since", "unknown");
  return holder;
}

enum class Taken { yes, no, not_supported };

Taken take(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return errno == EWOULDBLOCK ? Taken::no : Taken::not_supported;
  }
  return Taken::yes;
}

// Whether the process that the file names may still be at work, although flock() does not say so.
bool may_live(const Holder& holder, Taken taken) {
  if (!holder.written) return false;
  if (holder.host != host_name()) return holder.untouched_s < kStaleElsewhere_s;
  if (taken == Taken::yes) return false;
  return ::kill(static_cast<pid_t>(holder.pid), 0) == 0 || errno == EPERM;
}

// The file at that path is still the one that is open: nobody released and removed it in between.
bool still_there(int fd, const fs::path& file) {
  struct stat open {};
  struct stat named {};
  return ::fstat(fd, &open) == 0 && ::stat(file.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

}  // namespace

RunLock::RunLock(const fs::path& run_folder, const std::function<void(std::string_view)>& say)
    : file_(run_folder / "lock") {
  while (true) {
    fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) fail(ErrorKind::device, "{}: cannot be opened: {}", file_.string(), std::strerror(errno));
    const Taken taken = take(fd_);
    if (taken == Taken::yes && !still_there(fd_, file_)) {
      ::close(fd_);
      continue;
    }
    const Holder before = read_holder(fd_);
    if (taken == Taken::no || may_live(before, taken)) {
      ::close(fd_);
      const bool elsewhere = before.written && before.host != host_name();
      fail(ErrorKind::device,
           "{}: the run is in the hands of {}; wait for it, or start another run with --resume never{}",
           run_folder.string(), before.text(),
           elsewhere
               ? fmt::format("; if that process is gone, the lock can be taken over {:.0f} s after its last touch",
                             kStaleElsewhere_s)
               : "");
    }
    if (before.written) {
      say(fmt::format("taking over the lock of the run from {}, which is gone", before.text()));
    }
    break;
  }
  const nlohmann::ordered_json json = {
      {"host", host_name()},
      {"pid", ::getpid()},
      {"since", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))}};
  const std::string text = json.dump() + "\n";
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int cause = errno;
    ::close(fd_);
    fail(ErrorKind::device, "{}: cannot be written: {}", file_.string(), std::strerror(cause));
  }
  touching_ = std::thread([this] { touch_until_stopped(); });
}

RunLock::~RunLock() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  touching_.join();
  ::unlink(file_.c_str());
  ::close(fd_);
}

void RunLock::touch_until_stopped() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kTouchEvery, [this] { return stop_; })) ::futimens(fd_, nullptr);
}

std::optional<std::string> RunLock::holder(const fs::path& run_folder) {
  const int fd = ::open((run_folder / "lock").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const Taken taken = take(fd);
  const Holder holder = read_holder(fd);
  const bool held = taken == Taken::no || may_live(holder, taken);
  ::close(fd);
  return held ? std::optional(holder.text()) : std::nullopt;
}

}  // namespace kindred
