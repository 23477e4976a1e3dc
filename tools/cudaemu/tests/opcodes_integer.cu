// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic, shifts, bit fields, permutations, comparisons.
#include "tools/cudaemu/tests/opcode.cuh"

namespace cudaemu_test::integer {

constexpr const char* kGroup = "integer";

// ---- written out from the PTX manual ----

template <class T>
T shift_left(T a, u32 amount) {
  return amount >= sizeof(T) * 8 ? T(0) : static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << amount);
}
// Amounts past the width behave like the width: zero, or all sign bits.
template <class T>
T shift_right(T a, u32 amount) {
  const u32 width = sizeof(T) * 8;
  if (amount >= width) return std::is_signed_v<T> && a < 0 ? T(-1) : T(0);
  return static_cast<T>(a >> amount);
}
u32 funnel_left(u32 lo, u32 hi, u32 n) { return n == 0 ? hi : n >= 32 ? lo : hi << n | lo >> (32 - n); }
u32 funnel_right(u32 lo, u32 hi, u32 n) { return n == 0 ? lo : n >= 32 ? hi : hi << (32 - n) | lo >> n; }

// Fields past the top read the sign (signed) or zero.
template <class T>
T extract(T a, u32 position, u32 length) {
  using U = std::make_unsigned_t<T>;
  const u32 msb = sizeof(T) * 8 - 1;
  const u32 pos = position & 0xff, len = length & 0xff;
  const bool is_signed = std::is_signed_v<T>;
  const U bits = static_cast<U>(a);
  const bool sign = is_signed && len != 0 && (bits >> std::min(pos + len - 1, msb) & 1);
  U d = 0;
  for (u32 i = 0; i <= msb; ++i) {
    const bool bit = i < len && pos + i <= msb ? bits >> (pos + i) & 1 : sign;
    d |= static_cast<U>(bit) << i;
  }
  return static_cast<T>(d);
}
template <class U>
U insert(U field, U into, u32 position, u32 length) {
  const u32 msb = sizeof(U) * 8 - 1, pos = position & 0xff, len = length & 0xff;
  for (u32 i = 0; i < len && pos + i <= msb; ++i) {
    into = (into & ~(U(1) << (pos + i))) | (field >> i & 1) << (pos + i);
  }
  return into;
}
u32 mask_bits(u32 position, u32 length, bool wrap) {
  u32 mask = 0;
  if (wrap) position &= 31, length &= 31;
  for (u64 i = position; i < u64(position) + length && i < 32; ++i) mask |= 1u << i;
  return mask;
}
// Position of the leading bit that is not the sign; -1 where there is none.
template <class T>
u32 find_leading(T a, bool shift_amount) {
  const int msb = sizeof(T) * 8 - 1;
  const auto bits = static_cast<std::make_unsigned_t<T>>(std::is_signed_v<T> && a < 0 ? ~a : a);
  for (int i = msb; i >= 0; --i) {
    if (bits >> i & 1) return shift_amount ? msb - i : i;
  }
  return 0xffffffff;
}
template <class U>
U reversed(U a) {
  U d = 0;
  for (unsigned i = 0; i < sizeof(U) * 8; ++i) d |= (a >> i & 1) << (sizeof(U) * 8 - 1 - i);
  return d;
}
u32 permute(u32 a, u32 b, u32 selectors) {
  const u64 bytes = u64(b) << 32 | a;
  u32 d = 0;
  for (int i = 0; i < 4; ++i) {
    const u32 selector = selectors >> (4 * i) & 15;
    u32 byte = bytes >> (8 * (selector & 7)) & 0xff;
    if (selector & 8) byte = byte & 0x80 ? 0xff : 0;
    d |= byte << (8 * i);
  }
  return d;
}
// The special modes choose bytes by the two low bits of the selector.
u32 permute_mode(u32 a, u32 b, u32 c, const char* rows) {
  u32 selectors = 0;
  for (int i = 0; i < 4; ++i) selectors = selectors << 4 | u32(rows[(c & 3) * 4 + i] - '0');
  return permute(a, b, selectors);
}
template <class A, class B>
s64 dot(u32 a, u32 b, int lanes, int b_shift) {  // lanes of 32 / lanes bits in a, bytes in b
  s64 sum = 0;
  for (int i = 0; i < lanes; ++i) {
    sum += s64(static_cast<A>(a >> (32 / lanes * i))) * s64(static_cast<B>(b >> (8 * i + b_shift)));
  }
  return sum;
}
s32 low24(s32 a) { return static_cast<s32>(static_cast<u32>(a) << 8) >> 8; }
u32 low24(u32 a) { return a & 0xffffff; }
template <class T>
T wrap(u64 x) {
  return static_cast<T>(x);
}
template <class T>
T mul_hi(T a, T b) {
  using Wide = std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>;
  return static_cast<T>((Wide(a) * Wide(b)) >> (sizeof(T) * 8));
}
template <class T>
T magnitude(T a) {  // abs of the least value is itself
  return a < 0 ? static_cast<T>(0 - static_cast<u64>(a)) : a;
}
// The quotient of the least value by -1 wraps; a division by zero has no defined result and gives `unspecified`.
template <class T>
T divide(T a, T b) {
  return b == T(-1) && std::is_signed_v<T> ? wrap<T>(0 - static_cast<u64>(a)) : static_cast<T>(a / b);
}
template <class T>
T modulo(T a, T b) {
  return b == T(-1) && std::is_signed_v<T> ? T(0) : static_cast<T>(a % b);
}

