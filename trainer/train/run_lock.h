// SPDX-License-Identifier: Apache-2.0
// One process a run folder: the file `lock` there, held by flock() while the process lives, says who it is (host, pid,
// since when) and is touched every 15 s. A lock that nobody holds any more is taken over, loudly: at once when its
// process was on this host, after 2 minutes without a touch when it was on another one (a file system of a cluster may
// not pass locks on). Released by the destructor, or when the process dies.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace kindred {

class RunLock {
 public:
  // Throws Error(device), naming the holder, when another process has it.
  RunLock(const std::filesystem::path& run_folder, const std::function<void(std::string_view)>& say);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // "process 4711 on host a, since 2026-01-02T03:04:05Z" while somebody holds the lock of the folder.
  static std::optional<std::string> holder(const std::filesystem::path& run_folder);

 private:
  void touch_until_stopped();

  std::filesystem::path file_;
  int fd_ = -1;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread touching_;
};

}  // namespace kindred
