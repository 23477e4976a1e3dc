// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/cuda/peak_cuda.h"

#include "kernels/core/cuda/cuda_timer.h"

#include <algorithm>
#include <vector>

namespace kindred::cuda {

namespace {

// Numbers near 1 that differ: a card draws less power, and runs faster, on zeros.
Buffer matrix(const Context& ctx, GemmType type, std::int64_t n) {
  const std::int64_t size = type == GemmType::fp32 ? 4 : 2;
  const Buffer pattern_on_host = Context::cpu(1).allocate(n * size, "gemm_rate");
  for (std::int64_t i = 0; i < n; ++i) {
    const auto digits = static_cast<std::uint16_t>(0x3F80 + i * 37 % 128);  // the upper half of a float in [1, 2)
    if (type == GemmType::fp32) {
      reinterpret_cast<std::uint32_t*>(pattern_on_host.data())[i] = std::uint32_t{digits} << 16 | (i * 7919 & 0xFFFF);
    } else {
      reinterpret_cast<std::uint16_t*>(pattern_on_host.data())[i] = digits;
    }
  }
  Buffer result = ctx.allocate(n * n * size, "gemm_rate");
  for (std::int64_t row = 0; row < n; ++row) {
    ctx.copy_from_host(result.data() + row * n * size, pattern_on_host.data(), n * size);
  }
  return result;
}

}  // namespace

double cuda_gemm_rate(const Context& ctx, GemmType type, std::int64_t n, int repeats) {
  const cudaDataType_t data = type == GemmType::fp32 ? CUDA_R_32F : CUDA_R_16BF;
  const Buffer a = matrix(ctx, type, n);
  const Buffer b = matrix(ctx, type, n);
  const Buffer c = ctx.allocate(n * n * 4, "gemm_rate");
  const auto size = static_cast<int>(n);
  const float one = 1.0F;
  const float zero = 0.0F;
  CudaTimer timer(ctx);
  double best = 0.0;
  for (int repeat = 0; repeat <= repeats; ++repeat) {  // the first warms up
    timer.start();
    KINDRED_CUBLAS_TRY(cublasGemmEx(cublas_handle(ctx), CUBLAS_OP_N, CUBLAS_OP_N, size, size, size, &one, a.data(),
                                    data, size, b.data(), data, size, &zero, c.data(), CUDA_R_32F, size,
                                    CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
    timer.stop();
    const double elapsed_s = timer.elapsed_s();
    if (repeat > 0) best = std::max(best, 2.0 * static_cast<double>(n) * n * n / elapsed_s);
  }
  return best;
}

}  // namespace kindred::cuda
