// SPDX-License-Identifier: Apache-2.0
// cuBLAS is column-major: a row-major matrix is its transpose there, so C' = op(B)' op(A)' is asked for.
#include "kernels/gemm/gemm.h"

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"
#include "kernels/core/cuda/cuda_range.h"

#include <algorithm>

namespace kindred::cuda {

namespace {

int leading(const View<const float, 2>& x) { return static_cast<int>(std::max<std::int64_t>(1, x.size(1))); }

}  // namespace

void gemm(const Context& ctx, const Gemm& args) {
  const CudaRange range("gemm");
  const auto m = static_cast<int>(args.c.size(0));
  const auto n = static_cast<int>(args.c.size(1));
  const auto k = static_cast<int>(args.a.size(args.transpose_a ? 0 : 1));
  if (k == 0 && args.beta == 0.0F) {
    ctx.fill_zero(args.c.data(), args.c.count() * 4);
    return;
  }
  KINDRED_CUBLAS_TRY(
      cublasGemmEx(cublas_handle(ctx), args.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N,
                   args.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, n, m, k, &args.alpha, args.b.data(), CUDA_R_32F,
                   leading(args.b), args.a.data(), CUDA_R_32F, leading(args.a), &args.beta, args.c.data(), CUDA_R_32F,
                   n, args.rounded ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
}

}  // namespace kindred::cuda
