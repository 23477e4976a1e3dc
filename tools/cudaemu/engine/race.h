// SPDX-License-Identifier: Apache-2.0
// The race checker: two accesses of the same byte, one of them a write, not both atomic (or volatile), and nothing that
// orders them, are a race. Ordered by: the program of one thread; __syncwarp and block barriers among those that meet
// there; release and acquire (also as a fence before a relaxed write and one behind the relaxed read that sees it),
// within the scope they name; and, between launches and copies, order.h. Shuffles and votes order nothing.
//
// Each warp has a clock that ticks when it lets others know of what it did. An access is stamped with its warp's clock;
// it happened before what a lane does now when the lane knows of that clock.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/cudaemu/engine/code.h"
#include "tools/cudaemu/engine/order_check.h"
#include "tools/cudaemu/engine/pooled_buffer.h"
#include "tools/cudaemu/engine/race_cell.h"
#include "tools/cudaemu/engine/race_view.h"

namespace cudaemu {

class Block;
class Grid;
class Warp;
struct PendingCopy;

// What an address that threads synchronise over carries: the views of those that released to it.
struct SyncVariable {
  SharedView device;  // released to the device or system
  SharedView block;   // released to the block only
  std::uint32_t block_serial = 0;
};

class GridRace {
 public:
  GridRace(Grid& grid, std::uint32_t first_serial);
  ~GridRace();

  // Whether all accesses of that block, of this or another launch, are over for this launch.
  bool happened_before(std::uint32_t serial) const {
    return serial < first_serial_ && (all_before_ || earlier_launch_ordered(serial));
  }
  const UnorderedBefore& unordered() const { return unordered_; }
  std::unordered_map<std::uint64_t, SyncVariable> sync_variables;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;  // pairs of instructions that were found to race

 private:
  bool earlier_launch_ordered(std::uint32_t serial) const;

  std::uint32_t first_serial_;
  bool all_before_ = true;
  UnorderedBefore unordered_;
};

class BlockRace {
 public:
  explicit BlockRace(Block& block);
  ~BlockRace();

  void barrier_arrives(Warp& warp, LaneMask mask, std::uint32_t number, bool waits);
  void barrier_completes(std::uint32_t number);
  RaceCell* shared_cells() { return cells_.as<RaceCell>(); }

 private:
  struct Meeting {
    std::vector<std::uint32_t> clocks;  // by warp
    SharedView view;
    std::vector<std::pair<Warp*, LaneMask>> waiting;
  };
  Block& block_;
  PooledBuffer cells_;  // records of other blocks count as none
  std::map<std::uint32_t, Meeting> meetings_;
};

class WarpRace {
 public:
  explicit WarpRace(Warp& warp);

  // Accesses of the lanes, `bytes` each; `access`: Access bits.
  void global_access(const Instruction& in, LaneMask mask, std::uint32_t bytes, std::uint32_t access,
                     const std::uint64_t* address);
  template <class F>
  void shared_access(const Instruction& in, LaneMask mask, std::uint32_t bytes, std::uint32_t access, F offset_of) {
    std::uint32_t offset[kLanes];
    for (LaneMask rest = mask; rest; rest &= rest - 1)
      offset[std::countr_zero(rest)] = offset_of(std::countr_zero(rest));
    shared_accesses(in, mask, bytes, access, offset);
  }
  void shared_accesses(const Instruction& in, LaneMask mask, std::uint32_t bytes, std::uint32_t access,
                       const std::uint32_t* offset);
  void before_atomic(const Instruction&, LaneMask, std::uint32_t) {}
  void copy_issued(const Instruction& in, LaneMask mask, std::uint32_t bytes, const std::uint32_t* offset);
  void copy_landed(const PendingCopy& copy);
  void warp_barrier(LaneMask mask);
  void fence(LaneMask mask, std::uint32_t scope);

 private:
  friend class BlockRace;
  friend class GridRace;

  bool ordered(const RaceRecord& record, int lane) const;
  bool ordered_slowly(const RaceRecord& record, int lane) const;
  RaceRecord record_of(const Instruction& in, std::uint32_t access) const;  // without lanes and bytes
  template <bool kShared>
  void access_cells(const Instruction& in, RaceRecord me, int lane, RaceCell* cell, std::uint32_t first_byte,
                    std::uint32_t bytes, std::uint32_t access, std::uint64_t address);
  void report_race(const Instruction& in, int lane, const RaceRecord& other, bool other_writes, bool writes,
                   bool shared, std::uint64_t address);
  void synchronise(LaneMask mask, std::uint32_t access, const std::uint64_t* keys);
  SharedView view_of(int lane, std::uint32_t own_clock);
  std::uint32_t lane_clock(int lane, int of) const;

  Warp& warp_;
  GridRace* grid_;
  std::uint32_t serial_;
  std::uint32_t index_;
  std::uint32_t clock_ = 1;
  std::uint32_t all_met_ = 0;         // clock at which all lanes last met
  std::vector<std::uint32_t> warps_;  // clocks of the block's warps that are known
  std::unique_ptr<std::array<std::array<std::uint32_t, kLanes>, kLanes>>
      lanes_;                               // [lane][of lane], when lanes met in part
  std::array<SharedView, kLanes> views_;    // acquired, of other threads
  std::array<SharedView, kLanes> pending_;  // read without acquiring: until a fence
  LaneMask has_view_ = 0, has_pending_ = 0;
  std::array<std::uint32_t, kLanes> fenced_{};  // clock of the last fence, 0 = none
  std::array<std::uint32_t, kLanes> fence_scope_{};
};

}  // namespace cudaemu
