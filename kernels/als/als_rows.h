// SPDX-License-Identifier: Apache-2.0
// What the CPU half step hands to its row solvers: the rows' systems in one basis, sorted by length, and scratch.
//     (B + l_u I + sum_j q_j y_j y_j') z = sum_j r_j y_j      B = a0 Y'Y, dense, or its eigenvalues in its own basis
// Vectors are padded with zeros from K to `stride` floats (a multiple of 16), so kernels need no tails.
// The kernels stand in als_short_cpu.cpp, als_direct_cpu.cpp and als_iterative_cpu.cpp, compiled for several
// instruction sets by Highway and picked at run time.
#pragma once

#include "kernels/als/als_formula.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace kindred::cpu {

constexpr std::int64_t kAlsPad = 16;       // floats: one AVX-512 register
constexpr std::int64_t kAlsShortRow = 48;  // longest row of the batched kernel
inline std::int64_t als_padded(std::int64_t size) { return (size + kAlsPad - 1) / kAlsPad * kAlsPad; }

struct AlsRows {
  CsrView csr;
  const float* y = nullptr;  // [I, stride], in the basis of the background
  float* z = nullptr;        // [U, stride] out; in: warm start (pcg, subspace)
  std::int64_t k = 0;
  std::int64_t stride = 0;
  const float* eigenvalues = nullptr;  // [stride] diagonal background (padding 1), or null
  const float* background = nullptr;   // [stride, stride] dense background (padding: identity), or null
  float a0 = 0.0F;
  AlsForm form = AlsForm::weighted;
  const std::int32_t* order = nullptr;  // [U] rows by ascending length, then row
  const float* penalty = nullptr;       // [U] l_u, in that order
  std::int64_t cg_steps = 0;
  std::int64_t block_size = 0;
};

// Memory of one thread, grown on demand, kept for a half step. Aligned to 64 bytes.
class AlsScratch {
 public:
  // Scratch number `slot` (0..7), at least `floats` long; its content is lost when it grows.
  float* floats(int slot, std::int64_t floats);

 private:
  struct Free {
    void operator()(float* memory) const;
  };
  std::unique_ptr<float, Free> memory_[8];
  std::int64_t size_[8] = {};
};

// Each solves the rows at positions [begin, end) of rows.order.
// Dual, one SIMD lane a row; lengths 1 .. kAlsShortRow, every q > 0 or q = r = 0; needs eigenvalues.
void als_solve_short(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch);
// Dual, one row at a time; same needs, any length.
void als_solve_dual(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch);
// Primal, any length and any q whose system is positive definite. Throws Error(divergence) when it is not.
void als_solve_primal(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch);
// Preconditioned conjugate gradients from z; needs eigenvalues.
void als_solve_pcg(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch);
// One pass over blocks of columns from z; needs background.
void als_solve_subspace(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch);

}  // namespace kindred::cpu
