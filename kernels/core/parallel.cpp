// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/parallel.h"

#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace kindred {

namespace {

// Set while a thread runs a body: a nested call then runs serially, on the same scratch slot.
thread_local int current_thread = -1;

}  // namespace

struct ThreadPool::State {
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable work_ready;
  std::condition_variable work_done;

  // The job in hand; guarded by `mutex` except for the counter.
  const std::function<void(std::int64_t, int)>* body = nullptr;
  std::int64_t chunks = 0;
  std::atomic<std::int64_t> next_chunk{0};
  std::uint64_t generation = 0;
  int busy_workers = 0;
  bool stopping = false;
  std::exception_ptr error;
  std::int64_t error_chunk = std::numeric_limits<std::int64_t>::max();
  std::mutex run_mutex;  // one job at a time, whoever calls

  void take_chunks(int thread) {
    current_thread = thread;
    for (;;) {
      const std::int64_t chunk = next_chunk.fetch_add(1, std::memory_order_relaxed);
      if (chunk >= chunks) break;
      try {
        (*body)(chunk, thread);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (chunk < error_chunk) {
          error_chunk = chunk;
          error = std::current_exception();
        }
      }
    }
    current_thread = -1;
  }

  void work(int thread) {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex);
    for (;;) {
      work_ready.wait(lock, [&] { return stopping || generation != seen; });
      if (stopping) return;
      seen = generation;
      lock.unlock();
      take_chunks(thread);
      lock.lock();
      if (--busy_workers == 0) work_done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  for (int thread = 1; thread < threads; ++thread) {
    state_->workers.emplace_back([state = state_.get(), thread] { state->work(thread); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work_ready.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run(std::int64_t chunks, const std::function<void(std::int64_t, int)>& body) {
  if (chunks <= 0) return;
  if (current_thread >= 0) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(chunk, current_thread);
    return;
  }
  State& state = *state_;
  const std::lock_guard run_lock(state.run_mutex);
  {
    const std::lock_guard lock(state.mutex);
    state.body = &body;
    state.chunks = chunks;
    state.next_chunk.store(0, std::memory_order_relaxed);
    state.error = nullptr;
    state.error_chunk = std::numeric_limits<std::int64_t>::max();
    state.busy_workers = static_cast<int>(state.workers.size());
    ++state.generation;
  }
  state.work_ready.notify_all();
  state.take_chunks(0);
  std::unique_lock lock(state.mutex);
  state.work_done.wait(lock, [&] { return state.busy_workers == 0; });
  if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
}

int available_threads() {
  if (const char* text = std::getenv("KINDRED_THREADS")) {
    const int wanted = std::atoi(text);
    if (wanted >= 1) return wanted;
  }
  cpu_set_t set;
  int threads = 1;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) threads = std::max(1, CPU_COUNT(&set));
  std::ifstream quota_file("/sys/fs/cgroup/cpu.max");  // "max 100000" or "quota period"
  std::string quota;
  double period = 0.0;
  if (quota_file >> quota >> period && quota != "max" && period > 0.0) {
    threads = std::clamp(static_cast<int>(std::atof(quota.c_str()) / period + 0.5), 1, threads);
  }
  return threads;
}

}  // namespace kindred
