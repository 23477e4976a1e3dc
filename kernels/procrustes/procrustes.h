// SPDX-License-Identifier: Apache-2.0
// Orthogonal Procrustes (Schoenemann 1966): the rotation that turns one set of vectors onto another.
//     R = argmin |X R - Y|_F  over  R' R = 1          X' Y = U S V'  ->  R = U V'
//   x, y      [n, K]  in   row r of one belongs to row r of the other; finite
//   rotation  [K, K]  out  orthogonal to fp32 rounding; where X' Y has not full rank, one of the best
// Inner products of rows do not change when all are turned by R.
// Error(divergence) when x or y is not finite. Deterministic: yes, for any number of threads: chunks of rows by the
// sizes alone, added in order; products and the decomposition (LAPACK dgesdd) in fp64. Cost: 2 n K^2 + about 22 K^3
// flops; scratch 8 K^2 bytes for each of up to 8 chunks, and 5 times that. CPU only.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred {

struct OrthogonalProcrustes {
  View<const float, 2> x;
  View<const float, 2> y;
  View<float, 2> rotation;
};

void orthogonal_procrustes(const Context& ctx, const OrthogonalProcrustes& args);

namespace cpu {
void orthogonal_procrustes(const Context& ctx, const OrthogonalProcrustes& args);
}

namespace cuda {
void orthogonal_procrustes(const Context& ctx, const OrthogonalProcrustes& args);
}

}  // namespace kindred
