// SPDX-License-Identifier: Apache-2.0
// The half step on a GPU: the order of the rows, a bf16 mirror of Y, the background a0 Y'Y, then the row solvers.
#include "kernels/als/als_rows_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/random.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <cmath>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;

std::int64_t blocks_for(std::int64_t work) { return (work + kThreads - 1) / kThreads; }

// y [I, K] as bf16 [I, planes, size]: the nearest, and the nearest to what is left.
__global__ void mirror_rows(View<const float, 2> y, std::int64_t size, int planes, __nv_bfloat16* mirror) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t row = index / size;
  const std::int64_t f = index % size;
  if (row >= y.size(0)) return;
  const float value = f < y.size(1) ? y(row, f) : 0.0F;
  const __nv_bfloat16 hi = __float2bfloat16(value);
  mirror[row * planes * size + f] = hi;
  if (planes == 2) mirror[(row * 2 + 1) * size + f] = __float2bfloat16(value - __bfloat162float(hi));
}

// background [size, size] = a0 gram [K, K], identity beyond K.
__global__ void pad_background(View<const float, 2> gram, float a0, std::int64_t size, float* background) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t i = index / size;
  const std::int64_t j = index % size;
  if (i >= size) return;
  const bool inside = i < gram.size(0) && j < gram.size(0);
  background[index] = inside ? a0 * gram(i, j) : i == j ? 1.0F : 0.0F;
}

__global__ void clear_empty_rows(CsrView csr, View<float, 2> x) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t row = index / x.size(1);
  if (row < x.size(0) && csr.length(row) == 0) x(row, index % x.size(1)) = 0.0F;
}

__global__ void draw(View<float, 2> x, Random random, float scale) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t row = index / x.size(1);
  const std::int64_t f = index % x.size(1);
  if (row >= x.size(0)) return;
  x(row, f) = scale * random.normal(static_cast<std::uint64_t>(row), static_cast<std::uint32_t>(f));
}

}  // namespace

void als_half_step(const Context& ctx, const AlsHalfStep& args) {
  const std::int64_t k = args.x.size(1);
  const std::int64_t items = args.y.size(0);
  launch("als_clear", ctx, blocks_for(args.x.count()), kThreads, 0, clear_empty_rows, args.interactions, args.x);
  if (args.interactions.nnz() == 0) return;
  // With q <= 0 (confidences up to a0) one plane does not do: products are subtracted, and r is not a multiple of q.
  // Values may be anything; without them every q is 1 - a0.
  const bool may_subtract =
      args.form == AlsForm::hu_koren_volinsky && (args.interactions.has_values() || args.unobserved_weight >= 1.0);
  const bool precise = args.solver != AlsSolver::automatic || may_subtract;
  const bool large = k > kMostPrimalFactors;
  const std::int64_t size = large ? als_large_size(k) : als_primal_size(k);
  const int planes = precise ? 2 : 1;

  AlsCudaPlan plan(ctx, args);
  Tensor<__nv_bfloat16, 2> mirror(ctx, {items, planes * size}, "als.mirror");
  launch("als_mirror", ctx, blocks_for(items * size), kThreads, 0, mirror_rows, args.y, size, planes, mirror.data());
  Tensor<float, 2> gram(ctx, {k, k}, "als.background");
  Tensor<float, 2> background(ctx, {size, size}, "als.background");
  kindred::gram(ctx, {.x = args.y, .g = gram.view()});
  const auto a0 = static_cast<float>(args.unobserved_weight);
  launch("als_background", ctx, blocks_for(size * size), kThreads, 0, pad_background, View<const float, 2>(gram.view()),
         a0, size, background.data());

  AlsCudaRows rows{.csr = args.interactions,
                   .y = mirror.data(),
                   .background = background.data(),
                   .x = args.x.data(),
                   .k = static_cast<std::int32_t>(k),
                   .plain = !args.interactions.has_values() && args.form == AlsForm::weighted,
                   .form = args.form,
                   .a0 = a0};
  plan.describe(rows);
  if (large) {
    als_solve_large(ctx, rows, precise);
  } else {
    als_solve_primal(ctx, rows, plan.most_segments(), precise);
  }
}

void als_init(const Context& ctx, const AlsInit& args) {
  const Random random(ctx.seed(), args.purpose);
  const auto scale = static_cast<float>(args.stddev / std::sqrt(static_cast<double>(args.x.size(1))));
  launch("als_init", ctx, blocks_for(args.x.count()), kThreads, 0, draw, args.x, random, scale);
}

}  // namespace kindred::cuda
