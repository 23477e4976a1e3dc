// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/grid.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <thread>

#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

constexpr int kHopelessRounds = 4000;  // rounds in which all blocks only wait for each other
constexpr std::uint64_t kBlocksWorthAThread = 2;

// Serial numbers of blocks over all launches; 0 means none.
std::atomic<std::uint32_t> next_serial{1};

}  // namespace

Grid::Grid(const Launch& launch, Program& program) : launch_(launch), program_(program) {
  shared_bytes_ = program.dynamic_shared_offset() + static_cast<std::uint32_t>(launch.dynamic_shared_bytes);
  const std::uint64_t blocks = launch.grid.volume();
  first_serial_ = next_serial.fetch_add(static_cast<std::uint32_t>(blocks));
  for (std::uint64_t t = 0; t < (launch.block.volume() + kLanes - 1) / kLanes * kLanes; ++t) {
    const auto thread = static_cast<std::uint32_t>(t);
    thread_index_[0].push_back(thread % launch.block.x);
    thread_index_[1].push_back(thread / launch.block.x % launch.block.y);
    thread_index_[2].push_back(thread / (launch.block.x * launch.block.y));
  }
  if (launch.cooperative) {
    void* workspace = allocate_device(64, launch.device, "workspace of grid barriers");
    fill_bytes(workspace, 0, 64);
    workspace_ = reinterpret_cast<std::uint64_t>(workspace);
  }
  if (options().order == Order::random) {
    shuffled_.resize(blocks);
    std::iota(shuffled_.begin(), shuffled_.end(), 0u);
    std::uint64_t random = options().seed * 2 + 1;
    for (std::size_t i = blocks; i > 1; --i) {
      random = random * 6364136223846793005ull + 1442695040888963407ull;
      std::swap(shuffled_[i - 1], shuffled_[(random >> 33) % i]);
    }
  }
  if (options().checks.race) race = std::make_unique<GridRace>(*this, first_serial_);
}

Grid::~Grid() {
  if (workspace_) free_device(reinterpret_cast<void*>(workspace_));
}

void Grid::fail(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome_ == Outcome::completed) outcome_ = outcome;
  stopped_ = true;
}

std::int64_t Grid::next_block() {
  const std::uint64_t blocks = launch_.grid.volume();
  const std::uint64_t i = next_.fetch_add(1);
  if (i >= blocks) return -1;
  if (options().order == Order::reverse) return static_cast<std::int64_t>(blocks - 1 - i);
  return static_cast<std::int64_t>(shuffled_.empty() ? i : shuffled_[i]);
}

// Runs blocks one after another. A block that only waits for others steps back; the next one begins, and when all have
// begun, those that wait take turns.
void Grid::work(std::atomic<int>& working) {
  std::deque<std::unique_ptr<Block>> waiting;
  std::int64_t hopeless = 0;
  bool counted = true;  // in `working`
  const auto count_as = [&](bool works) {
    if (works != counted) working += works ? 1 : -1;
    counted = works;
  };
  std::size_t turns = 0;  // of waiting blocks since something else happened
  while (!stopped()) {
    std::unique_ptr<Block> block;
    const std::int64_t index = turns < waiting.size() ? -1 : next_block();
    if (index >= 0) {
      block = std::make_unique<Block>(*this, static_cast<std::uint64_t>(index),
                                      first_serial_ + static_cast<std::uint32_t>(index));
    } else if (!waiting.empty()) {
      block = std::move(waiting.back());  // the one that came last waits for the fewest
      waiting.pop_back();
    } else {
      break;
    }
    const BlockStatus status = block->run();
    if (status == BlockStatus::finished || status == BlockStatus::running) {
      hopeless = 0;
      turns = 0;
      count_as(true);
      if (status == BlockStatus::running) {  // for very long: it may wait for others in a way that is not seen
        waiting.push_front(std::move(block));
        turns = waiting.size();
      }
      continue;
    }
    if (index >= 0)
      waiting.push_back(std::move(block));
    else
      waiting.push_front(std::move(block));
    ++turns;
    if (turns <= waiting.size()) continue;
    turns = waiting.size();
    if (next_.load() < launch_.grid.volume()) continue;
    count_as(false);
    if (working.load() > 0) {
      std::this_thread::yield();
      hopeless = 0;
    } else if (++hopeless > kHopelessRounds * static_cast<std::int64_t>(waiting.size())) {
      const std::lock_guard lock(mutex_);
      if (!stopped()) waiting.front()->report_waiting();
      stopped_ = true;
      if (outcome_ == Outcome::completed) outcome_ = Outcome::trapped;
    }
  }
  count_as(false);
}

Outcome Grid::run() {
  const std::uint64_t blocks = launch_.grid.volume();
  int threads = 1;
  if (!options().checks.race && options().order == Order::forward)
    threads = static_cast<int>(
        std::min<std::uint64_t>(static_cast<std::uint64_t>(options().threads), blocks / kBlocksWorthAThread));
  if (threads < 1) threads = 1;
  parallel_ = threads > 1;
  std::atomic<int> working{threads};
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back([&] { work(working); });
  work(working);
  for (std::thread& t : others) t.join();
  return outcome_;
}

}  // namespace cudaemu
