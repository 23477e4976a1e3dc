// SPDX-License-Identifier: Apache-2.0
// What there is to compute on, for `device: auto`, `kindred doctor` and environment.json. Nothing here needs a context
// but copy_bandwidth.
#pragma once

#include "kernels/core/context.h"

#include <cstdint>
#include <optional>
#include <string>

namespace kindred {

bool built_with_cuda();
// 0 in a build without CUDA, without a driver and without a device.
int cuda_device_count();
// Why cuda_device_count() is 0: "built without CUDA (configure with --preset cuda)", or what the driver says.
std::string why_no_cuda_device();

struct CudaDeviceInfo {
  std::string name;                // "NVIDIA H100 80GB HBM3"
  std::string compute_capability;  // "9.0"
  std::string driver_version;      // the newest CUDA that the driver knows: "13.0"
  std::string runtime_version;     // "13.0"
  int multiprocessors = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
};

// Throws Error(device) when there is no such device.
CudaDeviceInfo cuda_device_info(int index);

// The BLAS of the host.
struct BlasInfo {
  std::string description;  // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
  std::string core;         // the processor whose kernels it took: "SkylakeX"
  bool openmp = false;      // its own threads are OpenMP's
};
BlasInfo blas_info();

// The GPU of a context; nothing on the CPU.
std::optional<CudaDeviceInfo> gpu_of(const Context& ctx);

// Bytes a second that copies within the device's memory read and write together, best of `repeats` copies of `bytes`.
// Waits for the device.
double copy_bandwidth(const Context& ctx, std::int64_t bytes = std::int64_t{256} << 20, int repeats = 8);

}  // namespace kindred
