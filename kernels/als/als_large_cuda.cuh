// SPDX-License-Identifier: Apache-2.0
// Systems too large for registers (K > 256): a batch of rows, whose factors lie in global memory as blocks of 128 x
// 128.
//     S = a0 Y'Y + l_u I + sum_j q_j y_j y_j' [N, N] = L L',  N = K padded to whole blocks,   blocks (i, p), p <= i
// Left-looking: block (i, p) of S is summed up in registers, background, entries and -sum_q L_iq L_pq' (q < p) alike,
// and leaves them only as L_ip; S itself is nowhere. Block columns p in ascending order:
//     S_pp = L_pp L_pp',   z_p = L_pp^-1 (b_p - sum_q L_pq z_q),   then L_ip = S_ip L_pp'^-1 for all i > p
// and at the end L' x = z. Products are those of als_tiles_cuda.cuh: L as hi + lo.
// The factor of one row: blocks in the order (0, 0), (1, 0), (1, 1), (2, 0) ..., each as 16 x 16 split tiles:
//     below the diagonal  64 tiles, tile (r, c) at 8 c + r: 32 columns of all blocks (i, 0 ...) follow one another
//     on the diagonal     36 tiles in the order (0, 0), (1, 0), (1, 1) ..., D = L^-1 in place of each diagonal tile
#pragma once

#include "kernels/als/als_gram_cuda.cuh"

namespace kindred::cuda {

constexpr int kBlockSize = 128;
constexpr int kBlockTiles = kBlockSize / kTile;  // along a side
constexpr int kColumnBytes = kBlockTiles * kSplitTileBytes;
constexpr int kBlockBytes = kBlockTiles * kColumnBytes;
constexpr int kDiagonalBytes = kBlockTiles * (kBlockTiles + 1) / 2 * kSplitTileBytes;
constexpr int kLargeThreads = 256;
constexpr int kLargeWarps = kLargeThreads / 32;

struct LargeBatch {
  AlsCudaRows rows;
  std::int64_t first = 0;       // the batch is rows.order[first, first + a kernel's rows), as far as there are entries
  std::int32_t blocks = 0;      // N / 128
  std::int64_t row_bytes = 0;   // of the factor of one row
  std::byte* factor = nullptr;  // [rows, row_bytes]
  float* forward = nullptr;     // [rows, N] z
};

__host__ __device__ inline std::int64_t large_block_offset(std::int64_t i, std::int64_t p) {
  return (i * (i - 1) / 2 + p) * kBlockBytes + i * kDiagonalBytes;
}

// Tile (i, j) of a diagonal block.
__device__ inline std::byte* large_tile(std::byte* block, int i, int j) {
  return block + (triangle(i) + j) * kSplitTileBytes;
}

// The row at a place of the batch, or -1 where none is left.
__device__ inline std::int32_t large_row(const LargeBatch& batch, std::int64_t slot) {
  const std::int64_t position = batch.first + slot;
  return position < batch.rows.work->primal ? batch.rows.order[position] : -1;
}

__device__ inline std::byte* large_block(const LargeBatch& batch, std::int64_t slot, int i, int p) {
  return batch.factor + slot * batch.row_bytes + large_block_offset(i, p);
}
__device__ inline float* large_forward(const LargeBatch& batch, std::int64_t slot) {
  return batch.forward + slot * batch.blocks * kBlockSize;
}

// The launches of one batch of `rows` rows.
void als_large_factor(const Context& ctx, const LargeBatch& batch, std::int64_t rows, bool precise);
void als_large_back(const Context& ctx, const LargeBatch& batch, std::int64_t rows);

}  // namespace kindred::cuda
