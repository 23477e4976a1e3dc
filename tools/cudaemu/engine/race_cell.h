// SPDX-License-Identifier: Apache-2.0
// What the race checker remembers of four bytes of memory: who wrote them last, and two readers since.
//
// A record names a warp's access: its block (a serial number over all launches, 0 = no record), the lanes, the warp's
// clock at that time (race_clock.h) and the instruction.
#pragma once

#include <cstdint>

namespace cudaemu {

struct RaceRecord {
  std::uint32_t block = 0;
  std::uint32_t lanes = 0;
  std::uint32_t clock = 0;
  std::uint32_t where : 19 = 0;  // number of the instruction in its program
  std::uint32_t bytes : 4 = 0;   // which of the four
  std::uint32_t strong : 1 = 0;  // atomic, volatile, relaxed and stronger
  std::uint32_t async : 1 = 0;   // by cp.async
  std::uint32_t warp : 6 = 0;
  std::uint32_t : 1;
};
static_assert(sizeof(RaceRecord) == 16);

struct RaceCell {
  RaceRecord write, read, older_read;
};

}  // namespace cudaemu
