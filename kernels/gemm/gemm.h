// SPDX-License-Identifier: Apache-2.0
// Dense products, row-major, fp32.
//     gemm:  C = alpha op(A) op(B) + beta C          op(X) = X or X'
//     gram:  G = X' X                                 (symmetric; both triangles written)
//   A [M, K] or, transposed, [K, M]     B [K, N] or, transposed, [N, K]     C [M, N]     X [R, K]     G [K, K]
// Limits: each size below 2^31. gram sums blocks of rows in fp32 and the blocks in fp64.
// Deterministic: yes, for any number of threads: work is cut into tiles that depend on the sizes alone, each tile is
// one single-threaded BLAS call, and the blocks of gram are added in order.
// Cost: 2 M N K and R K (K + 1) flops; scratch K * K * 12 bytes a block of 64k rows (gram).
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred {

struct Gemm {
  View<const float, 2> a;
  View<const float, 2> b;
  View<float, 2> c;
  bool transpose_a = false;
  bool transpose_b = false;
  float alpha = 1.0F;
  float beta = 0.0F;
};

struct Gram {
  View<const float, 2> x;
  View<float, 2> g;
};

void gemm(const Context& ctx, const Gemm& args);
void gram(const Context& ctx, const Gram& args);

namespace cpu {
void gemm(const Context& ctx, const Gemm& args);
void gram(const Context& ctx, const Gram& args);
}  // namespace cpu

namespace cuda {
void gemm(const Context& ctx, const Gemm& args);
void gram(const Context& ctx, const Gram& args);
}  // namespace cuda

}  // namespace kindred
