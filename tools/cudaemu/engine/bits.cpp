// SPDX-License-Identifier: Apache-2.0
// Bits: logic, shifts, fields, permutations, counts; moves.
#include <algorithm>
#include <bit>

#include "tools/cudaemu/engine/form.h"
#include "tools/cudaemu/engine/lanes.h"

namespace cudaemu {
namespace {

using ptx::Modifier;
using ptx::Opcode;
using ptx::Type;

template <class T>
constexpr int kBits = 8 * sizeof(T);

template <class T>
T bit_and(T a, T b) {
  return a & b;
}
template <class T>
T bit_or(T a, T b) {
  return a | b;
}
template <class T>
T bit_xor(T a, T b) {
  return a ^ b;
}
template <class T>
T bit_not(T a) {
  return static_cast<T>(~a);
}
template <class T>
T logical_not(T a) {
  return a == 0;
}
template <class T>
T same(T a) {
  return a;
}

// Amounts beyond the width shift everything out.
template <class T>
T shift_left(T a, std::uint32_t n) {
  return n >= static_cast<std::uint32_t>(kBits<T>) ? T{0} : static_cast<T>(a << n);
}
template <class T>
T shift_right(T a, std::uint32_t n) {
  if constexpr (std::is_signed_v<T>) return static_cast<T>(a >> std::min<std::uint32_t>(n, kBits<T> - 1));
  return n >= static_cast<std::uint32_t>(kBits<T>) ? T{0} : static_cast<T>(a >> n);
}
using u32 = std::uint32_t;
using u64 = std::uint64_t;
u32 funnel_left(u32 low, u32 high, u32 n) { return static_cast<u32>(((u64{high} << 32 | low) << n) >> 32); }
u32 funnel_right(u32 low, u32 high, u32 n) { return static_cast<u32>((u64{high} << 32 | low) >> n); }
u32 funnel_left_wrap(u32 low, u32 high, u32 n) { return funnel_left(low, high, n & 31); }
u32 funnel_right_wrap(u32 low, u32 high, u32 n) { return funnel_right(low, high, n & 31); }
u32 funnel_left_clamp(u32 low, u32 high, u32 n) { return funnel_left(low, high, std::min(n, 32u)); }
u32 funnel_right_clamp(u32 low, u32 high, u32 n) { return funnel_right(low, high, std::min(n, 32u)); }

template <class T>
u32 count_ones(T a) {
  return static_cast<u32>(std::popcount(a));
}
template <class T>
u32 leading_zeros(T a) {
  return static_cast<u32>(std::countl_zero(a));
}
template <class T>
T reverse(T a) {
  T r = 0;
  for (int i = 0; i < kBits<T>; ++i) r = static_cast<T>(r << 1 | (a >> i & 1));
  return r;
}
// Position of the most significant bit that is not a copy of the sign; all ones when there is none.
template <class T, bool kShiftAmount>
u32 find_most_significant(T a) {
  std::make_unsigned_t<T> bits = static_cast<std::make_unsigned_t<T>>(a);
  if constexpr (std::is_signed_v<T>)
    if (a < 0) bits = ~bits;
  if (bits == 0) return ~0u;
  const int position = kBits<T> - 1 - std::countl_zero(bits);
  return static_cast<u32>(kShiftAmount ? kBits<T> - 1 - position : position);
}

// Positions and lengths have 8 bits in the 32-bit forms and 32 in the 64-bit forms (so on an H200).
template <class T>
u32 field_amount(u32 v) {
  return sizeof(T) == 4 ? v & 255 : std::min(v, 255u);
}

template <class T>
T extract_field(T a, u32 position, u32 length) {
  position = field_amount<T>(position);
  length = field_amount<T>(length);
  using U = std::make_unsigned_t<T>;
  const u32 msb = kBits<T> - 1;
  if (length == 0) return 0;
  const bool sign = std::is_signed_v<T> && (static_cast<U>(a) >> std::min(position + length - 1, msb) & 1);
  U r = position > msb ? U{0} : static_cast<U>(static_cast<U>(a) >> position);
  const u32 have = position > msb ? 0 : std::min(length, msb + 1 - position);
  if (have <= msb) {
    const U mask = have == 0 ? U{0} : static_cast<U>((U{1} << have) - 1);
    r = static_cast<U>((r & mask) | (sign ? static_cast<U>(~mask) : U{0}));
  }
  return static_cast<T>(r);
}

template <class T>
T insert_field(T a, T b, u32 position, u32 length) {
  position = field_amount<T>(position);
  length = field_amount<T>(length);
  if (length == 0 || position >= static_cast<u32>(kBits<T>)) return b;
  T mask = length >= static_cast<u32>(kBits<T>) ? static_cast<T>(~T{0}) : static_cast<T>((T{1} << length) - 1);
  mask = static_cast<T>(mask << position);
  return static_cast<T>((b & ~mask) | (static_cast<T>(a << position) & mask));
}
u32 mask_clamp(u32 position, u32 length) {
  position = std::min(position, 32u);
  length = std::min(length, 32u - position);
  return static_cast<u32>(((u64{1} << length) - 1) << position);
}
u32 mask_wrap(u32 position, u32 length) {
  position &= 31;
  length &= 31;
  return static_cast<u32>(((u64{1} << length) - 1) << position);
}
template <bool kSigned, bool kWrap>
u32 extend_size(u32 a, u32 n) {
  if (kWrap) n &= 31;
  if (n >= 32) return a;
  if (n == 0) return 0;
  const u32 low = a & ((1u << n) - 1);
  return kSigned && (low >> (n - 1) & 1) ? low | ~((1u << n) - 1) : low;
}

// prmt, default mode: each nibble of c chooses a byte of b:a, bit 3 its sign replicated.
u32 permute(u32 a, u32 b, u32 c) {
  const u64 bytes = u64{b} << 32 | a;
  u32 r = 0;
  for (int i = 0; i < 4; ++i) {
    const u32 selector = c >> (4 * i) & 15;
    u32 byte = static_cast<u32>(bytes >> (8 * (selector & 7))) & 255;
    if (selector & 8) byte = byte & 128 ? 255 : 0;
    r |= byte << (8 * i);
  }
  return r;
}
// The other modes are permutations that c's two low bits choose.
constexpr u32 kModes[6][4] = {
    {0x3210, 0x4321, 0x5432, 0x6543},  // f4e
    {0x5670, 0x6701, 0x7012, 0x0123},  // b4e
    {0x0000, 0x1111, 0x2222, 0x3333},  // rc8
    {0x3210, 0x3211, 0x3222, 0x3333},  // ecl
    {0x0000, 0x1110, 0x2210, 0x3210},  // ecr
    {0x1010, 0x3232, 0x1010, 0x3232},  // rc16
};
template <int kMode>
u32 permute_mode(u32 a, u32 b, u32 c) {
  return permute(a, b, kModes[kMode][c & 3]);
}

template <class T>
void lop3(Warp& w, const Instruction& in, LaneMask mask) {
  const T* a = w.reg<T>(in.a);
  const T* b = w.reg<T>(in.b);
  const T* c = w.reg<T>(in.c);
  const auto table = static_cast<u32>(in.immediate);
  alignas(64) T r[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    T v = 0;
    for (int k = 0; k < 8; ++k) {
      const T term = (k & 4 ? a[i] : ~a[i]) & (k & 2 ? b[i] : ~b[i]) & (k & 1 ? c[i] : ~c[i]);
      v |= term & -static_cast<T>(table >> k & 1);
    }
    r[i] = v;
  }
  store_lanes(w.reg<T>(in.d), r, mask);
}

template <class T>
void insert(Warp& w, const Instruction& in, LaneMask mask) {
  const T* a = w.reg<T>(in.a);
  const T* b = w.reg<T>(in.b);
  const u32* c = w.reg<u32>(in.c);
  const u32* e = w.reg<u32>(in.e);
  alignas(64) T r[kLanes];
  for (int i = 0; i < kLanes; ++i) r[i] = insert_field(a[i], b[i], c[i], e[i]);
  store_lanes(w.reg<T>(in.d), r, mask);
}

// n-th set bit from a base position, see fns.b32; n > 0 counts upwards, n < 0 downwards, 0 tests the base itself.
u32 nth_set(u32 mask, u32 base, std::int32_t n) {
  if (n == 0) return mask >> (base & 31) & 1 ? base : ~0u;
  const int step = n > 0 ? 1 : -1;
  int left = n > 0 ? n : -n;
  for (int i = static_cast<int>(base); i >= 0 && i < 32; i += step)
    if ((mask >> i & 1) && --left == 0) return static_cast<u32>(i);
  return ~0u;
}

void copy_predicate(Warp& w, const Instruction& in, LaneMask mask) { w.set_predicate(in.d, mask, w.predicate(in.a)); }
void and_predicate(Warp& w, const Instruction& in, LaneMask mask) {
  w.set_predicate(in.d, mask, w.predicate(in.a) & w.predicate(in.b));
}
void or_predicate(Warp& w, const Instruction& in, LaneMask mask) {
  w.set_predicate(in.d, mask, w.predicate(in.a) | w.predicate(in.b));
}
void xor_predicate(Warp& w, const Instruction& in, LaneMask mask) {
  w.set_predicate(in.d, mask, w.predicate(in.a) ^ w.predicate(in.b));
}
void not_predicate(Warp& w, const Instruction& in, LaneMask mask) { w.set_predicate(in.d, mask, ~w.predicate(in.a)); }

template <class T>
Form typed_form(const ptx::Instruction& in) {
  using S = std::make_signed_t<T>;
  constexpr Width w = width_of(sizeof(T));
  constexpr Width w4 = Width::bytes4;
  const bool is_signed = ptx::is_signed(in.type());
  switch (in.opcode) {
    case Opcode::and_:
      return {.run = binary<T, T, T, bit_and<T>>, .d = w, .sources = {w, w}};
    case Opcode::or_:
      return {.run = binary<T, T, T, bit_or<T>>, .d = w, .sources = {w, w}};
    case Opcode::xor_:
      return {.run = binary<T, T, T, bit_xor<T>>, .d = w, .sources = {w, w}};
    case Opcode::not_:
      return {.run = unary<T, T, bit_not<T>>, .d = w, .sources = {w}};
    case Opcode::cnot:
      return {.run = unary<T, T, logical_not<T>>, .d = w, .sources = {w}};
    case Opcode::mov:
      return {.run = unary<T, T, same<T>>, .d = w, .sources = {w}};
    case Opcode::shl:
      return {.run = binary<T, T, u32, shift_left<T>>, .d = w, .sources = {w, w4}};
    case Opcode::shr:
      return {.run = is_signed ? binary<S, S, u32, shift_right<S>> : binary<T, T, u32, shift_right<T>>,
              .d = w,
              .sources = {w, w4}};
    default:
      break;
  }
  if constexpr (sizeof(T) >= 4) switch (in.opcode) {
      case Opcode::popc:
        return {.run = unary<u32, T, count_ones<T>>, .d = w4, .sources = {w}};
      case Opcode::clz:
        return {.run = unary<u32, T, leading_zeros<T>>, .d = w4, .sources = {w}};
      case Opcode::brev:
        return {.run = unary<T, T, reverse<T>>, .d = w, .sources = {w}};
      case Opcode::bfind:
        if (in.has(Modifier::shiftamt))
          return {.run = is_signed ? unary<u32, S, find_most_significant<S, true>>
                                   : unary<u32, T, find_most_significant<T, true>>,
                  .d = w4,
                  .sources = {w}};
        return {.run = is_signed ? unary<u32, S, find_most_significant<S, false>>
                                 : unary<u32, T, find_most_significant<T, false>>,
                .d = w4,
                .sources = {w}};
      case Opcode::bfe:
        return {
            .run = is_signed ? ternary<S, S, u32, u32, extract_field<S>> : ternary<T, T, u32, u32, extract_field<T>>,
            .d = w,
            .sources = {w, w4, w4}};
      case Opcode::bfi:
        return {.run = insert<T>, .d = w, .sources = {w, w, w4, w4}};
      case Opcode::lop3: {
        if (in.operands.size() != 5 || in.operands[4].kind != ptx::OperandKind::immediate) return {};
        return {.run = lop3<T>, .d = w, .sources = {w, w, w}, .immediate = in.operands[4].value};
      }
      default:
        break;
    }
  return {};
}

Form predicate_form(const ptx::Instruction& in) {
  constexpr Width p = Width::predicate;
  switch (in.opcode) {
    case Opcode::mov:
      return {.run = copy_predicate, .d = p, .sources = {p}};
    case Opcode::and_:
      return {.run = and_predicate, .d = p, .sources = {p, p}};
    case Opcode::or_:
      return {.run = or_predicate, .d = p, .sources = {p, p}};
    case Opcode::xor_:
      return {.run = xor_predicate, .d = p, .sources = {p, p}};
    case Opcode::not_:
      return {.run = not_predicate, .d = p, .sources = {p}};
    default:
      return {};
  }
}

Form permute_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes4;
  Form form{.run = ternary<u32, u32, u32, u32, permute>, .d = w, .sources = {w, w, w}};
  if (in.has(Modifier::f4e)) form.run = ternary<u32, u32, u32, u32, permute_mode<0>>;
  if (in.has(Modifier::b4e)) form.run = ternary<u32, u32, u32, u32, permute_mode<1>>;
  if (in.has(Modifier::rc8)) form.run = ternary<u32, u32, u32, u32, permute_mode<2>>;
  if (in.has(Modifier::ecl)) form.run = ternary<u32, u32, u32, u32, permute_mode<3>>;
  if (in.has(Modifier::ecr)) form.run = ternary<u32, u32, u32, u32, permute_mode<4>>;
  if (in.has(Modifier::rc16)) form.run = ternary<u32, u32, u32, u32, permute_mode<5>>;
  return form;
}

}  // namespace

