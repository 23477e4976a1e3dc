// SPDX-License-Identifier: Apache-2.0
// What orders accesses: meetings of lanes and warps, fences, release and acquire.
#include <algorithm>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/launch_history.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {

GridRace::GridRace(Grid& grid, std::uint32_t first_serial)
    : first_serial_(first_serial), unordered_(unordered_before_current()) {
  all_before_ = unordered_.launches.empty();
  const auto last = static_cast<std::uint32_t>(first_serial + grid.launch().grid.volume() - 1);
  launch_runs(first_serial, last);
  remember_launch(grid, first_serial);
}

GridRace::~GridRace() = default;

bool GridRace::earlier_launch_ordered(std::uint32_t serial) const {
  for (const UnorderedBefore::Launch& launch : unordered_.launches)
    if (serial >= launch.first_serial && serial <= launch.last_serial) return false;
  return true;
}

BlockRace::BlockRace(Block& block) : block_(block), cells_(((block.shared_bytes() + 3) / 4 + 1) * sizeof(RaceCell)) {}
BlockRace::~BlockRace() = default;

WarpRace::WarpRace(Warp& warp)
    : warp_(warp),
      grid_(warp.block().grid().race.get()),
      serial_(warp.block().serial()),
      index_(warp.index()),
      warps_((warp.block().threads() + kLanes - 1) / kLanes, 0) {}

void WarpRace::warp_barrier(LaneMask mask) {
  const std::uint32_t now = clock_++;
  if ((warp_.live() & ~mask) == 0) {
    all_met_ = now;
    lanes_.reset();
  } else {
    if (!lanes_) lanes_ = std::make_unique<std::array<std::array<std::uint32_t, kLanes>, kLanes>>();
    std::array<std::uint32_t, kLanes> known{};
    for (LaneMask rest = mask; rest; rest &= rest - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(rest));
      for (std::size_t j = 0; j < kLanes; ++j) known[j] = std::max(known[j], (*lanes_)[i][j]);
    }
    for (LaneMask rest = mask; rest; rest &= rest - 1) known[static_cast<std::size_t>(std::countr_zero(rest))] = now;
    for (LaneMask rest = mask; rest; rest &= rest - 1)
      (*lanes_)[static_cast<std::size_t>(std::countr_zero(rest))] = known;
  }
  if (!(has_view_ & mask)) return;
  SharedView all;
  for (LaneMask rest = mask & has_view_; rest; rest &= rest - 1)
    all = merged(all, views_[static_cast<std::size_t>(std::countr_zero(rest))]);
  for (LaneMask rest = mask; rest; rest &= rest - 1) views_[static_cast<std::size_t>(std::countr_zero(rest))] = all;
  has_view_ |= mask;
}

void BlockRace::barrier_arrives(Warp& warp, LaneMask mask, std::uint32_t number, bool waits) {
  Meeting& meeting = meetings_[number];
  WarpRace& race = *warp.race;
  if (meeting.clocks.empty()) meeting.clocks.assign(race.warps_.size(), 0);
  for (std::size_t w = 0; w < race.warps_.size(); ++w) meeting.clocks[w] = std::max(meeting.clocks[w], race.warps_[w]);
  // All lanes of the warp that arrived so far count with this clock.
  meeting.clocks[race.index_] = std::max(meeting.clocks[race.index_], race.clock_);
  ++race.clock_;
  for (LaneMask rest = mask & race.has_view_; rest; rest &= rest - 1)
    meeting.view = merged(meeting.view, race.views_[static_cast<std::size_t>(std::countr_zero(rest))]);
  if (waits) meeting.waiting.emplace_back(&warp, mask);
}

