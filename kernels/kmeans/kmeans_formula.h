// SPDX-License-Identifier: Apache-2.0
// The arithmetic of k-means, spelled once for both back ends: in double, in ascending order of the coordinates.
#pragma once

#include "kernels/core/dtype.h"

#include <cmath>
#include <cstdint>

namespace kindred {

// Points whose costs are added by one thread, one after the other.
inline constexpr std::int64_t kKMeansChunk = 64;

// Products of two floats are exact in double, so a compiler that fuses them with the sum changes nothing.
KINDRED_HD inline double squared_distance(const float* x, const float* c, std::int64_t width) {
  double sum = 0.0;
  for (std::int64_t d = 0; d < width; ++d) {
    const double difference = x[d] - c[d];
    sum += difference * difference;
  }
  return sum;
}

KINDRED_HD inline double inner_product(const float* x, const float* c, std::int64_t width) {
  double sum = 0.0;
  for (std::int64_t d = 0; d < width; ++d) sum += static_cast<double>(x[d]) * static_cast<double>(c[d]);
  return sum;
}

// <x, c> + bias is largest for the nearest centroid.
KINDRED_HD inline float distance_bias(const float* c, std::int64_t width) {
  return static_cast<float>(-0.5 * inner_product(c, c, width));
}

// What the sums of a cluster are divided by: its size, or their length (0: the centroid stays).
KINDRED_HD inline double centroid_divisor(const double* sums, std::int64_t width, std::int64_t size, bool spherical) {
  if (!spherical) return static_cast<double>(size);
  double squares = 0.0;
  for (std::int64_t d = 0; d < width; ++d) squares = std::fma(sums[d], sums[d], squares);
  return std::sqrt(squares);
}

KINDRED_HD inline void normalize(float* c, std::int64_t width) {
  const double length = std::sqrt(inner_product(c, c, width));
  for (std::int64_t d = 0; length > 0.0 && d < width; ++d) c[d] = static_cast<float>(c[d] / length);
}

// Coordinate d of two centroids that were one; the sign alternates so that spherical ones move apart too.
KINDRED_HD inline float split_away(float coordinate, std::int64_t d, bool second) {
  constexpr float kStep = 0x1.0p-10F;
  return ((d % 2 != 0) != second) ? coordinate * (1.0F - kStep) : coordinate * (1.0F + kStep);
}

}  // namespace kindred