// ---- add, sub, mul, mad ----

OPCODE2("add.s32", s32, s32, s32, wrap<s32>(u64(a) + u64(b)));
OPCODE2("add.u32", u32, u32, u32, a + b);
OPCODE2("add.s64", s64, s64, s64, wrap<s64>(u64(a) + u64(b)));
OPCODE2("add.u64", u64, u64, u64, a + b);
OPCODE2("add.s16", s16, s16, s16, wrap<s16>(a + b));
OPCODE2("add.u16", u16, u16, u16, wrap<u16>(a + b));
OPCODE2("add.sat.s32", s32, s32, s32, clamp_integer<s32>(s64(a) + b));
OPCODE2("sub.s32", s32, s32, s32, wrap<s32>(u64(a) - u64(b)));
OPCODE2("sub.u64", u64, u64, u64, a - b);
OPCODE2("sub.s16", s16, s16, s16, wrap<s16>(a - b));
OPCODE2("sub.sat.s32", s32, s32, s32, clamp_integer<s32>(s64(a) - b));
OPCODE2("mul.lo.s32", s32, s32, s32, wrap<s32>(u64(a) * u64(b)));
OPCODE2("mul.lo.u32", u32, u32, u32, a* b);
OPCODE2("mul.lo.s64", s64, s64, s64, wrap<s64>(u64(a) * u64(b)));
OPCODE2("mul.lo.u64", u64, u64, u64, a* b);
OPCODE2("mul.lo.s16", s16, s16, s16, wrap<s16>(a* b));
OPCODE2("mul.lo.u16", u16, u16, u16, wrap<u16>(u32(a) * b));
OPCODE2("mul.hi.s16", s16, s16, s16, wrap<s16>((a * b) >> 16));
OPCODE2("mul.hi.u16", u16, u16, u16, wrap<u16>((u32(a) * b) >> 16));
OPCODE2("mul.hi.s32", s32, s32, s32, mul_hi(a, b));
OPCODE2("mul.hi.u32", u32, u32, u32, mul_hi(a, b));
OPCODE2("mul.hi.s64", s64, s64, s64, mul_hi(a, b));
OPCODE2("mul.hi.u64", u64, u64, u64, mul_hi(a, b));
OPCODE2("mul.wide.s16", s32, s16, s16, s32(a) * b);
OPCODE2("mul.wide.u16", u32, u16, u16, u32(a) * b);
OPCODE2("mul.wide.s32", s64, s32, s32, s64(a) * b);
OPCODE2("mul.wide.u32", u64, u32, u32, u64(a) * b);
OPCODE2("mul24.lo.s32", s32, s32, s32, wrap<s32>(s64(low24(a)) * low24(b)));
OPCODE2("mul24.hi.s32", s32, s32, s32, wrap<s32>((s64(low24(a)) * low24(b)) >> 16));
OPCODE2("mul24.lo.u32", u32, u32, u32, wrap<u32>(u64(low24(a)) * low24(b)));
OPCODE2("mul24.hi.u32", u32, u32, u32, wrap<u32>((u64(low24(a)) * low24(b)) >> 16));
OPCODE3("mad24.lo.u32", u32, u32, u32, u32, wrap<u32>(u64(low24(a)) * low24(b) + c));
OPCODE3("mad24.lo.s32", s32, s32, s32, s32, wrap<s32>(u64(s64(low24(a)) * low24(b)) + u64(c)));
OPCODE3("mad.lo.s16", s16, s16, s16, s16, wrap<s16>(a* b + c));
OPCODE3("mad.lo.s32", s32, s32, s32, s32, wrap<s32>(u64(a) * u64(b) + u64(c)));
OPCODE3("mad.lo.u32", u32, u32, u32, u32, a* b + c);
OPCODE3("mad.lo.s64", s64, s64, s64, s64, wrap<s64>(u64(a) * u64(b) + u64(c)));
OPCODE3("mad.hi.s32", s32, s32, s32, s32, wrap<s32>(u64(mul_hi(a, b)) + u64(c)));
OPCODE3("mad.hi.u32", u32, u32, u32, u32, mul_hi(a, b) + c);
OPCODE3("mad.hi.u64", u64, u64, u64, u64, mul_hi(a, b) + c);
OPCODE3("mad.hi.sat.s32", s32, s32, s32, s32, clamp_integer<s32>(s64(mul_hi(a, b)) + c));
OPCODE3("mad.wide.s16", s32, s16, s16, s32, wrap<s32>(u64(s64(a) * b) + u64(c)));
OPCODE3("mad.wide.u16", u32, u16, u16, u32, wrap<u32>(u64(a) * b + c));
OPCODE3("mad.wide.s32", s64, s32, s32, s64, wrap<s64>(u64(s64(a) * b) + u64(c)));
OPCODE3("mad.wide.u32", u64, u32, u32, u64, u64(a) * b + c);
OPCODE3("sad.s32", u32, s32, s32, u32, u32(a < b ? s64(b) - a : s64(a) - b) + c);
OPCODE3("sad.u32", u32, u32, u32, u32, (a < b ? b - a : a - b) + c);
OPCODE3("sad.u64", u64, u64, u64, u64, (a < b ? b - a : a - b) + c);
OPCODE3("sad.s16", u16, s16, s16, u16, wrap<u16>((a < b ? b - a : a - b) + c));

