// SPDX-License-Identifier: Apache-2.0
// Compiler: loads, stores, atomics, address conversions, moves of vectors.
#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/atomics.h"
#include "tools/cudaemu/engine/compiler.h"
#include "tools/cudaemu/engine/control.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Space;
using ptx::Symbol;
using ptx::Type;

std::uint32_t access_bits(const ptx::Instruction& in) {
  std::uint32_t bits = 0;
  if (in.has(Modifier::volatile_) || in.has(Modifier::mmio)) bits |= kStrong | kScopeSystem;
  if (in.has(Modifier::relaxed)) bits |= kStrong;
  if (in.has(Modifier::acquire)) bits |= kStrong | kAcquire;
  if (in.has(Modifier::release)) bits |= kStrong | kRelease;
  if (in.has(Modifier::acq_rel)) bits |= kStrong | kAcquire | kRelease;
  if (in.has(Modifier::gpu) || in.has(Modifier::cluster)) bits |= kScopeGpu;
  if (in.has(Modifier::sys)) bits |= kScopeSystem;
  return bits;
}

template <std::uint64_t kWindow>
std::uint64_t to_generic(std::uint64_t a) {
  return a + kWindow;
}
template <std::uint64_t kWindow>
std::uint64_t from_generic(std::uint64_t a) {
  return a - kWindow;
}

template <std::uint64_t kWindow>
void is_in_window(Warp& w, const Instruction& in, LaneMask mask) {
  LaneMask r = 0;
  for_each_lane(mask,
                [&](int i) { r |= static_cast<LaneMask>(in_window(w.reg<std::uint64_t>(in.a)[i], kWindow)) << i; });
  w.set_predicate(in.d, mask, r);
}
void is_global(Warp& w, const Instruction& in, LaneMask mask) {
  LaneMask r = 0;
  for_each_lane(mask, [&](int i) { r |= static_cast<LaneMask>(w.reg<std::uint64_t>(in.a)[i] < kCodeWindow) << i; });
  w.set_predicate(in.d, mask, r);
}
void never(Warp& w, const Instruction& in, LaneMask mask) { w.set_predicate(in.d, mask, 0); }

// {a, b, ...} -> one register, and back. small = number of parts, more = their slots.
template <class Whole, class Part>
void pack(Warp& w, const Instruction& in, LaneMask mask) {
  const Slot* parts = w.more(in);
  alignas(64) Whole r[kLanes] = {};
  for (int p = 0; p < in.small; ++p) {
    const Part* part = w.reg<Part>(parts[p]);
    for (int i = 0; i < kLanes; ++i)
      r[i] |= static_cast<Whole>(static_cast<Whole>(part[i]) << (8 * sizeof(Part) * static_cast<unsigned>(p)));
  }
  store_lanes(w.reg<Whole>(in.d), r, mask);
}
template <class Whole, class Part>
void unpack(Warp& w, const Instruction& in, LaneMask mask) {
  const Slot* parts = w.more(in);
  alignas(64) Whole a[kLanes];
  std::memcpy(a, w.reg<Whole>(in.a), sizeof a);
  for (int p = 0; p < in.small; ++p) {
    if (parts[p] == kNoSlot) continue;
    alignas(64) Part r[kLanes];
    for (int i = 0; i < kLanes; ++i) r[i] = static_cast<Part>(a[i] >> (8 * sizeof(Part) * static_cast<unsigned>(p)));
    store_lanes(w.reg<Part>(parts[p]), r, mask);
  }
}
// Bytes live in registers of two.
template <class Whole, bool kPack>
void bytes(Warp& w, const Instruction& in, LaneMask mask) {
  const Slot* parts = w.more(in);
  for_each_lane(mask, [&](int i) {
    if (kPack) {
      Whole r = 0;
      for (int p = 0; p < in.small; ++p)
        r = static_cast<Whole>(r | static_cast<Whole>(w.reg<std::uint16_t>(parts[p])[i] & 255) << (8 * p));
      w.reg<Whole>(in.d)[i] = r;
    } else {
      const Whole a = w.reg<Whole>(in.a)[i];
      for (int p = 0; p < in.small; ++p)
        if (parts[p] != kNoSlot) w.reg<std::uint16_t>(parts[p])[i] = static_cast<std::uint16_t>(a >> (8 * p) & 255);
    }
  });
}

