// SPDX-License-Identifier: Apache-2.0
// One symmetric positive definite system S x = b, solved by the warps of one group with the matrix in their registers.
//     S [N, N], N = 16 kGrid kSlots, as 16 x 16 tiles of the lower triangle, dealt to a kGrid x kGrid square of warps:
//     warp (r, c) holds the tiles (a kGrid + r, b kGrid + c).
// Right-looking blocked Cholesky, a tile column at a time:
//     D = L_pp^-1 (one warp)        L_ip = S_ip D'          S_ij -= L_ip L_jp'
// with products of split bf16 numbers on the tensor cores (relative error 2^-16 of each product; the sums are fp32). L
// goes to shared memory, with D in place of L_pp, for the substitutions. The trailing matrix never leaves the
// registers. Two barriers a tile column. Deterministic. A matrix that is not positive definite gives NaN in x.
#pragma once

#include "kernels/als/als_tiles_cuda.cuh"

namespace kindred::cuda {

constexpr int kScratchStride = 20;  // floats: rows of 16 at 16-byte boundaries that meet no bank twice

template <int grid, int slots>
struct SystemShape {
  static constexpr int kGrid = grid;    // warps along a side
  static constexpr int kSlots = slots;  // tiles of a warp along a side
  static constexpr int kWarps = grid * grid;
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kSide = grid * slots;  // tiles along a side
  static constexpr int kSize = kTile * kSide;
  static constexpr int kHeld = slots * (slots + 1) / 2;   // tiles of a warp
  static constexpr int kTiles = kSide * (kSide + 1) / 2;  // tiles of the triangle
  static constexpr int kFactorBytes = kTiles * kSplitTileBytes;
  static constexpr int kScratchFloats = 2 * kTile * kScratchStride;
  static constexpr int kScratchBytes = 4 * kScratchFloats;
};

// Position of a warp in its group, as numbers that the compiler knows to be the same in all lanes.
template <typename Shape>
struct WarpPlace {
  int lane;
  int warp = 0;
  int r = 0;
  int c = 0;
  __device__ explicit WarpPlace(int thread) : lane(thread & 31) {
    if constexpr (Shape::kGrid > 1) {
      warp = __shfl_sync(0xFFFFFFFFU, thread >> 5, 0);
      r = warp / Shape::kGrid;
      // Skewed, so that the four warps of a column run on four schedulers.
      c = (warp + (Shape::kGrid == 4 ? r : 0)) % Shape::kGrid;
    }
  }
  __device__ bool holds(int a, int b) const { return a > b || c <= r; }
  // The warps of the last column hold the fewest tiles: they take the right-hand side.
  __device__ bool holds_rhs() const { return c == Shape::kGrid - 1; }
};

// The same number, but what is computed from it stays inside the loop: addresses hoisted out of it would fill the
// registers.
__device__ inline int not_hoisted(int value) {
  asm volatile("" : "+r"(value));
  return value;
}

template <typename Shape>
__device__ inline void group_barrier() {
  if constexpr (Shape::kGrid == 1) {
    __syncwarp();
  } else {
    __syncthreads();
  }
}

__device__ inline constexpr int triangle(int row) { return row * (row + 1) / 2; }

// Where tile (i, j) of L lies, in tiles. Rows of the lower half of the triangle stand in kSide / 2 lines of kSide + 1
// tiles, and the rows of the upper half, backwards, in what is left free of these lines: within each half the place is
// linear in i and j, so that tiles of one warp are constants apart.
template <typename Shape>
__device__ inline int tile_place(bool lower, int i, int j) {
  constexpr int kHalf = Shape::kSide / 2;
  constexpr int kLine = Shape::kSide + 1;
  return lower ? (i - kHalf) * kLine + j : (kHalf - 1 - i) * kLine + Shape::kSide - j;
}
template <typename Shape>
__device__ inline std::byte* factor_tile(std::byte* factor, int i, int j) {
  return factor + tile_place<Shape>(i >= Shape::kSide / 2, i, j) * kSplitTileBytes;
}
// The same for the tile row of slot a of the warps (r, .) or (., r).
template <typename Shape>
__device__ inline int slot_offset(int a, int r, int j) {
  return tile_place<Shape>(2 * a >= Shape::kSlots, a * Shape::kGrid + r, j) * kSplitTileBytes;
}

__device__ inline float inverse_root(float value) {
  float root;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(value));
  return root;
}