// Carry chains: the flag goes from one instruction to the next.
ASM2(
    "{ .reg .u32 al, ah, bl, bh, dl, dh; mov.b64 {al, ah}, %1; mov.b64 {bl, bh}, %2;"
    " add.cc.u32 dl, al, bl; addc.u32 dh, ah, bh; mov.b64 %0, {dl, dh}; }",
    u64, u64, u64, a + b);
ASM2(
    "{ .reg .u32 al, ah, bl, bh, dl, dh; mov.b64 {al, ah}, %1; mov.b64 {bl, bh}, %2;"
    " sub.cc.u32 dl, al, bl; subc.u32 dh, ah, bh; mov.b64 %0, {dl, dh}; }",
    u64, u64, u64, a - b);
ASM2("{ .reg .u32 t, d; add.cc.u32 t, %1, %2; addc.cc.u32 t, %1, 0; addc.u32 d, 0, 0; mov.u32 %0, d; }", u32, u32, u32,
     u32((u64(a) + (u64(a) + b > 0xffffffff)) >> 32));
ASM2("{ .reg .u32 t, d; sub.cc.u32 t, %1, %2; subc.cc.u32 t, %1, %2; subc.u32 d, 0, 0; mov.u32 %0, d; }", u32, u32, u32,
     0u - u32(u64(a) < u64(b) + (a < b)));
