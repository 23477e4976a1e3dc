// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/frame_values.h"

#include <algorithm>
#include <chrono>

#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/grid.h"

namespace cudaemu {
namespace {

using ptx::SpecialRegister;

std::uint32_t value_of(const Warp& warp, SpecialRegister r, std::uint32_t lane) {
  const Block& block = warp.block();
  const Launch& launch = block.grid().launch();
  const Dim3 at = block.coordinates();
  switch (r) {
    case SpecialRegister::ntid_x:
      return launch.block.x;
    case SpecialRegister::ntid_y:
      return launch.block.y;
    case SpecialRegister::ntid_z:
      return launch.block.z;
    case SpecialRegister::ctaid_x:
    case SpecialRegister::clusterid_x:
      return at.x;
    case SpecialRegister::ctaid_y:
    case SpecialRegister::clusterid_y:
      return at.y;
    case SpecialRegister::ctaid_z:
    case SpecialRegister::clusterid_z:
      return at.z;
    case SpecialRegister::nctaid_x:
    case SpecialRegister::nclusterid_x:
      return launch.grid.x;
    case SpecialRegister::nctaid_y:
    case SpecialRegister::nclusterid_y:
      return launch.grid.y;
    case SpecialRegister::nctaid_z:
    case SpecialRegister::nclusterid_z:
      return launch.grid.z;
    case SpecialRegister::laneid:
      return lane;
    case SpecialRegister::warpid:
      return warp.index();
    case SpecialRegister::nwarpid:
      return (block.threads() + kLanes - 1) / kLanes;
    case SpecialRegister::warpsz:
      return kLanes;
    case SpecialRegister::smid:
      return static_cast<std::uint32_t>(block.index() % 132);
    case SpecialRegister::nsmid:
      return 132;
    case SpecialRegister::lanemask_eq:
      return 1u << lane;
    case SpecialRegister::lanemask_lt:
      return (1u << lane) - 1;
    case SpecialRegister::lanemask_le:
      return ((1u << lane) - 1) | 1u << lane;
    case SpecialRegister::lanemask_gt:
      return ~(((1u << lane) - 1) | 1u << lane);
    case SpecialRegister::lanemask_ge:
      return ~((1u << lane) - 1);
    case SpecialRegister::dynamic_smem_size:
      return static_cast<std::uint32_t>(launch.dynamic_shared_bytes);
    case SpecialRegister::total_smem_size:
      return block.grid().shared_bytes();
    // The address of the workspace of grid barriers, high half first.
    case SpecialRegister::envreg1:
      return static_cast<std::uint32_t>(block.grid().workspace() >> 32);
    case SpecialRegister::envreg2:
      return static_cast<std::uint32_t>(block.grid().workspace());
    // No clusters: each block is one.
    case SpecialRegister::cluster_nctaid_x:
    case SpecialRegister::cluster_nctaid_y:
    case SpecialRegister::cluster_nctaid_z:
    case SpecialRegister::cluster_nctarank:
      return 1;
    default:
      return 0;
  }
}

bool differs_by_lane(SpecialRegister r) {
  return r == SpecialRegister::laneid || (r >= SpecialRegister::lanemask_eq && r <= SpecialRegister::lanemask_gt);
}

std::uint64_t host_nanoseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

bool changes_while_running(SpecialRegister r) {
  return r >= SpecialRegister::clock && r <= SpecialRegister::globaltimer_hi;
}

std::uint64_t read_clock(const Warp& warp, SpecialRegister r) {
  // %clock counts what the block has executed; %globaltimer is the host's, in nanoseconds.
  const bool timer = r >= SpecialRegister::globaltimer;
  const std::uint64_t now = timer ? host_nanoseconds() : warp.block().clock() + warp.executed_in_run();
  return r == SpecialRegister::clock_hi || r == SpecialRegister::globaltimer_hi ? now >> 32 : now;
}

void set_frame_values(Warp& warp, Frame& frame) {
  const Grid& grid = warp.block().grid();
  for (const FrameValue& value : frame.code->frame_values) {
    std::byte* place = frame.registers + value.slot;
    const SpecialRegister r = value.special;
    if (r <= SpecialRegister::tid_z) {
      const int axis = static_cast<int>(r) - static_cast<int>(SpecialRegister::tid_x);
      std::memcpy(place, grid.thread_index(axis) + warp.index() * kLanes, sizeof(std::uint32_t) * kLanes);
    } else if (ptx::bytes_of(r) == 8) {
      std::memset(place, 0, sizeof(std::uint64_t) * kLanes);  // %gridid
    } else {
      auto* lanes = reinterpret_cast<std::uint32_t*>(place);
      if (differs_by_lane(r))
        for (std::uint32_t lane = 0; lane < kLanes; ++lane) lanes[lane] = value_of(warp, r, lane);
      else
        std::fill_n(lanes, kLanes, value_of(warp, r, 0));
    }
  }
}

}  // namespace cudaemu
