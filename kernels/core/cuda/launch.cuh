// SPDX-License-Identifier: Apache-2.0
// launch(): the only place that starts kernels.
//     launch("als_gram", ctx, grid, block, shared_bytes, kernel, arguments...)
// On the context's stream, in an NVTX range. An empty grid starts nothing. Sizes are 64-bit and checked; dynamic shared
// memory above 48 KB is asked for. Error(device) names the kernel; an error of the kernel itself shows at the next
// wait.
#pragma once

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"
#include "kernels/core/cuda/cuda_range.h"

#include <cstdint>
#include <limits>
#include <utility>

namespace kindred::cuda {

struct LaunchSize {
  LaunchSize(std::int64_t x_size, std::int64_t y_size = 1, std::int64_t z_size = 1)  // NOLINT(*-explicit-*)
      : x(x_size), y(y_size), z(z_size) {}
  LaunchSize(dim3 size) : x(size.x), y(size.y), z(size.z) {}  // NOLINT(*-explicit-*)
  std::int64_t count() const { return x * y * z; }
  dim3 narrow() const { return {static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z)}; }

  std::int64_t x;
  std::int64_t y;
  std::int64_t z;
};

template <typename... Parameters, typename... Arguments>
void launch(const char* name, const Context& ctx, LaunchSize grid, LaunchSize block, std::int64_t shared_bytes,
            void (*kernel)(Parameters...), Arguments&&... arguments) {
  constexpr std::int64_t kLargestX = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t kLargestYZ = 65535;
  constexpr std::int64_t kLargestBlock = 1024;
  constexpr std::int64_t kSharedWithoutAsking = 48 << 10;
  KINDRED_CHECK(
      grid.x >= 0 && grid.x <= kLargestX && grid.y >= 0 && grid.y <= kLargestYZ && grid.z >= 0 && grid.z <= kLargestYZ,
      "[{}] a grid of {} x {} x {} blocks", name, grid.x, grid.y, grid.z);
  KINDRED_CHECK(block.x >= 1 && block.y >= 1 && block.z >= 1 && block.count() <= kLargestBlock,
                "[{}] a block of {} x {} x {} threads", name, block.x, block.y, block.z);
  const cudaStream_t stream = cuda_stream(ctx);
  if (grid.count() == 0) return;
  const CudaRange range(name);
  if (shared_bytes > kSharedWithoutAsking) {
    const cudaError_t code =
        cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(shared_bytes));
    if (code != cudaSuccess) cuda_failed(name, code, __FILE__, __LINE__);
  }
  kernel<<<grid.narrow(), block.narrow(), static_cast<std::size_t>(shared_bytes), stream>>>(
      std::forward<Arguments>(arguments)...);
  const cudaError_t code = cudaGetLastError();
  if (code != cudaSuccess) cuda_failed(name, code, __FILE__, __LINE__);
}

}  // namespace kindred::cuda
