// SPDX-License-Identifier: Apache-2.0
// Accesses: compared with what the cells remember, then remembered.
#include <algorithm>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/launch_history.h"
#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

// All of it, from the instruction to the kernel, is CUB's or Thrust's own. Their kernels hand work over from block to
// block by relaxed operations whose order follows from data; formally that orders nothing.
bool within_cccl(const Program& program, std::uint32_t instruction) {
  for (const std::string& line : program.lines_of(instruction))
    if (line.find("/cccl/") == std::string::npos) return false;
  return true;
}

}  // namespace

std::uint32_t WarpRace::lane_clock(int lane, int of) const {
  if (!lanes_) return all_met_;
  return std::max(all_met_, (*lanes_)[static_cast<std::size_t>(lane)][static_cast<std::size_t>(of)]);
}

inline bool WarpRace::ordered(const RaceRecord& record, int lane) const {
  if (record.block != serial_) return grid_->happened_before(record.block) || ordered_slowly(record, lane);
  if (record.warp == index_) {
    if (record.clock <= all_met_ || record.lanes == LaneMask{1} << lane) return true;
    return ordered_slowly(record, lane);
  }
  return warps_[record.warp] >= record.clock || ordered_slowly(record, lane);
}

bool WarpRace::ordered_slowly(const RaceRecord& record, int lane) const {
  const View* view = views_[static_cast<std::size_t>(lane)].get();
  const ThreadClocks* clocks = view ? view->find(record.block) : nullptr;
  for (LaneMask rest = record.lanes; rest; rest &= rest - 1) {
    const int other = std::countr_zero(rest);
    if (record.block == serial_ && record.warp == index_ && (other == lane || lane_clock(lane, other) >= record.clock))
      continue;
    const std::size_t thread = record.warp * kLanes + static_cast<std::size_t>(other);
    if (!clocks || (*clocks)[thread] < record.clock) return false;
  }
  return true;
}

RaceRecord WarpRace::record_of(const Instruction& in, std::uint32_t access) const {
  RaceRecord me;
  me.block = serial_;
  me.clock = clock_;
  me.where = in.number;
  me.strong = (access & kStrong) != 0;
  me.async = (access & kAsync) != 0;
  me.warp = index_;
  return me;
}

// Shared memory of other blocks is other memory: their records count as none.
template <bool kShared>
inline void WarpRace::access_cells(const Instruction& in, RaceRecord me, int lane, RaceCell* cell,
                                   std::uint32_t first_byte, std::uint32_t bytes, std::uint32_t access,
                                   std::uint64_t address) {
  me.lanes = LaneMask{1} << lane;
  const bool writes = access & kWrite;
  const auto clashes = [&](const RaceRecord& r) {
    if constexpr (kShared) {
      if (r.block != serial_) return false;
    } else {
      if (r.block == 0) return false;
    }
    return (r.bytes & me.bytes) != 0 && !(r.strong && me.strong) && (r.async || !ordered(r, lane));
  };
  for (std::uint32_t byte = first_byte, end = first_byte + bytes; byte < end; ++cell) {
    const std::uint32_t from = byte & 3, count = std::min(end - byte, 4 - from);
    me.bytes = ((1u << count) - 1) << from;
    byte += count;
    if (clashes(cell->write)) report_race(in, lane, cell->write, true, writes, kShared, address);
    if (writes) {
      if (clashes(cell->read)) report_race(in, lane, cell->read, false, writes, kShared, address);
      if (clashes(cell->older_read)) report_race(in, lane, cell->older_read, false, writes, kShared, address);
      cell->write = me;
      cell->read.block = cell->older_read.block = 0;
    } else {
      RaceRecord& read = cell->read;
      if (read.block == serial_ && read.warp == index_ && read.clock == clock_ && read.bytes == me.bytes &&
          read.strong == me.strong) {
        read.lanes |= me.lanes;
        read.where = me.where;
      } else {
        if (read.block != 0 && !(kShared && read.block != serial_) && !ordered(read, lane)) cell->older_read = read;
        read = me;
      }
    }
  }
}

