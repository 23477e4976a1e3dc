// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include "tools/cudaemu/engine/code.h"
#include "tools/cudaemu/engine/race_cell.h"
namespace cudaemu {
class Warp; class Block; class Grid;
class GridRace { public: GridRace(Grid&, std::uint32_t) {} };
class BlockRace { public: explicit BlockRace(Block&) {} void barrier_arrives(Warp&, LaneMask, std::uint32_t) {} void barrier_completes(std::uint32_t) {} };
class WarpRace { public: explicit WarpRace(Warp&) {}
  void global_access(const Instruction&, LaneMask, std::uint32_t, std::uint32_t, const std::uint64_t*) {}
  template <class F> void shared_access(const Instruction&, LaneMask, std::uint32_t, std::uint32_t, F) {}
  void before_atomic(const Instruction&, LaneMask, std::uint32_t) {}
  void warp_barrier(LaneMask) {}
  void fence(LaneMask, std::uint32_t) {}
  void copy_issued(const Instruction&, LaneMask, std::uint32_t, const std::uint32_t*) {}
  void copy_landed(const struct PendingCopy&) {}
};
}
