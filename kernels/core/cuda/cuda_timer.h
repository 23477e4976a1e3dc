// SPDX-License-Identifier: Apache-2.0
// Time on the device between two points of a context's stream. For benches and measurements: elapsed_s() waits.
#pragma once

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"

namespace kindred::cuda {

class CudaTimer {
 public:
  explicit CudaTimer(const Context& ctx) : stream_(cuda_stream(ctx)) {
    KINDRED_CUDA_TRY(cudaEventCreate(&start_));
    KINDRED_CUDA_TRY(cudaEventCreate(&stop_));
  }
  ~CudaTimer() {
    cudaEventDestroy(start_);
    cudaEventDestroy(stop_);
  }
  CudaTimer(const CudaTimer&) = delete;
  CudaTimer& operator=(const CudaTimer&) = delete;

  void start() { KINDRED_CUDA_TRY(cudaEventRecord(start_, stream_)); }
  void stop() { KINDRED_CUDA_TRY(cudaEventRecord(stop_, stream_)); }
  double elapsed_s() {
    float elapsed_ms = 0.0F;
    KINDRED_CUDA_TRY(cudaEventSynchronize(stop_));
    KINDRED_CUDA_TRY(cudaEventElapsedTime(&elapsed_ms, start_, stop_));
    return static_cast<double>(elapsed_ms) * 1e-3;
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t start_ = nullptr;
  cudaEvent_t stop_ = nullptr;
};

}  // namespace kindred::cuda