ASM2("{ .reg .u64 t; add.cc.u64 t, %1, %2; addc.u64 %0, 0, 0; }", u64, u64, u64, u64(a + b < a));
ASM2("{ .reg .u64 t; sub.cc.u64 t, %1, %2; subc.u64 %0, 0, 0; }", u64, u64, u64, 0 - u64(a < b));
// High half of 64 x 64 bits by 32-bit pieces.
ASM2(
    "{ .reg .u32 al, ah, bl, bh, r0, r1, r2, r3; mov.b64 {al, ah}, %1; mov.b64 {bl, bh}, %2;"
    " mul.lo.u32 r0, al, bl; mul.hi.u32 r1, al, bl; mad.lo.cc.u32 r1, al, bh, r1; madc.hi.u32 r2, al, bh, 0;"
    " mad.lo.cc.u32 r1, ah, bl, r1; madc.hi.cc.u32 r2, ah, bl, r2; addc.u32 r3, 0, 0;"
    " mad.lo.cc.u32 r2, ah, bh, r2; madc.hi.u32 r3, ah, bh, r3; mov.b64 %0, {r2, r3}; }",
    u64, u64, u64, mul_hi(a, b));
ASM3("{ .reg .u32 t; mad.hi.cc.u32 t, %1, %2, %3; addc.u32 %0, 0, 0; }", u32, u32, u32, u32,
     u32((u64(mul_hi(a, b)) + c) >> 32));
ASM3("{ .reg .u64 t; mad.lo.cc.u64 t, %1, %2, %3; madc.hi.u64 %0, %1, %2, 0; }", u64, u64, u64, u64,
     mul_hi(a, b) + u64(a * b + c < c));

// ---- division ----

// A zero divisor is replaced by 3 here; the last case only shows that it does no harm.
#define DIVISOR(SUFFIX) "{ .reg .pred p; .reg ." SUFFIX " t; setp.eq." SUFFIX " p, %2, 0; selp." SUFFIX " t, 3, %2, p; "
ASM2(DIVISOR("s32") "div.s32 %0, %1, t; }", s32, s32, s32, divide(a, b ? b : 3));
ASM2(DIVISOR("u32") "div.u32 %0, %1, t; }", u32, u32, u32, divide(a, b ? b : 3));
ASM2(DIVISOR("s64") "div.s64 %0, %1, t; }", s64, s64, s64, divide(a, b ? b : 3));
ASM2(DIVISOR("u64") "div.u64 %0, %1, t; }", u64, u64, u64, divide(a, b ? b : 3));
ASM2(DIVISOR("s16") "div.s16 %0, %1, t; }", s16, s16, s16, divide(a, b ? b : s16(3)));
ASM2(DIVISOR("u16") "div.u16 %0, %1, t; }", u16, u16, u16, divide(a, b ? b : u16(3)));
ASM2(DIVISOR("s32") "rem.s32 %0, %1, t; }", s32, s32, s32, modulo(a, b ? b : 3));
ASM2(DIVISOR("u32") "rem.u32 %0, %1, t; }", u32, u32, u32, modulo(a, b ? b : 3));
ASM2(DIVISOR("s64") "rem.s64 %0, %1, t; }", s64, s64, s64, modulo(a, b ? b : 3));
ASM2(DIVISOR("u64") "rem.u64 %0, %1, t; }", u64, u64, u64, modulo(a, b ? b : 3));
ASM2("{ .reg .u32 t; div.u32 t, %1, %2; rem.u32 t, t, %2; div.s32 t, t, %2; mov.u32 %0, 7; }", u32, u32, u32, 7);

