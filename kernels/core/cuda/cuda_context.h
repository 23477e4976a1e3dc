// SPDX-License-Identifier: Apache-2.0
// What the CUDA files of an operation take from a Context. Each call makes the context's device current in the calling
// thread. Error(internal) for a context that is not on a CUDA device.
#pragma once

#include "kernels/core/context.h"

#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace kindred::cuda {

cudaStream_t cuda_stream(const Context& ctx);
// Bound to the context's stream, fp32 (no TF32), with a workspace of its own: deterministic, and usable under stream
// capture once it has been asked for before the capture.
cublasHandle_t cublas_handle(const Context& ctx);
int cuda_sm_count(const Context& ctx);
int cuda_compute_capability(const Context& ctx);  // 90 for 9.0

}  // namespace kindred::cuda
