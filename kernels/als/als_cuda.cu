// SPDX-License-Identifier: Apache-2.0
// The half step on a GPU: the order of the rows, the background a0 Y'Y, a bf16 mirror of Y, then the row solvers.
#include "kernels/als/als_basis_cuda.cuh"
#include "kernels/als/als_short_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/random.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;

// Short rows that make up for the basis that their duals need: on an H200 the basis costs a half step 1.4, 3.1, 5.6 and
// 13 ms at K = 128, 256, 512 and 1024, a row's K x K system 0.06, 0.4, 1.4 and 6.6 us more than its dual.
std::int64_t rows_worth_a_basis(std::int64_t k) {
  return k < 96 ? std::numeric_limits<std::int64_t>::max() : 4'000'000 / k;
}

double row_penalty(const AlsHalfStep& args, std::int64_t length) {
  return als_row_regularization(length, args.interactions.columns, args.unobserved_weight, args.regularization,
                                args.regularization_exponent);
}

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

void als_mirror(const Context& ctx, View<const float, 2> y, std::int64_t size, bool precise, __nv_bfloat16* mirror) {
  launch("als_mirror", ctx, blocks_for(y.size(0) * size), kThreads, 0, mirror_rows, y, size, precise ? 2 : 1, mirror);
}

void als_half_step(const Context& ctx, const AlsHalfStep& args) {
  const std::int64_t k = args.x.size(1);
  launch("als_clear", ctx, blocks_for(args.x.count()), kThreads, 0, clear_empty_rows, args.interactions, args.x);
  if (args.interactions.nnz() == 0) return;
  // With q <= 0 (confidences up to a0) one plane does not do: products are subtracted, and r is not a multiple of q.
  // Values may be anything; without them every q is 1 - a0.
  const bool hu_koren_volinsky = args.form == AlsForm::hu_koren_volinsky;
  const bool may_subtract = hu_koren_volinsky && (args.interactions.has_values() || args.unobserved_weight >= 1.0);
  // Entries that are all alike weigh 1 when the whole system is divided by their q.
  const bool plain = !args.interactions.has_values() && !may_subtract;
  const double q = plain && hu_koren_volinsky ? 1.0 - args.unobserved_weight : 1.0;
  AlsHalfStep divided = args;
  divided.regularization /= q;
  const bool precise = args.solver != AlsSolver::automatic || may_subtract;
  const bool large = k > kMostPrimalFactors;
  const std::int64_t size = large ? als_large_size(k) : als_primal_size(k);
  AlsShortRule rule{.limit = may_subtract || args.solver == AlsSolver::primal ? 0 : als_short_limit(k),
                    .least = args.solver == AlsSolver::automatic ? rows_worth_a_basis(k) : 1};
  if (args.interactions.rows < rule.least) rule.limit = 0;

  AlsCudaPlan plan(ctx, divided, rule);
  Tensor<float, 2> gram(ctx, {k, k}, "als.background");
  Tensor<float, 2> background(ctx, {size, size}, "als.background");
  kindred::gram(ctx, {.x = args.y, .g = gram.view()});
  launch("als_background", ctx, blocks_for(size * size), kThreads, 0, pad_background, View<const float, 2>(gram.view()),
         static_cast<float>(args.unobserved_weight / q), size, background.data());

  AlsCudaRows rows{.csr = args.interactions,
                   .background = background.data(),
                   .x = args.x.data(),
                   .k = static_cast<std::int32_t>(k),
                   .plain = plain,
                   .scale = static_cast<float>(1.0 / q),
                   .form = plain ? AlsForm::weighted : args.form,
                   .a0 = static_cast<float>(args.unobserved_weight)};
  plan.describe(rows);
  const auto solve_primal = [&] {
    if (rows.most_rows == 0) return;
    Tensor<__nv_bfloat16, 2> mirror(ctx, {args.y.size(0), (precise ? 2 : 1) * size}, "als.mirror");
    als_mirror(ctx, args.y, size, precise, mirror.data());
    rows.y = mirror.data();
    if (large) {
      als_solve_large(ctx, rows, precise);
    } else {
      als_solve_primal(ctx, rows, plan.most_segments(), precise);
    }
  };
  if (rule.limit == 0) return solve_primal();

  // The basis is made beside the long rows, by a few multiprocessors that these leave to it: both take milliseconds.
  // The long rows are asked for first, so that they need not wait for the basis's many launches.
  const Context beside = ctx.beside("als.basis");
  const AlsWork work = plan.work(ctx);
  rows.most_rows = work.primal;
  if (work.primal == work.begins[0]) return solve_primal();
  Tensor<float, 2> vectors(ctx, {size, size}, "als.basis");
  Tensor<float, 1> spectrum(ctx, {size}, "als.basis");
  beside.wait_for(ctx);
  rows.spared = static_cast<int>(std::min<std::int64_t>(size / 64, 16));
  solve_primal();
  als_basis(beside,
            {.background = background.view(),
             .least_penalty = std::min(row_penalty(divided, 1), row_penalty(divided, args.interactions.columns)),
             .q = vectors.view(),
             .s = spectrum.view()});
  ctx.wait_for(beside);
  als_solve_short_part(ctx, {.rows = rows, .y = args.y, .q = vectors.view(), .spectrum = spectrum.data(), .work = work},
                       precise);
}

void als_init(const Context& ctx, const AlsInit& args) {
  const Random random(ctx.seed(), args.purpose);
  const auto scale = static_cast<float>(args.stddev / std::sqrt(static_cast<double>(args.x.size(1))));
  launch("als_init", ctx, blocks_for(args.x.count()), kThreads, 0, draw, args.x, random, scale);
}

}  // namespace kindred::cuda
