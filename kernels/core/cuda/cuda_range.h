// SPDX-License-Identifier: Apache-2.0
// A named range of host time in NVIDIA's profilers; costs next to nothing without one.
#pragma once

#include <nvtx3/nvToolsExt.h>

namespace kindred::cuda {

class CudaRange {
 public:
  explicit CudaRange(const char* name) { nvtxRangePushA(name); }
  ~CudaRange() { nvtxRangePop(); }
  CudaRange(const CudaRange&) = delete;
  CudaRange& operator=(const CudaRange&) = delete;
};

}  // namespace kindred::cuda
