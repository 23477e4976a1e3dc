// SPDX-License-Identifier: Apache-2.0
// One piece of device work in its order: a kernel, a copy, a host function, a library call, or a mere point in the
// order (a recorded event). An operation may run when all operations in `after` are done.
#pragma once

#include <cuda_runtime_api.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/cudaemu/engine/order.h"

namespace cudaemu {

// What is done, apart from when: a captured graph keeps it and runs it many times.
struct Work {
  cudaGraphNodeType type = cudaGraphNodeTypeEmpty;
  std::string what;           // for reports: "kernel als_gram", "cudaMemcpyAsync"
  std::function<void()> run;  // empty: a point in the order only
  // Runs the user's code or waits for other host threads: other operations may execute meanwhile.
  bool may_block = false;
};

struct Operation;
using OperationPtr = std::shared_ptr<Operation>;

struct Operation {
  Work work;
  std::vector<OperationPtr> after;  // emptied when done
  StreamNumber stream = 0;
  OperationNumber number = 0;
  StreamClock clock;  // what is over when this is done
  std::chrono::steady_clock::time_point finished;
  enum class State { kWaiting, kRunning, kDone } state = State::kWaiting;

  bool done() const { return state == State::kDone; }
};

}  // namespace cudaemu