// ---- one operand, min, max ----

OPCODE1("abs.s16", s16, s16, magnitude(a));
OPCODE1("abs.s32", s32, s32, magnitude(a));
OPCODE1("abs.s64", s64, s64, magnitude(a));
OPCODE1("neg.s16", s16, s16, wrap<s16>(-a));
OPCODE1("neg.s32", s32, s32, wrap<s32>(0 - u64(a)));
OPCODE1("neg.s64", s64, s64, wrap<s64>(0 - u64(a)));
OPCODE1("not.b16", u16, u16, wrap<u16>(~a));
OPCODE1("not.b32", u32, u32, ~a);
OPCODE1("not.b64", u64, u64, ~a);
OPCODE1("cnot.b32", u32, u32, u32(a == 0));
OPCODE1("cnot.b64", u64, u64, u64(a == 0));
OPCODE2("min.s16", s16, s16, s16, std::min(a, b));
OPCODE2("min.u16", u16, u16, u16, std::min(a, b));
OPCODE2("min.s32", s32, s32, s32, std::min(a, b));
OPCODE2("min.u32", u32, u32, u32, std::min(a, b));
OPCODE2("min.s64", s64, s64, s64, std::min(a, b));
OPCODE2("min.u64", u64, u64, u64, std::min(a, b));
OPCODE2("max.s16", s16, s16, s16, std::max(a, b));
OPCODE2("max.u16", u16, u16, u16, std::max(a, b));
OPCODE2("max.s32", s32, s32, s32, std::max(a, b));
OPCODE2("max.u32", u32, u32, u32, std::max(a, b));
OPCODE2("max.s64", s64, s64, s64, std::max(a, b));
OPCODE2("max.u64", u64, u64, u64, std::max(a, b));
OPCODE2("min.s32.relu", s32, s32, s32, std::max(0, std::min(a, b)));
OPCODE2("max.s32.relu", s32, s32, s32, std::max(0, std::max(a, b)));

// ---- logic and shifts ----

OPCODE2("and.b16", u16, u16, u16, wrap<u16>(a& b));
OPCODE2("and.b32", u32, u32, u32, a& b);
OPCODE2("and.b64", u64, u64, u64, a& b);
OPCODE2("or.b16", u16, u16, u16, wrap<u16>(a | b));
OPCODE2("or.b32", u32, u32, u32, a | b);
OPCODE2("or.b64", u64, u64, u64, a | b);
OPCODE2("xor.b16", u16, u16, u16, wrap<u16>(a ^ b));
OPCODE2("xor.b32", u32, u32, u32, a ^ b);
OPCODE2("xor.b64", u64, u64, u64, a ^ b);
OPCODE2("shl.b16", u16, u16, u32, shift_left(a, b));
OPCODE2("shl.b32", u32, u32, u32, shift_left(a, b));
OPCODE2("shl.b64", u64, u64, u32, shift_left(a, b));
OPCODE2("shr.s16", s16, s16, u32, shift_right(a, b));
OPCODE2("shr.u16", u16, u16, u32, shift_right(a, b));
OPCODE2("shr.b32", u32, u32, u32, shift_right(a, b));
OPCODE2("shr.s32", s32, s32, u32, shift_right(a, b));
OPCODE2("shr.u32", u32, u32, u32, shift_right(a, b));
OPCODE2("shr.s64", s64, s64, u32, shift_right(a, b));
OPCODE2("shr.u64", u64, u64, u32, shift_right(a, b));
OPCODE3("shf.l.clamp.b32", u32, u32, u32, u32, funnel_left(a, b, std::min(c, 32u)));
OPCODE3("shf.l.wrap.b32", u32, u32, u32, u32, funnel_left(a, b, c & 31));
OPCODE3("shf.r.clamp.b32", u32, u32, u32, u32, funnel_right(a, b, std::min(c, 32u)));
OPCODE3("shf.r.wrap.b32", u32, u32, u32, u32, funnel_right(a, b, c & 31));

