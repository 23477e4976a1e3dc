// SPDX-License-Identifier: Apache-2.0
// C_i = alpha op(A_i) op(B_i) + beta C_i for i < batch; op(A) [m, k], op(B) [k, n], C [m, n], column-major.
// Arguments are refused as cuBLAS refuses them. Sums in double, rounded once to the type of C.
#pragma once

#include <cublas_v2.h>

#include <cstdint>

#include "tools/cudaemu/libraries/cublas/matrix.h"

namespace cudaemu::cublas {

struct Gemm {
  const char* call = "";
  cublasOperation_t transpose_a = CUBLAS_OP_N, transpose_b = CUBLAS_OP_N;
  std::int64_t m = 0, n = 0, k = 0;
  const void* alpha = nullptr;  // of the scale type that `compute` implies
  const void* beta = nullptr;
  Matrix a, b, c;  // rows and columns are filled in by gemm()
  std::int64_t batch = 1;
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
};

cublasStatus_t gemm(cublasHandle_t handle, Gemm call);

}  // namespace cudaemu::cublas