// Cholesky factor of an 8 x 8 block, lower triangle by rows, with 1 / L_ii on the diagonal. Every lane of a warp
// computes the same: no lane waits for another.
struct FactorBlock {
  float l[36];

  // rows kScratchStride floats apart
  __device__ explicit FactorBlock(const float* rows) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
#pragma unroll
      for (int k = 0; k <= i; k += 4) {
        const float4 v = *reinterpret_cast<const float4*>(rows + i * kScratchStride + k);
        const float values[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
        for (int n = 0; n < 4; ++n) {
          if (k + n <= i) l[triangle(i) + k + n] = values[n];
        }
      }
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const float inverse = inverse_root(l[triangle(j) + j]);
      l[triangle(j) + j] = inverse;
#pragma unroll
      for (int i = j + 1; i < 8; ++i) l[triangle(i) + j] *= inverse;
#pragma unroll
      for (int k = j + 1; k < 8; ++k) {
#pragma unroll
        for (int i = k; i < 8; ++i) {
          l[triangle(i) + k] = fmaf(-l[triangle(i) + j], l[triangle(k) + j], l[triangle(i) + k]);
        }
      }
    }
  }

  // v = L^-1 v
  __device__ void solve(float (&v)[8]) const {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
#pragma unroll
      for (int k = 0; k < i; ++k) v[i] = fmaf(-l[triangle(i) + k], v[k], v[i]);
      v[i] *= l[triangle(i) + i];
    }
  }
};

__device__ inline void load_row(const float* from, float (&row)[8]) {
  const float4 low = *reinterpret_cast<const float4*>(from);
  const float4 high = *reinterpret_cast<const float4*>(from + 4);
  row[0] = low.x, row[1] = low.y, row[2] = low.z, row[3] = low.w;
  row[4] = high.x, row[5] = high.y, row[6] = high.z, row[7] = high.w;
}
__device__ inline void store_row(float* to, const float (&row)[8]) {
  *reinterpret_cast<float4*>(to) = {row[0], row[1], row[2], row[3]};
  *reinterpret_cast<float4*>(to + 4) = {row[4], row[5], row[6], row[7]};
}

// tile = D, the inverse of the Cholesky factor of a diagonal tile A; scratch holds 2 x 16 x 20 floats. By 8 x 8 blocks:
//     D = [ D1, 0; -D2 L21 D1, D2 ],   D1 = L11^-1,   L21 = A21 D1',   D2 = chol(A22 - L21 L21')^-1
// Lanes 0-7 hold a row of L21, then a column of D2; lanes 8-15 a column of D1, then of the corner: the same operations
// for both. Lanes 16-31 do the same and write the lower halves of the numbers.
__device__ inline void invert_factor(const float (&sum)[8], float* scratch, std::byte* tile, int lane) {
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    float* pair = scratch + ((lane >> 2) + 8 * (quarter & 1)) * kScratchStride + 8 * (quarter >> 1) + 2 * (lane & 3);
    *reinterpret_cast<float2*>(pair) = {sum[2 * quarter], sum[2 * quarter + 1]};
  }
  __syncwarp();
  const int n = lane & 7;
  const bool first = (lane & 8) == 0;
  float* l21 = scratch + kTile * kScratchStride;
  float* a22 = l21 + 8 * kScratchStride;
  float own[8];
  float rest[8];
  load_row(scratch + (8 + n) * kScratchStride, own);
  load_row(scratch + (8 + n) * kScratchStride + 8, rest);
#pragma unroll
  for (int k = 0; k < 8; ++k) {
    own[k] = first ? own[k] : k == n ? 1.0F : 0.0F;
    rest[k] = first ? rest[k] : 0.0F;
  }
  FactorBlock(scratch).solve(own);  // a row of L21, or a column of D1
  if (lane < 8) store_row(l21 + n * kScratchStride, own);
  __syncwarp();
#pragma unroll
  for (int m = 0; m < 8; ++m) {
    float row[8];
    load_row(l21 + m * kScratchStride, row);
#pragma unroll
    for (int k = 0; k < 8; ++k) rest[m] = fmaf(-own[k], row[k], rest[m]);
  }
  if (lane < 8) store_row(a22 + n * kScratchStride, rest);
  __syncwarp();
#pragma unroll
  for (int k = 0; k < 8; ++k) rest[k] = first ? (k == n ? 1.0F : 0.0F) : rest[k];
  FactorBlock(a22).solve(rest);  // a column of D2, or of the corner
  const int column = first ? 8 + n : n;
  std::byte* to = tile + 2 * (column & 7) + (lane < kTile ? 0 : kPlaneBytes);