Form bit_form(const ptx::Instruction& in) {
  constexpr Width w = Width::bytes4;
  switch (in.opcode) {
    case Opcode::prmt:
      return permute_form(in);
    case Opcode::shf:
      if (in.has(Modifier::l))
        return {.run = in.has(Modifier::wrap) ? ternary<u32, u32, u32, u32, funnel_left_wrap>
                                              : ternary<u32, u32, u32, u32, funnel_left_clamp>,
                .d = w,
                .sources = {w, w, w}};
      return {.run = in.has(Modifier::wrap) ? ternary<u32, u32, u32, u32, funnel_right_wrap>
                                            : ternary<u32, u32, u32, u32, funnel_right_clamp>,
              .d = w,
              .sources = {w, w, w}};
    case Opcode::bmsk:
      return {.run = in.has(Modifier::wrap) ? binary<u32, u32, u32, mask_wrap> : binary<u32, u32, u32, mask_clamp>,
              .d = w,
              .sources = {w, w}};
    case Opcode::szext: {
      const bool s = in.type() == Type::s32, wrap = in.has(Modifier::wrap);
      return {.run = s ? (wrap ? binary<u32, u32, u32, extend_size<true, true>>
                               : binary<u32, u32, u32, extend_size<true, false>>)
                       : (wrap ? binary<u32, u32, u32, extend_size<false, true>>
                               : binary<u32, u32, u32, extend_size<false, false>>),
              .d = w,
              .sources = {w, w}};
    }
    case Opcode::fns:
      return {.run = ternary<u32, u32, u32, std::int32_t, nth_set>, .d = w, .sources = {w, w, w}};
    default:
      break;
  }
  if (in.type() == Type::pred) return predicate_form(in);
  switch (in.opcode) {
    case Opcode::and_:
    case Opcode::or_:
    case Opcode::xor_:
    case Opcode::not_:
    case Opcode::cnot:
    case Opcode::mov:
    case Opcode::shl:
    case Opcode::shr:
    case Opcode::popc:
    case Opcode::clz:
    case Opcode::brev:
    case Opcode::bfind:
    case Opcode::bfe:
    case Opcode::bfi:
    case Opcode::lop3:
      break;
    default:
      return {};
  }
  switch (bytes_of(in.type())) {
    case 2:
      return typed_form<std::uint16_t>(in);
    case 4:
      return typed_form<std::uint32_t>(in);
    case 8:
      return typed_form<std::uint64_t>(in);
    case 16:
      if (in.opcode != Opcode::mov) return {};
      using Wide = unsigned __int128;
      return {.run = unary<Wide, Wide, same<Wide>>, .d = Width::bytes16, .sources = {Width::bytes16}};
    default:
      return {};
  }
}

}  // namespace cudaemu
