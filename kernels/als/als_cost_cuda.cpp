// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_cost.h"
#include "kernels/core/cuda/peak_cuda.h"

namespace kindred::cuda {

double bf16_gemm_rate(const Context& ctx) { return cuda_gemm_rate(ctx, GemmType::bf16); }

}  // namespace kindred::cuda
