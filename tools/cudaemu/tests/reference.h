// SPDX-License-Identifier: Apache-2.0
// Host arithmetic with PTX's rules, written out from the PTX manual: what the opcode tests compare with.
// Rounding modes, flush to zero, saturation, float to integer clamping, and the 16-bit formats through bits in double.
#pragma once

#include <algorithm>
#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace cudaemu_test {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
using f32 = float;
using f64 = double;

// 16-bit floats are carried as their bits.
struct f16 {
  u16 bits;
};
struct bf16 {
  u16 bits;
};
struct f16x2 {
  u32 bits;
};
struct bf16x2 {
  u32 bits;
};

// ---- f32 and f64 ----

enum class Round { kNearest = FE_TONEAREST, kZero = FE_TOWARDZERO, kDown = FE_DOWNWARD, kUp = FE_UPWARD };

// The compiler must not move arithmetic across fesetround: it happens behind a volatile pointer.
template <class T>
inline T rounded(Round mode, T (*operation)(T, T, T), T a, T b, T c = 0) {
  T (*volatile hidden)(T, T, T) = operation;
  std::fesetround(static_cast<int>(mode));
  const T result = hidden(a, b, c);
  std::fesetround(FE_TONEAREST);
  return result;
}
template <class T>
T sum(T a, T b, T) {
  return a + b;
}
template <class T>
T difference(T a, T b, T) {
  return a - b;
}
template <class T>
T product(T a, T b, T) {
  return a * b;
}
template <class T>
T quotient(T a, T b, T) {
  return a / b;
}
template <class T>
T fused(T a, T b, T c) {
  return std::fma(a, b, c);
}
template <class T>
T root(T a, T, T) {
  return std::sqrt(a);
}

inline f32 ftz(f32 x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }

// .sat: NaN becomes +0.
template <class T>
T saturate(T x) {
  return x > 0 ? std::min(x, T(1)) : T(0);
}

// min and max order -0 before +0; a NaN loses unless both are (.NaN: a NaN wins).
template <class T>
T ptx_min(T a, T b) {
  if (a != a || b != b) return a != a ? b : a;
  return a == b ? (std::signbit(a) ? a : b) : std::min(a, b);
}
template <class T>
T ptx_max(T a, T b) {
  if (a != a || b != b) return a != a ? b : a;
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}
template <class T>
T nan_or(T a, T b, T otherwise) {
  return a != a || b != b ? std::numeric_limits<T>::quiet_NaN() : otherwise;
}

// cvt.{rni,rzi,rmi,rpi} to an integer: rounded, then clamped. NaN: 0 for sources up to 32 bits and results up to 32
// bits, else the top bit of the result alone.
template <class Int, class Float>
Int to_integer(Round mode, Float x) {
  if (x != x) {
    const bool wide = sizeof(Float) == 8 || sizeof(Int) == 8;
    return wide ? static_cast<Int>(std::make_unsigned_t<Int>(1) << (sizeof(Int) * 8 - 1)) : Int(0);
  }
  Float whole = x;
  switch (mode) {
    case Round::kNearest:
      whole = std::nearbyint(x);
      break;
    case Round::kZero:
      whole = std::trunc(x);
      break;
    case Round::kDown:
      whole = std::floor(x);
      break;
    case Round::kUp:
      whole = std::ceil(x);
      break;
  }
  using Limits = std::numeric_limits<Int>;
  const Float end = std::ldexp(Float(1), Limits::digits);  // first value above the range; exact
  if (whole >= end) return Limits::max();
  if (whole < static_cast<Float>(Limits::min())) return Limits::min();
  return static_cast<Int>(whole);
}

template <class To, class From>
To clamp_integer(From x) {
  const __int128 wide = x;
  const __int128 low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
  return static_cast<To>(std::clamp(wide, low, high));
}

// Conversion of an integer or a double to a narrower float, rounded as asked.
template <class To, class From>
To narrowed(Round mode, From x) {
  static From (*volatile identity)(From) = [](From value) { return value; };
  std::fesetround(static_cast<int>(mode));
  volatile To result = static_cast<To>(identity(x));
  std::fesetround(FE_TONEAREST);
  return result;
}

// ---- f16 and bf16 ----

struct Format {
  int mantissa_bits;  // without the hidden one
  int exponent_bits;
};
inline constexpr Format kHalf{10, 5};
inline constexpr Format kBrain{7, 8};
inline constexpr Format kTensor32{10, 8};  // tf32, in the upper 19 bits of 32

