// SPDX-License-Identifier: Apache-2.0
// Instructions on packed bytes: dp4a, dp2a and the four-byte and two-halves forms of CUDA's SIMD functions (vadd4,
// ...).
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;
using u32 = std::uint32_t;

std::int64_t part_of(u32 v, int index, int bits, bool is_signed) {
  const u32 raw = v >> (index * bits) & ((bits == 32 ? 0 : 1u << bits) - 1u);
  if (is_signed && (raw >> (bits - 1) & 1)) return static_cast<std::int64_t>(raw) - (std::int64_t{1} << bits);
  return raw;
}

template <bool kSignedA, bool kSignedB>
u32 dot4(u32 a, u32 b, u32 c) {
  for (int i = 0; i < 4; ++i) c += static_cast<u32>(part_of(a, i, 8, kSignedA) * part_of(b, i, 8, kSignedB));
  return c;
}
// Two halves of a with the lower or upper two bytes of b.
template <bool kSignedA, bool kSignedB, bool kHigh>
u32 dot2(u32 a, u32 b, u32 c) {
  for (int i = 0; i < 2; ++i)
    c += static_cast<u32>(part_of(a, i, 16, kSignedA) * part_of(b, i + (kHigh ? 2 : 0), 8, kSignedB));
  return c;
}

std::int64_t apply(Opcode operation, std::int64_t a, std::int64_t b) {
  switch (operation) {
    case Opcode::vadd2:
    case Opcode::vadd4:
      return a + b;
    case Opcode::vsub2:
    case Opcode::vsub4:
      return a - b;
    case Opcode::vabsdiff2:
    case Opcode::vabsdiff4:
      return std::abs(a - b);
    case Opcode::vmin2:
    case Opcode::vmin4:
      return std::min(a, b);
    case Opcode::vmax2:
    case Opcode::vmax4:
      return std::max(a, b);
    default:
      return (a + b + 1) >> 1;  // vavrg
  }
}

void packed(Warp& w, const Instruction& in, LaneMask mask) {
  const auto operation = static_cast<Opcode>(in.immediate & 0xff);
  const int bits = static_cast<int>(in.immediate >> 8 & 0xff);
  const bool result_signed = in.immediate >> 16 & 1, a_signed = in.immediate >> 17 & 1,
             b_signed = in.immediate >> 18 & 1;
  const bool saturate = in.immediate >> 19 & 1, add = in.immediate >> 20 & 1;
  const std::int64_t low = result_signed ? -(std::int64_t{1} << (bits - 1)) : 0;
  const std::int64_t high = (std::int64_t{1} << (result_signed ? bits - 1 : bits)) - 1;
  const u32* a = w.reg<u32>(in.a);
  const u32* b = w.reg<u32>(in.b);
  const u32* c = in.c == kNoSlot ? a : w.reg<u32>(in.c);
  u32* d = w.reg<u32>(in.d);
  for_each_lane(mask, [&](int i) {
    u32 r = add ? c[i] : 0;
    for (int k = 0; k < 32 / bits; ++k) {
      std::int64_t v = apply(operation, part_of(a[i], k, bits, a_signed), part_of(b[i], k, bits, b_signed));
      if (saturate) v = std::clamp(v, low, high);
      if (add)
        r += static_cast<u32>(v);
      else
        r |= (static_cast<u32>(v) & ((1u << bits) - 1)) << (k * bits);
    }
    d[i] = r;
  });
}

}  // namespace

Form video_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes4;
  const bool a = in.types[0] == Type::s32, b = in.types[1] == Type::s32;
  switch (in.opcode) {
    case Opcode::dp4a:
      return {.run = a ? (b ? ternary<u32, u32, u32, u32, dot4<true, true>>
                            : ternary<u32, u32, u32, u32, dot4<true, false>>)
                       : (b ? ternary<u32, u32, u32, u32, dot4<false, true>>
                            : ternary<u32, u32, u32, u32, dot4<false, false>>),
              .d = w,
              .sources = {w, w, w}};
    case Opcode::dp2a: {
      Form form{.d = w, .sources = {w, w, w}};
      if (in.has(Modifier::hi))
        form.run = a ? (b ? ternary<u32, u32, u32, u32, dot2<true, true, true>>
                          : ternary<u32, u32, u32, u32, dot2<true, false, true>>)
                     : (b ? ternary<u32, u32, u32, u32, dot2<false, true, true>>
                          : ternary<u32, u32, u32, u32, dot2<false, false, true>>);
      else
        form.run = a ? (b ? ternary<u32, u32, u32, u32, dot2<true, true, false>>
                          : ternary<u32, u32, u32, u32, dot2<true, false, false>>)
                     : (b ? ternary<u32, u32, u32, u32, dot2<false, true, false>>
                          : ternary<u32, u32, u32, u32, dot2<false, false, false>>);
      return form;
    }
    case Opcode::vadd4:
    case Opcode::vsub4:
    case Opcode::vabsdiff4:
    case Opcode::vmin4:
    case Opcode::vmax4:
    case Opcode::vavrg4:
    case Opcode::vadd2:
    case Opcode::vsub2:
    case Opcode::vabsdiff2:
    case Opcode::vmin2:
    case Opcode::vmax2:
    case Opcode::vavrg2: {
      if (in.type_count < 3) return {};
      const bool four = in.opcode == Opcode::vadd4 || in.opcode == Opcode::vsub4 || in.opcode == Opcode::vabsdiff4 ||
                        in.opcode == Opcode::vmin4 || in.opcode == Opcode::vmax4 || in.opcode == Opcode::vavrg4;
      Form form{.run = packed, .d = w, .sources = {w, w, in.operands.size() > 3 ? w : Width::none}};
      form.immediate = static_cast<std::int64_t>(in.opcode) | (four ? 8 : 16) << 8 | (in.types[0] == Type::s32) << 16 |
                       (in.types[1] == Type::s32) << 17 | (in.types[2] == Type::s32) << 18 |
                       in.has(Modifier::sat) << 19 | in.has(Modifier::add) << 20;
      return form;
    }
    default:
      return {};
  }
}

}  // namespace cudaemu
