// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/occupancy.h"

#include <algorithm>

#include "tools/cudaemu/runtime/device_limits.h"

namespace cudaemu {

namespace {

constexpr int round_up(int value, int unit) { return (value + unit - 1) / unit * unit; }

std::size_t shared_per_resident_block(std::size_t bytes) {
  return (bytes + kSharedReservedPerBlock + kSharedUnit - 1) / kSharedUnit * kSharedUnit;
}

}  // namespace

int max_resident_blocks(const KernelTraits& kernel, int registers, int threads, std::size_t dynamic_shared_bytes) {
  constexpr int kSchedulers = 4;  // warps share registers in this many parts
  if (threads < 1 || threads > std::min(kMaxThreadsPerBlock, kernel.max_threads_per_block)) return 0;
  const std::size_t shared = kernel.static_shared_bytes + dynamic_shared_bytes;
  if (shared > kSharedPerBlockOptin) return 0;
  const int warps = round_up(threads, kWarpSize) / kWarpSize;
  const int registers_of_warp = round_up(std::max(1, registers) * kWarpSize, kRegisterUnit);
  const int resident_warps = kRegistersPerMultiprocessor / kSchedulers / registers_of_warp * kSchedulers;
  const int by_shared = static_cast<int>(kSharedPerMultiprocessor / shared_per_resident_block(shared));
  return std::min({kMaxBlocksPerMultiprocessor, kMaxThreadsPerMultiprocessor / (warps * kWarpSize),
                   resident_warps / warps, by_shared});
}

}  // namespace cudaemu
