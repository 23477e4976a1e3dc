// SPDX-License-Identifier: Apache-2.0
// Tensor-core operations of sm_80: mma.sync, ldmatrix, stmatrix, movmatrix, as the PTX manual lays fragments out over
// lanes.
//
// With g = lane / 4, t = lane % 4 and P elements in a register: register r of A holds row g + 8 (r % 2), columns
// t P + h + 4 P (r / 2); of B column g, rows t P + h + 4 P r; of C and D row g + 8 (r / 2), columns 2 t + r % 2.
// Products and sums are exact or in double, rounded once: a device rounds its sums more often.
#include <algorithm>
#include <bit>
#include <cmath>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/compiler.h"
#include "tools/cudaemu/engine/control.h"
#include "tools/cudaemu/engine/float.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Operand;
using ptx::OperandKind;
using ptx::Type;
using u16 = std::uint16_t;
using u32 = std::uint32_t;

enum class Element : std::uint8_t { f16, bf16, tf32, s8, u8, f64 };
enum class Accumulator : std::uint8_t { f32, f16, s32, f64 };

// Packed into Instruction::immediate.
struct Shape {
  std::uint8_t m, n, k;
  Element a, b;
  Accumulator c, d;
  bool saturates;
};
static_assert(sizeof(Shape) == 8);

int per_register(Element e) {
  return e == Element::s8 || e == Element::u8 ? 4 : e == Element::f16 || e == Element::bf16 ? 2 : 1;
}

inline double element(const Warp& w, Slot slot, int lane, int h, Element e) {
  if (e == Element::f64) return w.reg<double>(slot)[lane];
  const u32 v = w.reg<u32>(slot)[lane];
  switch (e) {
    case Element::f16:
      return f16_to_float(static_cast<u16>(v >> (16 * h)));
    case Element::bf16:
      return bf16_to_float(static_cast<u16>(v >> (16 * h)));
    case Element::tf32:
      return std::bit_cast<float>(v & 0xffffe000u);
    case Element::s8:
      return static_cast<std::int8_t>(v >> (8 * h));
    default:
      return static_cast<std::uint8_t>(v >> (8 * h));
  }
}

template <int kM, int kK>
void multiply(const double (*a)[64], const double (*b)[8], double (*sum)[8]) {
  for (int row = 0; row < kM; ++row)
    for (int k = 0; k < kK; ++k)
      for (int col = 0; col < 8; ++col) sum[row][col] = std::fma(a[row][k], b[k][col], sum[row][col]);
}

template <int kM, Element kE>
void load_a(const Warp& w, const Slot* slots, int count, double (*a)[64]) {
  constexpr int kPer = kE == Element::s8 || kE == Element::u8 ? 4 : kE == Element::f16 || kE == Element::bf16 ? 2 : 1;
  for (int r = 0; r < count; ++r)
    for (int lane = 0; lane < kLanes; ++lane)
      for (int h = 0; h < kPer; ++h) {
        const int row = lane / 4 + (kM == 16 ? 8 * (r & 1) : 0);
        a[row][lane % 4 * kPer + h + 4 * kPer * (kM == 16 ? r >> 1 : r)] = element(w, slots[r], lane, h, kE);
      }
}
template <Element kE>
void load_b(const Warp& w, const Slot* slots, int count, double (*b)[8]) {
  constexpr int kPer = kE == Element::s8 || kE == Element::u8 ? 4 : kE == Element::f16 || kE == Element::bf16 ? 2 : 1;
  for (int r = 0; r < count; ++r)
    for (int lane = 0; lane < kLanes; ++lane)
      for (int h = 0; h < kPer; ++h)
        b[lane % 4 * kPer + h + 4 * kPer * r][lane / 4] = element(w, slots[r], lane, h, kE);
}
// Calls f with the element as a constant.
template <class F>
void with_element(Element e, F f) {
  switch (e) {
    case Element::f16:
      return f.template operator()<Element::f16>();
    case Element::bf16:
      return f.template operator()<Element::bf16>();
    case Element::tf32:
      return f.template operator()<Element::tf32>();
    case Element::s8:
      return f.template operator()<Element::s8>();
    case Element::u8:
      return f.template operator()<Element::u8>();
    case Element::f64:
      return f.template operator()<Element::f64>();
  }
}

