// SPDX-License-Identifier: Apache-2.0
// One launch while it runs: which blocks are under way, on which host threads, and how it ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "tools/cudaemu/engine/engine.h"
#include "tools/cudaemu/engine/program.h"

namespace cudaemu {

class GridRace;

class Grid {
 public:
  Grid(const Launch& launch, Program& program);
  ~Grid();

  Outcome run();

  const Launch& launch() const { return launch_; }
  Program& program() const { return program_; }
  std::uint64_t workspace() const { return workspace_; }  // of cooperative launches: device address, else 0
  std::uint32_t shared_bytes() const { return shared_bytes_; }
  // threadIdx.x, .y or .z of the threads of a block, in whole warps.
  const std::uint32_t* thread_index(int axis) const { return thread_index_[axis].data(); }
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  void fail(Outcome outcome);
  std::mutex& mutex() { return mutex_; }  // of atomics, printf and reports when blocks run on several host threads
  bool parallel() const { return parallel_; }
  void count(std::uint64_t thread_instructions) { instructions_ += thread_instructions; }
  std::uint64_t instructions() const { return instructions_; }

  std::unique_ptr<GridRace> race;

 private:
  void work(std::atomic<int>& working);
  std::int64_t next_block();

  const Launch& launch_;
  Program& program_;
  std::uint64_t workspace_ = 0;
  std::uint32_t shared_bytes_ = 0;
  std::uint32_t first_serial_ = 0;
  std::vector<std::uint32_t> thread_index_[3];
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> instructions_{0};
  std::vector<std::uint32_t> shuffled_;  // order of blocks, random only
  bool parallel_ = false;
  std::mutex mutex_;
  Outcome outcome_ = Outcome::completed;
};

}  // namespace cudaemu
