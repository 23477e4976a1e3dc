// SPDX-License-Identifier: Apache-2.0
// A CUDA device for one Context: a stream of its own (which does not wait for the default stream), the device's
// stream-ordered memory pool, pinned memory through which copies from and to the host go, a cuBLAS handle.
#pragma once

#include "kernels/core/cuda/pinned_staging.h"
#include "kernels/core/device_backend.h"

#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace kindred::cuda {

class CudaBackend final : public DeviceBackend {
 public:
  CudaBackend(int index, bool urgent);
  ~CudaBackend() override;

  Device device() const override { return {DeviceType::cuda, index_}; }
  void* allocate(std::int64_t bytes) override;
  void release(void* memory) noexcept override;
  std::string free_memory() const override;
  std::int64_t available_bytes() const override;
  void copy_from_host(void* target, const void* host_source, std::int64_t bytes, ThreadPool& pool) override;
  void copy_to_host(void* host_target, const void* source, std::int64_t bytes, ThreadPool& pool) override;
  void copy_on_device(void* target, const void* source, std::int64_t bytes, ThreadPool& pool) override;
  void fill_zero(void* target, std::int64_t bytes) override;
  void synchronize() override;
  void wait_for(DeviceBackend& other) override;

  void make_current() const;
  cudaStream_t stream() const { return stream_; }
  int sm_count() const { return sm_count_; }
  int compute_capability() const { return compute_capability_; }
  cublasHandle_t blas() const { return blas_; }  // nullptr until create_blas
  void create_blas(void* workspace, std::int64_t workspace_bytes);

 private:
  void destroy() noexcept;

  int index_;
  int sm_count_ = 0;
  int compute_capability_ = 0;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t reached_ = nullptr;  // a point of the stream that others wait for
  cudaMemPool_t pool_ = nullptr;
  cublasHandle_t blas_ = nullptr;
  PinnedStaging staging_;
};

}  // namespace kindred::cuda
