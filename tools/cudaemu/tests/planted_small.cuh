// SPDX-License-Identifier: Apache-2.0
// The shorter kernels with planted defects; marks as in planted_kernels.cuh.
#pragma once

#include <cooperative_groups.h>

#include "tools/cudaemu/tests/planted_kernels.cuh"

namespace cudaemu_test {

// ---- x *= a, plain and by vectors of four ----

template <int Bug>
__global__ void scale(float* x, float a, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  // BUG 20: use after free
  // BUG 21: device access to host memory
  // BUG 22: read of unwritten memory
  // BUG 35: data race
  if (i < n) x[i] *= a;
}
static __global__ void scale4(float4* x, float a, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float4 v = x[i];  // BUG 19: misaligned access
  v.x *= a, v.y *= a, v.z *= a, v.w *= a;
  x[i] = v;
}

// ---- y[i] = x[16 i]; the position is counted in units of 2^-20 ----

template <int Bug>
__global__ void strided(const float* x, float* y, int n, int step) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  using Position = std::conditional_t<Bug == 16, int, std::int64_t>;
  const Position position = static_cast<Position>(i) * step;
  if (i < n) y[i] = x[position >> 20];  // BUG 16: out of bounds | device access to host memory
}

// ---- sum in one launch: the last block to finish adds the parts of all ----

template <int Bug>
__global__ void last_block_sum(const int* x, int n, int* parts, unsigned* finished, int* out) {
  __shared__ bool last;
  int s = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
  s = __reduce_add_sync(kFullMask, s);  // one warp a block
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = s;  // BUG 17: data race
    if constexpr (Bug != 17) __threadfence();
    unsigned ticket = 0;
    if constexpr (Bug == 18) {
      ticket = *finished;      // BUG 18: data race
      *finished = ticket + 1;  // BUG 18: data race
    } else {
      ticket = atomicAdd(finished, 1u);
    }
    if constexpr (Bug != 17) __threadfence();
    last = ticket == gridDim.x - 1;
  }
  __syncthreads();
  if (!last) return;
  int total = threadIdx.x < gridDim.x ? parts[threadIdx.x] : 0;  // BUG 17: data race
  total = __reduce_add_sync(kFullMask, total);
  if (threadIdx.x == 0) *out = total;
}

// ---- counts of bytes in dynamic shared memory ----

template <int Bug>
__global__ void histogram(const unsigned char* values, int n, unsigned* counts, int bins) {
  extern __shared__ unsigned dynamic_bins[];
  for (int i = threadIdx.x; i < bins; i += blockDim.x) dynamic_bins[i] = 0;  // BUG 24: out of bounds
  __syncthreads();
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    if constexpr (Bug == 23) {
      ++dynamic_bins[values[i]];  // BUG 23: data race
    } else {
      atomicAdd(&dynamic_bins[values[i]], 1u);
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < bins; i += blockDim.x) counts[i] = dynamic_bins[i];
}

// ---- y = x backwards, one block; threads past n have nothing to do ----

template <int Bug>
__global__ void reverse(const float* x, float* y, int n) {
  __shared__ float s[128];
  const int t = threadIdx.x;
  if constexpr (Bug == 28) {
    if (t >= n) return;
  }
  s[t] = t < n ? x[t] : 0.0f;
  __syncthreads();  // BUG 28: divergent barrier | read of unwritten memory
  const int from = Bug == 28 ? blockDim.x - 1 - t : n - 1 - t;
  if (t < n) y[t] = s[from];  // BUG 28: divergent barrier | read of unwritten memory
}

// ---- one block waits for the other's flag; two lanes take two locks ----

template <int Bug>
__global__ void hand_over(int* value, int* flag, int* out) {
  if (blockIdx.x == 0) {
    *value = 42;
    __threadfence();
    if constexpr (Bug != 29) atomicExch(flag, 1);
  } else {
    while (atomicAdd(flag, 0) == 0) {  // BUG 29: deadlock
    }
    __threadfence();
    *out = *value;
  }
}

template <int Bug>
__global__ void two_locks(int* locks, int* sum) {
  const int first = Bug == 30 ? threadIdx.x & 1 : 0;
  if (threadIdx.x > 1) return;
  while (atomicCAS(&locks[first], 0, 1) != 0) {
  }
  if constexpr (Bug == 30) __syncwarp(3);            // both hold their first lock now
  while (atomicCAS(&locks[1 - first], 0, 1) != 0) {  // BUG 30: deadlock
  }
  __threadfence();
  *sum += 1 + threadIdx.x;
  __threadfence();
  atomicExch(&locks[1 - first], 0);
  atomicExch(&locks[first], 0);
}

// ---- named barriers: 64 threads fill a buffer, 64 others read it, over and over ----

__device__ __forceinline__ void barrier_sync(int id, int count) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(count) : "memory");
}
__device__ __forceinline__ void barrier_arrive(int id, int count) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(count) : "memory");
}
template <int Bug>
__global__ void hand_through(const int* in, int* out, int rounds) {
  __shared__ int buffer[64];
  const int t = threadIdx.x % 64;
  constexpr int kFull = 1, kEmpty = 2;
  for (int round = 0; round < rounds; ++round) {
    if (threadIdx.x < 64) {
      if (round > 0) barrier_sync(kEmpty, 128);
      buffer[t] = in[round * 64 + t];
      barrier_arrive(kFull, 128);
    } else {
      barrier_sync(kFull, Bug == 31 ? 96 : 128);  // BUG 31: divergent barrier | deadlock
      out[round * 64 + t] = buffer[63 - t];
      if (round + 1 < rounds) barrier_arrive(kEmpty, 128);
    }
  }
}

// ---- each block's value to its neighbour through global memory, with a barrier over the grid ----

template <int Bug>
__global__ void pass_on(int* cells, int* out) {
  if (threadIdx.x == 0) cells[blockIdx.x] = 100 + blockIdx.x;  // BUG 33: data race
  if constexpr (Bug != 33) cooperative_groups::this_grid().sync();
  if (threadIdx.x == 0)
    out[blockIdx.x] = cells[(blockIdx.x + 1) % gridDim.x];  // BUG 33: data race | read of unwritten memory
}

// ---- median-like pick from a window on the stack ----

template <int Bug>
__global__ void pick(const float* x, const int* which, float* y, int n) {
  const int i = threadIdx.x;
  float window[8];
  if (i >= n) return;
  for (int j = 0; j < 8; ++j) window[(j * which[i]) & 7] = x[i * 8 + j];
  const int at = Bug == 34 ? which[i] + 7 : which[i] & 7;
  y[i] = window[at];  // BUG 34: out of bounds
}

}  // namespace cudaemu_test
