// SPDX-License-Identifier: Apache-2.0
// Four factors of a row at a time: as one vector where the rows allow it.
#pragma once

#include "kernels/core/dtype.h"

#include <cstdint>

namespace kindred::cuda {

KINDRED_HD inline bool factors_in_vectors(const float* rows, std::int64_t factors) {
  return factors % 4 == 0 && reinterpret_cast<std::uintptr_t>(rows) % sizeof(float4) == 0;
}

// Factors [k, k + 4) of a row; 0 beyond the last factor, and where there is no row (null).
template <bool kVectors>
__device__ float4 load_factors(const float* row, std::int64_t k, std::int64_t factors) {
  float4 four = {0.0F, 0.0F, 0.0F, 0.0F};
  if (row == nullptr || k >= factors) return four;
  if (kVectors) return *reinterpret_cast<const float4*>(row + k);
  four.x = row[k];
  if (k + 1 < factors) four.y = row[k + 1];
  if (k + 2 < factors) four.z = row[k + 2];
  if (k + 3 < factors) four.w = row[k + 3];
  return four;
}

}  // namespace kindred::cuda
