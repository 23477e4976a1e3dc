// SPDX-License-Identifier: Apache-2.0
// cp.async and mbarrier.
//
// A copy may land at any time between its issue and the wait for it: it lands at the wait in forward order, at the
// issue in reverse order, at either in random order, so that both a wait that is missing and a buffer that is refilled
// too early show. An mbarrier's 64 bits are: expected and pending arrivals (20 bits each), pending bytes (21, signed),
// phase.
#include <algorithm>
#include <bit>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/compiler.h"
#include "tools/cudaemu/engine/control.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Space;
using ptx::Type;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

void land(Warp& w, const PendingCopy& copy) {
  Block& block = w.block();
  if (copy.bytes) {
    const std::byte* from = copy.source - arena.base < kArenaBytes ? arena.bytes + (copy.source - arena.base)
                                                                   : reinterpret_cast<const std::byte*>(copy.source);
    std::memcpy(block.shared() + copy.destination, from, copy.bytes);
  }
  std::memset(block.shared() + copy.destination + copy.bytes, 0, copy.zero_bytes);
  std::memset(block.shared_state() + copy.destination, kWritten, copy.bytes + copy.zero_bytes);
}

// a = destination (shared), b = source, c = bytes to read, the rest is zeros (or none), e = lanes that read nothing (or
// none), small = size.
void copy_async(Warp& w, const Instruction& in, LaneMask mask) {
  const u32* to = w.reg<u32>(in.a);
  const u64* from = w.reg<u64>(in.b);
  const u32* read = in.c == kNoSlot ? nullptr : w.reg<u32>(in.c);
  const LaneMask ignored = in.e == kNoSlot ? 0 : w.predicate(in.e);
  const auto to_offset = static_cast<u32>(in.immediate & 0xffffffff);
  const auto from_offset = static_cast<std::int64_t>(static_cast<std::int32_t>(in.immediate >> 32));
  const u32 size = in.small;
  alignas(64) u64 sources[kLanes];
  alignas(64) u32 destinations[kLanes];
  LaneMask readers = 0;
  for_each_lane(mask, [&](int i) {
    PendingCopy copy;
    copy.destination = destinations[i] = to[i] + to_offset;
    copy.source = sources[i] = from[i] + static_cast<u64>(from_offset);
    copy.bytes = ignored >> i & 1 ? 0 : read ? std::min(read[i], size) : size;
    copy.zero_bytes = size - copy.bytes;
    copy.size = size;
    copy.lane = static_cast<std::uint16_t>(i);
    copy.instruction = in.number;
    Block& block = w.block();
    const std::uint8_t* state = block.shared_state() + copy.destination;
    if (copy.destination % size || copy.destination + size > block.shared_bytes() ||
        !std::all_of(state, state + size, [](std::uint8_t s) { return s & 1; })) {
      if (!resolve_thoroughly(w, in, i, copy.destination, size, kWrite, AddressSpace::shared)) return;
    }
    if (copy.bytes) {
      if (copy.source % size || copy.bytes == size) {
        std::byte* at = size == 4   ? resolve_read<4>(w, in, i, copy.source)
                        : size == 8 ? resolve_read<8>(w, in, i, copy.source)
                                    : resolve_read<16>(w, in, i, copy.source);
        if (!at) return;
      } else if (!resolve_thoroughly(w, in, i, copy.source, copy.bytes, kRead, AddressSpace::generic)) {
        return;
      }
      readers |= LaneMask{1} << i;
    }
    bool now = options().order == Order::reverse;
    if (options().order == Order::random)
      now = (options().seed * 2654435761u + copy.destination / 16 + w.index()) % 3 == 0;
    if (now) land(w, copy), copy.bytes = copy.zero_bytes = 0;
    w.copies.push_back(copy);
  });
  w.stored();
  if (!w.race) return;
  if (readers) w.race->global_access(in, readers, size, kRead, sources);
  w.race->copy_issued(in, mask, size, destinations);
}

void commit_group(Warp& w, const Instruction&, LaneMask mask) {
  for (PendingCopy& copy : w.copies)
    if (copy.group < 0 && (mask >> copy.lane & 1)) copy.group = w.copy_groups[copy.lane];
  for_each_lane(mask, [&](int i) { ++w.copy_groups[i]; });
}

