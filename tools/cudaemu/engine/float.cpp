// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/float.h"

namespace cudaemu {

std::uint32_t round_to(double x, NarrowFormat f, Rounding rounding, bool finite) {
  const int total = 1 + f.exponent_bits + f.mantissa_bits;
  const std::uint32_t sign = std::signbit(x) ? 1u << (total - 1) : 0;
  const std::uint32_t infinity = ((1u << f.exponent_bits) - 1) << f.mantissa_bits;
  if (x != x) return (1u << (total - 1)) - 1;
  double magnitude = std::fabs(x);
  if (std::isinf(magnitude)) return sign | (finite ? infinity - 1 : infinity);
  const int bias = (1 << (f.exponent_bits - 1)) - 1;
  int exponent = magnitude == 0 ? 1 - bias : std::max(std::ilogb(magnitude), 1 - bias);
  // In units of the last place of that exponent.
  const double scaled = std::ldexp(magnitude, f.mantissa_bits - exponent);
  double whole = std::floor(scaled);
  const double rest = scaled - whole;
  bool up = false;
  switch (rounding) {
    case Rounding::nearest_even:
      up = rest > 0.5 || (rest == 0.5 && std::fmod(whole, 2) != 0);
      break;
    case Rounding::nearest_away:
      up = rest >= 0.5;
      break;
    case Rounding::zero:
      break;
    case Rounding::minus:
      up = rest > 0 && sign;
      break;
    case Rounding::plus:
      up = rest > 0 && !sign;
      break;
  }
  whole += up;
  // A denormal's `whole` has no hidden bit; one that reaches it is the smallest normal number by itself.
  const double hidden = std::ldexp(1.0, f.mantissa_bits);
  if (whole >= 2 * hidden) whole /= 2, ++exponent;
  if (exponent > bias) {
    const bool to_largest = finite || rounding == Rounding::zero || (rounding == Rounding::minus && !sign) ||
                            (rounding == Rounding::plus && sign);
    return sign | (to_largest ? infinity - 1 : infinity);
  }
  const auto bits = static_cast<std::uint32_t>(whole);
  const std::uint32_t field = static_cast<std::uint32_t>(exponent + bias - 1) << f.mantissa_bits;
  return sign | (whole >= hidden ? field + bits : bits);
}

}  // namespace cudaemu
