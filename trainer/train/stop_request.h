// SPDX-License-Identifier: Apache-2.0
// Somebody wants the run to end early (tools/stop_signals.h: SIGTERM, SIGINT, SIGUSR1). The trainer says when there is
// something to save: then it finishes the iteration, saves, and throws Error(preempted). At any other time the program
// may end at once, and nothing is lost. Lock-free, for use in signal handlers.
#pragma once

#include <atomic>

namespace kindred {

class StopRequest {
 public:
  void request() { requested_.store(true); }
  bool requested() const { return requested_.load(); }

  // While true: a stop is asked for, not made.
  bool saves_first() const { return saves_first_.load(); }
  void set_saves_first(bool value) { saves_first_.store(value); }

 private:
  std::atomic<bool> requested_{false};
  std::atomic<bool> saves_first_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace kindred