// immediate = groups that may stay under way; -1: none, committed or not.
void wait_group(Warp& w, const Instruction& in, LaneMask mask) {
  std::erase_if(w.copies, [&](const PendingCopy& copy) {
    if (!(mask >> copy.lane & 1)) return false;
    const bool waited = in.immediate < 0 || (copy.group >= 0 && copy.group < w.copy_groups[copy.lane] - in.immediate);
    if (!waited) return false;
    const u32 size = copy.bytes + copy.zero_bytes;
    if (size) land(w, copy);
    if (w.race) w.race->copy_landed(copy);
    return true;
  });
}

// --- mbarrier ---
struct State {
  u64 word;
  u32 expected() const { return word & 0xfffff; }
  u32 pending() const { return word >> 20 & 0xfffff; }
  std::int32_t bytes() const { return static_cast<std::int32_t>(word >> 40 << 11) >> 11; }
  bool phase() const { return word >> 63; }
  static State make(u32 expected, u32 pending, std::int32_t bytes, bool phase) {
    return {(expected & 0xfffff) | u64{pending & 0xfffff} << 20 | u64{static_cast<u32>(bytes) & 0x1fffff} << 40 |
            u64{phase} << 63};
  }
  State settled() const {
    if (pending() != 0 || bytes() != 0) return *this;
    return make(expected(), expected(), 0, !phase());
  }
};

enum MbarrierOperation : std::uint8_t {
  kInit,
  kArrive,
  kArriveDrop,
  kExpect,
  kArriveExpect,
  kComplete,
  kCopyArrive,
  kTest,
  kTestParity,
  kInvalidate
};

u64* barrier_word(Warp& w, const Instruction& in, int lane, bool fresh) {
  const u32 at = w.reg<u32>(in.a)[lane] + static_cast<u32>(in.immediate);
  std::byte* found = fresh ? resolve_shared_write<8>(w, in, lane, at) : resolve_shared_read<8>(w, in, lane, at);
  return reinterpret_cast<u64*>(found);
}

// b = count or bytes, d = state token.
template <MbarrierOperation kOperation>
void mbarrier_update(Warp& w, const Instruction& in, LaneMask mask) {
  const auto address = [&](int i) { return w.reg<u32>(in.a)[i] + static_cast<u32>(in.immediate); };
  const u32 access = kOperation == kInit ? kWrite : kRead | kWrite | kAtomic | kStrong | kRelease;
  if (w.race) w.race->before_atomic(in, mask, access);
  for_each_lane(mask, [&](int i) {
    u64* word = barrier_word(w, in, i, kOperation == kInit);
    if (!word) return;
    const State old{*word};
    const u32 count = in.b == kNoSlot ? 1 : w.reg<u32>(in.b)[i];
    const auto bytes = static_cast<std::int32_t>(count);
    State next = old;
    switch (kOperation) {
      case kInit:
        next = State::make(count, count, 0, false);
        break;
      case kArrive:
      case kCopyArrive:
        next = State::make(old.expected(), old.pending() - count, old.bytes(), old.phase()).settled();
        break;
      case kArriveDrop:
        next = State::make(old.expected() - count, old.pending() - count, old.bytes(), old.phase()).settled();
        break;
      case kExpect:
        next = State::make(old.expected(), old.pending(), old.bytes() + bytes, old.phase());
        break;
      case kArriveExpect:
        next = State::make(old.expected(), old.pending() - 1, old.bytes() + bytes, old.phase()).settled();
        break;
      case kComplete:
        next = State::make(old.expected(), old.pending(), old.bytes() - bytes, old.phase()).settled();
        break;
      default:
        break;
    }
    *word = next.word;
    if (in.d != kNoSlot) w.reg<u64>(in.d)[i] = old.word;
  });
  w.stored();
  if (w.race) w.race->shared_access(in, mask, 8, access, address);
}

// b = token or parity, d = whether that phase is over.
template <bool kParity>
void mbarrier_test(Warp& w, const Instruction& in, LaneMask mask) {
  LaneMask done = 0;
  for_each_lane(mask, [&](int i) {
    const u64* word = barrier_word(w, in, i, false);
    if (!word) return;
    const bool asked = kParity ? w.reg<u32>(in.b)[i] & 1 : State{w.reg<u64>(in.b)[i]}.phase();
    done |= static_cast<LaneMask>(State{*word}.phase() != asked) << i;
  });
  if (w.race) {
    const auto address = [&](int i) { return w.reg<u32>(in.a)[i] + static_cast<u32>(in.immediate); };
    w.race->shared_access(in, mask, 8, kRead | kStrong | kAcquire, address);
  }
  w.set_predicate(in.d, mask, done);
  w.spin();
}

