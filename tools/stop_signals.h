// SPDX-License-Identifier: Apache-2.0
// SIGTERM, SIGINT and SIGUSR1 while a training runs. While there is something to save, the first one asks the trainer
// to finish its iteration and save (exit code 75), and a second SIGINT stops at once. At any other time the first one
// stops at once with exit code 75: nothing is lost.
#pragma once

#include "trainer/train/stop_request.h"

#include <csignal>

namespace kindred {

// One at a time; `request` outlives it.
class StopSignals {
 public:
  explicit StopSignals(StopRequest& request);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction before_[3] = {};
};

}  // namespace kindred
