// SPDX-License-Identifier: Apache-2.0
// Short rows of a half step: Y' = Y Q, the dual solves, X = Z Q', some rows of Y' and Z at a time.
#include "kernels/als/als_short_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"
#include "kernels/gemm/gemm.h"

#include <algorithm>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kNumbersTogether = std::int64_t{1} << 26;  // of Y' in fp32, of Z and of X: 256 MB each

// x(order[n], :) = scale solved(n, :)
__global__ void scatter_rows(View<const float, 2> solved, const std::int32_t* order, float scale, float* x) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= solved.count()) return;
  const std::int64_t row = index / solved.size(1);
  const std::int64_t f = index % solved.size(1);
  x[std::int64_t{order[row]} * solved.size(1) + f] = scale * solved(row, f);
}

}  // namespace

void als_solve_short_part(const Context& ctx, const AlsShortPart& part, bool precise) {
  const std::int64_t k = part.y.size(1);
  const std::int64_t size = part.q.size(0);
  const std::int64_t items = part.y.size(0);
  const std::int64_t planes = precise ? 2 : 1;
  const std::int64_t first = part.work.primal;
  const std::int64_t last = part.work.begins[0];
  const std::int64_t together = std::clamp(kNumbersTogether / size, std::int64_t{1}, std::max(items, last - first));
  const View<const float, 2> q{part.q.data(), {k, size}};  // rows beyond K meet only zeros
  Tensor<__nv_bfloat16, 2> mirror(ctx, {items, planes * size}, "als.rotated");
  {
    Tensor<float, 2> rotated(ctx, {std::min(together, items), size}, "als.rotated");
    for (std::int64_t begin = 0; begin < items; begin += together) {
      const std::int64_t count = std::min(together, items - begin);
      const View<float, 2> some{rotated.data(), {count, size}};
      kindred::gemm(ctx, {.a = {part.y.row(begin), {count, k}}, .b = q, .c = some, .rounded = !precise});
      als_mirror(ctx, some, size, precise, mirror.data() + begin * planes * size);
    }
  }
  const std::int64_t most = std::min(together, last - first);
  Tensor<float, 2> z(ctx, {most, size}, "als.rotated");
  Tensor<float, 2> x(ctx, {most, k}, "als.rotated");
  AlsShortRows rows{.rows = part.rows,
                    .spectrum = part.spectrum,
                    .size = static_cast<std::int32_t>(size),
                    .first = first,
                    .z = z.data()};
  rows.rows.y = mirror.data();
  for (; rows.first < last; rows.first += together) {
    const std::int64_t count = std::min(together, last - rows.first);
    for (int n = kNumShortSizes - 1; n >= 0; --n) {
      const std::int64_t begin = std::max(std::int64_t{part.work.begins[n + 1]}, rows.first);
      const std::int64_t end = std::min(std::int64_t{part.work.begins[n]}, rows.first + count);
      if (begin < end) als_solve_short(ctx, rows, kShortSizes[n], begin, end, precise);
    }
    const View<float, 2> solved{x.data(), {count, k}};
    kindred::gemm(ctx, {.a = {z.data(), {count, size}}, .b = q, .c = solved, .transpose_b = true, .rounded = !precise});
    launch("als_scatter", ctx, (count * k + kThreads - 1) / kThreads, kThreads, 0, scatter_rows,
           View<const float, 2>(solved), part.rows.order + rows.first, part.rows.scale, part.rows.x);
  }
}

}  // namespace kindred::cuda
