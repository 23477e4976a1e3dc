// SPDX-License-Identifier: Apache-2.0
// From an address that a lane uses to bytes of the host, with all checks: the quick way for well-behaved accesses to
// device and shared memory, the thorough one that finds out what is wrong.
//
// Generic addresses: device memory and host memory as the program has them; shared and local memory in windows of their
// own, far from both.
#pragma once

#include <cstdint>

#include "tools/cudaemu/engine/arena.h"
#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/warp.h"

namespace cudaemu {

inline constexpr std::uint64_t kSharedWindow = 0x7f00'0000'0000'0000;
inline constexpr std::uint64_t kLocalWindow = 0x7e00'0000'0000'0000;
inline constexpr std::uint64_t kCodeWindow = 0x7d00'0000'0000'0000;
inline constexpr std::uint64_t kWindowBytes = std::uint64_t{1} << 32;
inline bool in_window(std::uint64_t address, std::uint64_t window) { return address - window < kWindowBytes; }

// What an access is, for checks and for the race checker; bits of Instruction::target of memory instructions.
enum Access : std::uint32_t {
  kRead = 1,
  kWrite = 2,
  kStrong = 4,  // volatile, relaxed and stronger, atomics
  kAcquire = 8,
  kRelease = 16,
  kAtomic = 32,    // read and write in one
  kScopeGpu = 64,  // neither: block
  kScopeSystem = 128,
  kAsync = 256,  // by cp.async
};

// Space of an address as PTX names it; `generic` serves global and constant too, whose addresses are generic here.
enum class AddressSpace : std::uint8_t { generic, shared, local };

// The thorough way: null after a report that the kernel cannot go on from. `touched` gets the space that it was.
std::byte* resolve_thoroughly(Warp& w, const Instruction& in, int lane, std::uint64_t address, std::uint32_t bytes,
                              std::uint32_t access, AddressSpace space);

template <int kBytes>
inline std::byte* resolve_read(Warp& w, const Instruction& in, int lane, std::uint64_t address) {
  const std::uint64_t offset = address - arena.base;
  if (offset < kArenaBytes && (address & (kBytes - 1)) == 0 && all_written<kBytes>(arena.state + offset)) [[likely]]
    return arena.bytes + offset;
  return resolve_thoroughly(w, in, lane, address, kBytes, kRead | in.target, AddressSpace::generic);
}

template <int kBytes>
inline std::byte* resolve_write(Warp& w, const Instruction& in, int lane, std::uint64_t address) {
  const std::uint64_t offset = address - arena.base;
  if (offset < kArenaBytes && (address & (kBytes - 1)) == 0 && all_allocated<kBytes>(arena.state + offset)) [[likely]] {
    std::memset(arena.state + offset, kWritten, kBytes);
    return arena.bytes + offset;
  }
  return resolve_thoroughly(w, in, lane, address, kBytes, kWrite | in.target, AddressSpace::generic);
}

template <int kBytes>
inline std::byte* resolve_shared_read(Warp& w, const Instruction& in, int lane, std::uint32_t offset) {
  Block& block = w.block();
  if (std::uint64_t{offset} + kBytes <= block.shared_bytes() && (offset & (kBytes - 1)) == 0 &&
      all_written<kBytes>(block.shared_state() + offset)) [[likely]]
    return block.shared() + offset;
  return resolve_thoroughly(w, in, lane, offset, kBytes, kRead | in.target, AddressSpace::shared);
}

template <int kBytes>
inline std::byte* resolve_shared_write(Warp& w, const Instruction& in, int lane, std::uint32_t offset) {
  Block& block = w.block();
  if (std::uint64_t{offset} + kBytes <= block.shared_bytes() && (offset & (kBytes - 1)) == 0 &&
      all_allocated<kBytes>(block.shared_state() + offset)) [[likely]] {
    std::memset(block.shared_state() + offset, kWritten, kBytes);
    return block.shared() + offset;
  }
  return resolve_thoroughly(w, in, lane, offset, kBytes, kWrite | in.target, AddressSpace::shared);
}

}  // namespace cudaemu
