// SPDX-License-Identifier: Apache-2.0
// Kernels of a recommender's kind, each with defects that a template argument plants (Bug = 0: correct).
//
// "BUG n: kind" marks the line that a report of defect n must name, and the kinds of report that are right; a mark on
// a line of its own means the next line. planted_bugs_test.py reads the marks. "host" in a mark: the defect is a call,
// no line is demanded; "deferred": it shows only when streams run as late as CUDA allows.
#pragma once

#include <cooperative_groups.h>
#include <cuda_bf16.h>

#include <cstdint>

namespace cudaemu_test {

constexpr unsigned kFullMask = 0xffffffffu;

__device__ inline float warp_sum(float v) {
  for (int d = 16; d; d >>= 1) v += __shfl_down_sync(kFullMask, v, d);
  return v;
}

// ---- sum of x[0, n) into *out, which starts at 0; 256 threads ----

template <int Bug>
__global__ void __launch_bounds__(256) reduce_sum(const float* __restrict__ x, int n, float* __restrict__ out) {
  __shared__ float part[32];
  float s = 0.0f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
  if constexpr (Bug == 2) {
    if (lane < 16) s += __shfl_down_sync(kFullMask, s, 8);  // BUG 2: wrong lane mask | deadlock
  }
  if constexpr (Bug == 3) {
    if (lane < 16) s += __shfl_down_sync(0x0000ffffu, s, 16);  // BUG 3: wrong lane mask
  }
  s = warp_sum(s);
  if (lane == 0) part[warp] = s;
  if constexpr (Bug == 4) {
    if (warp < 4) {
      __syncthreads();  // BUG 4: divergent barrier
      if (s > 1e30f) *out = s;
    } else {
      if (s > 1e30f) *out = -s;
      __syncthreads();
    }
  } else if constexpr (Bug == 5) {
    if (warp != 7) __syncthreads();  // BUG 5: divergent barrier | deadlock
    if (warp == 7 && s > 1e30f) *out = s;
    __syncthreads();
  } else if constexpr (Bug != 1) {
    __syncthreads();
  }
  if (warp == 0) {
    const int reading = Bug == 7 ? 16 : warps;
    // BUG 1: data race | read of unwritten memory
    // BUG 7: read of unwritten memory
    s = lane < reading ? part[lane] : 0.0f;
    s = warp_sum(s);
    if constexpr (Bug == 6) {
      if (lane == 0) *out += s;  // BUG 6: data race
    } else {
      if (lane == 0) atomicAdd(out, s);
    }
  }
}

// ---- out (columns, rows) = transpose of in (rows, columns); 32 x 8 threads ----

template <int Bug>
__global__ void __launch_bounds__(256)
    transpose(const float* __restrict__ in, float* __restrict__ out, int rows, int columns) {
  __shared__ float tile[32][33];
  int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
  const int last_row = Bug == 10 ? rows : rows - 1;
  const int down = Bug == 8 ? 1 : 0;
  for (int j = 0; j < 32; j += 8) {
    if (x < columns && y + j <= last_row) {
      const float value = in[std::int64_t{y + j} * columns + x];  // BUG 10: out of bounds
      tile[threadIdx.y + j + down][threadIdx.x] = value;          // BUG 8: out of bounds
    }
  }
  __syncthreads();
  x = blockIdx.y * 32 + threadIdx.x;
  y = blockIdx.x * 32 + threadIdx.y;
  const int last_column = Bug == 9 ? columns : columns - 1;
  for (int j = 0; j < 32; j += 8) {
    if (x < rows && y + j <= last_column) {
      const float value = tile[threadIdx.x][Bug == 9 ? (threadIdx.y + j) % 3 : threadIdx.y + j];
      out[std::int64_t{y + j} * rows + x] = value;  // BUG 9: out of bounds
    }
  }
}

// ---- ALS: one user a block; (lambda I + sum v v^T) u = sum r v over the user's items, by Cholesky; 256 threads ----
// Shared: matrix F x (F + 1), right side F, kTile item rows, kTile ratings.

template <int F, int kTile>
constexpr int als_shared_bytes() {
  return (F * (F + 1) + F + kTile * F + kTile) * 4;
}

template <int Bug, int F, int kTile>
__global__ void __launch_bounds__(256)
    als_solve(const float* __restrict__ items, const int* __restrict__ offsets, const int* __restrict__ ids,
              const float* __restrict__ ratings, float lambda, float* __restrict__ users) {
  extern __shared__ float dynamic[];
  float* matrix = dynamic;
  float* right = matrix + F * (F + 1);
  float* tile = right + F;
  float* tile_ratings = tile + kTile * F;
  const int user = blockIdx.x, t = threadIdx.x;
  constexpr int kPerThread = F * F / 256;
  static_assert(F * F % 256 == 0 && F <= 32);
  float sums[kPerThread] = {}, right_sum = 0.0f;
  for (int base = offsets[user]; base < offsets[user + 1]; base += kTile) {
    const int count = min(kTile, offsets[user + 1] - base);
    for (int i = t; i < count * F; i += blockDim.x) {
      tile[i] = __ldg(&items[std::int64_t{ids[base + i / F]} * F + i % F]);  // BUG 11: data race
    }
    if (t < count) tile_ratings[t] = ratings[base + t];
    __syncthreads();
    for (int p = 0; p < kPerThread; ++p) {
      const int row = (t + p * 256) / F, column = (t + p * 256) % F;
      for (int k = 0; k < count; ++k) sums[p] += tile[k * F + row] * tile[k * F + column];  // BUG 11: data race
    }
    if (t < F) {
      for (int k = 0; k < count; ++k) right_sum += tile_ratings[k] * tile[k * F + t];  // BUG 11: data race
    }
    if constexpr (Bug != 11) __syncthreads();
  }
  for (int p = 0; p < kPerThread; ++p) {
    const int row = (t + p * 256) / F, column = (t + p * 256) % F;
    matrix[row * (F + 1) + column] = sums[p] + (row == column ? lambda : 0.0f);
  }
  if (t < F) right[t] = right_sum;
  __syncthreads();
  for (int j = 0; j < F; ++j) {  // right-looking, lower triangle
    if (t == 0) matrix[j * (F + 1) + j] = sqrtf(matrix[j * (F + 1) + j]);
    __syncthreads();
    if (t > j && t < F) matrix[t * (F + 1) + j] /= matrix[j * (F + 1) + j];
    __syncthreads();
    for (int e = t; e < F * F; e += blockDim.x) {
      const int row = e / F, column = e % F;
      if (column > j && row >= column) {
        matrix[row * (F + 1) + column] -= matrix[row * (F + 1) + j] * matrix[column * (F + 1) + j];
      }
    }
    __syncthreads();
  }
  if (t < 32) {
    float x = t < F ? right[t] : 0.0f;
    for (int j = 0; j < F; ++j) {
      const float solved = __shfl_sync(kFullMask, x, j) / matrix[j * (F + 1) + j];
      if (t == j) x = solved;
      if (t > j && t < F) x -= matrix[t * (F + 1) + j] * solved;
    }
    for (int j = F - 1; j >= 0; --j) {
      const float solved = __shfl_sync(kFullMask, x, j) / matrix[j * (F + 1) + j];
      if (t == j) x = solved;
      if (t < j) x -= matrix[j * (F + 1) + t] * solved;
    }
    if (t < F) users[std::int64_t{user} * F + t] = x;
  }
}

// ---- gradient of an embedding table: rows of grad summed by sorted key; a warp takes kChunk entries ----
// Rows that lie whole inside a chunk are stored, the others added.

template <int Bug, int kWidth, int kChunk>
__global__ void __launch_bounds__(128)
    segment_gradient(const int* __restrict__ keys, const int* __restrict__ source, const float* __restrict__ grad,
                     int n, float* __restrict__ table) {
  constexpr int kColumns = kWidth / 32;
  const auto tile = cooperative_groups::tiled_partition<32>(cooperative_groups::this_thread_block());
  const int lane = tile.thread_rank();
  const int begin = (blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32) * kChunk, end = min(n, begin + kChunk);
  if (begin >= end) return;
  float sums[kColumns] = {};
  int key = keys[begin];
  const int first = key;
  for (int i = begin; i < end; ++i) {
    const int next = tile.shfl(lane == 0 ? keys[i] : 0, 0);
    if (next != key) {
      for (int c = 0; c < kColumns; ++c) {
        float* cell = &table[std::int64_t{key} * kWidth + c * 32 + lane];
        if (Bug != 15 && key == first) atomicAdd(cell, sums[c]);
        // BUG 15: data race
        if (Bug == 15 || key != first) *cell = Bug == 15 ? *cell + sums[c] : sums[c];
        sums[c] = 0.0f;
      }
      key = next;
    }
    for (int c = 0; c < kColumns; ++c) sums[c] += grad[std::int64_t{source[i]} * kWidth + c * 32 + lane];
  }
  for (int c = 0; c < kColumns; ++c) atomicAdd(&table[std::int64_t{key} * kWidth + c * 32 + lane], sums[c]);
}

// ---- C (M, N) f32 = A (M, K) B (N, K)^T in bf16, two stages of cp.async, ldmatrix, mma.sync; 128 threads ----
// M and N multiples of 64, K of 32.

__device__ __forceinline__ void copy_async_16(void* shared, const void* global) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(at), "l"(global) : "memory");
}
template <int kPending>
__device__ __forceinline__ void wait_async() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}
__device__ __forceinline__ void load_matrices(unsigned (&r)[4], const void* shared) {
  const unsigned at = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(at)
               : "memory");
}
__device__ __forceinline__ void multiply_add(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <int Bug>
__global__ void __launch_bounds__(128)
    gemm_bf16(const __nv_bfloat16* __restrict__ a, const __nv_bfloat16* __restrict__ b, float* __restrict__ c, int n,
              int k) {
  constexpr int kTile = 64, kDepth = 32, kStride = kDepth + 8;
  __shared__ alignas(16) __nv_bfloat16 stage_a[2][kTile * kStride], stage_b[2][kTile * kStride];
  const int t = threadIdx.x, lane = t & 31, warp = t >> 5, row = (warp >> 1) * 32, column = (warp & 1) * 32;
  const int first_row = blockIdx.y * kTile, first_column = blockIdx.x * kTile;
  float sums[2][4][4] = {};
  const auto fetch = [&](int stage, int from) {
    for (int i = t; i < kTile * kDepth / 8; i += 128) {
      const int r = i / (kDepth / 8), at = i % (kDepth / 8) * 8;
      // BUG 13: data race
      copy_async_16(&stage_a[stage][r * kStride + at], &a[std::int64_t{first_row + r} * k + from + at]);
      // BUG 13: data race
      copy_async_16(&stage_b[stage][r * kStride + at], &b[std::int64_t{first_column + r} * k + from + at]);
    }
    asm volatile("cp.async.commit_group;" ::: "memory");
  };
  fetch(0, 0);
  const int steps = k / kDepth;
  for (int step = 0; step < steps; ++step) {
    if (step + 1 < steps) fetch((step + 1) & 1, (step + 1) * kDepth);
    if (step + 1 >= steps) asm volatile("cp.async.commit_group;" ::: "memory");
    wait_async<Bug == 12 ? 2 : 1>();
    __syncthreads();
    const __nv_bfloat16 *pa = stage_a[step & 1], *pb = stage_b[step & 1];
    for (int kk = 0; kk < kDepth; kk += 16) {
      unsigned left[2][4], right[2][4];
      for (int i = 0; i < 2; ++i) {
        const int at = (row + i * 16 + (lane & 15)) * kStride + kk + (lane >> 4) * 8;
        // BUG 12: data race | read of unwritten memory
        // BUG 14: misaligned access
        load_matrices(left[i], &pa[at + (Bug == 14 ? 4 : 0)]);
      }
      for (int j = 0; j < 2; ++j) {
        const int at = (column + j * 16 + (lane & 7) + ((lane >> 4) << 3)) * kStride + kk + ((lane >> 3) & 1) * 8;
        load_matrices(right[j], &pb[at]);
      }
      for (int i = 0; i < 2; ++i) {
        for (int j = 0; j < 4; ++j)
          multiply_add(sums[i][j], left[i], right[j >> 1][(j & 1) * 2], right[j >> 1][(j & 1) * 2 + 1]);
      }
    }
    if constexpr (Bug != 13) __syncthreads();
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 4; ++j) {
      for (int q = 0; q < 4; ++q) {
        const int to_row = first_row + row + i * 16 + lane / 4 + (q >> 1) * 8;
        c[std::int64_t{to_row} * n + first_column + column + j * 8 + (lane % 4) * 2 + (q & 1)] = sums[i][j][q];
      }
    }
  }
}

// ---- prefix sums of each warp's 32 values through shared memory; 256 threads ----

template <int Bug>
__global__ void warp_scan(const int* __restrict__ in, int* __restrict__ out) {
  __shared__ int s[8][32];
  const int lane = threadIdx.x & 31, w = threadIdx.x >> 5, at = blockIdx.x * blockDim.x + threadIdx.x;
  s[w][lane] = in[at];
  __syncwarp();
  for (int d = 1; d < 32; d <<= 1) {
    const int v = lane >= d ? s[w][lane - d] : 0;  // BUG 27: data race
    if constexpr (Bug != 27) __syncwarp();
    s[w][lane] += v;  // BUG 27: data race
    __syncwarp();
  }
  out[at] = s[w][lane];
}

}  // namespace cudaemu_test
