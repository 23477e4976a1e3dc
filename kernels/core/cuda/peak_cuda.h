// SPDX-License-Identifier: Apache-2.0
// What dense products reach on this device: the roof that benches and `kindred doctor` compare with. (The copy
// bandwidth, of every device, is in device_info.h.)
#pragma once

#include "kernels/core/context.h"

#include <cstdint>

namespace kindred::cuda {

enum class GemmType { fp32, bf16 };  // bf16: with fp32 sums

// Flops a second (2 n^3 a product) of C = A B with n x n matrices in cuBLAS, best of `repeats`. Waits for the device.
double cuda_gemm_rate(const Context& ctx, GemmType type, std::int64_t n = 8192, int repeats = 5);

}  // namespace kindred::cuda
