// SPDX-License-Identifier: Apache-2.0
// What a cublasHandle_t holds here.
#pragma once

#include <cublas_v2.h>

#include <cstddef>
#include <string>

namespace cudaemu::cublas {

struct Handle {
  cudaStream_t stream = nullptr;
  cublasPointerMode_t pointer_mode = CUBLAS_POINTER_MODE_HOST;
  cublasAtomicsMode_t atomics_mode = CUBLAS_ATOMICS_NOT_ALLOWED;
  cublasMath_t math_mode = CUBLAS_DEFAULT_MATH;
  int sm_count_target = 0;
};

// Null for what is no live handle.
Handle* find_handle(cublasHandle_t handle);

// Reports a call that cuBLAS refuses and returns `status`.
cublasStatus_t refuse(const char* call, cublasStatus_t status, const std::string& why);

}  // namespace cudaemu::cublas