void BlockRace::barrier_completes(std::uint32_t number) {
  Meeting& meeting = meetings_[number];
  for (const auto& [warp, mask] : meeting.waiting) {
    WarpRace& race = *warp->race;
    for (std::size_t w = 0; w < race.warps_.size(); ++w)
      if (w != race.index_) race.warps_[w] = std::max(race.warps_[w], meeting.clocks[w]);
    LaneMask met = 0;
    for (const auto& [other, lanes] : meeting.waiting)
      if (other == warp) met |= lanes;
    race.warp_barrier(met);
    if (!meeting.view) continue;
    for (LaneMask rest = mask; rest; rest &= rest - 1) {
      SharedView& view = race.views_[static_cast<std::size_t>(std::countr_zero(rest))];
      view = merged(view, meeting.view);
    }
    race.has_view_ |= mask;
  }
  std::fill(meeting.clocks.begin(), meeting.clocks.end(), 0);
  meeting.view.reset();
  meeting.waiting.clear();
}

void WarpRace::fence(LaneMask mask, std::uint32_t scope) {
  const std::uint32_t now = clock_++;
  for (LaneMask rest = mask; rest; rest &= rest - 1) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(rest));
    fenced_[lane] = now;
    fence_scope_[lane] = scope;
    if (!(has_pending_ >> lane & 1)) continue;
    views_[lane] = merged(views_[lane], pending_[lane]);
    pending_[lane].reset();
  }
  has_view_ |= has_pending_ & mask;
  has_pending_ &= ~mask;
}

// All that the lane knows, itself included up to `own_clock`.
SharedView WarpRace::view_of(int lane, std::uint32_t own_clock) {
  auto clocks = std::make_shared<ThreadClocks>(warps_.size() * kLanes);
  for (std::size_t w = 0; w < warps_.size(); ++w)
    std::fill_n(clocks->begin() + static_cast<std::ptrdiff_t>(w * kLanes), kLanes, warps_[w]);
  for (int other = 0; other < kLanes; ++other)
    (*clocks)[index_ * kLanes + static_cast<std::size_t>(other)] = lane_clock(lane, other);
  (*clocks)[index_ * kLanes + static_cast<std::size_t>(lane)] = own_clock;
  return with_block(views_[static_cast<std::size_t>(lane)], serial_, std::move(clocks));
}

// Strong accesses of the lanes to the places `keys`: what they pass on and what they learn.
void WarpRace::synchronise(LaneMask mask, std::uint32_t access, const std::uint64_t* keys) {
  constexpr std::uint32_t kWide = kScopeGpu | kScopeSystem;
  auto& variables = grid_->sync_variables;
  bool ticked = false;
  for (LaneMask rest = mask; rest; rest &= rest - 1) {
    const int lane = std::countr_zero(rest);
    const auto l = static_cast<std::size_t>(lane);
    if (access & kRead && !variables.empty()) {
      const auto found = variables.find(keys[lane]);
      if (found != variables.end()) {
        SharedView seen = found->second.device;
        if (found->second.block && found->second.block_serial == serial_) seen = merged(seen, found->second.block);
        if (access & kAcquire) {
          views_[l] = merged(views_[l], seen);
          has_view_ |= LaneMask{1} << lane;
        } else {
          pending_[l] = merged(pending_[l], seen);
          has_pending_ |= LaneMask{1} << lane;
        }
      }
    }
    if (!(access & kWrite)) continue;
    const bool releases = access & kRelease;
    SyncVariable* variable = nullptr;
    if (releases || fenced_[l]) {
      variable = &variables[keys[lane]];
    } else if (!(access & kAtomic) && !variables.empty()) {
      // A plain strong write ends what was released here.
      if (const auto found = variables.find(keys[lane]); found != variables.end()) variables.erase(found);
      continue;
    } else {
      continue;
    }
    if (!(access & kAtomic)) *variable = {};
    const std::uint32_t scope = releases ? access & kWide : fence_scope_[l] & kWide;
    const SharedView passed = view_of(lane, releases ? clock_ : fenced_[l]);
    ticked |= releases;
    if (scope) {
      variable->device = merged(variable->device, passed);
    } else {
      if (variable->block_serial != serial_) variable->block.reset();
      variable->block = merged(variable->block, passed);
      variable->block_serial = serial_;
    }
  }
  if (ticked) ++clock_;
}

}  // namespace cudaemu
