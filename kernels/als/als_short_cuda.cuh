// SPDX-License-Identifier: Apache-2.0
// Rows of fewer entries than factors, by their l x l dual (als.h) in the basis of the background (als_basis_cuda.cuh):
//     y' = Q' y,  V_jk = sqrt(q_j) y'_jk / sqrt(s_k + l_u)       [l, K]
//     (I + V V') u = t,  t_j = r_j / sqrt(q_j)        z_k = sum_j V_jk u_j / sqrt(s_k + l_u)        x = Q z
// Needs q > 0, or q = r = 0, for every entry. V is rounded (bf16, or hi + lo) alike wherever it stands, so that x is
// the exact solution for factors that are rounded. Deterministic.
#pragma once

#include "kernels/als/als_rows_cuda.cuh"

namespace kindred::cuda {

// The largest of kShortSizes that pays at K: more than 3/4 K entries cost as much as K x K. 0 where none does.
std::int64_t als_short_limit(std::int64_t k);

struct AlsShortRows {
  AlsCudaRows rows;                 // y: bf16 [I, planes, size] of Q' y
  const float* spectrum = nullptr;  // [size] s
  std::int32_t size = 0;            // K padded to a multiple of 64, zeros beyond K
  std::int64_t first = 0;           // z's row 0 is that of rows.order[first]
  float* z = nullptr;               // [end - first, size] out
};

// Rows order[begin, end), all of 1 to `limit` entries, limit one of kShortSizes.
void als_solve_short(const Context& ctx, const AlsShortRows& rows, int limit, std::int64_t begin, std::int64_t end,
                     bool precise);

// The whole of a half step for the rows that `work` leaves to the duals: rotates y, solves, rotates back into rows.x.
struct AlsShortPart {
  AlsCudaRows rows;        // y and background are not looked at
  View<const float, 2> y;  // [I, K]
  View<const float, 2> q;  // [size, size]
  const float* spectrum = nullptr;
  AlsWork work;
};
void als_solve_short_part(const Context& ctx, const AlsShortPart& part, bool precise);

}  // namespace kindred::cuda
