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
      c = warp % Shape::kGrid;
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
__device__ inline std::byte* factor_tile(std::byte* factor, int i, int j) {
  return factor + (triangle(i) + j) * kSplitTileBytes;
}

__device__ inline float inverse_root(float value) {
  float root;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(value));
  return root;
}

// Four columns from `first` on of the Cholesky factor of a 16 x 16 matrix whose row i each lane i (and i + 16) holds.
// Their 4 x 4 pivot block is factored by every lane alike: no lane waits for another within it. Column m of L goes to
// row first + m of `factor`, with 1 / L_mm on the diagonal; what stands above it means nothing.
template <int first>
__device__ inline void factor_columns(float (&row)[kTile], float* factor, int lane) {
  constexpr unsigned kAll = 0xFFFFFFFFU;
  const int i = lane & 15;
  const float d00 = __shfl_sync(kAll, row[first], first);
  const float d10 = __shfl_sync(kAll, row[first], first + 1);
  const float d20 = __shfl_sync(kAll, row[first], first + 2);
  const float d30 = __shfl_sync(kAll, row[first], first + 3);
  const float d11 = __shfl_sync(kAll, row[first + 1], first + 1);
  const float d21 = __shfl_sync(kAll, row[first + 1], first + 2);
  const float d31 = __shfl_sync(kAll, row[first + 1], first + 3);
  const float d22 = __shfl_sync(kAll, row[first + 2], first + 2);
  const float d32 = __shfl_sync(kAll, row[first + 2], first + 3);
  const float d33 = __shfl_sync(kAll, row[first + 3], first + 3);
  const float r0 = inverse_root(d00);
  const float l10 = d10 * r0;
  const float l20 = d20 * r0;
  const float l30 = d30 * r0;
  const float r1 = inverse_root(fmaf(-l10, l10, d11));
  const float l21 = fmaf(-l20, l10, d21) * r1;
  const float l31 = fmaf(-l30, l10, d31) * r1;
  const float r2 = inverse_root(fmaf(-l21, l21, fmaf(-l20, l20, d22)));
  const float l32 = fmaf(-l31, l21, fmaf(-l30, l20, d32)) * r2;
  const float r3 = inverse_root(fmaf(-l32, l32, fmaf(-l31, l31, fmaf(-l30, l30, d33))));
  const float m0 = row[first] * r0;
  const float m1 = fmaf(-m0, l10, row[first + 1]) * r1;
  const float m2 = fmaf(-m1, l21, fmaf(-m0, l20, row[first + 2])) * r2;
  const float m3 = fmaf(-m2, l32, fmaf(-m1, l31, fmaf(-m0, l30, row[first + 3]))) * r3;
  float* column = factor + first * kScratchStride + i;
  if (lane < kTile) {
    column[0] = i == first ? r0 : m0;
    column[kScratchStride] = i == first + 1 ? r1 : m1;
    column[2 * kScratchStride] = i == first + 2 ? r2 : m2;
    column[3 * kScratchStride] = i == first + 3 ? r3 : m3;
  }
  __syncwarp();
  const float own[4] = {m0, m1, m2, m3};
#pragma unroll
  for (int k = first + 4; k < kTile; k += 4) {
#pragma unroll
    for (int m = 0; m < 4; ++m) {
      const float4 l = *reinterpret_cast<const float4*>(factor + (first + m) * kScratchStride + k);
      row[k] = fmaf(-own[m], l.x, row[k]);
      row[k + 1] = fmaf(-own[m], l.y, row[k + 1]);
      row[k + 2] = fmaf(-own[m], l.z, row[k + 2]);
      row[k + 3] = fmaf(-own[m], l.w, row[k + 3]);
    }
  }
}

// tile = inverse of the Cholesky factor of a diagonal tile; scratch holds 2 x 16 x 20 floats.
__device__ inline void invert_factor(const float (&sum)[8], float* scratch, std::byte* tile, int lane) {
  const int g = lane >> 2;
  const int t = lane & 3;
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    float* pair = scratch + (g + 8 * (quarter & 1)) * kScratchStride + 8 * (quarter >> 1) + 2 * t;
    *reinterpret_cast<float2*>(pair) = {sum[2 * quarter], sum[2 * quarter + 1]};
  }
  __syncwarp();
  const int i = lane & 15;
  float row[kTile];
#pragma unroll
  for (int k = 0; k < kTile; k += 4) {
    const float4 values = *reinterpret_cast<const float4*>(scratch + i * kScratchStride + k);
    row[k] = values.x;
    row[k + 1] = values.y;
    row[k + 2] = values.z;
    row[k + 3] = values.w;
  }
  float* factor = scratch + kTile * kScratchStride;
  factor_columns<0>(row, factor, lane);
  factor_columns<4>(row, factor, lane);
  factor_columns<8>(row, factor, lane);
  factor_columns<12>(row, factor, lane);
  // Row i of the inverse, from D L = I, last column first.