// ---- bits ----

OPCODE1("popc.b32", u32, u32, u32(__builtin_popcount(a)));
OPCODE1("popc.b64", u32, u64, u32(__builtin_popcountll(a)));
OPCODE1("clz.b32", u32, u32, a ? u32(__builtin_clz(a)) : 32u);
OPCODE1("clz.b64", u32, u64, a ? u32(__builtin_clzll(a)) : 64u);
OPCODE1("brev.b32", u32, u32, reversed(a));
OPCODE1("brev.b64", u64, u64, reversed(a));
OPCODE1("bfind.u32", u32, u32, find_leading(a, false));
OPCODE1("bfind.s32", u32, s32, find_leading(a, false));
OPCODE1("bfind.u64", u32, u64, find_leading(a, false));
OPCODE1("bfind.s64", u32, s64, find_leading(a, false));
OPCODE1("bfind.shiftamt.u32", u32, u32, find_leading(a, true));
OPCODE1("bfind.shiftamt.s32", u32, s32, find_leading(a, true));
OPCODE1("bfind.shiftamt.s64", u32, s64, find_leading(a, true));
OPCODE3("bfe.u32", u32, u32, u32, u32, extract(a, b, c));
OPCODE3("bfe.s32", s32, s32, u32, u32, extract(a, b, c));
// Position and length are restricted to 8 bits; a GPU takes the low 8 bits of greater ones only in the 32-bit forms.
#define EIGHT_BITS(b, c) "{ .reg .u32 p, l; and.b32 p, " b ", 255; and.b32 l, " c ", 255; "
ASM3(EIGHT_BITS("%2", "%3") "bfe.u64 %0, %1, p, l; }", u64, u64, u32, u32, extract(a, b, c));
ASM3(EIGHT_BITS("%2", "%3") "bfe.s64 %0, %1, p, l; }", s64, s64, u32, u32, extract(a, b, c));
OPCODE4("bfi.b32", u32, u32, u32, u32, u32, insert(a, b, c, e));
ASM4(EIGHT_BITS("%3", "%4") "bfi.b64 %0, %1, %2, p, l; }", u64, u64, u64, u32, u32, insert(a, b, c, e));
OPCODE2("bmsk.clamp.b32", u32, u32, u32, mask_bits(a, b, false));
OPCODE2("bmsk.wrap.b32", u32, u32, u32, mask_bits(a, b, true));
OPCODE2("szext.clamp.u32", u32, u32, u32, b >= 32 ? a : a & ((1u << b) - 1));
OPCODE2("szext.wrap.u32", u32, u32, u32, a&((1u << (b & 31)) - 1));
OPCODE2("szext.clamp.s32", s32, s32, u32, b == 0 ? 0 : b >= 32 ? a : s32(u32(a) << (32 - b)) >> (32 - b));
OPCODE2("szext.wrap.s32", s32, s32, u32, (b & 31) == 0 ? 0 : s32(u32(a) << (32 - (b & 31))) >> (32 - (b & 31)));
OPCODE3("prmt.b32", u32, u32, u32, u32, permute(a, b, c));
OPCODE3("prmt.b32.f4e", u32, u32, u32, u32, permute_mode(a, b, c, "3210432154326543"));
OPCODE3("prmt.b32.b4e", u32, u32, u32, u32, permute_mode(a, b, c, "5670670170120123"));
OPCODE3("prmt.b32.rc8", u32, u32, u32, u32, permute_mode(a, b, c, "0000111122223333"));
OPCODE3("prmt.b32.ecl", u32, u32, u32, u32, permute_mode(a, b, c, "3210321132223333"));
OPCODE3("prmt.b32.ecr", u32, u32, u32, u32, permute_mode(a, b, c, "0000111022103210"));
OPCODE3("prmt.b32.rc16", u32, u32, u32, u32, permute_mode(a, b, c, "1010323210103232"));
ASM2("prmt.b32 %0, %1, %2, 0x7531;", u32, u32, u32, permute(a, b, 0x7531));
ASM2("prmt.b32 %0, %1, %2, 0xba98;", u32, u32, u32, permute(a, b, 0xba98));
ASM3("lop3.b32 %0, %1, %2, %3, 0xe8;", u32, u32, u32, u32, (a & b) | (a & c) | (b & c));
ASM3("lop3.b32 %0, %1, %2, %3, 0xca;", u32, u32, u32, u32, (a & b) | (~a & c));
ASM3("lop3.b32 %0, %1, %2, %3, 0x96;", u32, u32, u32, u32, a ^ b ^ c);

