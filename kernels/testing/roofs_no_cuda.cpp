// SPDX-License-Identifier: Apache-2.0
// In place of roofs_cuda.cpp in a build without CUDA, where no context of that device can be.
#include "kernels/core/device_info.h"
#include "kernels/testing/roofs.h"

namespace kindred::cuda {

double bf16_gemm_rate(const Context& ctx) {
  fail(ErrorKind::device, "{}: {}", ctx.device().name(), why_no_cuda_device());
}

}  // namespace kindred::cuda
