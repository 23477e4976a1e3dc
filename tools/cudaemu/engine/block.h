// SPDX-License-Identifier: Apache-2.0
// A block: its warps, shared memory and barriers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/cudaemu/engine/engine.h"
#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/engine/warp.h"

namespace cudaemu {

class Grid;
class BlockRace;

struct Barrier {
  std::uint32_t expected = 0;  // 0: all threads of the block
  std::uint32_t arrived = 0;   // by bar.arrive, whose lanes do not wait
  std::uint32_t waiting = 0;
};

std::string hexadecimal(std::uint64_t value);

enum class BlockStatus : std::uint8_t { running, waiting_for_others, finished };

class Block {
 public:
  Block(Grid& grid, std::uint64_t index, std::uint32_t serial);
  ~Block();

  BlockStatus run();  // until it ends or only waits for other blocks

  // --- For handlers ---
  Grid& grid() const { return grid_; }
  std::uint64_t index() const { return index_; }
  std::uint32_t serial() const { return serial_; }
  Dim3 coordinates() const { return coordinates_; }
  std::uint32_t threads() const { return threads_; }
  Dim3 thread_coordinates(std::uint32_t thread) const;
  std::byte* shared() { return shared_.as<std::byte>(); }
  std::uint8_t* shared_state() { return shared_state_.as<std::uint8_t>(); }
  std::uint32_t shared_bytes() const { return shared_bytes_; }
  std::vector<std::unique_ptr<Warp>>& warps() { return warps_; }
  // Lanes come to a barrier. `expected` 0: the whole block. Parks them unless `arrive_only`.
  void arrive(Warp& warp, const Instruction& in, LaneMask mask, std::uint32_t barrier, std::uint32_t expected,
              bool arrive_only, LaneMask predicate);
  void lanes_exited(std::uint32_t lanes);
  std::uint64_t clock() const;  // what %clock says: executed thread-instructions

  // Reports with kernel, source lines, block and thread added. Those that a kernel cannot go on after end the launch.
  void report_at(const Warp& warp, const Instruction& in, int lane, ReportKind kind, const std::string& text,
                 std::vector<std::string> details = {});
  void fail(Outcome outcome);
  void report_waiting();  // all blocks of the grid only wait for each other

  std::unique_ptr<BlockRace> race;

 private:
  void complete(std::uint32_t barrier);
  void report_stuck();

  Grid& grid_;
  std::uint64_t index_;
  std::uint32_t serial_;
  Dim3 coordinates_;
  std::uint32_t threads_ = 0, exited_ = 0;
  std::uint32_t shared_bytes_ = 0;
  PooledBuffer shared_;
  PooledBuffer shared_state_;
  std::vector<std::unique_ptr<Warp>> warps_;
  std::map<std::uint32_t, Barrier> barriers_;
  std::uint64_t completed_barriers_ = 0;
  std::uint64_t random_ = 0;
};

}  // namespace cudaemu