// ---- dot products ----

OPCODE3("dp4a.u32.u32", u32, u32, u32, u32, u32(dot<u8, u8>(a, b, 4, 0)) + c);
OPCODE3("dp4a.s32.s32", s32, u32, u32, s32, wrap<s32>(u64(dot<s8, s8>(a, b, 4, 0)) + u64(c)));
OPCODE3("dp4a.s32.u32", s32, u32, u32, s32, wrap<s32>(u64(dot<s8, u8>(a, b, 4, 0)) + u64(c)));
OPCODE3("dp4a.u32.s32", s32, u32, u32, s32, wrap<s32>(u64(dot<u8, s8>(a, b, 4, 0)) + u64(c)));
OPCODE3("dp2a.lo.u32.u32", u32, u32, u32, u32, u32(dot<u16, u8>(a, b, 2, 0)) + c);
OPCODE3("dp2a.hi.s32.s32", s32, u32, u32, s32, wrap<s32>(u64(dot<s16, s8>(a, b, 2, 16)) + u64(c)));

// ---- comparison and selection ----

#define SETP(TEXT) "{ .reg .pred p; setp." TEXT " p, %1, %2; selp.u32 %0, 1, 0, p; }"
ASM2(SETP("eq.s32"), u32, s32, s32, a == b);
ASM2(SETP("ne.s32"), u32, s32, s32, a != b);
ASM2(SETP("lt.s32"), u32, s32, s32, a < b);
ASM2(SETP("le.s32"), u32, s32, s32, a <= b);
ASM2(SETP("gt.s32"), u32, s32, s32, a > b);
ASM2(SETP("ge.s32"), u32, s32, s32, a >= b);
ASM2(SETP("lo.u32"), u32, u32, u32, a < b);
ASM2(SETP("ls.u32"), u32, u32, u32, a <= b);
ASM2(SETP("hi.u32"), u32, u32, u32, a > b);
ASM2(SETP("hs.u32"), u32, u32, u32, a >= b);
ASM2(SETP("lt.u32"), u32, u32, u32, a < b);
ASM2(SETP("lt.s64"), u32, s64, s64, a < b);
ASM2(SETP("gt.u64"), u32, u64, u64, a > b);
ASM2(SETP("le.s16"), u32, s16, s16, a <= b);
ASM2(SETP("lt.u16"), u32, u16, u16, a < b);
ASM2(SETP("eq.b64"), u32, u64, u64, a == b);
ASM2(SETP("ne.b16"), u32, u16, u16, a != b);
ASM3(
    "{ .reg .pred p, q, r; setp.ne.u32 r, %3, 0; setp.lt.and.s32 p|q, %1, %2, r; selp.u32 %0, 1, 0, p; @q add.u32 %0, "
    "%0, 2; }",
    u32, s32, s32, u32, u32(a < b && c) + 2 * u32(!(a < b) && c));
ASM3("{ .reg .pred p, r; setp.ne.u32 r, %3, 0; setp.gt.or.u32 p, %1, %2, !r; selp.u32 %0, 1, 0, p; }", u32, u32, u32,
     u32, a > b || !c);
