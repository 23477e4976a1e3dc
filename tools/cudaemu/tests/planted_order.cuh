// SPDX-License-Identifier: Apache-2.0
// Orders of memory accesses that are right and easily taken for races, each with the defect that looks much like it.
// Marks as in planted_kernels.cuh.
#pragma once

#include <cooperative_groups.h>

#include "tools/cudaemu/tests/planted_kernels.cuh"

namespace cudaemu_test {

// ---- each thread writes its own byte, also when four of them share a word ----

template <int Bug>
__global__ void own_bytes(unsigned char* bytes, unsigned char* out) {
  __shared__ unsigned char local[128];
  const int t = threadIdx.x, cell = Bug == 43 ? t / 2 * 2 : t;
  local[cell] = static_cast<unsigned char>(t);  // BUG 43: data race
  bytes[blockIdx.x * blockDim.x + t] = static_cast<unsigned char>(t + 1);
  __syncthreads();
  out[blockIdx.x * blockDim.x + t] = local[t ^ 1];
}

// ---- a value goes from block 0 to block 1 with release and acquire ----

template <int Bug>
__global__ void release_acquire(int* value, int* flag, int* out) {
  if (blockIdx.x == 0) {
    *value = 7;  // BUG 44: data race
    if constexpr (Bug == 44) {
      asm volatile("st.relaxed.gpu.global.s32 [%0], 1;" ::"l"(flag) : "memory");
    } else {
      asm volatile("st.release.gpu.global.s32 [%0], 1;" ::"l"(flag) : "memory");
    }
  } else {
    int seen = 0;
    while (seen == 0) {
      if constexpr (Bug == 44) {
        asm volatile("ld.relaxed.gpu.global.s32 %0, [%1];" : "=r"(seen) : "l"(flag) : "memory");
      } else {
        asm volatile("ld.acquire.gpu.global.s32 %0, [%1];" : "=r"(seen) : "l"(flag) : "memory");
      }
    }
    *out = *value;  // BUG 44: data race
  }
}

// ---- the same with volatile and fences, as older code does ----

template <int Bug>
__global__ void volatile_flag(int* value, volatile int* flag, int* out) {
  if (blockIdx.x == 0) {
    *value = 8;  // BUG 45: data race
    if constexpr (Bug != 45) __threadfence();
    *flag = 1;
  } else {
    while (*flag == 0) {
    }
    if constexpr (Bug != 45) __threadfence();
    *out = *value;  // BUG 45: data race
  }
}

// ---- a vote of the whole block is a barrier, a vote of a warp orders nothing between warps ----

template <int Bug>
__global__ void block_vote(const int* x, int* out) {
  __shared__ int cells[128];
  const int t = threadIdx.x;
  cells[t] = x[t];  // BUG 46: data race | read of unwritten memory
  const int any = Bug == 46 ? __any_sync(kFullMask, x[t] > 50) : __syncthreads_or(x[t] > 50);
  out[t] = cells[127 - t] + any;  // BUG 46: data race | read of unwritten memory
}

// ---- tiles of eight lanes pass values through shared memory ----

template <int Bug>
__global__ void tile_exchange(const int* x, int* out) {
  __shared__ int cells[64];
  const auto tile = cooperative_groups::tiled_partition<8>(cooperative_groups::this_thread_block());
  const int t = threadIdx.x;
  int v = x[t];
  for (int d = 1; d < 8; d <<= 1) {
    cells[t] = v;  // BUG 47: data race | read of unwritten memory
    if constexpr (Bug != 47) tile.sync();
    v += cells[t ^ d];  // BUG 47: data race | read of unwritten memory
    tile.sync();
  }
  out[t] = v;
}

// ---- atomics of all threads after a plain store by one, with the barrier between ----

template <int Bug>
__global__ void counted(int* out) {
  __shared__ int counter;
  if (threadIdx.x == 0) counter = 1000;  // BUG 48: data race | read of unwritten memory
  if constexpr (Bug != 48) __syncthreads();
  atomicAdd(&counter, 1);  // BUG 48: data race | read of unwritten memory
  __syncthreads();
  if (threadIdx.x == 0) *out = counter;
}

}  // namespace cudaemu_test
