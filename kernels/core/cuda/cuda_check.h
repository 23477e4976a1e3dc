// SPDX-License-Identifier: Apache-2.0
// A failed call of a CUDA library throws Error(device): call, what the library says, file:line.
#pragma once

#include "kernels/core/check.h"

#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace kindred::cuda {

[[noreturn]] void cuda_failed(const char* call, cudaError_t code, const char* file, int line);
[[noreturn]] void cublas_failed(const char* call, cublasStatus_t code, const char* file, int line);

}  // namespace kindred::cuda

#define KINDRED_CUDA_TRY(call)                                                                              \
  do {                                                                                                      \
    const cudaError_t kindred_code = (call);                                                                \
    if (kindred_code != cudaSuccess) ::kindred::cuda::cuda_failed(#call, kindred_code, __FILE__, __LINE__); \
  } while (false)

#define KINDRED_CUBLAS_TRY(call)                                               \
  do {                                                                         \
    const cublasStatus_t kindred_code = (call);                                \
    if (kindred_code != CUBLAS_STATUS_SUCCESS)                                 \
      ::kindred::cuda::cublas_failed(#call, kindred_code, __FILE__, __LINE__); \
  } while (false)