void pending_count(Warp& w, const Instruction& in, LaneMask mask) {
  for_each_lane(mask, [&](int i) { w.reg<u32>(in.d)[i] = State{w.reg<u64>(in.a)[i]}.pending(); });
}

void copies_arrive(Warp& w, const Instruction& in, LaneMask mask) {
  Instruction wait = in;
  wait.immediate = -1;
  wait_group(w, wait, mask);
  if (in.small) mbarrier_update<kCopyArrive>(w, in, mask);
}

}  // namespace

bool Compiler::translate_asynchronous(const ptx::Instruction& in) {
  if (in.opcode == Opcode::cp && in.has(Modifier::async) && !in.has(Modifier::bulk)) {
    if (in.has(Modifier::commit_group)) return emit(start(commit_group)), true;
    if (in.has(Modifier::wait_all) || in.has(Modifier::wait_group)) {
      Instruction out = start(wait_group);
      out.immediate = in.has(Modifier::wait_all) ? -1 : in.operands.at(0).value;
      return emit(out), true;
    }
    if (in.has(Modifier::mbarrier)) {
      Instruction out = start(copies_arrive);
      const Address a = address(in.operands.at(0), MemoryPlace::shared);
      out.a = a.base;
      out.immediate = a.displacement;
      out.small = in.has(Modifier::noinc);
      return emit(out), true;
    }
    if (in.operands.size() < 3 || in.operands[2].kind != OperandKind::immediate) return false;
    const std::int64_t size = in.operands[2].value;
    if (size != 4 && size != 8 && size != 16) return false;
    Instruction out = start(copy_async);
    const Address to = address(in.operands[0], MemoryPlace::shared),
                  from = address(in.operands[1], MemoryPlace::generic);
    out.a = to.base;
    out.b = from.base;
    out.immediate = static_cast<std::int64_t>((static_cast<u64>(from.displacement) << 32) |
                                              (static_cast<u64>(to.displacement) & 0xffffffff));
    out.small = static_cast<std::uint8_t>(size);
    const bool has_policy = in.has(Modifier::cache_hint);
    if (in.operands.size() > (has_policy ? 4u : 3u)) {
      const Operand& read = in.operands[3];
      if (read.kind == OperandKind::reg && function_.registers[read.index].type == Type::pred)
        out.e = source(read, Width::predicate);
      else
        out.c = source(read, Width::bytes4);
    }
    return emit(out), true;
  }
  if (in.opcode != Opcode::mbarrier) return false;
  const bool arrives = in.has(Modifier::arrive) || in.has(Modifier::arrive_drop);
  if (in.has(Modifier::pending_count)) {
    Instruction out = start(pending_count);
    out.d = destination(in.operands.at(0), Width::bytes4, Type::u32);
    out.a = source(in.operands.at(1), Width::bytes8);
    return emit(out), true;
  }
  if (in.has(Modifier::test_wait) || in.has(Modifier::try_wait)) {
    const bool parity = in.has(Modifier::parity);
    Instruction out = start(parity ? mbarrier_test<true> : mbarrier_test<false>);
    out.d = destination(in.operands.at(0), Width::predicate, Type::pred);
    const Address a = address(in.operands.at(1), MemoryPlace::shared);
    out.a = a.base;
    out.immediate = a.displacement;
    out.b = source(in.operands.at(2), parity ? Width::bytes4 : Width::bytes8);
    return emit(out), true;
  }
  Instruction out;
  std::size_t next = 0;
  if (in.has(Modifier::init))
    out.run = mbarrier_update<kInit>;
  else if (in.has(Modifier::arrive_drop))
    out.run = mbarrier_update<kArriveDrop>;
  else if (in.has(Modifier::arrive))
    out.run = in.has(Modifier::expect_tx) ? mbarrier_update<kArriveExpect> : mbarrier_update<kArrive>;
  else if (in.has(Modifier::expect_tx))
    out.run = mbarrier_update<kExpect>;
  else if (in.has(Modifier::complete_tx))
    out.run = mbarrier_update<kComplete>;
  else if (in.has(Modifier::inval))
    out.run = no_operation;
  else
    return false;
  if (arrives) {
    if (in.operands.size() < 2) return false;
    const Operand& token = in.operands[next++];
    if (token.kind != OperandKind::none) out.d = destination(token, Width::bytes8, Type::b64);
  }
  const Address a = address(in.operands.at(next++), MemoryPlace::shared);
  out.a = a.base;
  out.immediate = a.displacement;
  if (next < in.operands.size()) out.b = source(in.operands[next], Width::bytes4);
  return emit(out), true;
}

}  // namespace cudaemu
