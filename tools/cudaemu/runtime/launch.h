// SPDX-License-Identifier: Apache-2.0
// Kernel launches: configuration checked against the device and the kernel, arguments copied, as work for a stream.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>

#include "tools/cudaemu/runtime/operation.h"

namespace cudaemu {

struct LaunchConfiguration {
  dim3 grid, block;
  std::size_t dynamic_shared_bytes = 0;
  bool cooperative = false;
};

// The work of launching `function` (a host stub or a cudaKernel_t / cudaFunction_t of it) on the current device.
cudaError_t make_kernel_work(const void* function, const LaunchConfiguration& configuration, void** arguments,
                             Work& work);

}  // namespace cudaemu
