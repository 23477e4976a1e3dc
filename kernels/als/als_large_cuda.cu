// SPDX-License-Identifier: Apache-2.0
// Large systems, batch by batch (als_large_cuda.cuh), and the last of their kernels:
//     L' x = z from the last block to the first: x_i = L_ii'^-1 z_i, then z_p -= L_ip' x_i for all p < i
// A block of threads a row; row i of L is read once, 8 KB of one tile column at a time by a warp.
// A batch is as many rows as fit the workspace: a third of the free memory, at most 8 GiB. Rows do not depend on one
// another: the same bits for any batch. One block of threads walks all entries of its row, however long.
//
// Cost of a row with l entries and n = N / 128, in flops of bf16 products and bytes of global memory:
//     entries   n (n + 1) / 2 blocks       2^15 l flops (three times that when precise)   512 l bytes (twice), cached
//     - L L'    (n - 1) n (n + 1) / 6      3 x 2^22 flops each                            64 KB each, the rest cached
//     below     n (n - 1) / 2 blocks       7.1 Mflop each                                 64 KB written, read later
//     diagonal  n blocks                   8 inversions of 16 x 16 after one another      36 KB written, read later
// So a half step of MovieLens-20M (138 k rows of 144 entries) is, at 400 Tflop/s of mma.sync and 4.3 TB/s (H200):
//     K = 512     30 Tflop (75 ms), 0.24 TB (55 ms)      K = 1024     200 Tflop (490 ms), 1.3 TB (310 ms)
// from which one may hope for some 0.1 s and some 0.6 s; not measured. (With the products of L in fp32, 50 Tflop/s,
// these alone would take 0.15 s and 1.1 s.)
#include "kernels/als/als_large_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"

#include <algorithm>