template <int kM, int kK>
void mma(Warp& w, const Instruction& in, LaneMask mask) {
  if (!w.arrive(in, mask, kAllLanes)) return;
  const Shape shape = std::bit_cast<Shape>(in.immediate);
  const Slot* slots = w.more(in);  // d, a, b, c
  const int halves = shape.d == Accumulator::f16 ? 2 : 1, c_halves = shape.c == Accumulator::f16 ? 2 : 1;
  const int nd = kM * 8 / kLanes / halves, nc = kM * 8 / kLanes / c_halves;
  const int pa = per_register(shape.a), pb = per_register(shape.b);
  const int na = kM * kK / kLanes / pa, nb = kK * 8 / kLanes / pb;
  const Slot *d = slots, *a_slots = d + nd, *b_slots = a_slots + na, *c = b_slots + nb;
  alignas(64) double a[16][64], b[64][8], sum[16][8];
  with_element(shape.a, [&]<Element kE>() { load_a<kM, kE>(w, a_slots, na, a); });
  with_element(shape.b, [&]<Element kE>() { load_b<kE>(w, b_slots, nb, b); });
  for (int lane = 0; lane < kLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (int r = 0; r < nc; ++r)
      for (int h = 0; h < c_halves; ++h) {
        const int i = r * c_halves + h;
        double v;
        if (shape.c == Accumulator::f16)
          v = f16_to_float(static_cast<u16>(w.reg<u32>(c[r])[lane] >> (16 * h)));
        else if (shape.c == Accumulator::f32)
          v = w.reg<float>(c[r])[lane];
        else if (shape.c == Accumulator::s32)
          v = w.reg<std::int32_t>(c[r])[lane];
        else
          v = w.reg<double>(c[r])[lane];
        sum[g + 8 * (i >> 1)][2 * t + (i & 1)] = v;
      }
  }
  multiply<kM, kK>(a, b, sum);
  for (int lane = 0; lane < kLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (int r = 0; r < nd; ++r) {
      const auto value = [&](int i) { return sum[g + 8 * (i >> 1)][2 * t + (i & 1)]; };
      if (shape.d == Accumulator::f16) {
        const u32 low = round_to(value(2 * r), kF16, Rounding::nearest_even),
                  high = round_to(value(2 * r + 1), kF16, Rounding::nearest_even);
        w.reg<u32>(d[r])[lane] = low | high << 16;
      } else if (shape.d == Accumulator::f32) {
        w.reg<float>(d[r])[lane] = canonical(static_cast<float>(value(r)));
      } else if (shape.d == Accumulator::s32) {
        const double v = value(r);  // exact: below 2^53
        w.reg<std::int32_t>(d[r])[lane] = shape.saturates
                                              ? static_cast<std::int32_t>(std::clamp(v, -2147483648.0, 2147483647.0))
                                              : static_cast<std::int32_t>(static_cast<std::int64_t>(v));
      } else {
        w.reg<double>(d[r])[lane] = value(r);
      }
    }
  }
}

// --- 8x8 matrices of 16-bit elements ---
// a = address of a row (lanes 8 q .. 8 q + 7 give those of matrix q), small = matrices, e = 1: transposed.
template <bool kStore>
void matrix_access(Warp& w, const Instruction& in, LaneMask mask) {
  if (!w.arrive(in, mask, kAllLanes)) return;
  const Slot* slots = w.more(in);
  const auto* base = w.reg<u32>(in.a);
  const int rows = 8 * in.small;
  const LaneMask givers = rows == kLanes ? kAllLanes : (LaneMask{1} << rows) - 1;
  const auto address = [&](int i) { return base[i] + static_cast<u32>(in.immediate); };
  std::byte* row_bytes[kLanes] = {};
  for (int i = 0; i < rows; ++i) {
    row_bytes[i] =
        kStore ? resolve_shared_write<16>(w, in, i, address(i)) : resolve_shared_read<16>(w, in, i, address(i));
    if (!row_bytes[i]) return;
  }
  if (w.race) w.race->shared_access(in, givers, 16, kStore ? kWrite : kRead, address);
  if (kStore) w.stored();
  for (int q = 0; q < in.small; ++q) {
    u16 m[8][8];
    u32* d = w.reg<u32>(slots[q]);
    const bool transposed = in.e == 1;
    if (kStore) {
      for (int lane = 0; lane < kLanes; ++lane)
        for (int h = 0; h < 2; ++h) {
          const int r = lane / 4, c = 2 * (lane % 4) + h;
          (transposed ? m[c][r] : m[r][c]) = static_cast<u16>(d[lane] >> (16 * h));
        }
      for (int r = 0; r < 8; ++r) std::memcpy(row_bytes[8 * q + r], m[r], 16);
    } else {
      for (int r = 0; r < 8; ++r) std::memcpy(m[r], row_bytes[8 * q + r], 16);
      for (int lane = 0; lane < kLanes; ++lane) {
        const int r = lane / 4, c = 2 * (lane % 4);
        d[lane] = transposed ? m[c][r] | u32{m[c + 1][r]} << 16 : m[r][c] | u32{m[r][c + 1]} << 16;
      }
    }
  }
}

void transpose_matrix(Warp& w, const Instruction& in, LaneMask mask) {
  if (!w.arrive(in, mask, kAllLanes)) return;
  const u32* a = w.reg<u32>(in.a);
  u16 m[8][8];
  for (int lane = 0; lane < kLanes; ++lane)
    for (int h = 0; h < 2; ++h) m[lane / 4][2 * (lane % 4) + h] = static_cast<u16>(a[lane] >> (16 * h));
  for (int lane = 0; lane < kLanes; ++lane) {
    const int r = lane / 4, c = 2 * (lane % 4);
    w.reg<u32>(in.d)[lane] = m[c][r] | u32{m[c + 1][r]} << 16;
  }
}