#pragma unroll
  for (int j = kTile - 1; j >= 0; --j) {
    float column[kTile];
#pragma unroll
    for (int k = j / 4 * 4; k < kTile; k += 4) {
      const float4 values = *reinterpret_cast<const float4*>(factor + j * kScratchStride + k);
      column[k] = values.x;
      column[k + 1] = values.y;
      column[k + 2] = values.z;
      column[k + 3] = values.w;
    }
    float rest = i == j ? 1.0F : 0.0F;
#pragma unroll
    for (int k = kTile - 1; k > j; --k) rest = fmaf(-row[k], column[k], rest);
    row[j] = rest * column[j];
  }
  // Lanes 0-15 write the upper halves of the numbers, lanes 16-31 the lower.
#pragma unroll
  for (int chunk = 0; chunk < 2; ++chunk) {
    std::uint32_t words[4];
#pragma unroll
    for (int n = 0; n < 4; ++n) {
      std::uint32_t hi;
      std::uint32_t lo;
      split_bf16(row[8 * chunk + 2 * n], row[8 * chunk + 2 * n + 1], hi, lo);
      words[n] = lane < kTile ? hi : lo;
    }
    std::byte* to = tile + chunk_offset(i, chunk) + (lane < kTile ? 0 : kPlaneBytes);
    *reinterpret_cast<uint4*>(to) = {words[0], words[1], words[2], words[3]};
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

// b_i -= L_ip y_p, by the one warp that owns b_i; `left` is -L_ip.
__device__ inline void subtract_product(float* b, const SplitFragment& left, const ColumnFragment& y, int lane) {
  float sum[4] = {};
  multiply_add_columns(sum, left.lo, y.first, y.second);
  multiply_add_columns(sum, left.hi, y.first, y.second);
  if ((lane & 3) == 0) {
    b[lane >> 2] += sum[0] + sum[1];
    b[8 + (lane >> 2)] += sum[2] + sum[3];
  }
}

// Solves S x = b. On entry tile[] holds S, and x[kSize] in shared memory b, visible to the whole group; on return x is
// the solution, visible likewise. factor: kFactorBytes, scratch: kScratchFloats, both shared by the group.
template <typename Shape>
__device__ inline void solve_system(float (&tile)[Shape::kHeld][8], std::byte* factor, float* scratch, float* x,
                                    int thread) {
  constexpr int kGrid = Shape::kGrid;
#pragma unroll 1
  for (int p = 0; p < Shape::kSide; ++p) {
    const WarpPlace<Shape> place(not_hoisted(thread));
    const int lane = place.lane;
    const int p_row = p % kGrid;
    const int p_slot = p / kGrid;
    std::byte* inverse = factor_tile(factor, p, p);
    if (place.r == p_row && place.c == p_row) {
      float diagonal[8];
#pragma unroll
      for (int a = 0; a < Shape::kSlots; ++a) {
#pragma unroll
        for (int n = 0; n < 8; ++n) diagonal[n] = a == 0 || a == p_slot ? tile[triangle(a) + a][n] : diagonal[n];
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
      const SplitFragment d = load_split_tile(inverse, lane);
#pragma unroll
      for (int a = 0; a < Shape::kSlots; ++a) {
        const int i = a * kGrid + place.r;
        if (i <= p) continue;
        float column[8];
#pragma unroll
        for (int n = 0; n < 8; ++n) {
          column[n] = tile[triangle(a)][n];
#pragma unroll
          for (int b = 1; b <= a; ++b) column[n] = b == p_slot ? tile[triangle(a) + b][n] : column[n];
        }
        float below[8] = {};
        multiply_add(below, split_sums(column), d);
        store_split_tile(factor_tile(factor, i, p), split_sums(below), lane);
      }
    }
    group_barrier<Shape>();
    ColumnFragment y;
    if (place.holds_rhs()) y = column_fragment(x + kTile * p, lane);
#pragma unroll
    for (int a = 0; a < Shape::kSlots; ++a) {
      const int i = a * kGrid + place.r;
      if (i <= p) continue;
      const SplitFragment left = negated(load_split_tile(factor_tile(factor, i, p), lane));
#pragma unroll
      for (int b = 0; b <= a; ++b) {
        const int j = b * kGrid + place.c;
        if (j <= p || !place.holds(a, b)) continue;
        multiply_add(tile[triangle(a) + b], left, load_split_tile(factor_tile(factor, j, p), lane));
      }
      if (place.holds_rhs()) subtract_product(x + kTile * i, left, y, lane);
    }
  }
  // Backward: x_i = D_ii' y_i, then y_p -= L_ip' x_i for all p < i.
#pragma unroll 1
  for (int i = Shape::kSide - 1; i >= 0; --i) {
    const WarpPlace<Shape> place(not_hoisted(thread));
    const int lane = place.lane;
    group_barrier<Shape>();
    if (place.warp == 0) {
      const float2 solved = apply_transposed(factor_tile(factor, i, i), x + kTile * i, lane);
      __syncwarp();
      if (lane < 8) *reinterpret_cast<float2*>(x + kTile * i + 2 * lane) = solved;
    }
    group_barrier<Shape>();
    for (int p = place.warp; p < i; p += Shape::kWarps) {
      const float2 change = apply_transposed(factor_tile(factor, i, p), x + kTile * i, lane);
      if (lane < 8) {
        x[kTile * p + 2 * lane] -= change.x;
        x[kTile * p + 2 * lane + 1] -= change.y;
      }
    }
  }
  group_barrier<Shape>();
}

}  // namespace kindred::cuda
