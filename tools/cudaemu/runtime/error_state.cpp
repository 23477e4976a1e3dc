// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/error_state.h"

#include <atomic>

namespace cudaemu {

namespace {

thread_local cudaError_t last_error = cudaSuccess;
std::atomic<cudaError_t> fault{cudaSuccess};

}  // namespace

cudaError_t remember(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}

cudaError_t device_fault() { return fault.load(std::memory_order_relaxed); }

void set_device_fault(cudaError_t error) {
  cudaError_t none = cudaSuccess;
  fault.compare_exchange_strong(none, error);
}

}  // namespace cudaemu

extern "C" {

cudaError_t cudaPeekAtLastError() {
  const cudaError_t fault = cudaemu::device_fault();
  return fault != cudaSuccess ? fault : cudaemu::last_error;
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  cudaemu::fault = cudaSuccess;
  cudaemu::last_error = cudaSuccess;
  return error;
}

}  // extern "C"
