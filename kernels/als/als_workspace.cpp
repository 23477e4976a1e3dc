// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_workspace.h"

#include <algorithm>

namespace kindred {

namespace {

// A rotated mirror of the longer side, in fp32 and once more while it is made; systems of the threads.
std::int64_t cpu_bytes(std::int64_t longer, std::int64_t k) {
  return checked_mul(checked_mul(longer, k), 8) + checked_mul(checked_mul(k, k), 64);
}

// Both sides rotated in fp32, the fixed one once more in bf16; Gram matrix and eigenvectors with their work space in
// fp64; the blocks of gram (64 MiB) and cuBLAS's work space (32 MiB).
std::int64_t cuda_bytes(std::int64_t rows, std::int64_t columns, std::int64_t k) {
  constexpr std::int64_t kFixed = std::int64_t{96} << 20;
  return checked_mul(checked_mul(rows + columns, k), 4) + checked_mul(checked_mul(std::max(rows, columns), k), 2) +
         checked_mul(checked_mul(k, k), 96) + kFixed;
}

}  // namespace

std::int64_t als_workspace_bytes(const Context& ctx, std::int64_t rows, std::int64_t columns, std::int64_t factors) {
  return ctx.device().type == DeviceType::cpu ? cpu_bytes(std::max(rows, columns), factors)
                                              : cuda_bytes(rows, columns, factors);
}

}  // namespace kindred
