// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_workspace.h"

#include <algorithm>

namespace kindred {

namespace {

// A rotated mirror of the longer side, in fp32 and once more while it is made; systems of the threads.
std::int64_t cpu_bytes(std::int64_t longer, std::int64_t k) {
  return checked_mul(checked_mul(longer, k), 8) + checked_mul(checked_mul(k, k), 64);
}

constexpr std::int64_t kKibibyte = std::int64_t{1} << 10;
constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;

// Partial sums of long rows, which are cut into at most twice 1024 pieces of 8192 entries or more.
std::int64_t small_system_bytes(std::int64_t nnz, std::int64_t size) {
  const std::int64_t pieces = 2 * std::min<std::int64_t>(1024, nnz / 8192);
  return checked_mul(pieces, 4 * (size * size + 2 * size));
}

// Factors of the rows that are solved together, as blocks of 128 x 128 (64 KiB): so many rows that they fill the
// device.
std::int64_t large_system_bytes(std::int64_t longer, std::int64_t size) {
  constexpr std::int64_t kRows = 264;
  const std::int64_t blocks = size / 128;
  return checked_mul(std::min(longer, kRows), blocks * (blocks + 1) / 2 * 64 * kKibibyte + 4 * size);
}

// Rows of Y' in fp32, of their duals' solutions and of these rotated back, 2^26 numbers each at the most; the basis in
// fp64, with a pair of blocks' rotations, and in fp32.
std::int64_t short_row_bytes(std::int64_t longer, std::int64_t size) {
  return 12 * std::min(checked_mul(longer, size), std::int64_t{1} << 26) + checked_mul(size, 21 * size + 512);
}

// The fixed side as two planes of bf16; twelve numbers for each row of the other and its place in the order; a Gram
// matrix with its blocks (64 MiB at least) and copies; cuBLAS's work space (32 MiB).
std::int64_t cuda_bytes(std::int64_t longer, std::int64_t nnz, std::int64_t k) {
  constexpr std::int64_t kLargestSmallSystem = 256;
  const bool small = k <= kLargestSmallSystem;
  const std::int64_t tile = small ? 64 : 128;
  const std::int64_t size = (k + tile - 1) / tile * tile;
  return checked_mul(checked_mul(longer, size), 4) + checked_mul(longer, 48) +
         checked_mul(checked_mul(size, size), 32) + short_row_bytes(longer, size) +
         (small ? small_system_bytes(nnz, size) : large_system_bytes(longer, size)) + 100 * kMebibyte;
}

}  // namespace

std::int64_t als_workspace_bytes(const Context& ctx, std::int64_t rows, std::int64_t columns, std::int64_t nnz,
                                 std::int64_t factors) {
  const std::int64_t longer = std::max(rows, columns);
  return ctx.device().type == DeviceType::cpu ? cpu_bytes(longer, factors) : cuda_bytes(longer, nnz, factors);
}

}  // namespace kindred