namespace kindred::cuda {

namespace {

// z[16] -= (the 8 tiles of a tile column)' x[128], by one warp. Lane = 2 row + chunk.
__device__ inline void subtract_tile_column(const std::byte* tiles, const float* x, float* z, int lane) {
  const int row = lane >> 1;
  const std::byte* from = tiles + chunk_offset(row, lane & 1);
  float sum[8] = {};
#pragma unroll
  for (int r = 0; r < kBlockTiles; ++r) {
    const uint4 hi = *reinterpret_cast<const uint4*>(from + r * kSplitTileBytes);
    const uint4 lo = *reinterpret_cast<const uint4*>(from + r * kSplitTileBytes + kPlaneBytes);
    const float factor = x[kTile * r + row];
    const std::uint32_t h[4] = {hi.x, hi.y, hi.z, hi.w};
    const std::uint32_t l[4] = {lo.x, lo.y, lo.z, lo.w};
#pragma unroll
    for (int n = 0; n < 4; ++n) {
      sum[2 * n] = fmaf(low_bf16(h[n]) + low_bf16(l[n]), factor, sum[2 * n]);
      sum[2 * n + 1] = fmaf(high_bf16(h[n]) + high_bf16(l[n]), factor, sum[2 * n + 1]);
    }
  }
#pragma unroll
  for (int n = 0; n < 8; ++n) {
#pragma unroll
    for (int distance = 2; distance < 32; distance *= 2) {
      sum[n] += __shfl_xor_sync(0xFFFFFFFFU, sum[n], distance);
    }
  }
  if (lane < 2) {
#pragma unroll
    for (int n = 0; n < 8; ++n) z[8 * lane + n] -= sum[n];
  }
}

__device__ inline void copy_diagonal(const std::byte* from, std::byte* to, int thread) {
  for (int byte = 16 * thread; byte < kDiagonalBytes; byte += 16 * kLargeThreads) {
    copy_async(shared_address(to) + byte, from + byte, true);
  }
  commit_copies();
}

__global__ void __launch_bounds__(kLargeThreads, 4) solve_back(LargeBatch batch) {
  extern __shared__ __align__(128) std::byte shared[];
  const std::int64_t slot = blockIdx.x;
  const std::int32_t row = large_row(batch, slot);
  if (row < 0) return;
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread & 31;
  const int warp = thread >> 5;
  float* x = reinterpret_cast<float*>(shared + kDiagonalBytes);
  copy_diagonal(large_block(batch, slot, batch.blocks - 1, batch.blocks - 1), shared, thread);
  const float* z = large_forward(batch, slot);
  for (int f = thread; f < batch.blocks * kBlockSize; f += kLargeThreads) x[f] = z[f];
#pragma unroll 1
  for (int i = batch.blocks - 1; i >= 0; --i) {
    float* own = x + i * kBlockSize;
    wait_for_copies<0>();
    __syncthreads();
#pragma unroll 1
    for (int c = kBlockTiles - 1; c >= 0; --c) {
      if (warp == c) {
        const float2 solved = apply_transposed(large_tile(shared, c, c), own + kTile * c, lane);
        __syncwarp();
        if (lane < 8) *reinterpret_cast<float2*>(own + kTile * c + 2 * lane) = solved;
      }
      __syncthreads();
      if (warp < c) {
        const float2 change = apply_transposed(large_tile(shared, c, warp), own + kTile * c, lane);
        if (lane < 8) {
          own[kTile * warp + 2 * lane] -= change.x;
          own[kTile * warp + 2 * lane + 1] -= change.y;
        }
        __syncwarp();
      }
    }
    __syncthreads();
    if (i == 0) break;
    copy_diagonal(large_block(batch, slot, i - 1, i - 1), shared, thread);
    const std::byte* columns = large_block(batch, slot, i, 0);
#pragma unroll 1
    for (int column = warp; column < i * kBlockTiles; column += kLargeWarps) {
      subtract_tile_column(columns + std::int64_t{column} * kColumnBytes, own, x + kTile * column, lane);
    }
  }
  for (int f = thread; f < batch.rows.k; f += kLargeThreads) {
    batch.rows.x[std::int64_t{row} * batch.rows.k + f] = batch.rows.scale * x[f];
  }
}

}  // namespace

std::int64_t als_large_size(std::int64_t k) { return (k + kBlockSize - 1) / kBlockSize * kBlockSize; }

std::int64_t als_large_row_bytes(std::int64_t k) {
  const std::int64_t size = als_large_size(k);
  return large_block_offset(size / kBlockSize, 0) + 4 * size;
}

void als_large_back(const Context& ctx, const LargeBatch& batch, std::int64_t rows) {
  launch("als_large_back", ctx, rows, kLargeThreads, kDiagonalBytes + 4 * batch.blocks * kBlockSize, solve_back, batch);
}

void als_solve_large(const Context& ctx, AlsCudaRows rows, bool precise, std::int64_t workspace) {
  const std::int64_t size = als_large_size(rows.k);
  const std::int64_t filled = std::min(rows.most_rows, rows.csr.nnz());  // at the most
  if (filled == 0) return;
  const std::int64_t bytes = std::min(workspace, ctx.available_bytes() / 3);
  const std::int64_t fitting = std::clamp(bytes / als_large_row_bytes(rows.k), std::int64_t{1}, filled);
  const std::int64_t batches = (filled + fitting - 1) / fitting;
  const std::int64_t together = (filled + batches - 1) / batches;
  LargeBatch batch{.rows = rows,
                   .blocks = static_cast<std::int32_t>(size / kBlockSize),
                   .row_bytes = large_block_offset(size / kBlockSize, 0)};
  Tensor<std::byte, 2> factor(ctx, {together, batch.row_bytes}, "als.factor");
  Tensor<float, 2> forward(ctx, {together, size}, "als.factor");
  batch.factor = factor.data();
  batch.forward = forward.data();
  for (; batch.first < filled; batch.first += together) {
    const std::int64_t count = std::min(together, filled - batch.first);
    als_large_factor(ctx, batch, count, precise);
    als_large_back(ctx, batch, count);
  }
}

}  // namespace kindred::cuda
