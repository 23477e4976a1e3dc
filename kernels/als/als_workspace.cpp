// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_workspace.h"

#include <algorithm>

namespace kindred {

namespace {

// A rotated mirror of the longer side, in fp32 and once more while it is made; systems of the threads.
std::int64_t cpu_bytes(std::int64_t longer, std::int64_t k) {
  return checked_mul(checked_mul(longer, k), 8) + checked_mul(checked_mul(k, k), 64);
}

// The fixed side as two planes of bf16; five numbers and a sort for each row of the other; the partial sums of long
// rows, which are cut into at most twice 1024 pieces of 8192 entries or more; a Gram matrix with its blocks (64 MiB at
// least) and copies; cuBLAS's work space (32 MiB).
std::int64_t cuda_bytes(std::int64_t longer, std::int64_t nnz, std::int64_t k) {
  constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
  const std::int64_t size = (k + 63) / 64 * 64;
  const std::int64_t square = checked_mul(size, size);
  const std::int64_t pieces = 2 * std::min<std::int64_t>(1024, nnz / 8192);
  return checked_mul(checked_mul(longer, size), 4) + checked_mul(longer, 48) +
         checked_mul(pieces, 4 * (square + 2 * size)) + checked_mul(square, 32) + 100 * kMebibyte;
}

}  // namespace

std::int64_t als_workspace_bytes(const Context& ctx, std::int64_t rows, std::int64_t columns, std::int64_t nnz,
                                 std::int64_t factors) {
  const std::int64_t longer = std::max(rows, columns);
  return ctx.device().type == DeviceType::cpu ? cpu_bytes(longer, factors) : cuda_bytes(longer, nnz, factors);
}

}  // namespace kindred
