// SPDX-License-Identifier: Apache-2.0
// The stand-in for cuBLAS against loops in double: all transposes, padded leading dimensions, batches, types, scalars
// on host and device; memory outside the matrices stays as it was; wrong arguments are reported.
#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/cudaemu/runtime/expect.h"

namespace {

using cudaemu::testing::reports;

template <class T>
constexpr cudaDataType kType = CUDA_R_32F;
template <>
constexpr cudaDataType kType<double> = CUDA_R_64F;
template <>
constexpr cudaDataType kType<__half> = CUDA_R_16F;
template <>
constexpr cudaDataType kType<__nv_bfloat16> = CUDA_R_16BF;

double widen(double value) { return value; }
double widen(float value) { return value; }
double widen(__half value) { return __half2float(value); }
double widen(__nv_bfloat16 value) { return __bfloat162float(value); }

// Small multiples of 1/4: exact in every type, and so are their products in double.
template <class T>
std::vector<T> numbers(std::size_t count, std::uint32_t seed) {
  std::vector<T> values;
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values.push_back(static_cast<T>(static_cast<float>(static_cast<int>(seed >> 28) - 8) / 4.0f));
  }
  return values;
}

template <class T>
class OnDevice {
 public:
  explicit OnDevice(const std::vector<T>& values) : count_(values.size()) {
    EXPECT_OK(cudaMalloc(reinterpret_cast<void**>(&data_), count_ * sizeof(T)));
    EXPECT_OK(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  ~OnDevice() { EXPECT_OK(cudaFree(data_)); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;
  T* data() const { return data_; }
  std::vector<T> host() const {
    std::vector<T> values(count_);
    EXPECT_OK(cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_;
};

struct Shape {
  int m, n, k, batch;
};

// C of every shape and transposition against the definition; `Scalar` is the type of alpha and beta.
template <class In, class Out, class Scalar>
void check_gemm(cublasHandle_t handle, cublasComputeType_t compute, Shape shape, double beta, bool scalars_on_device) {
  const double alpha = 1.5;
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      const int lda = (transpose_a ? shape.k : shape.m) + 3, ldb = (transpose_b ? shape.n : shape.k) + 1;
      const int ldc = shape.m + 2;
      const int columns_a = transpose_a ? shape.m : shape.k, columns_b = transpose_b ? shape.k : shape.n;
      const int stride_a = lda * columns_a + 5, stride_b = ldb * columns_b, stride_c = ldc * shape.n + 1;
      const std::vector<In> a = numbers<In>(static_cast<std::size_t>(stride_a * shape.batch), 1);
      const std::vector<In> b = numbers<In>(static_cast<std::size_t>(stride_b * shape.batch + 1), 2);
      const std::vector<Out> before = numbers<Out>(static_cast<std::size_t>(stride_c * shape.batch), 3);
      const OnDevice<In> device_a(a), device_b(b);
      const OnDevice<Out> device_c(before);
      const std::vector<Scalar> scalars = {static_cast<Scalar>(alpha), static_cast<Scalar>(beta)};
      const OnDevice<Scalar> device_scalars(scalars);
      cublasSetPointerMode(handle, scalars_on_device ? CUBLAS_POINTER_MODE_DEVICE : CUBLAS_POINTER_MODE_HOST);
      const Scalar* at = scalars_on_device ? device_scalars.data() : scalars.data();
      EXPECT(cublasGemmStridedBatchedEx(handle, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                                        transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, shape.m, shape.n, shape.k, at,
                                        device_a.data(), kType<In>, lda, stride_a, device_b.data(), kType<In>, ldb,
                                        stride_b, at + 1, device_c.data(), kType<Out>, ldc, stride_c, shape.batch,
                                        compute, CUBLAS_GEMM_DEFAULT) == CUBLAS_STATUS_SUCCESS);
      std::vector<double> wanted;
      for (const Out value : before) wanted.push_back(widen(value));
      for (int i = 0; i < shape.batch; ++i) {
        for (int row = 0; row < shape.m; ++row) {
          for (int column = 0; column < shape.n; ++column) {
            double sum = 0;
            for (int q = 0; q < shape.k; ++q) {
              sum +=
                  widen(a[static_cast<std::size_t>(i * stride_a + (transpose_a ? row * lda + q : q * lda + row))]) *
                  widen(
                      b[static_cast<std::size_t>(i * stride_b + (transpose_b ? q * ldb + column : column * ldb + q))]);
            }
            double& place = wanted[static_cast<std::size_t>(i * stride_c + column * ldc + row)];
            place = alpha * sum + (beta == 0 ? 0 : beta * place);
          }
        }
      }
      EXPECT_OK(cudaDeviceSynchronize());
      const std::vector<Out> got = device_c.host();
      bool same = true;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        same = same && widen(got[i]) == widen(static_cast<Out>(wanted[i]));
      EXPECT(same);
    }
  }
}

void check_types(cublasHandle_t handle) {
  for (const Shape shape : {Shape{1, 1, 1, 1}, Shape{5, 3, 7, 1}, Shape{8, 33, 2, 3}, Shape{4, 2, 0, 2}}) {
    for (const double beta : {0.0, 0.5}) {
      check_gemm<float, float, float>(handle, CUBLAS_COMPUTE_32F, shape, beta, false);
      check_gemm<float, float, float>(handle, CUBLAS_COMPUTE_32F_FAST_TF32, shape, beta, true);
      check_gemm<double, double, double>(handle, CUBLAS_COMPUTE_64F, shape, beta, false);
      check_gemm<__half, float, float>(handle, CUBLAS_COMPUTE_32F, shape, beta, false);
      check_gemm<__half, __half, float>(handle, CUBLAS_COMPUTE_32F, shape, beta, false);
      check_gemm<__half, __half, __half>(handle, CUBLAS_COMPUTE_16F, shape, beta, true);
      check_gemm<__nv_bfloat16, float, float>(handle, CUBLAS_COMPUTE_32F, shape, beta, false);
      check_gemm<__nv_bfloat16, __nv_bfloat16, float>(handle, CUBLAS_COMPUTE_32F, shape, beta, false);
    }
  }
  cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_HOST);
}

// With beta 0, C need not have been written; and the call is one of its stream.
void check_stream_and_unwritten(cublasHandle_t handle) {
  cudaStream_t stream = nullptr, found = nullptr;
  EXPECT_OK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  EXPECT(cublasSetStream(handle, stream) == CUBLAS_STATUS_SUCCESS);
  EXPECT(cublasGetStream(handle, &found) == CUBLAS_STATUS_SUCCESS && found == stream);
  const OnDevice<float> a(std::vector<float>{1, 2, 3, 4, 5, 6}), b(std::vector<float>{1, 0, 2, 1, 1, 1});
  float *c = nullptr, *host = nullptr;
  EXPECT_OK(cudaMallocAsync(reinterpret_cast<void**>(&c), 4 * sizeof(float), stream));
  EXPECT_OK(cudaMallocHost(reinterpret_cast<void**>(&host), 4 * sizeof(float)));
  float one = 1, zero = 0;
  EXPECT(cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 3, &one, a.data(), 2, b.data(), 3, &zero, c, 2) ==
         CUBLAS_STATUS_SUCCESS);
  one = zero = -100;  // scalars on the host are read by the call
  EXPECT_OK(cudaMemcpyAsync(host, c, 4 * sizeof(float), cudaMemcpyDeviceToHost, stream));
  EXPECT_OK(cudaFreeAsync(c, stream));
  EXPECT_OK(cudaStreamSynchronize(stream));
  EXPECT(host[0] == 11 && host[1] == 14 && host[2] == 9 && host[3] == 12);
  EXPECT_OK(cudaFreeHost(host));
  EXPECT(cublasSetStream(handle, nullptr) == CUBLAS_STATUS_SUCCESS);
  EXPECT_OK(cudaStreamDestroy(stream));
}

void check_reports(cublasHandle_t handle) {
  const OnDevice<float> a(std::vector<float>(6, 1.0f)), b(std::vector<float>(6, 1.0f)), c(std::vector<float>(4, 1.0f));
  const float one = 1, zero = 0;
  const auto sgemm = [&](int m, int lda, const float* right, float* out, cublasHandle_t used) {
    const cublasStatus_t status =
        cublasSgemm(used, CUBLAS_OP_N, CUBLAS_OP_N, m, 2, 3, &one, a.data(), lda, right, 3, &zero, out, m > 0 ? m : 1);
    cudaDeviceSynchronize();
    return status;
  };
  EXPECT(sgemm(2, 2, b.data(), c.data(), handle) == CUBLAS_STATUS_SUCCESS);
  EXPECT(sgemm(0, 2, b.data(), c.data(), handle) == CUBLAS_STATUS_SUCCESS);
  EXPECT(sgemm(2, 2, b.data(), c.data(), nullptr) == CUBLAS_STATUS_NOT_INITIALIZED);
  EXPECT(reports("A has 2 rows, but its leading dimension is 1", [&] { sgemm(2, 1, b.data(), c.data(), handle); }));
  EXPECT(reports("a negative size", [&] { sgemm(-1, 2, b.data(), c.data(), handle); }));
  EXPECT(reports("cublasSgemm, A", [&] { sgemm(3, 3, b.data(), c.data(), handle); }));
  EXPECT(reports("cublasSgemm, B", [&] { sgemm(2, 2, b.data() + 1, c.data(), handle); }));
  EXPECT(reports("cublasSgemm, B: reads device memory that nothing has written", [&] {
    float* unwritten = nullptr;
    cudaMalloc(reinterpret_cast<void**>(&unwritten), 6 * sizeof(float));
    sgemm(2, 2, unwritten, c.data(), handle);
  }));
  EXPECT(reports("cublasSnrm2_v2 has no stand-in", [&] {
    float norm = 0;
    cublasSnrm2(handle, 3, a.data(), 1, &norm);
  }));
}

}  // namespace

int main() {
  cublasHandle_t handle = nullptr;
  EXPECT(cublasCreate(&handle) == CUBLAS_STATUS_SUCCESS);
  check_types(handle);
  check_stream_and_unwritten(handle);
  check_reports(handle);
  EXPECT(std::string(cublasGetStatusName(CUBLAS_STATUS_INVALID_VALUE)) == "CUBLAS_STATUS_INVALID_VALUE");
  EXPECT(cublasDestroy(handle) == CUBLAS_STATUS_SUCCESS);
  EXPECT(cublasDestroy(handle) == CUBLAS_STATUS_NOT_INITIALIZED);
  return cudaemu::testing::result();
}
