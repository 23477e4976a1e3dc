// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/cuda/peak_cuda.h"
#include "kernels/testing/roofs.h"

namespace kindred::cuda {

double bf16_gemm_rate(const Context& ctx) { return cuda_gemm_rate(ctx, GemmType::bf16); }

}  // namespace kindred::cuda