bool element_of(Type type, Element& e) {
  switch (type) {
    case Type::f16:
      return e = Element::f16, true;
    case Type::bf16:
      return e = Element::bf16, true;
    case Type::tf32:
      return e = Element::tf32, true;
    case Type::s8:
      return e = Element::s8, true;
    case Type::u8:
      return e = Element::u8, true;
    case Type::f64:
      return e = Element::f64, true;
    default:
      return false;
  }
}
bool accumulator_of(Type type, Accumulator& c) {
  switch (type) {
    case Type::f32:
      return c = Accumulator::f32, true;
    case Type::f16:
      return c = Accumulator::f16, true;
    case Type::s32:
      return c = Accumulator::s32, true;
    case Type::f64:
      return c = Accumulator::f64, true;
    default:
      return false;
  }
}

Handler mma_handler(int m, int k) {
  if (m == 8) return k == 4 ? mma<8, 4> : k == 16 ? mma<8, 16> : nullptr;
  switch (k) {
    case 4:
      return mma<16, 4>;
    case 8:
      return mma<16, 8>;
    case 16:
      return mma<16, 16>;
    case 32:
      return mma<16, 32>;
    default:
      return nullptr;
  }
}

}  // namespace

bool Compiler::translate_matrix(const ptx::Instruction& in) {
  if (in.opcode == Opcode::movmatrix) {
    Instruction out = start(transpose_matrix);
    out.d = destination(in.operands.at(0), Width::bytes4, Type::b32);
    out.a = source(in.operands.at(1), Width::bytes4);
    return emit(out), true;
  }
  if (in.opcode == Opcode::ldmatrix || in.opcode == Opcode::stmatrix) {
    const bool stores = in.opcode == Opcode::stmatrix;
    if (!in.has(Modifier::m8n8) || in.type() != Type::b16 || in.operands.size() != 2) return false;
    const Operand& memory = in.operands[stores ? 0 : 1];
    const Operand& registers = in.operands[stores ? 1 : 0];
    Instruction out = start(stores ? matrix_access<true> : matrix_access<false>);
    const Address a = address(memory, MemoryPlace::shared);
    out.a = a.base;
    out.immediate = a.displacement;
    out.small = in.has(Modifier::x4) ? 4 : in.has(Modifier::x2) ? 2 : 1;
    out.e = in.has(Modifier::trans) ? 1 : 0;
    std::vector<Slot> slots;
    const std::vector<Operand> one{registers};
    for (const Operand& part : registers.kind == OperandKind::vector ? registers.parts : one)
      slots.push_back(stores ? source(part, Width::bytes4) : destination(part, Width::bytes4, Type::b32));
    if (slots.size() != out.small) return false;
    out.more = more(slots);
    return emit(out), true;
  }
  if (in.opcode != Opcode::mma || in.type_count != 4 || in.operands.size() != 4) return false;
  Shape shape{};
  shape.m = in.has(Modifier::m8n8k4) || in.has(Modifier::m8n8k16) ? 8 : 16;
  shape.n = 8;
  shape.k = in.has(Modifier::m8n8k4) || in.has(Modifier::m16n8k4)     ? 4
            : in.has(Modifier::m16n8k8)                               ? 8
            : in.has(Modifier::m16n8k16) || in.has(Modifier::m8n8k16) ? 16
            : in.has(Modifier::m16n8k32)                              ? 32
                                                                      : 0;
  if (!accumulator_of(in.types[0], shape.d) || !element_of(in.types[1], shape.a) || !element_of(in.types[2], shape.b) ||
      !accumulator_of(in.types[3], shape.c))
    return false;
  if (shape.m == 8 && shape.k == 4 && shape.a != Element::f64) return false;  // Volta's, with another layout
  shape.saturates = in.has(Modifier::satfinite);
  Instruction out = start(mma_handler(shape.m, shape.k));
  if (!out.run) return false;
  out.immediate = std::bit_cast<std::int64_t>(shape);
  const auto counts = [&](int values, int bytes) { return static_cast<std::size_t>(values / kLanes / bytes); };
  const std::size_t expected[4] = {
      counts(shape.m * 8, shape.d == Accumulator::f16 ? 2 : 1), counts(shape.m * shape.k, per_register(shape.a)),
      counts(shape.k * 8, per_register(shape.b)), counts(shape.m * 8, shape.c == Accumulator::f16 ? 2 : 1)};
  const bool wide = shape.a == Element::f64;
  std::vector<Slot> slots;
  for (std::size_t o = 0; o < 4; ++o) {
    const std::vector<Operand> one{in.operands[o]};
    const std::vector<Operand>& parts = in.operands[o].kind == OperandKind::vector ? in.operands[o].parts : one;
    if (parts.size() != expected[o]) return false;
    for (const Operand& part : parts) {
      const Width width = wide ? Width::bytes8 : Width::bytes4;
      slots.push_back(o == 0 ? destination(part, width, Type::none) : source(part, width, in.types[o]));
    }
  }
  out.more = more(slots);
  return emit(out), true;
}

}  // namespace cudaemu
