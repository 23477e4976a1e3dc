// SPDX-License-Identifier: Apache-2.0
// Exact scores of a block of queries: a matrix product in which every element is one chain of fused multiply-adds over
// k = 0, 1, ..., K - 1. cuBLAS is not used: its order of sums depends on the shape of the batch.
// A block of 256 threads owns a tile of 128 queries x 128 candidates, a thread 8 x 8 of them in registers. Chunks of 8
// factors pass through two buffers in shared memory (17 KB): one is read while the next is filled.
#include "kernels/core/cuda/launch.cuh"
#include "kernels/topk/load_factors_cuda.cuh"
#include "kernels/topk/topk_cuda.cuh"

namespace kindred::cuda {

namespace {

constexpr int kTile = 128;
constexpr int kDepth = 8;
constexpr int kThreads = 256;
constexpr int kPadded = kTile + 4;  // fewer bank conflicts of the transposing stores, 16-byte rows

// ---- device helpers ------------------------------------------------------------------------------------------------

__device__ void store_transposed(float (*chunk)[kPadded], int tile_row, int depth, const float4& four) {
  chunk[depth][tile_row] = four.x;
  chunk[depth + 1][tile_row] = four.y;
  chunk[depth + 2][tile_row] = four.z;
  chunk[depth + 3][tile_row] = four.w;
}

// Elements base..base + 3 and base + 64..base + 67 of a row of the chunk.
__device__ void load_fragment(const float* row, int base, float (&fragment)[8]) {
  const float4 low = *reinterpret_cast<const float4*>(row + base);
  const float4 high = *reinterpret_cast<const float4*>(row + base + kTile / 2);
  fragment[0] = low.x;
  fragment[1] = low.y;
  fragment[2] = low.z;
  fragment[3] = low.w;
  fragment[4] = high.x;
  fragment[5] = high.y;
  fragment[6] = high.z;
  fragment[7] = high.w;
}

// ---- kernels -------------------------------------------------------------------------------------------------------

template <bool kVectors>
__global__ void __launch_bounds__(kThreads) exact_scores_kernel(ExactScores args, std::int64_t column_tiles) {
  __shared__ __align__(16) float query_chunks[2][kDepth][kPadded];
  __shared__ __align__(16) float item_chunks[2][kDepth][kPadded];
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t first_row = blockIdx.x / column_tiles * kTile;
  const std::int64_t first_candidate = blockIdx.x % column_tiles * kTile;

  // Loads: two threads a row of the tile, four factors each.
  const int load_row = thread / 2;
  const int load_depth = thread % 2 * 4;
  const float* query = nullptr;
  if (first_row + load_row < args.rows.count) query = args.queries + args.rows(first_row + load_row) * args.factors;
  const float* item = nullptr;
  if (const std::int64_t candidate = first_candidate + load_row; candidate < args.candidates) {
    item = args.items + (args.allowed == nullptr ? candidate : args.allowed[candidate]) * args.factors;
  }

  // Products: rows row_base + {0..3, 64..67} of the tile, columns likewise.
  const int row_base = thread / 16 * 4;
  const int column_base = thread % 16 * 4;
  float sums[8][8] = {};
  float4 next_query = load_factors<kVectors>(query, load_depth, args.factors);
  float4 next_item = load_factors<kVectors>(item, load_depth, args.factors);
  int buffer = 0;
  for (std::int64_t k = 0; k < args.factors; k += kDepth) {
    store_transposed(query_chunks[buffer], load_row, load_depth, next_query);
    store_transposed(item_chunks[buffer], load_row, load_depth, next_item);
    __syncthreads();
    next_query = load_factors<kVectors>(query, k + kDepth + load_depth, args.factors);
    next_item = load_factors<kVectors>(item, k + kDepth + load_depth, args.factors);
#pragma unroll
    for (int depth = 0; depth < kDepth; ++depth) {
      float rows[8];
      float columns[8];
      load_fragment(query_chunks[buffer][depth], row_base, rows);
      load_fragment(item_chunks[buffer][depth], column_base, columns);
#pragma unroll
      for (int i = 0; i < 8; ++i) {
#pragma unroll
        for (int j = 0; j < 8; ++j) sums[i][j] = __fmaf_rn(rows[i], columns[j], sums[i][j]);
      }
    }
    buffer ^= 1;
  }

#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const std::int64_t candidate = first_candidate + column_base + half * (kTile / 2);
    if (candidate >= args.candidates) continue;
    float bias[4] = {};
    if (args.item_bias != nullptr) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (candidate + j < args.candidates) {
          bias[j] = args.item_bias[args.allowed == nullptr ? candidate + j : args.allowed[candidate + j]];
        }
      }
    }
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const std::int64_t row = first_row + row_base + i % 4 + i / 4 * (kTile / 2);
      if (row >= args.rows.count) continue;
      const float* sum = &sums[i][half * 4];
      const float4 four = {__fadd_rn(sum[0], bias[0]), __fadd_rn(sum[1], bias[1]), __fadd_rn(sum[2], bias[2]),
                           __fadd_rn(sum[3], bias[3])};
      *reinterpret_cast<float4*>(args.scores + row * args.stride + candidate) = four;  // the stride has room
    }
  }
}

std::int64_t tiles(std::int64_t n) { return (n + kTile - 1) / kTile; }

}  // namespace

// ---- launcher ------------------------------------------------------------------------------------------------------

void exact_scores(const Context& ctx, const ExactScores& args) {
  const std::int64_t column_tiles = tiles(args.candidates);
  const bool vectors = factors_in_vectors(args.queries, args.factors) && factors_in_vectors(args.items, args.factors);
  launch("topk_exact_scores", ctx, tiles(args.rows.count) * column_tiles, kThreads, 0,
         vectors ? exact_scores_kernel<true> : exact_scores_kernel<false>, args, column_tiles);
}

}  // namespace kindred::cuda
