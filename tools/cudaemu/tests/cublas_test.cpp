// SPDX-License-Identifier: Apache-2.0
// The cuBLAS GEMM family against loops: every transposition, leading dimensions beyond the matrix, strides between
// matrices, alpha and beta, types. Values are small whole numbers, so that results are exact in every type.
#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace cudaemu_test {

int failures = 0, checks = 0;

struct Shape {
  int m, n, k, batch;
};

template <class T>
T from(float x) {
  return static_cast<T>(x);
}
template <>
__half from<__half>(float x) {
  return __float2half(x);
}
template <>
__nv_bfloat16 from<__nv_bfloat16>(float x) {
  return __float2bfloat16(x);
}
template <class T>
double to(T x) {
  return static_cast<double>(static_cast<float>(x));
}

// A column-major matrix of `batch` pieces, `stride` elements apart; cells outside the matrix hold NaN or stay.
template <class T>
struct Matrix {
  int rows, columns, leading;
  std::int64_t stride;
  std::vector<T> values;
  T* device = nullptr;
  Matrix(int r, int c, int batch, int seed)
      : rows(r), columns(c), leading(r + 3), stride(std::int64_t{leading} * c + 5), values(stride * batch) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = from<T>(static_cast<float>((i * 7 + seed) % 9) - 4);
    cudaMalloc(reinterpret_cast<void**>(&device), values.size() * sizeof(T));
    cudaMemcpy(device, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice);
  }
  ~Matrix() { cudaFree(device); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;
  std::size_t at(int row, int column, int piece) const { return stride * piece + std::int64_t{leading} * column + row; }
  std::vector<T> fetch() const {
    std::vector<T> got(values.size());
    cudaMemcpy(got.data(), device, got.size() * sizeof(T), cudaMemcpyDeviceToHost);
    return got;
  }
};

// Runs `call(transpose_a, transpose_b, A, B, C)` and compares every cell of C, also those between the columns.
template <class In, class Out, class Call>
void check(const char* what, Shape shape, double alpha, double beta, Call call) {
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      Matrix<In> a(transpose_a ? shape.k : shape.m, transpose_a ? shape.m : shape.k, shape.batch, 1);
      Matrix<In> b(transpose_b ? shape.n : shape.k, transpose_b ? shape.k : shape.n, shape.batch, 2);
      Matrix<Out> c(shape.m, shape.n, shape.batch, 3);
      std::vector<double> expected;
      for (const Out v : c.values) expected.push_back(to(v));
      for (int piece = 0; piece < shape.batch; ++piece) {
        for (int i = 0; i < shape.m; ++i) {
          for (int j = 0; j < shape.n; ++j) {
            double sum = 0;
            for (int k = 0; k < shape.k; ++k) {
              sum += to(a.values[transpose_a ? a.at(k, i, piece) : a.at(i, k, piece)]) *
                     to(b.values[transpose_b ? b.at(j, k, piece) : b.at(k, j, piece)]);
            }
            double& cell = expected[c.at(i, j, piece)];
            cell = alpha * sum + (beta == 0 ? 0 : beta * cell);
          }
        }
      }
      const cublasStatus_t status =
          call(transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, a, b, c);
      cudaDeviceSynchronize();
      bool right = status == CUBLAS_STATUS_SUCCESS;
      const std::vector<Out> got = c.fetch();
      for (std::size_t i = 0; i < got.size(); ++i) right = right && to(got[i]) == expected[i];
      ++checks;
      if (right) continue;
      ++failures;
      std::printf("differ  %s %d x %d x %d, batch %d, transposed %d %d, status %d\n", what, shape.m, shape.n, shape.k,
                  shape.batch, transpose_a, transpose_b, static_cast<int>(status));
    }
  }
}

template <class In, class Out>
void check_ex(cublasHandle_t handle, const char* what, cudaDataType in, cudaDataType out, cublasComputeType_t compute) {
  const float alpha = 2, beta = 1, zero = 0;
  check<In, Out>(what, {5, 7, 6, 1}, alpha, beta, [&](auto ta, auto tb, auto& a, auto& b, auto& c) {
    return cublasGemmEx(handle, ta, tb, 5, 7, 6, &alpha, a.device, in, a.leading, b.device, in, b.leading, &beta,
                        c.device, out, c.leading, compute, CUBLAS_GEMM_DEFAULT);
  });
  check<In, Out>(what, {3, 4, 9, 4}, alpha, zero, [&](auto ta, auto tb, auto& a, auto& b, auto& c) {
    return cublasGemmStridedBatchedEx(handle, ta, tb, 3, 4, 9, &alpha, a.device, in, a.leading, a.stride, b.device, in,
                                      b.leading, b.stride, &zero, c.device, out, c.leading, c.stride, 4, compute,
                                      CUBLAS_GEMM_DEFAULT);
  });
}

int run() {
  cublasHandle_t handle = nullptr;
  cudaStream_t stream = nullptr;
  if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 1;
  cudaStreamCreate(&stream);
  cublasSetStream(handle, stream);
  for (const Shape s : {Shape{1, 1, 1, 1}, Shape{33, 17, 40, 1}, Shape{4, 1, 9, 1}}) {
    const float alpha = 1, beta = 0;
    check<float, float>("Sgemm", s, alpha, beta, [&](auto ta, auto tb, auto& a, auto& b, auto& c) {
      return cublasSgemm(handle, ta, tb, s.m, s.n, s.k, &alpha, a.device, a.leading, b.device, b.leading, &beta,
                         c.device, c.leading);
    });
    const double alpha_d = -3, beta_d = 2;
    check<double, double>("Dgemm", s, alpha_d, beta_d, [&](auto ta, auto tb, auto& a, auto& b, auto& c) {
      return cublasDgemm(handle, ta, tb, s.m, s.n, s.k, &alpha_d, a.device, a.leading, b.device, b.leading, &beta_d,
                         c.device, c.leading);
    });
  }
  const float alpha = 2, beta = -1;
  check<float, float>(
      "SgemmStridedBatched", {6, 5, 4, 3}, alpha, beta, [&](auto ta, auto tb, auto& a, auto& b, auto& c) {
        return cublasSgemmStridedBatched(handle, ta, tb, 6, 5, 4, &alpha, a.device, a.leading, a.stride, b.device,
                                         b.leading, b.stride, &beta, c.device, c.leading, c.stride, 3);
      });
  check_ex<float, float>(handle, "GemmEx f32", CUDA_R_32F, CUDA_R_32F, CUBLAS_COMPUTE_32F);
  check_ex<__half, float>(handle, "GemmEx f16 to f32", CUDA_R_16F, CUDA_R_32F, CUBLAS_COMPUTE_32F);
  check_ex<__half, __half>(handle, "GemmEx f16", CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_32F);
  check_ex<__nv_bfloat16, float>(handle, "GemmEx bf16 to f32", CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F);
  cublasDestroy(handle);
  cudaStreamDestroy(stream);
  std::printf("{\"checks\": %d, \"differ\": %d}\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace cudaemu_test

int main() { return cudaemu_test::run(); }