#pragma unroll
  for (int row = 0; row < kTile; ++row) {
    const float value = row >= 8 ? rest[row & 7] : first ? 0.0F : own[row & 7];
    const __nv_bfloat16 hi = __float2bfloat16(value);
    const __nv_bfloat16 lo = __float2bfloat16(value - __bfloat162float(hi));
    *reinterpret_cast<__nv_bfloat16*>(to + chunk_offset(row, column >> 3)) = lane < kTile ? hi : lo;
  }
}

// 8 values of a row of a split tile.
__device__ inline void load_chunk(const std::byte* tile, int row, int chunk, float (&values)[8]) {
  const std::byte* words = tile + chunk_offset(row, chunk);
  const uint4 hi = *reinterpret_cast<const uint4*>(words);
  const uint4 lo = *reinterpret_cast<const uint4*>(words + kPlaneBytes);
  const std::uint32_t h[4] = {hi.x, hi.y, hi.z, hi.w};
  const std::uint32_t l[4] = {lo.x, lo.y, lo.z, lo.w};
#pragma unroll
  for (int n = 0; n < 4; ++n) {
    values[2 * n] = low_bf16(h[n]) + low_bf16(l[n]);
    values[2 * n + 1] = high_bf16(h[n]) + high_bf16(l[n]);
  }
}

// to[16] = D from[16], by one warp.
__device__ inline void apply_inverse(const std::byte* tile, const float* from, float* to, int lane) {
  const int row = lane & 15;
  const int chunk = lane >> 4;
  float values[8];
  load_chunk(tile, row, chunk, values);
  float sum = 0.0F;
#pragma unroll
  for (int n = 0; n < 8; ++n) sum = fmaf(values[n], from[8 * chunk + n], sum);
  sum += __shfl_xor_sync(0xFFFFFFFFU, sum, 16);
  if (chunk == 0) to[row] = sum;
}

// vector[16 of tile column] (+)= sign tile' x[16], by one warp; lanes 0-7 return two elements each.
__device__ inline float2 apply_transposed(const std::byte* tile, const float* x, int lane) {
  const int word = lane & 7;
  const int group = lane >> 3;
  float2 sum = {0.0F, 0.0F};
#pragma unroll
  for (int step = 0; step < 4; ++step) {
    const int row = 4 * step + group;
    const std::byte* words = tile + chunk_offset(row, word >> 2) + 4 * (word & 3);
    const std::uint32_t hi = *reinterpret_cast<const std::uint32_t*>(words);
    const std::uint32_t lo = *reinterpret_cast<const std::uint32_t*>(words + kPlaneBytes);
    sum.x = fmaf(low_bf16(hi) + low_bf16(lo), x[row], sum.x);
    sum.y = fmaf(high_bf16(hi) + high_bf16(lo), x[row], sum.y);
  }
#pragma unroll
  for (int distance = 8; distance < 32; distance *= 2) {
    sum.x += __shfl_xor_sync(0xFFFFFFFFU, sum.x, distance);
    sum.y += __shfl_xor_sync(0xFFFFFFFFU, sum.y, distance);
  }
  return sum;
}

// y[16] as two columns of a right fragment, hi and lo.
struct ColumnFragment {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};
__device__ inline ColumnFragment column_fragment(const float* y, int lane) {
  const float2 low = *reinterpret_cast<const float2*>(y + 2 * (lane & 3));
  const float2 high = *reinterpret_cast<const float2*>(y + 8 + 2 * (lane & 3));
  ColumnFragment hi;
  ColumnFragment lo;
  split_bf16(low.x, low.y, hi.first, lo.first);
  split_bf16(high.x, high.y, hi.second, lo.second);
  return lane < 4 ? hi : lane < 8 ? lo : ColumnFragment{};
}

// b_i -= L_ip y_p, by the one warp that owns b_i.
__device__ inline void subtract_product(float* b, const Split<LeftFragment>& left, const ColumnFragment& y, int lane) {
  float sum[4] = {};
  multiply_add(sum, left.lo, y.first, y.second);
  multiply_add(sum, left.hi, y.first, y.second);
  if ((lane & 3) == 0) {
    b[lane >> 2] -= sum[0] + sum[1];
    b[8 + (lane >> 2)] -= sum[2] + sum[3];
  }
}

