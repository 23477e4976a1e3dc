// SPDX-License-Identifier: Apache-2.0
// Entry points of the GEMM family; all are gemm().
#include <cublas_v2.h>

#include "tools/cudaemu/libraries/cublas/gemm.h"

using cudaemu::cublas::Gemm;
using cudaemu::cublas::gemm;
using cudaemu::cublas::Matrix;

namespace {

Matrix matrix(const void* address, cudaDataType type, std::int64_t leading, std::int64_t stride = 0) {
  Matrix result;
  result.address = const_cast<void*>(address);
  result.type = type;
  result.leading = leading;
  result.stride = stride;
  return result;
}

}  // namespace

extern "C" {

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b,
                              int m, int n, int k, const float* alpha, const float* a, int lda, const float* b, int ldb,
                              const float* beta, float* c, int ldc) {
  return gemm(handle, {"cublasSgemm", transpose_a, transpose_b, m, n, k, alpha, beta, matrix(a, CUDA_R_32F, lda),
                       matrix(b, CUDA_R_32F, ldb), matrix(c, CUDA_R_32F, ldc), 1, CUBLAS_COMPUTE_32F});
}

cublasStatus_t cublasDgemm_v2(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b,
                              int m, int n, int k, const double* alpha, const double* a, int lda, const double* b,
                              int ldb, const double* beta, double* c, int ldc) {
  return gemm(handle, {"cublasDgemm", transpose_a, transpose_b, m, n, k, alpha, beta, matrix(a, CUDA_R_64F, lda),
                       matrix(b, CUDA_R_64F, ldb), matrix(c, CUDA_R_64F, ldc), 1, CUBLAS_COMPUTE_64F});
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const float* alpha,
                                         const float* a, int lda, long long stride_a, const float* b, int ldb,
                                         long long stride_b, const float* beta, float* c, int ldc, long long stride_c,
                                         int batch) {
  return gemm(handle, {"cublasSgemmStridedBatched", transpose_a, transpose_b, m, n, k, alpha, beta,
                       matrix(a, CUDA_R_32F, lda, stride_a), matrix(b, CUDA_R_32F, ldb, stride_b),
                       matrix(c, CUDA_R_32F, ldc, stride_c), batch, CUBLAS_COMPUTE_32F});
}

cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const double* alpha,
                                         const double* a, int lda, long long stride_a, const double* b, int ldb,
                                         long long stride_b, const double* beta, double* c, int ldc, long long stride_c,
                                         int batch) {
  return gemm(handle, {"cublasDgemmStridedBatched", transpose_a, transpose_b, m, n, k, alpha, beta,
                       matrix(a, CUDA_R_64F, lda, stride_a), matrix(b, CUDA_R_64F, ldb, stride_b),
                       matrix(c, CUDA_R_64F, ldc, stride_c), batch, CUBLAS_COMPUTE_64F});
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                            int n, int k, const void* alpha, const void* a, cudaDataType type_a, int lda, const void* b,
                            cudaDataType type_b, int ldb, const void* beta, void* c, cudaDataType type_c, int ldc,
                            cublasComputeType_t compute, cublasGemmAlgo_t) {
  return gemm(handle, {"cublasGemmEx", transpose_a, transpose_b, m, n, k, alpha, beta, matrix(a, type_a, lda),
                       matrix(b, type_b, ldb), matrix(c, type_c, ldc), 1, compute});
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t transpose_a,
                                          cublasOperation_t transpose_b, int m, int n, int k, const void* alpha,
                                          const void* a, cudaDataType type_a, int lda, long long stride_a,
                                          const void* b, cudaDataType type_b, int ldb, long long stride_b,
                                          const void* beta, void* c, cudaDataType type_c, int ldc, long long stride_c,
                                          int batch, cublasComputeType_t compute, cublasGemmAlgo_t) {
  return gemm(handle, {"cublasGemmStridedBatchedEx", transpose_a, transpose_b, m, n, k, alpha, beta,
                       matrix(a, type_a, lda, stride_a), matrix(b, type_b, ldb, stride_b),
                       matrix(c, type_c, ldc, stride_c), batch, compute});
}

}  // extern "C"
