// SPDX-License-Identifier: Apache-2.0
// Threads of the CPU back end.
//
// Determinism: work is cut into chunks whose borders depend on the size and the grain only, never on the number
// of threads; threads take chunks in ascending order as they become free. A body that writes only what belongs
// to its chunk therefore gives the same bits for any number of threads, and parallel_sum adds the chunks' results
// in chunk order. Calls from inside a body run serially in the calling thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace kindred {

class ThreadPool {
 public:
  // threads >= 1 counts the calling thread.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;
  // Calls body(chunk, thread) once for each chunk in [0, chunks); thread in [0, threads()) tells scratch apart.
  // Returns when all are done; the exception of the lowest chunk that threw is thrown again.
  void run(std::int64_t chunks, const std::function<void(std::int64_t chunk, int thread)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The number of threads this process may use: KINDRED_THREADS, else affinity mask and cgroup quota.
int available_threads();

// body(begin, end, thread) over [0, size) in chunks of `grain`.
template <typename Body>
void parallel_for(ThreadPool& pool, std::int64_t size, std::int64_t grain, Body&& body) {
  if (size <= 0) return;
  grain = std::max<std::int64_t>(1, grain);
  pool.run((size + grain - 1) / grain, [&](std::int64_t chunk, int thread) {
    const std::int64_t begin = chunk * grain;
    body(begin, std::min(size, begin + grain), thread);
  });
}

// Sum of body(begin, end) -> double over the chunks, added in chunk order.
template <typename Body>
double parallel_sum(ThreadPool& pool, std::int64_t size, std::int64_t grain, Body&& body) {
  if (size <= 0) return 0.0;
  grain = std::max<std::int64_t>(1, grain);
  std::vector<double> partial(static_cast<std::size_t>((size + grain - 1) / grain));
  parallel_for(pool, size, grain, [&](std::int64_t begin, std::int64_t end, int) {
    partial[static_cast<std::size_t>(begin / grain)] = body(begin, end);
  });
  double total = 0.0;
  for (const double value : partial) total += value;
  return total;
}

}  // namespace kindred