// Solves S x = b. On entry tile[] holds S, and x[kSize] in shared memory b, visible to the whole group; on return x is
// the solution, visible likewise. factor: kFactorBytes, scratch: kScratchFloats, both shared by the group. Of S only
// the first `side` tile rows are solved: beyond them S must be the identity and b 0.
template <typename Shape>
__device__ inline void solve_system(float (&tile)[Shape::kHeld][8], std::byte* factor, float* scratch, float* x,
                                    int thread, int side = Shape::kSide) {
  constexpr int kGrid = Shape::kGrid;
#pragma unroll
  for (int n = 0; n < 8 * Shape::kHeld; ++n) tile[n / 8][n % 8] = -tile[n / 8][n % 8];
#pragma unroll 1
  for (int p = 0; p < side; ++p) {
    const WarpPlace<Shape> place(not_hoisted(thread));
    const int lane = place.lane;
    const int p_row = p % kGrid;
    const int p_slot = p / kGrid;
    std::byte* inverse = factor_tile<Shape>(factor, p, p);
    if (place.r == p_row && place.c == p_row) {
      float diagonal[8];
#pragma unroll
      for (int a = 0; a < Shape::kSlots; ++a) {
#pragma unroll
        for (int n = 0; n < 8; ++n) diagonal[n] = a == 0 || a == p_slot ? -tile[triangle(a) + a][n] : diagonal[n];
      }
      invert_factor(diagonal, scratch, inverse, lane);
    }
    group_barrier<Shape>();
    // y_p = D b_p, and the column below the diagonal.
    if (place.r == 0 && place.c == (p_row + 1) % kGrid) {
      apply_inverse(inverse, x + kTile * p, scratch, lane);
      __syncwarp();
      if (lane < kTile) x[kTile * p + lane] = scratch[lane];
    }
    if (place.c == p_row) {
      const auto d = load_split_tile<RightFragment>(shared_address(inverse) + right_offset(lane));
      // All rows, also those that are done: without branches their products overlap.
#pragma unroll
      for (int a = 0; a < Shape::kSlots; ++a) {
        float column[8];
#pragma unroll
        for (int n = 0; n < 8; ++n) {
          column[n] = -tile[triangle(a)][n];
#pragma unroll
          for (int b = 1; b <= a; ++b) column[n] = b == p_slot ? -tile[triangle(a) + b][n] : column[n];
        }
        float below[8] = {};
        multiply_add(below, split_sums(column), d);
        if (a * kGrid + place.r > p)
          store_split_tile(factor + slot_offset<Shape>(a, place.r, p), split_sums(below), lane);
      }
    }
    group_barrier<Shape>();
    ColumnFragment y;
    if (place.holds_rhs()) y = column_fragment(x + kTile * p, lane);
    const std::uint32_t left_base = shared_address(factor) + left_offset(lane);
    const std::uint32_t right_base = shared_address(factor) + right_offset(lane);
#pragma unroll
    for (int a = 0; a < Shape::kSlots; ++a) {
      const int i = a * kGrid + place.r;
      if (i <= p || i >= side) continue;
      const auto left = load_split_tile<LeftFragment>(left_base + slot_offset<Shape>(a, place.r, p));
#pragma unroll
      for (int b = 0; b <= a; ++b) {
        const int j = b * kGrid + place.c;
        if (j <= p || !place.holds(a, b)) continue;
        multiply_add(tile[triangle(a) + b], left,
                     load_split_tile<RightFragment>(right_base + slot_offset<Shape>(b, place.c, p)));
      }
      if (place.holds_rhs()) subtract_product(x + kTile * i, left, y, lane);
    }
  }
  // Backward: x_i = D_ii' y_i, then y_p -= L_ip' x_i for all p < i.
#pragma unroll 1
  for (int i = side - 1; i >= 0; --i) {
    const WarpPlace<Shape> place(not_hoisted(thread));
    const int lane = place.lane;
    group_barrier<Shape>();
    if (place.warp == 0) {
      const float2 solved = apply_transposed(factor_tile<Shape>(factor, i, i), x + kTile * i, lane);
      __syncwarp();
      if (lane < 8) *reinterpret_cast<float2*>(x + kTile * i + 2 * lane) = solved;
    }
    group_barrier<Shape>();
    for (int p = place.warp; p < i; p += Shape::kWarps) {
      const float2 change = apply_transposed(factor_tile<Shape>(factor, i, p), x + kTile * i, lane);
      if (lane < 8) {
        x[kTile * p + 2 * lane] -= change.x;
        x[kTile * p + 2 * lane + 1] -= change.y;
      }
    }
  }
  group_barrier<Shape>();
}

}  // namespace kindred::cuda
