// SPDX-License-Identifier: Apache-2.0
// Runs operations in an order that CUDA allows.
//   CUDAEMU_STREAMS=sync      (default) an operation runs when it is enqueued
//   CUDAEMU_STREAMS=deferred  an operation runs only when somebody waits for it: as late as CUDA allows, so that a
//                             missing synchronisation gives a wrong result instead of luck
// Threads: any host thread may call; one operation executes at a time (those that may block excepted), on whichever
// thread waits for it. The state of the stand-in (streams, events, graphs) is guarded by mutex().
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "tools/cudaemu/runtime/operation.h"

namespace cudaemu {

class Scheduler {
 public:
  using Lock = std::unique_lock<std::mutex>;

  static Scheduler& instance();

  Lock lock() { return Lock(mutex_); }

  // An operation at the end of `stream`, also after those given (nulls are skipped); CUDA's order is fixed here.
  OperationPtr make(Work work, StreamNumber stream, const std::vector<OperationPtr>& after);
  // Hands it over: runs it now, or later, by the mode.
  void submit(const OperationPtr& operation, Lock& lock);
  // Runs what `operation` needs and then it, or waits until another thread has; the host is then ordered after it.
  void wait(const OperationPtr& operation, Lock& lock);
  // The same without ordering the host.
  void finish(const OperationPtr& operation, Lock& lock);
  // The host polls: true when it is done, else one waiting operation on the way to it runs.
  bool poll(const OperationPtr& operation, Lock& lock);

 private:
  Scheduler();
  // The first operation on the way to `operation` that may run now; null when what it needs runs on other threads.
  static OperationPtr next_runnable(const OperationPtr& operation, std::vector<OperationPtr>& path);
  void execute(const OperationPtr& operation, Lock& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool executing_ = false;
  bool deferred_ = false;
  std::deque<OperationPtr> pending_;  // deferred only, oldest first
};

}  // namespace cudaemu