void WarpRace::global_access(const Instruction& in, LaneMask mask, std::uint32_t bytes, std::uint32_t access,
                             const std::uint64_t* address) {
  const RaceRecord me = record_of(in, access);
  for (LaneMask rest = mask; rest; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    const std::uint64_t offset = address[lane] - arena.base;
    if (offset >= kArenaBytes) continue;
    access_cells<false>(in, me, lane, arena.cells + offset / 4, offset & 3, bytes, access, address[lane]);
  }
  if (!grid_->unordered().ranges.empty()) {
    for (const UnorderedBefore::Range& range : grid_->unordered().ranges) {
      if (!range.is_write && !(access & kWrite)) continue;
      for (LaneMask rest = mask; rest; rest &= rest - 1) {
        const int lane = std::countr_zero(rest);
        if (address[lane] + bytes <= range.begin || address[lane] >= range.end) continue;
        warp_.block().report_at(warp_, in, lane, ReportKind::race,
                                std::string(access & kWrite ? "write" : "read") + " of " +
                                    describe_address(reinterpret_cast<void*>(address[lane])) +
                                    ", with nothing that orders it after " + range.what + ", which " +
                                    (range.is_write ? "writes it" : "reads it"));
        break;
      }
    }
  }
  if (access & kStrong) synchronise(mask, access, address);
}

void WarpRace::shared_accesses(const Instruction& in, LaneMask mask, std::uint32_t bytes, std::uint32_t access,
                               const std::uint32_t* offset) {
  RaceCell* cells = warp_.block().race->shared_cells();
  const std::uint32_t limit = warp_.block().shared_bytes();
  const RaceRecord me = record_of(in, access);
  for (LaneMask rest = mask; rest; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    if (std::uint64_t{offset[lane]} + bytes > limit) continue;
    access_cells<true>(in, me, lane, cells + offset[lane] / 4, offset[lane] & 3, bytes, access, offset[lane]);
  }
  if (!(access & kStrong)) return;
  std::uint64_t keys[kLanes];
  for (int lane = 0; lane < kLanes; ++lane)
    keys[lane] = mask >> lane & 1 ? std::uint64_t{serial_} << 32 | offset[lane] : 0;
  synchronise(mask, access, keys);
}

void WarpRace::copy_issued(const Instruction& in, LaneMask mask, std::uint32_t bytes, const std::uint32_t* offset) {
  shared_accesses(in, mask, bytes, kWrite | kAsync, offset);
}

// From now on the bytes are the copying lane's own plain write.
void WarpRace::copy_landed(const PendingCopy& copy) {
  RaceCell* cells = warp_.block().race->shared_cells();
  const std::uint32_t bytes = copy.size;
  for (std::uint64_t at = copy.destination / 4; at < (copy.destination + bytes) / 4; ++at) {
    RaceRecord& write = cells[at].write;
    if (write.block != serial_ || !write.async || write.warp != index_ || write.lanes != LaneMask{1} << copy.lane)
      continue;
    write.async = 0;
    write.clock = clock_;
  }
}

void WarpRace::report_race(const Instruction& in, int lane, const RaceRecord& other, bool other_writes, bool writes,
                           bool shared, std::uint64_t address) {
  const bool one_launch = other.block == serial_ || same_launch(other.block, serial_);
  if (one_launch && !grid_->seen.emplace(other.where, in.number).second) return;
  if (one_launch && within_cccl(warp_.block().grid().program(), other.where) &&
      within_cccl(warp_.block().grid().program(), in.number))
    return;
  const auto kind = [](bool is_write, bool strong) {
    return std::string(strong ? "atomic " : "") + (is_write ? "write" : "read");
  };
  const std::string place =
      shared ? "shared address " + hexadecimal(address) : describe_address(reinterpret_cast<void*>(address));
  std::vector<std::string> details{
      std::string(other.async ? "asynchronous copy still under way, " : kind(other_writes, other.strong)) +
      (other.async ? "issued by " : " before, by ") +
      describe_thread(other.block, other.warp * kLanes + static_cast<std::uint32_t>(std::countr_zero(other.lanes))) +
      ":"};
  for (const std::string& line : lines_in_launch(other.block, other.where)) details.push_back("  " + line);
  const bool same_block = other.block == serial_;
  warp_.block().report_at(warp_, in, lane, ReportKind::race,
                          kind(writes, false) + " of " + place + " races with a " + kind(other_writes, other.strong) +
                              (same_block   ? other.warp == index_ ? " in the same warp" : " in the same block"
                               : one_launch ? " in another block"
                                            : " in another launch"),
                          details);
}

}  // namespace cudaemu
