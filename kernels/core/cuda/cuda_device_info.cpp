// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/device_info.h"

#include <cuda_runtime.h>

namespace kindred {

namespace {

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

}  // namespace

bool built_with_cuda() { return true; }

int cuda_device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();
    return 0;
  }
  return count;
}

std::string why_no_cuda_device() {
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  cudaGetLastError();
  return code == cudaSuccess ? "there is no CUDA device"
                             : fmt::format("there is no CUDA device that can be used: {}", cudaGetErrorString(code));
}

CudaDeviceInfo cuda_device_info(int index) {
  cudaDeviceProp properties{};
  int driver = 0;
  int runtime = 0;
  KINDRED_CUDA_TRY(cudaGetDeviceProperties(&properties, index));
  KINDRED_CUDA_TRY(cudaDriverGetVersion(&driver));
  KINDRED_CUDA_TRY(cudaRuntimeGetVersion(&runtime));
  return {.name = properties.name,
          .compute_capability = fmt::format("{}.{}", properties.major, properties.minor),
          .driver_version = version_text(driver),
          .runtime_version = version_text(runtime),
          .multiprocessors = properties.multiProcessorCount,
          .memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem),
          .l2_bytes = properties.l2CacheSize};
}

}  // namespace kindred
