// SPDX-License-Identifier: Apache-2.0
#include "tools/stop_signals.h"

#include "kernels/core/check.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <iterator>
#include <string_view>

namespace kindred {

namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGUSR1};
std::atomic<StopRequest*> stop_request{nullptr};

void print(std::string_view text) {
  // Nothing can be done when stderr is gone.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string_view name_of(int signal) { return signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGUSR1"; }

// Calls nothing but what may be called from a signal handler.
void on_signal(int signal) {
  const int saved_errno = errno;
  StopRequest* request = stop_request.load();
  if (request == nullptr) return;
  const bool again = request->requested();
  request->request();
  print("\nkindred: ");
  print(name_of(signal));
  if (!request->saves_first()) {
    print(": stopped; nothing is lost, the same command goes on\n");
    ::_exit(static_cast<int>(ErrorKind::preempted));
  }
  if (again && signal == SIGINT) {
    print(" again: stopped at once; the same command goes on from the last checkpoint\n");
    ::signal(SIGINT, SIG_DFL);
    ::raise(SIGINT);  // comes when this handler returns
  } else {
    print(": finishing this iteration, then saving (a second SIGINT stops at once)\n");
  }
  errno = saved_errno;
}

}  // namespace

StopSignals::StopSignals(StopRequest& request) {
  stop_request.store(&request);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  stop_request.store(nullptr);
}

}  // namespace kindred