Handler vector_move(int whole, int part, bool packs) {
  using u16 = std::uint16_t;
  using u32 = std::uint32_t;
  using u64 = std::uint64_t;
  using u128 = unsigned __int128;
  if (whole == 4 && part == 2) return packs ? pack<u32, u16> : unpack<u32, u16>;
  if (whole == 8 && part == 2) return packs ? pack<u64, u16> : unpack<u64, u16>;
  if (whole == 8 && part == 4) return packs ? pack<u64, u32> : unpack<u64, u32>;
  if (whole == 16 && part == 4) return packs ? pack<u128, u32> : unpack<u128, u32>;
  if (whole == 16 && part == 8) return packs ? pack<u128, u64> : unpack<u128, u64>;
  if (whole == 2 && part == 1) return packs ? bytes<u16, true> : bytes<u16, false>;
  if (whole == 4 && part == 1) return packs ? bytes<u32, true> : bytes<u32, false>;
  return nullptr;
}

}  // namespace

bool Compiler::translate_memory(const ptx::Instruction& in) {
  switch (in.opcode) {
    case Opcode::ld:
    case Opcode::ldu:
    case Opcode::st:
      return translate_load_store(in), true;
    case Opcode::atom:
    case Opcode::red:
      if (in.has(Modifier::async)) return false;
      return translate_atomic(in), true;
    case Opcode::cvta:
      return translate_cvta(in), true;
    case Opcode::isspacep: {
      Instruction out = start(in.space == Space::shared   ? is_in_window<kSharedWindow>
                              : in.space == Space::local  ? is_in_window<kLocalWindow>
                              : in.space == Space::global ? is_global
                                                          : never);
      out.d = destination(in.operands.at(0), Width::predicate, Type::pred);
      out.a = source(in.operands.at(1), Width::bytes8);
      emit(out);
      return true;
    }
    default:
      return false;
  }
}

void Compiler::translate_load_store(const ptx::Instruction& in) {
  const bool write = in.opcode == Opcode::st;
  if (in.operands.size() < 2) return emit(start(unsupported));
  const Operand& memory = in.operands[write ? 0 : 1];
  const Operand& value = in.operands[write ? 1 : 0];
  MemoryPlace place = in.space == Space::shared  ? MemoryPlace::shared
                      : in.space == Space::local ? MemoryPlace::local
                                                 : MemoryPlace::generic;
  std::int64_t known_offset = 0;
  if (memory.kind == OperandKind::variable) {
    const Symbol& symbol = function_.symbols[static_cast<std::size_t>(memory.symbol)];
    if (in.space == Space::param) {
      if (symbol.kind == Symbol::Kind::parameter && function_.is_entry) {
        place = MemoryPlace::kernel_parameter;
        known_offset = static_cast<std::int64_t>(program_.traits().parameters[symbol.index].offset);
      } else {
        place = MemoryPlace::call_parameter;
        known_offset =
            symbol.kind == Symbol::Kind::parameter ? code_.formals[symbol.index] : variable_offset_[symbol.index];
      }
      known_offset += memory.value;
    } else if (symbol.kind == Symbol::Kind::local_variable && function_.variables[symbol.index].space == Space::local) {
      place = MemoryPlace::local;
    }
  }
  const Type type = in.type();
  const int vector = std::max<int>(in.vector, 1);
  Instruction out = start(memory_handler(place, type, write, vector));
  if (!out.run) return emit(start(unsupported));
  out.small = static_cast<std::uint8_t>(vector);
  out.target = access_bits(in);
  if (place == MemoryPlace::kernel_parameter || place == MemoryPlace::call_parameter) {
    out.immediate = known_offset;
  } else {
    const Address a = address(memory, place);
    out.a = a.base;
    out.immediate = a.displacement;
    if (place == MemoryPlace::local) out.e = 8;
  }
  const Width width = width_of(type);
  if (vector == 1) {
    if (write)
      out.b = source(value, width, type);
    else
      out.d = destination(value, width, type);
  } else {
    std::vector<Slot> slots;
    for (const Operand& part : value.parts) {
      if (write)
        slots.push_back(source(part, width, type));
      else
        slots.push_back(part.kind == OperandKind::none ? kNoSlot : destination(part, width, type));
    }
    out.more = more(slots);
  }
  emit(out);
}

