// SPDX-License-Identifier: Apache-2.0
// Last error of each host thread, and the fault of the device: after an illegal access, a trap or an assert every
// later call returns it. Unlike on a device, cudaGetLastError clears it, so that a test that collects reports goes on.
#pragma once

#include <cuda_runtime_api.h>

#include <utility>

namespace cudaemu {

// Remembers what a call returns (success leaves the last error as it is) and hands it through.
cudaError_t remember(cudaError_t error);

cudaError_t device_fault();
// The first fault stays.
void set_device_fault(cudaError_t error);

// Body of an entry point that a fault forestalls.
template <class Body>
cudaError_t entry(Body&& body) {
  const cudaError_t fault = device_fault();
  return remember(fault != cudaSuccess ? fault : std::forward<Body>(body)());
}

}  // namespace cudaemu
