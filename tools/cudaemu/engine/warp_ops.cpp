// SPDX-License-Identifier: Apache-2.0
// Operations of a warp: shfl, vote, match, redux, elect, activemask, bar.warp.sync. All wait for the lanes of their
// mask.
#include <bit>

#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;
using u32 = std::uint32_t;

// Calls f(lanes, membermask) for each set of lanes that is complete. Lanes may hold different masks.
template <class F>
void for_each_meeting(Warp& w, const Instruction& in, LaneMask mask, Slot membermask, F f) {
  const u32* m = w.reg<u32>(membermask);
  while (mask) {
    const u32 value = m[std::countr_zero(mask)];
    LaneMask same = 0;
    for (int i = 0; i < kLanes; ++i) same |= static_cast<LaneMask>(m[i] == value) << i;
    same &= mask;
    mask &= ~same;
    if (const LaneMask lanes = w.arrive(in, same, value)) f(lanes, value);
  }
}

enum Shuffle : std::uint8_t { kUp, kDown, kButterfly, kIndex };

// a = value, b = lane or offset, c = clamp and segment, e = member mask.
template <Shuffle kMode>
void shfl(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.e, [&](LaneMask lanes, u32 membermask) {
    const u32* a = w.reg<u32>(in.a);
    const u32* b = w.reg<u32>(in.b);
    const u32* c = w.reg<u32>(in.c);
    alignas(64) u32 r[kLanes];
    LaneMask inside = 0;
    LaneMask wrong = 0;
    for (int i = 0; i < kLanes; ++i) {
      const u32 lane = static_cast<u32>(i), offset = b[i] & 31, clamp = c[i] & 31, segment = c[i] >> 8 & 31;
      const u32 highest = (lane & segment) | (clamp & ~segment);
      const u32 lowest = lane & segment;
      u32 from;
      bool ok;
      if constexpr (kMode == kUp)
        from = lane - offset, ok = static_cast<std::int32_t>(from) >= static_cast<std::int32_t>(highest);
      if constexpr (kMode == kDown) from = lane + offset, ok = from <= highest;
      if constexpr (kMode == kButterfly) from = lane ^ offset, ok = from <= highest;
      if constexpr (kMode == kIndex) from = lowest | (offset & ~segment), ok = from <= highest;
      from = ok ? from : lane;
      inside |= static_cast<LaneMask>(ok) << i;
      r[i] = a[from];
      wrong |= static_cast<LaneMask>(!(lanes >> from & 1)) << i;
    }
    wrong &= lanes;
    if (wrong && options().checks.lanes)
      w.block().report_at(
          w, in, std::countr_zero(wrong), ReportKind::lane_mask,
          "a lane reads from a lane that is outside the mask " + hexadecimal(membermask) + " or has returned");
    store_lanes(w.reg<u32>(in.d), r, lanes);
    if (in.d2 != kNoSlot) w.set_predicate(in.d2, lanes, inside);
  });
}

enum Vote : std::uint8_t { kAll, kAny, kUni, kBallot };

template <Vote kMode>
void vote(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.b, [&](LaneMask lanes, u32) {
    const LaneMask p = w.predicate(in.a) & lanes;
    if constexpr (kMode == kBallot) {
      for_each_lane(lanes, [&](int i) { w.reg<u32>(in.d)[i] = p; });
    } else {
      const bool r = kMode == kAll ? p == lanes : kMode == kAny ? p != 0 : p == lanes || p == 0;
      w.set_predicate(in.d, lanes, r ? kAllLanes : 0);
    }
  });
}

template <class T>
void match_any(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.b, [&](LaneMask lanes, u32) {
    alignas(64) T value[kLanes];
    std::memcpy(value, w.reg<T>(in.a), sizeof value);
    for_each_lane(lanes, [&](int i) {
      LaneMask same = 0;
      for (int j = 0; j < kLanes; ++j) same |= static_cast<LaneMask>(value[j] == value[i]) << j;
      w.reg<u32>(in.d)[i] = same & lanes;
    });
  });
}

template <class T>
void match_all(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.b, [&](LaneMask lanes, u32) {
    const T* a = w.reg<T>(in.a);
    LaneMask same = 0;
    for (int j = 0; j < kLanes; ++j) same |= static_cast<LaneMask>(a[j] == a[std::countr_zero(lanes)]) << j;
    const bool all = (lanes & ~same) == 0;
    for_each_lane(lanes, [&](int i) { w.reg<u32>(in.d)[i] = all ? lanes : 0; });
    if (in.d2 != kNoSlot) w.set_predicate(in.d2, lanes, all ? kAllLanes : 0);
  });
}

