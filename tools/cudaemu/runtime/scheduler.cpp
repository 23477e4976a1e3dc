// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/scheduler.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace cudaemu {

namespace {

// A device accepts about a thousand launches before the host has to wait; then the oldest runs.
constexpr std::size_t kMaxPending = 1024;

bool deferred_by_environment() {
  const char* text = std::getenv("CUDAEMU_STREAMS");
  const std::string_view mode = text != nullptr ? text : "sync";
  if (mode == "deferred") return true;
  if (mode == "sync") return false;
  std::fprintf(stderr, "cudaemu: CUDAEMU_STREAMS is '%s'; expected sync or deferred\n", text);
  std::_Exit(2);
}

}  // namespace

// Never destroyed: programs call into CUDA from destructors of their own globals.
Scheduler& Scheduler::instance() {
  static auto* scheduler = new Scheduler;
  return *scheduler;
}

Scheduler::Scheduler() : deferred_(deferred_by_environment()) {}

OperationPtr Scheduler::make(Work work, StreamNumber stream, const std::vector<OperationPtr>& after) {
  auto operation = std::make_shared<Operation>();
  for (const OperationPtr& earlier : after) {
    if (!earlier) continue;
    if (earlier->stream != stream) order_stream_after(stream, earlier->clock);
    if (!earlier->done()) operation->after.push_back(earlier);
  }
  operation->stream = stream;
  operation->number = enqueue_operation(stream, work.what);
  operation->clock = clock_of(stream);
  operation->work = std::move(work);
  return operation;
}

void Scheduler::submit(const OperationPtr& operation, Lock& lock) {
  if (!deferred_) {
    finish(operation, lock);
    return;
  }
  pending_.push_back(operation);
  while (!pending_.empty() && pending_.front()->done()) pending_.pop_front();
  if (pending_.size() > kMaxPending) finish(OperationPtr(pending_.front()), lock);
}

void Scheduler::wait(const OperationPtr& operation, Lock& lock) {
  if (!operation) return;
  finish(operation, lock);
  order_host_after(operation->clock);
}

bool Scheduler::poll(const OperationPtr& operation, Lock& lock) {
  if (!operation) return true;
  if (operation->done()) {
    order_host_after(operation->clock);
    return true;
  }
  // The poll after this one will see what happens here: a query never waits.
  std::vector<OperationPtr> path;
  const OperationPtr next = executing_ ? nullptr : next_runnable(operation, path);
  if (next) execute(next, lock);
  return false;
}

void Scheduler::finish(const OperationPtr& operation, Lock& lock) {
  std::vector<OperationPtr> path;
  while (!operation->done()) {
    const OperationPtr next = executing_ ? nullptr : next_runnable(operation, path);
    if (next) {
      execute(next, lock);
    } else {
      changed_.wait(lock);
    }
  }
}

// Depth first, without recursion, since deferred chains are long. `path` is kept from call to call.
OperationPtr Scheduler::next_runnable(const OperationPtr& operation, std::vector<OperationPtr>& path) {
  while (!path.empty() && path.back()->done()) path.pop_back();
  if (path.empty()) path.push_back(operation);
  while (true) {
    const OperationPtr top = path.back();
    if (top->state == Operation::State::kRunning) return nullptr;
    OperationPtr blocker;
    for (const OperationPtr& earlier : top->after) {
      if (!earlier->done()) blocker = earlier;
    }
    if (!blocker) return top;
    path.push_back(std::move(blocker));
  }
}

void Scheduler::execute(const OperationPtr& operation, Lock& lock) {
  operation->after.clear();
  operation->state = Operation::State::kRunning;
  if (operation->work.run) {
    const bool exclusive = !operation->work.may_block;
    if (exclusive) executing_ = true;
    lock.unlock();
    {
      const RunningOperation running(operation->number);
      operation->work.run();
    }
    lock.lock();
    if (exclusive) executing_ = false;
    operation->work.run = nullptr;  // frees what it holds
  }
  operation->finished = std::chrono::steady_clock::now();
  operation->state = Operation::State::kDone;
  changed_.notify_all();
}

}  // namespace cudaemu