void Compiler::translate_atomic(const ptx::Instruction& in) {
  const bool reduces = in.opcode == Opcode::red;
  bool shared = in.space == Space::shared;
  Instruction out = start(atomic_handler(in, shared));
  const std::size_t first = reduces ? 0 : 1;
  if (!out.run || in.operands.size() < first + 2) return emit(start(unsupported));
  const Address a = address(in.operands[first], shared ? MemoryPlace::shared : MemoryPlace::generic);
  out.a = a.base;
  out.immediate = a.displacement;
  out.target = access_bits(in) | kStrong | kAtomic | kRead | kWrite;
  // Without a scope an atomic is of the whole device.
  if (!in.has(Modifier::cta) && !(out.target & kScopeSystem)) out.target |= kScopeGpu;
  const Width width = width_of(in.type());
  if (in.vector > 1) {
    std::vector<Slot> slots;
    for (int v = 0; v < in.vector; ++v)
      slots.push_back(reduces || in.operands[0].kind != OperandKind::vector ||
                              in.operands[0].parts[static_cast<std::size_t>(v)].kind == OperandKind::none
                          ? kNoSlot
                          : destination(in.operands[0].parts[static_cast<std::size_t>(v)], width, in.type()));
    for (const Operand& part : in.operands[first + 1].parts) slots.push_back(source(part, width, in.type()));
    out.small = in.vector;
    out.more = more(slots);
  } else {
    if (!reduces && in.operands[0].kind != OperandKind::none) out.d = destination(in.operands[0], width, in.type());
    out.b = source(in.operands[first + 1], width, in.type());
    if (in.has(Modifier::cas)) out.c = source(in.operands.at(first + 2), width, in.type());
  }
  emit(out);
}

void Compiler::translate_cvta(const ptx::Instruction& in) {
  const bool to = in.has(Modifier::to);
  using u64 = std::uint64_t;
  Handler run;
  if (in.space == Space::shared)
    run = to ? unary<u64, u64, from_generic<kSharedWindow>> : unary<u64, u64, to_generic<kSharedWindow>>;
  else if (in.space == Space::local)
    run = to ? unary<u64, u64, from_generic<kLocalWindow>> : unary<u64, u64, to_generic<kLocalWindow>>;
  else
    run = unary<u64, u64, to_generic<0>>;
  Instruction out = start(run);
  out.d = destination(in.operands.at(0), Width::bytes8, Type::u64);
  out.a = source(in.operands.at(1), Width::bytes8);
  emit(out);
}

bool Compiler::translate_move(const ptx::Instruction& in) {
  if (in.opcode != Opcode::mov || in.operands.size() != 2) return false;
  const bool packs = in.operands[1].kind == OperandKind::vector, unpacks = in.operands[0].kind == OperandKind::vector;
  if (!packs && !unpacks) return false;
  const Operand& vector = in.operands[packs ? 1 : 0];
  const int whole = bytes_of(in.type()), part = whole / static_cast<int>(vector.parts.size());
  Instruction out = start(vector_move(whole, part, packs));
  if (!out.run) return false;
  out.small = static_cast<std::uint8_t>(vector.parts.size());
  const Width part_width = width_of(part), whole_width = width_of(whole);
  std::vector<Slot> slots;
  if (unpacks) out.a = source(in.operands[1], whole_width, in.type());
  for (const Operand& p : vector.parts)
    slots.push_back(packs                         ? source(p, part_width)
                    : p.kind == OperandKind::none ? kNoSlot
                                                  : destination(p, part_width, Type::none));
  if (packs) out.d = destination(in.operands[0], whole_width, Type::none);
  out.more = more(slots);
  emit(out);
  return true;
}

}  // namespace cudaemu
