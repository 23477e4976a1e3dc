// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/cuda/launch.cuh"
#include "kernels/gather_rows/gather_rows.h"

namespace kindred::cuda {

namespace {

constexpr int kLanes = 32;
constexpr int kRows = 8;  // of a block, one a warp

__global__ void gather_rows_kernel(View<const float, 2> source, View<const std::int32_t, 1> rows, View<float, 2> out) {
  const std::int64_t r = std::int64_t{blockIdx.x} * kRows + threadIdx.y;
  if (r >= rows.size(0)) return;
  const std::int32_t row = rows(r);
  if (row < 0) return;
  for (std::int64_t k = threadIdx.x; k < source.size(1); k += kLanes) out(r, k) = source(row, k);
}

}  // namespace

void gather_rows(const Context& ctx, const GatherRows& args) {
  launch("gather_rows", ctx, (args.rows.size(0) + kRows - 1) / kRows, {kLanes, kRows}, 0, gather_rows_kernel,
         args.source, args.rows, args.out);
}

}  // namespace kindred::cuda
