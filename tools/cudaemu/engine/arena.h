// SPDX-License-Identifier: Apache-2.0
// The reserved range of device addresses and what lies beside it: the bytes themselves, one state byte for each, and
// the race checker's cell for each four. Offsets into all of them are equal, so that an access costs one subtraction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cudaemu {

struct RaceCell;

// State of a byte. Loads want all written; stores want all allocated.
inline constexpr std::uint8_t kNotAllocated = 0;
inline constexpr std::uint8_t kUnwritten = 1;
inline constexpr std::uint8_t kWritten = 3;

inline constexpr std::size_t kArenaBytes = std::size_t{1} << 40;

struct Arena {
  std::uintptr_t base = 0;  // no access: what the CUDA program sees
  std::byte* bytes = nullptr;
  std::uint8_t* state = nullptr;
  RaceCell* cells = nullptr;  // one per 4 bytes
};
extern constinit Arena arena;

void open_arena();  // once, thread-safe

inline bool in_arena(std::uint64_t address) { return address - arena.base < kArenaBytes; }

// Whether all `Bytes` state bytes at `state` have every bit of kWritten.
template <int Bytes>
inline bool all_written(const std::uint8_t* state) {
  if constexpr (Bytes <= 8) {
    std::uint64_t have = 0;
    std::memcpy(&have, state, Bytes);
    constexpr std::uint64_t kWant = 0x0303030303030303u >> (64 - 8 * Bytes);
    return have == kWant;
  } else {
    return all_written<8>(state) && all_written<Bytes - 8>(state + 8);
  }
}
template <int Bytes>
inline bool all_allocated(const std::uint8_t* state) {
  if constexpr (Bytes <= 8) {
    std::uint64_t have = 0;
    std::memcpy(&have, state, Bytes);
    constexpr std::uint64_t kWant = 0x0101010101010101u >> (64 - 8 * Bytes);
    return (have & kWant) == kWant;
  } else {
    return all_allocated<8>(state) && all_allocated<Bytes - 8>(state + 8);
  }
}

}  // namespace cudaemu
