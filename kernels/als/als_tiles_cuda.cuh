// SPDX-License-Identifier: Apache-2.0
// 16 x 16 tiles on the tensor cores: what one warp does with them.
//     mma        D[16, 8] += A[16, 16] B[16, 8], bf16 factors, fp32 sums (mma.sync.m16n8k16)
//     a fragment is four registers of two bf16 each: the 8 x 8 quarters (rows 0-7, columns 0-7), (8-15, 0-7), (0-7,
//     8-15), (8-15, 8-15); lane = 4 g + t holds row g, columns 2t and 2t + 1 of each. Registers 0, 2 and 1, 3 are at
//     the same time the B fragments of the transposed tile's two halves, so that one load serves both sides of X X'. a
//     sum is eight floats: columns 0-7 in [0, 4), columns 8-15 in [4, 8); within: (g, 2t), (g, 2t+1), (g+8, 2t), (g+8,
//     2t+1).
// Split numbers: v = hi + lo with two bf16, relative error 2^-17; products keep hi hi + hi lo + lo hi.
// A SplitTile is such a tile in shared memory: two planes of 512 bytes, whose 16-byte chunks are exchanged in every
// second group of four rows so that ldmatrix meets no bank twice.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

namespace kindred::cuda {

constexpr int kTile = 16;
constexpr int kSplitTileBytes = 1024;
constexpr int kPlaneBytes = 512;

struct Fragment {
  std::uint32_t quarter[4];
};
struct SplitFragment {
  Fragment hi;
  Fragment lo;
};

__device__ inline std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

__device__ inline std::uint32_t pack_bf16(float low, float high) {
  std::uint32_t packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
__device__ inline float low_bf16(std::uint32_t packed) { return __uint_as_float(packed << 16); }
__device__ inline float high_bf16(std::uint32_t packed) { return __uint_as_float(packed & 0xFFFF0000U); }

// Two floats as hi and lo words.
__device__ inline void split_bf16(float low, float high, std::uint32_t& hi, std::uint32_t& lo) {
  hi = pack_bf16(low, high);
  lo = pack_bf16(low - low_bf16(hi), high - high_bf16(hi));
}

__device__ inline void multiply_add(float (&sum)[8], const Fragment& a, const Fragment& b) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sum[4 * half]), "+f"(sum[4 * half + 1]), "+f"(sum[4 * half + 2]), "+f"(sum[4 * half + 3])
        : "r"(a.quarter[0]), "r"(a.quarter[1]), "r"(a.quarter[2]), "r"(a.quarter[3]), "r"(b.quarter[half]),
          "r"(b.quarter[half + 2]));
  }
}

// sum[16, 16] += A B', both split.
__device__ inline void multiply_add(float (&sum)[8], const SplitFragment& a, const SplitFragment& b) {
  multiply_add(sum, a.lo, b.hi);
  multiply_add(sum, a.hi, b.lo);
  multiply_add(sum, a.hi, b.hi);
}

// sum[16, 8] += A B with B[16, 8] given as its two registers.
__device__ inline void multiply_add_columns(float (&sum)[4], const Fragment& a, std::uint32_t b0, std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a.quarter[0]), "r"(a.quarter[1]), "r"(a.quarter[2]), "r"(a.quarter[3]), "r"(b0), "r"(b1));
}

// Each lane gives the address of one row of 16 bytes: lanes 0-7 those of quarter 0, and so on.
__device__ inline Fragment load_matrix(std::uint32_t address) {
  Fragment f;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(f.quarter[0]), "=r"(f.quarter[1]), "=r"(f.quarter[2]), "=r"(f.quarter[3])
               : "r"(address)
               : "memory");
  return f;
}
__device__ inline Fragment load_matrix_transposed(std::uint32_t address) {
  Fragment f;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(f.quarter[0]), "=r"(f.quarter[1]), "=r"(f.quarter[2]), "=r"(f.quarter[3])
               : "r"(address)
               : "memory");
  return f;
}

// Byte offset of chunk 0 or 1 (8 columns) of a row within a plane.
__device__ inline int chunk_offset(int row, int chunk) { return 16 * (2 * row + (chunk ^ ((row >> 2) & 1))); }

__device__ inline SplitFragment load_split_tile(const std::byte* tile, int lane) {
  const std::uint32_t address = shared_address(tile) + chunk_offset((lane & 7) + (lane & 8), (lane >> 4) & 1);
  return {load_matrix(address), load_matrix(address + kPlaneBytes)};
}

// The sums of a tile as the left factor of the next product: their layout is a fragment's.
__device__ inline SplitFragment split_sums(const float (&sum)[8]) {
  SplitFragment f;
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    split_bf16(sum[2 * quarter], sum[2 * quarter + 1], f.hi.quarter[quarter], f.lo.quarter[quarter]);
  }
  return f;
}

__device__ inline SplitFragment negated(SplitFragment f) {
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    f.hi.quarter[quarter] ^= 0x80008000U;
    f.lo.quarter[quarter] ^= 0x80008000U;
  }
  return f;
}

__device__ inline void store_split_tile(std::byte* tile, const SplitFragment& f, int lane) {
  const int g = lane >> 2;
  const int t = lane & 3;
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    std::byte* word = tile + chunk_offset(g + 8 * (quarter & 1), quarter >> 1) + 4 * t;
    *reinterpret_cast<std::uint32_t*>(word) = f.hi.quarter[quarter];
    *reinterpret_cast<std::uint32_t*>(word + kPlaneBytes) = f.lo.quarter[quarter];
  }
}

}  // namespace kindred::cuda
