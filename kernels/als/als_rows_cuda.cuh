// SPDX-License-Identifier: Apache-2.0
// What the CUDA half step hands to its row solvers, and the order in which rows are solved: longest first, so that no
// long row is left over at the end; rows of more than `segment` entries are cut into segments that several blocks sum
// up. Everything here lies on the device, counts too: planning waits for nothing.
#pragma once

#include "kernels/als/als_formula.h"
#include "kernels/core/tensor.h"

#include <cuda_bf16.h>

#include <cstdint>

namespace kindred::cuda {

// Numbers of entries up to which a row may be solved by its l x l dual instead (als_short_cuda.cuh), ascending.
constexpr int kNumShortSizes = 5;
constexpr int kShortSizes[kNumShortSizes] = {32, 64, 128, 192, 256};

// Work item w < segments is a segment of a heavy row; the others are whole rows order[heavy ...primal).
struct AlsWork {
  std::int32_t heavy = 0;     // rows order[0, heavy) are cut into segments
  std::int32_t segments = 0;  // of all heavy rows together
  std::int32_t primal = 0;    // rows order[0, primal) are solved by their K x K systems
  std::int32_t next = 0;      // the next work item that nobody has taken
  // Rows order[begins[n + 1], begins[n]) have up to kShortSizes[n] entries, and their dual is solved; begins[0] is the
  // number of rows with entries, begins[kNumShortSizes] is primal.
  std::int32_t begins[kNumShortSizes + 1] = {};
};

// Which rows are solved by their duals: those of up to `limit` entries (0, or one of kShortSizes), if they are
// `least` or more.
struct AlsShortRule {
  std::int64_t limit = 0;
  std::int64_t least = 0;
};

struct AlsCudaRows {
  CsrView csr;
  const __nv_bfloat16* y = nullptr;   // [I, planes, size], zeros from K to size
  const float* background = nullptr;  // [size, size] a0 Y'Y, identity beyond K
  float* x = nullptr;                 // [U, K] out
  std::int32_t k = 0;
  bool plain = true;   // q = r = 1 for every entry
  float scale = 1.0F;  // x is the solution times this
  AlsForm form = AlsForm::weighted;
  float a0 = 0.0F;
  std::int64_t most_rows = 0;                   // bound on work->primal, for the size of grids
  int spared = 0;                               // multiprocessors left to what runs beside
  const std::int32_t* order = nullptr;          // [U] rows by descending length, then row
  const float* penalty = nullptr;               // [U] l_u by row
  const std::int32_t* segment_begin = nullptr;  // [heavy + 1] first segment of each heavy row
  std::int64_t segment = 0;                     // entries of a segment
  AlsWork* work = nullptr;
  std::int32_t* arrived = nullptr;  // [heavy] segments that are summed, 0 at the start
  float* partial = nullptr;         // [segments, a group's sums]
};

// The order of one half step; owns the arrays.
class AlsCudaPlan {
 public:
  AlsCudaPlan(const Context& ctx, const AlsHalfStep& args, AlsShortRule rule);
  // Fills in everything but y, background, spared and partial; most_rows is all.
  void describe(AlsCudaRows& rows);
  // Waits for the device.
  AlsWork work(const Context& ctx) const;
  // Bound on the number of segments, for the size of `partial`.
  std::int64_t most_segments() const { return most_segments_; }

 private:
  std::int64_t segment_ = 0;
  std::int64_t most_heavy_ = 0;
  std::int64_t most_segments_ = 0;
  Tensor<std::int32_t, 1> order_;
  Tensor<float, 1> penalty_;
  Tensor<std::int32_t, 1> segment_begin_;
  Tensor<std::int32_t, 1> arrived_;
  Tensor<AlsWork, 1> work_;
};

// y [I, K] as bf16 [I, planes, size]: the nearest number, and where `precise` the nearest to what is left.
void als_mirror(const Context& ctx, View<const float, 2> y, std::int64_t size, bool precise, __nv_bfloat16* mirror);

// Solves rows order[0, primal) by the Cholesky factorisation of their K x K systems; K <= kMostPrimalFactors.
// precise: factors as hi + lo (the caller's y has two planes), so that products are exact to 2^-17 instead of 2^-9.
constexpr std::int64_t kMostPrimalFactors = 256;
std::int64_t als_primal_size(std::int64_t k);  // K padded to a size that there is a kernel for
void als_solve_primal(const Context& ctx, AlsCudaRows rows, std::int64_t most_segments, bool precise);

// The same for any K, with the systems in global memory: what of them is there at a time is bounded by `workspace` and
// by a third of the free memory, but for one row. x does not depend on it.
constexpr std::int64_t kLargeWorkspace = std::int64_t{8} << 30;
std::int64_t als_large_size(std::int64_t k);       // K padded
std::int64_t als_large_row_bytes(std::int64_t k);  // workspace of one row
void als_solve_large(const Context& ctx, AlsCudaRows rows, bool precise, std::int64_t workspace = kLargeWorkspace);

}  // namespace kindred::cuda
