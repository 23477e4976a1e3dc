// SPDX-License-Identifier: Apache-2.0
// How many blocks of a kernel the device holds at a time, all but `spared` of its multiprocessors (at least one): the
// grid of kernels that fetch their work themselves.
#pragma once

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"

#include <algorithm>
#include <cstdint>

namespace kindred::cuda {

template <typename... Parameters>
std::int64_t resident_blocks(const Context& ctx, void (*kernel)(Parameters...), int threads, int shared_bytes,
                             int spared = 0) {
  KINDRED_CUDA_TRY(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                        cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes));
  int blocks = 0;
  KINDRED_CUDA_TRY(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, static_cast<std::size_t>(shared_bytes)));
  return std::int64_t{blocks} * std::max(1, cuda_sm_count(ctx) - spared);
}

}  // namespace kindred::cuda
