// SPDX-License-Identifier: Apache-2.0
// Pieces of floating-point arithmetic that several families need: flushing, saturation, narrow formats.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace cudaemu {

// .ftz: denormals become zeros of their sign.
inline float flush(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits & 0x7f800000u) ? bits : bits & 0x80000000u);
}
// .sat: to [0, 1]; NaN becomes +0.
template <class T>
inline T clamp01(T x) {
  return x >= T(1) ? T(1) : x > T(0) ? x : T(0);
}
inline constexpr std::uint32_t kNan32 = 0x7fffffffu;  // the NaN that devices make

// Devices return one NaN whatever the operands' payloads are.
inline float canonical(float x) { return x != x ? std::bit_cast<float>(kNan32) : x; }

// PTX's min and max take the other operand when one is NaN, and order -0 below +0; the .NaN forms give NaN.
template <class T>
inline T minimum_number(T a, T b) {
  if (a != a) return b;
  if (b != b) return a;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}
template <class T>
inline T maximum_number(T a, T b) {
  if (a != a) return b;
  if (b != b) return a;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

enum class Rounding : std::uint8_t { nearest_even, zero, minus, plus, nearest_away };

// A binary format narrower than double, as f16, bf16, tf32, e4m3 and e5m2 are.
struct NarrowFormat {
  int exponent_bits, mantissa_bits;
};
inline constexpr NarrowFormat kF16{5, 10}, kBf16{8, 7}, kTf32{8, 10}, kE5m2{5, 2};

// Rounds once, denormals included; overflow to infinity, or to the largest finite value as the rounding or `finite`
// says.
std::uint32_t round_to(double x, NarrowFormat format, Rounding rounding, bool finite = false);

inline float bf16_to_float(std::uint16_t h) { return std::bit_cast<float>(std::uint32_t{h} << 16); }
inline std::uint16_t float_to_bf16(float x) {  // to nearest even
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}
inline float f16_to_float(std::uint16_t h) { return static_cast<float>(std::bit_cast<_Float16>(h)); }
inline std::uint16_t float_to_f16(float x) {  // to nearest even
  return x != x ? std::uint16_t{0x7fff} : std::bit_cast<std::uint16_t>(static_cast<_Float16>(x));
}

// a + b in double, with the last bit set when the sum is not exact: a later rounding to a much narrower format is then
// the rounding of the exact sum.
inline double add_to_odd(double a, double b) {
  const double sum = a + b;
  if (!std::isfinite(sum)) return sum;
  const double bb = sum - a;
  const double error = (a - (sum - bb)) + (b - bb);
  auto bits = std::bit_cast<std::uint64_t>(sum);
  if (error == 0 || (bits & 1)) return sum;
  // The exact sum lies beyond `sum` when the error has its sign, else short of it.
  bits += (error > 0) == (sum > 0) ? 1 : std::uint64_t(-1);
  return std::bit_cast<double>(bits);
}

}  // namespace cudaemu
