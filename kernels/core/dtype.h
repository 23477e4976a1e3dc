// SPDX-License-Identifier: Apache-2.0
// Element types, the host/device macro, and size arithmetic that cannot overflow silently.
#pragma once

#include "kernels/core/check.h"

#include <cstdint>

#if defined(__CUDACC__)
#define KINDRED_HD __host__ __device__
#else
#define KINDRED_HD
#endif

namespace kindred {

// a * b as int64; throws when it does not fit. Sizes that come from outside are multiplied with this.
inline std::int64_t checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    fail(ErrorKind::data, "{} x {} does not fit into 64 bits", a, b);
  }
  return product;
}

}  // namespace kindred
