// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). A number is a pure function of (seed, purpose, step, row, lane): no state to carry or save,
// the same for any number of threads, on CPU and GPU. Every float operation below is IEEE-exact and spelled with
// fma, so that both back ends draw the same bits.
#pragma once

#include "kernels/core/dtype.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace kindred {

using PhiloxBlock = std::array<std::uint32_t, 4>;

KINDRED_HD inline PhiloxBlock philox(PhiloxBlock counter, std::uint64_t key) {
  std::uint32_t key0 = static_cast<std::uint32_t>(key);
  std::uint32_t key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0, static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1, static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return counter;
}

// FNV-1a, to turn the name of a purpose ("als.init.users") into 32 bits at compile time.
constexpr std::uint32_t purpose_id(std::string_view purpose) {
  std::uint32_t hash = 2166136261U;
  for (const char c : purpose) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return hash;
}

// A stream of random numbers for one purpose of one run.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose, std::uint32_t step = 0)
      : key_(seed), purpose_(purpose_id(purpose)), step_(step) {}

  // Four independent 32-bit words for (row, lane).
  KINDRED_HD PhiloxBlock block(std::uint64_t row, std::uint32_t lane) const {
    return philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32) ^ (step_ * 0x85EBCA6BU), lane,
                   purpose_},
                  key_);
  }
  KINDRED_HD std::uint64_t bits(std::uint64_t row, std::uint32_t lane = 0) const {
    const PhiloxBlock words = block(row, lane);
    return (std::uint64_t{words[1]} << 32) | words[0];
  }
  // Uniform in [0, 1), 53 bits.
  KINDRED_HD double uniform(std::uint64_t row, std::uint32_t lane = 0) const {
    return static_cast<double>(bits(row, lane) >> 11) * 0x1.0p-53;
  }
  // Uniform integer in [0, bound), by multiply-shift; the bias is below bound / 2^64.
  KINDRED_HD std::uint64_t below(std::uint64_t bound, std::uint64_t row, std::uint32_t lane = 0) const {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits(row, lane)) * bound) >> 64);
  }
  // Standard normal, by Box and Muller.
  KINDRED_HD float normal(std::uint64_t row, std::uint32_t lane = 0) const {
    const PhiloxBlock words = block(row, lane);
    return normal_from_bits(words[0], words[1]);
  }

 private:
  KINDRED_HD static float normal_from_bits(std::uint32_t radius_bits, std::uint32_t angle_bits);

  std::uint64_t key_;
  std::uint32_t purpose_;
  std::uint32_t step_;
};

// sqrt(-2 ln u) cos(2 pi v) with u in (0, 1), v in [0, 1): ln by the atanh series after range reduction to
// [sqrt(1/2), sqrt 2), cos by its Taylor series on [0, pi/4]. Relative error below 1e-6, no library calls but sqrt.
KINDRED_HD inline float Random::normal_from_bits(std::uint32_t radius_bits, std::uint32_t angle_bits) {
  const double u = (static_cast<double>(radius_bits) + 0.5) * 0x1.0p-32;
  int exponent = 0;
  double mantissa = u;  // u = mantissa * 2^exponent
  while (mantissa < 0.70710678118654752) {
    mantissa *= 2.0;
    --exponent;
  }
  const double t = (mantissa - 1.0) / (mantissa + 1.0);
  const double t2 = t * t;
  double series = 1.0 / 15.0;
  for (int n = 13; n >= 1; n -= 2) series = std::fma(series, t2, 1.0 / n);
  const double ln_u = std::fma(2.0 * t, series, exponent * 0.69314718055994531);

  const std::uint32_t octant = angle_bits >> 29;
  double fraction = static_cast<double>(angle_bits & 0x1FFFFFFFU) * 0x1.0p-29;  // within the octant
  if (octant & 1U) fraction = 1.0 - fraction;
  const double angle = fraction * 0.78539816339744831;  // [0, pi/4]
  const double a2 = angle * angle;
  const bool use_sine = ((octant + 1U) >> 1) & 1U;
  double value;
  if (use_sine) {
    double s = -1.0 / 39916800.0;
    s = std::fma(s, a2, 1.0 / 362880.0);
    s = std::fma(s, a2, -1.0 / 5040.0);
    s = std::fma(s, a2, 1.0 / 120.0);
    s = std::fma(s, a2, -1.0 / 6.0);
    value = std::fma(s * a2, angle, angle);
  } else {
    double c = 1.0 / 479001600.0;
    c = std::fma(c, a2, -1.0 / 3628800.0);
    c = std::fma(c, a2, 1.0 / 40320.0);
    c = std::fma(c, a2, -1.0 / 720.0);
    c = std::fma(c, a2, 1.0 / 24.0);
    c = std::fma(c, a2, -0.5);
    value = std::fma(c, a2, 1.0);
  }
  const bool negative = octant >= 2 && octant < 6;
  return static_cast<float>(std::sqrt(-2.0 * ln_u) * (negative ? -value : value));
}

}  // namespace kindred
