// SPDX-License-Identifier: Apache-2.0
// The device of a run: what the key `device` asks for, or what `auto` finds.
#pragma once

#include "kernels/core/context.h"
#include "trainer/config/config.h"

#include <string>

namespace kindred {

struct RunDevice {
  Context ctx;
  std::string description;  // "cuda:0 (NVIDIA H100 80GB HBM3, 79.2 GiB), 16 threads (device: auto)"
};

// auto: the first CUDA device where the build has CUDA, there is one, and the model has a CUDA version; else the CPU.
// cuda (cuda:0) and cuda:N: that device and no other; Error(device) when it is not there or cannot be used,
// Error(usage) for a model without a CUDA version.
RunDevice choose_device(const Config& config);

}  // namespace kindred
