// SPDX-License-Identifier: Apache-2.0
// What a device reaches, measured: the roofs that benches give shares of.
#pragma once

#include "kernels/core/context.h"

#include <string>

namespace kindred {

struct Roofs {
  double copy_bytes_per_s = 0.0;    // read plus written
  double matrix_flops_per_s = 0.0;  // CPU: fp32; CUDA: bf16 with fp32 sums
  double fp32_flops_per_s = 0.0;
};

// Waits for the device; some seconds on the CPU, well below one on CUDA.
Roofs measure_roofs(const Context& ctx);
// "GB/s,TFLOP/s,TFLOP/s" (copies, matrix products, fp32); measured where the text is empty. Else an Error(usage).
Roofs given_or_measured_roofs(const Context& ctx, const std::string& text);

namespace cuda {
double bf16_gemm_rate(const Context& ctx);  // flops a second of a large product in cuBLAS
}  // namespace cuda

}  // namespace kindred