inline f64 decode(Format format, u32 bits) {
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const u32 mantissa = bits & ((1u << format.mantissa_bits) - 1);
  const u32 exponent = bits >> format.mantissa_bits & ((1u << format.exponent_bits) - 1);
  const f64 sign = bits >> (format.mantissa_bits + format.exponent_bits) & 1 ? -1 : 1;
  if (exponent == (1u << format.exponent_bits) - 1) {
    return mantissa ? std::numeric_limits<f64>::quiet_NaN() : sign * std::numeric_limits<f64>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(f64(mantissa), 1 - bias - format.mantissa_bits);
  return sign * std::ldexp(f64(mantissa | 1u << format.mantissa_bits), int(exponent) - bias - format.mantissa_bits);
}

// `ties_away` is cvt.rna.
inline u32 encode(Format format, f64 x, Round mode = Round::kNearest, bool ties_away = false) {
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const u32 top = (1u << format.exponent_bits) - 1;
  const u32 sign = std::signbit(x) ? 1u << (format.mantissa_bits + format.exponent_bits) : 0;
  if (x != x) return (1u << (format.mantissa_bits + format.exponent_bits)) - 1;
  if (std::isinf(x)) return sign | top << format.mantissa_bits;
  const f64 magnitude = std::fabs(x);
  const int exponent = magnitude == 0 ? 1 - bias : std::max(std::ilogb(magnitude), 1 - bias);
  const f64 scaled = std::ldexp(magnitude, format.mantissa_bits - exponent);  // exact: a power of two
  f64 whole = std::floor(scaled);
  const f64 rest = scaled - whole;
  const bool up = mode == Round::kNearest ? rest > 0.5 || (rest == 0.5 && (ties_away || std::fmod(whole, 2) == 1))
                  : mode == Round::kUp    ? rest > 0 && sign == 0
                  : mode == Round::kDown  ? rest > 0 && sign != 0
                                          : false;
  if (up) whole += 1;
  const u64 significand = static_cast<u64>(whole);
  if (significand == 0) return sign;
  // A carry out of the significand moves to the exponent by itself.
  const u64 hidden = u64(1) << format.mantissa_bits;
  const u64 bits =
      significand < hidden ? significand : (u64(exponent + bias) << format.mantissa_bits) + significand - hidden;
  if (bits >> format.mantissa_bits >= top) {
    const bool to_infinity = mode == Round::kNearest || (mode == Round::kUp && !sign) || (mode == Round::kDown && sign);
    return sign | (to_infinity ? top << format.mantissa_bits : (top << format.mantissa_bits) - 1);
  }
  return sign | static_cast<u32>(bits);
}

// a * b + c with an odd last bit wherever the double is not exact, so that rounding it again is right. a * b is exact.
inline f64 fused_to_odd(f64 a, f64 b, f64 c) {
  const f64 p = a * b, s = p + c;
  if (!std::isfinite(s)) return s;
  const f64 bb = s - p, error = (p - (s - bb)) + (c - bb);
  if (error == 0 || (std::bit_cast<u64>(s) & 1)) return s;
  return std::nextafter(s, error > 0 ? std::numeric_limits<f64>::infinity() : -std::numeric_limits<f64>::infinity());
}

inline f64 value(f16 x) { return decode(kHalf, x.bits); }
inline f64 value(bf16 x) { return decode(kBrain, x.bits); }
template <class T>
constexpr Format format_of() {
  return std::is_same_v<T, f16> ? kHalf : kBrain;
}
template <class T>
T make16(f64 x) {
  return T{static_cast<u16>(encode(format_of<T>(), x))};
}
template <class T>
T relu(T x) {
  return value(x) != value(x) ? T{0x7fff} : (x.bits & 0x8000) ? T{0} : x;
}

// Applies a function of 16-bit floats to both halves.
inline f16 low(f16x2 x) { return {u16(x.bits)}; }
inline f16 high(f16x2 x) { return {u16(x.bits >> 16)}; }
inline bf16 low(bf16x2 x) { return {u16(x.bits)}; }
inline bf16 high(bf16x2 x) { return {u16(x.bits >> 16)}; }
template <class F, class X, class... More>
X both(F f, X a, More... more) {
  return X{u32(f(low(a), low(more)...).bits) | u32(f(high(a), high(more)...).bits) << 16};
}

}  // namespace cudaemu_test
