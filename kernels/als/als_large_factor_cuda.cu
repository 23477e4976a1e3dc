// SPDX-License-Identifier: Apache-2.0
// The factors of a batch of large systems (als_large_cuda.cuh), a block column at a time. A block of threads sums up
// its block of S (als_large_block_cuda.cuh), then
//     diagonal  warp r takes the tiles of row r in ascending columns c: S_rc - sum_{q < c} L_rq L_cq', which warp c
//               inverts for c = r and the warps below multiply by D' = L_cc'^-1. Two barriers a tile column.
//     below     warp r takes the 16 rows r of S_ip into its registers and solves X L_pp' = S_ip from left to right:
//               X_c = S_c D', S_j -= X_c L_jc' for j > c. No warp waits for another.
// A diagonal block is a chain of 8 inversions, one warp each, that leaves the multiprocessor idle; so one launch does
// the diagonal blocks of every other row of the batch, and the blocks below for the rows between, which are one launch
// behind: 2 n launches. Two blocks of threads a multiprocessor: 128 registers a thread, 105 KB.
#include "kernels/als/als_large_block_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"

namespace kindred::cuda {

namespace {

constexpr int kAreaBytes = kSumBytes + kDiagonalBytes;  // a ring of stages, or sums and a diagonal block of L
constexpr int kInvertBytes = 4 * 2 * kTile * kScratchStride;
constexpr int kInputAt = kAreaBytes + kInvertBytes + 4 * kBlockSize;
constexpr int kSharedBytes = kInputAt + 64;
static_assert(sizeof(BlockInput) <= 64);

// L_pp of the sums to `factor`, and b = L_pp^-1 b.
__device__ inline void factor_diagonal(const std::byte* sums, std::byte* factor, float* scratch, float* b,
                                       const BlockPlace& place) {
  const int lane = place.lane;
  const int r = place.warp;
#pragma unroll 1
  for (int c = 0; c < kBlockTiles; ++c) {
    float tile[8];
    if (r >= c) {
      float product[8] = {};
      const std::uint32_t left = shared_address(large_tile(factor, r, 0)) + left_offset(lane);
      const std::uint32_t right = shared_address(large_tile(factor, c, 0)) + right_offset(lane);
#pragma unroll 1
      for (int q = 0; q < c; ++q) {
        multiply_add(product, load_split_tile<LeftFragment>(left + q * kSplitTileBytes),
                     load_split_tile<RightFragment>(right + q * kSplitTileBytes));
      }
      load_sums(sums, r, c, tile, lane);
#pragma unroll
      for (int n = 0; n < 8; ++n) tile[n] -= product[n];
    }
    std::byte* inverse = large_tile(factor, c, c);
    if (r == c) {
      invert_factor(tile, scratch, inverse, lane);
      __syncwarp();
      apply_inverse(inverse, b + kTile * c, scratch, lane);
      __syncwarp();
      if (lane < kTile) b[kTile * c + lane] = scratch[lane];
    }
    __syncthreads();
    if (r > c) {
      float below[8] = {};
      multiply_add(below, split_sums(tile),
                   load_split_tile<RightFragment>(shared_address(inverse) + right_offset(lane)));
      const Split<LeftFragment> l = split_sums(below);
      store_split_tile(large_tile(factor, r, c), l, lane);
      subtract_product(b + kTile * r, l, column_fragment(b + kTile * c, lane), lane);
    }
    __syncthreads();
  }
}

template <int planes>
__device__ inline void diagonal_block(const LargeBatch& batch, const BlockInput& in, std::byte* shared, int thread) {
  std::byte* factor = shared + kSumBytes;
  float* scratch = reinterpret_cast<float*>(shared + kAreaBytes);
  float* b = reinterpret_cast<float*>(shared + kAreaBytes + kInvertBytes);
  sum_block<true, planes>(batch, in, shared, b, thread);
  factor_diagonal(shared, factor, scratch, b, BlockPlace(thread));
  std::byte* to = large_block(batch, in.slot, in.p, in.p);
  for (int byte = 16 * thread; byte < kDiagonalBytes; byte += 16 * kLargeThreads) {
    *reinterpret_cast<uint4*>(to + byte) = *reinterpret_cast<const uint4*>(factor + byte);
  }
  float* z = large_forward(batch, in.slot);
  if (thread < kBlockSize) z[in.p * kBlockSize + thread] = b[thread];
}

// The 16 rows of one warp: X L_pp' = S from left to right. X replaces S in shared memory, as 8 split tiles.
__device__ inline void solve_strip(std::byte* sums, const std::byte* diagonal, const BlockPlace& place) {
  const int lane = place.lane;
  float strip[kBlockTiles][8];  // -S
#pragma unroll
  for (int c = 0; c < kBlockTiles; ++c) {
    load_sums(sums, place.warp, c, strip[c], lane);
#pragma unroll
    for (int n = 0; n < 8; ++n) strip[c][n] = -strip[c][n];
  }
  __syncwarp();
  std::byte* tiles = sums + 4 * kTile * kSumStride * place.warp;
  const std::uint32_t right = shared_address(diagonal) + right_offset(lane);
  const auto load = [&](int i, int j) {
    return load_split_tile<RightFragment>(right + (triangle(i) + j) * kSplitTileBytes);
  };
#pragma unroll
  for (int c = 0; c < kBlockTiles; ++c) {
    float product[8] = {};
    multiply_add(product, split_sums(strip[c]), load(c, c));
#pragma unroll
    for (int n = 0; n < 8; ++n) product[n] = -product[n];
    const Split<LeftFragment> x = split_sums(product);
    store_split_tile(tiles + c * kSplitTileBytes, x, lane);
#pragma unroll
    for (int j = c + 1; j < kBlockTiles; ++j) multiply_add(strip[j], x, load(j, c));
  }
  __syncwarp();
}

template <int planes>
__device__ inline void block_below(const LargeBatch& batch, const BlockInput& in, std::byte* shared, int thread) {
  sum_block<false, planes>(batch, in, shared, nullptr, thread);
  const std::byte* from = large_block(batch, in.slot, in.p, in.p);
  const std::uint32_t to = shared_address(shared + kSumBytes);
  for (int byte = 16 * thread; byte < kDiagonalBytes; byte += 16 * kLargeThreads) {
    copy_async(to + byte, from + byte, true);
  }
  commit_copies();
  wait_for_copies<0>();
  __syncthreads();
  const BlockPlace place(thread);
  solve_strip(shared, shared + kSumBytes, place);
  // Tile (warp, c), 512 bytes at a time.
  std::byte* out = large_block(batch, in.slot, in.i, in.p) + kSplitTileBytes * place.warp + 16 * place.lane;
  const std::byte* tiles = shared + 4 * kTile * kSumStride * place.warp + 16 * place.lane;
#pragma unroll
  for (int half = 0; half < 2 * kBlockTiles; ++half) {
    *reinterpret_cast<uint4*>(out + half / 2 * kColumnBytes + half % 2 * kPlaneBytes) =
        *reinterpret_cast<const uint4*>(tiles + kPlaneBytes * half);
  }
}

// Step t of 2 n: the diagonal block of column t / 2 for the rows at places t % 2, t % 2 + 2 ..., and the blocks below
// the diagonal of column (t - 1) / 2 for the others. Neighbouring blocks of threads share entries and L_p.
template <int planes>
__global__ void __launch_bounds__(kLargeThreads, 2)
    factor_step(LargeBatch batch, std::int64_t rows, int step, int width) {
  extern __shared__ __align__(128) std::byte shared[];
  const int pair = static_cast<int>(blockIdx.x) / width;
  const int place = static_cast<int>(blockIdx.x) % width;
  const int slot = 2 * pair + ((step + (place > 0 ? 1 : 0)) & 1);
  const std::int32_t row = slot < rows ? large_row(batch, slot) : -1;
  if (row < 0) return;
  const int thread = static_cast<int>(threadIdx.x);
  BlockInput* in = reinterpret_cast<BlockInput*>(shared + kInputAt);
  if (thread == 0) {
    const int p = place == 0 ? step / 2 : (step - 1) / 2;
    *in = BlockInput(batch, slot, row, p + place, p);
  }
  __syncthreads();
  if (place == 0) {
    diagonal_block<planes>(batch, *in, shared, thread);
  } else {
    block_below<planes>(batch, *in, shared, thread);
  }
}

template <int planes>
void factor(const Context& ctx, const LargeBatch& batch, std::int64_t rows) {
  for (int step = 0; step < 2 * batch.blocks; ++step) {
    const int below = step == 0 ? 0 : batch.blocks - 1 - (step - 1) / 2;
    launch("als_large_factor", ctx, (rows + 1) / 2 * (1 + below), kLargeThreads, kSharedBytes, factor_step<planes>,
           batch, rows, step, 1 + below);
  }
}

}  // namespace

void als_large_factor(const Context& ctx, const LargeBatch& batch, std::int64_t rows, bool precise) {
  precise ? factor<2>(ctx, batch, rows) : factor<1>(ctx, batch, rows);
}

}  // namespace kindred::cuda