u32 reduce(Modifier operation, bool is_signed, u32 a, u32 b) {
  switch (operation) {
    case Modifier::add:
      return a + b;
    case Modifier::and_:
      return a & b;
    case Modifier::or_:
      return a | b;
    case Modifier::xor_:
      return a ^ b;
    case Modifier::min:
      return (is_signed ? static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) : a < b) ? a : b;
    default:
      return (is_signed ? static_cast<std::int32_t>(a) > static_cast<std::int32_t>(b) : a > b) ? a : b;
  }
}

void redux(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.b, [&](LaneMask lanes, u32) {
    const u32* a = w.reg<u32>(in.a);
    u32 r = a[std::countr_zero(lanes)];
    for_each_lane(lanes & (lanes - 1),
                  [&](int i) { r = reduce(static_cast<Modifier>(in.small), in.immediate != 0, r, a[i]); });
    for_each_lane(lanes, [&](int i) { w.reg<u32>(in.d)[i] = r; });
  });
}

// d = the elected lane, d2 = true in it.
void elect(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.a, [&](LaneMask lanes, u32) {
    const int leader = std::countr_zero(lanes);
    if (in.d != kNoSlot) for_each_lane(lanes, [&](int i) { w.reg<u32>(in.d)[i] = static_cast<u32>(leader); });
    if (in.d2 != kNoSlot) w.set_predicate(in.d2, lanes, LaneMask{1} << leader);
  });
}

void activemask(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_lane(mask, [&](int i) { w.reg<u32>(in.d)[i] = mask; });
}

void warp_barrier(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_meeting(w, in, mask, in.a, [&](LaneMask lanes, u32) {
    if (w.race) w.race->warp_barrier(lanes);
  });
}

}  // namespace

Form warp_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes4, p = Width::predicate;
  switch (in.opcode) {
    case Opcode::shfl: {
      Form form{.d = w, .sources = {w, w, w, w}, .has_second_destination = true, .d2 = p};
      form.run = in.has(Modifier::up)     ? shfl<kUp>
                 : in.has(Modifier::down) ? shfl<kDown>
                 : in.has(Modifier::bfly) ? shfl<kButterfly>
                                          : shfl<kIndex>;
      return in.has(Modifier::sync) ? form : Form{};
    }
    case Opcode::vote: {
      if (!in.has(Modifier::sync)) return {};
      if (in.has(Modifier::ballot)) return {.run = vote<kBallot>, .d = w, .sources = {p, w}};
      return {.run = in.has(Modifier::all)   ? vote<kAll>
                     : in.has(Modifier::any) ? vote<kAny>
                                             : vote<kUni>,
              .d = p,
              .sources = {p, w}};
    }
    case Opcode::match: {
      const bool wide = bytes_of(in.type()) == 8;
      const Width v = wide ? Width::bytes8 : w;
      if (in.has(Modifier::all))
        return {.run = wide ? match_all<std::uint64_t> : match_all<u32>,
                .d = w,
                .sources = {v, w},
                .has_second_destination = true,
                .d2 = p};
      return {.run = wide ? match_any<std::uint64_t> : match_any<u32>, .d = w, .sources = {v, w}};
    }
    case Opcode::redux: {
      constexpr Modifier kOperations[] = {Modifier::add,  Modifier::min, Modifier::max,
                                          Modifier::and_, Modifier::or_, Modifier::xor_};
      const auto operation = in.modifiers.first_of(kOperations);
      if (!operation || ptx::is_float(in.type())) return {};
      return {.run = redux,
              .d = w,
              .sources = {w, w},
              .immediate = in.type() == Type::s32,
              .small = static_cast<std::uint8_t>(*operation)};
    }
    case Opcode::elect:
      return {.run = elect, .d = w, .sources = {w}, .has_second_destination = true, .d2 = p};
    case Opcode::activemask:
      return {.run = activemask, .d = w};
    case Opcode::bar:
    case Opcode::barrier:
      if (in.has(Modifier::warp)) return {.run = warp_barrier, .sources = {w}};
      return {};
    default:
      return {};
  }
}

}  // namespace cudaemu
