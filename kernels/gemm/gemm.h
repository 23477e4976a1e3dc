// SPDX-License-Identifier: Apache-2.0
// Dense products, row-major, fp32.
//     gemm:  C = alpha op(A) op(B) + beta C          op(X) = X or X'
//     gram:  G = X' X                                 (symmetric; both triangles written)
//   A [M, K] or, transposed, [K, M]     B [K, N] or, transposed, [N, K]     C [M, N]     X [R, K]     G [K, K]
// Limits: each size below 2^31. gram sums blocks of rows (CPU: 64k, CUDA: 4k to 64k, by K) in fp32, the blocks in fp64.
// Deterministic: yes. CPU: for any number of threads: work is cut into tiles that depend on the sizes alone, each tile
// is one single-threaded BLAS call, and the blocks of gram are added in order. CUDA: cuBLAS in fp32 (TF32 where a
// product is `rounded`), on one stream, without atomics, the blocks of gram added in order. They differ by rounding.
// Cost: 2 M N K and R K (K + 1) flops (CUDA: 2 R K^2); scratch of gram: K * K * 8 bytes and up to 8 blocks of K * K * 4
// (CUDA: blocks of up to 64 MB in all, at least one).
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
  bool rounded = false;  // the factors may be rounded to TF32 (2^-11), where that is faster: on CUDA
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