ASM3("{ .reg .pred p, r; setp.ne.u32 r, %3, 0; setp.eq.xor.s32 p, %1, %2, r; selp.u32 %0, 1, 0, p; }", u32, s32, s32,
     u32, (a == b) != (c != 0));
ASM2(
    "{ .reg .pred p, q, r; setp.lt.s32 p, %1, %2; setp.ne.s32 q, %1, 1; and.pred r, p, q; or.pred q, p, q; xor.pred q, "
    "q, r; not.pred r, q; selp.u32 %0, 5, 6, r; }",
    u32, s32, s32, ((a < b && a != 1) != (a < b || a != 1)) ? 6 : 5);
OPCODE2("set.lt.u32.s32", u32, s32, s32, a < b ? 0xffffffffu : 0);
OPCODE2("set.ge.s32.u32", s32, u32, u32, a >= b ? -1 : 0);
OPCODE2("set.ne.f32.s32", f32, s32, s32, a != b ? 1.0f : 0.0f);
OPCODE3("slct.u32.s32", u32, u32, u32, s32, c >= 0 ? a : b);
OPCODE3("slct.u64.s32", u64, u64, u64, s32, c >= 0 ? a : b);
ASM3("{ .reg .pred p; setp.ne.u32 p, %3, 0; selp.b64 %0, %1, %2, p; }", u64, u64, u64, u32, c ? a : b);
ASM3("{ .reg .pred p; setp.ne.u32 p, %3, 0; selp.b16 %0, %1, %2, p; }", u16, u16, u16, u32, c ? a : b);

// ---- moves ----

ASM1("{ .reg .b16 l, h; mov.b32 {l, h}, %1; mov.b32 %0, {h, l}; }", u32, u32, a << 16 | a >> 16);
ASM1("{ .reg .b16 w, x, y, z; mov.b64 {w, x, y, z}, %1; mov.b64 %0, {z, w, y, x}; }", u64, u64,
     (a >> 48) | (a & 0xffff) << 16 | (a >> 32 & 0xffff) << 32 | (a >> 16 & 0xffff) << 48);
ASM1("{ .reg .b32 l, h; mov.b64 {l, h}, %1; mov.b64 %0, {h, l}; }", u64, u64, a << 32 | a >> 32);
ASM1("{ .reg .b32 h; mov.b64 {_, h}, %1; mov.b32 %0, h; }", u32, u64, u32(a >> 32));

// ---- all 256 functions of three bits ----

template <int kFirst, int kCount>
__device__ void luts(u32* results) {
  if constexpr (kCount > 1) {
    luts<kFirst, kCount / 2>(results);
    luts<kFirst + kCount / 2, kCount / 2>(results);
  } else {
    asm volatile("lop3.b32 %0, %1, %2, %3, %4;"
                 : "=r"(results[kFirst])
                 : "r"(0xf0f0f0f0u), "r"(0xccccccccu), "r"(0xaaaaaaaau), "n"(kFirst));
  }
}
__global__ void all_luts(u32* results) { luts<0, 256>(results); }

std::string lop3_all() {
  u32* results = nullptr;
  u32 got[256];
  cudaMalloc(&results, sizeof got);
  all_luts<<<1, 1>>>(results);
  const std::string problem = cuda_problem(cudaMemcpy(got, results, sizeof got, cudaMemcpyDeviceToHost));
  cudaFree(results);
  if (!problem.empty()) return problem;
  for (u32 lut = 0; lut < 256; ++lut) {
    if (got[lut] != lut * 0x01010101u) return "table " + std::to_string(lut) + " gives " + std::to_string(got[lut]);
  }
  return "";
}
const bool kRegistered = (scenarios().push_back({kGroup, "lop3.b32 with all 256 tables", lop3_all}), true);

}  // namespace cudaemu_test::integer
