// SPDX-License-Identifier: Apache-2.0
// The objective, the balance of scales and explanations on a GPU. Sums in double, a block's in a fixed tree, the blocks' by one
// block in a fixed order: the same bits each time.
#include "kernels/als/als.h"
#include "kernels/als/als_formula.h"

#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"

#include <cub/block/block_reduce.cuh>

#include <algorithm>
#include <cmath>
#include <vector>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr std::int64_t kMostBlocks = 2048;

struct RowLaw {
  double unobserved_weight;
  double regularization;
  double exponent;
  __device__ double operator()(std::int64_t length, std::int64_t columns) const {
    return als_row_regularization(length, columns, unobserved_weight, regularization, exponent);
  }
};

__device__ double warp_sum(double value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xFFFFFFFFU, value, distance);
  return value;
}

__device__ double warp_dot(const float* a, const float* b, std::int64_t k, int lane) {
  double sum = 0.0;
  for (std::int64_t f = lane; f < k; f += 32) sum += static_cast<double>(a[f]) * b[f];
  return warp_sum(sum);
}

// Stores the sum of the block's values in partial[block].
__device__ void store_block_sum(double value, double* partial) {
  using Reduce = cub::BlockReduce<double, kThreads, cub::BLOCK_REDUCE_WARP_REDUCTIONS>;
  __shared__ typename Reduce::TempStorage storage;
  const double sum = Reduce(storage).Sum(value);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// sum_u l_u |x_u|^2, and with y the errors of the row's entries; a warp a row.
__global__ void row_terms(CsrView csr, View<const float, 2> x, View<const float, 2> y, RowLaw law, AlsForm form,
                          float a0, double* partial) {
  const int lane = static_cast<int>(threadIdx.x) & 31;
  const std::int64_t warp = std::int64_t{blockIdx.x} * kWarps + (threadIdx.x >> 5);
  const std::int64_t k = x.size(1);
  double sum = 0.0;
  for (std::int64_t row = warp; row < csr.rows; row += std::int64_t{gridDim.x} * kWarps) {
    const float* own = x.row(row);
    sum += law(csr.length(row), csr.columns) * warp_dot(own, own, k, lane);
    if (y.data() == nullptr) continue;
    for (std::int64_t entry = csr.begin(row); entry < csr.end(row); ++entry) {
      const double score = warp_dot(own, y.row(csr.ids(entry)), k, lane);
      const AlsEntry e = als_entry(csr.value(entry), form, a0);
      // q s^2 - 2 r s + r: c (s - p)^2 less what the sum over all pairs counts too much.
      sum += (e.q * score - 2.0 * e.r) * score + e.r;
    }
  }
  store_block_sum(lane == 0 ? sum : 0.0, partial);
}

__global__ void count_columns(View<const std::int32_t, 1> ids, std::int32_t* counts) {
  const std::int64_t entry = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (entry < ids.size(0)) atomicAdd(counts + ids(entry), 1);
}

// sum_i l_i |y_i|^2 with the lengths of columns.
__global__ void column_terms(const std::int32_t* counts, std::int64_t rows, View<const float, 2> y, RowLaw law,
                             double* partial) {
  const int lane = static_cast<int>(threadIdx.x) & 31;
  const std::int64_t warp = std::int64_t{blockIdx.x} * kWarps + (threadIdx.x >> 5);
  double sum = 0.0;
  for (std::int64_t i = warp; i < y.size(0); i += std::int64_t{gridDim.x} * kWarps) {
    sum += law(counts[i], rows) * warp_dot(y.row(i), y.row(i), y.size(1), lane);
  }
  store_block_sum(lane == 0 ? sum : 0.0, partial);
}

// tr(A B) of symmetric matrices.
__global__ void trace_terms(View<const float, 2> a, View<const float, 2> b, double* partial) {
  double sum = 0.0;
  for (std::int64_t i = std::int64_t{blockIdx.x} * kThreads + threadIdx.x; i < a.count();
       i += std::int64_t{gridDim.x} * kThreads) {
    sum += static_cast<double>(a.data()[i]) * b.data()[i];
  }
  store_block_sum(sum, partial);
}

// One block.
__global__ void add_partials(const double* partial, std::int64_t count, double* total) {
  double sum = 0.0;
  for (std::int64_t i = threadIdx.x; i < count; i += kThreads) sum += partial[i];
  store_block_sum(sum, total);
}

__global__ void scale_values(float* values, std::int64_t count, float factor) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index < count) values[index] *= factor;
}

unsigned blocks_for(std::int64_t work, std::int64_t block_work) {
  return static_cast<unsigned>(std::min(kMostBlocks, (work + block_work - 1) / block_work));
}

// Runs a kernel whose blocks leave one sum each; returns their sum.
template <typename Start>
double sum_of_blocks(const Context& ctx, unsigned blocks, const Start& start) {
  if (blocks == 0) return 0.0;
  Tensor<double, 1> partial(ctx, {blocks + 1}, "als.sums");
  start(partial.data() + 1);
  launch("als_add_partials", ctx, 1, kThreads, 0, add_partials, static_cast<const double*>(partial.data() + 1),
         std::int64_t{blocks}, partial.data());
  double total = 0.0;
  ctx.copy_to_host(&total, partial.data(), sizeof(total));
  return total;
}

double penalty(const Context& ctx, const CsrView& csr, View<const float, 2> x, const RowLaw& law) {
  const unsigned blocks = blocks_for(csr.rows, kWarps);
  return sum_of_blocks(ctx, blocks, [&](double* partial) {
    launch("als_penalty", ctx, blocks, kThreads, 0, row_terms, csr, x, View<const float, 2>{}, law, AlsForm::weighted, 0.0F,
           partial);
  });
}

}  // namespace

double als_objective(const Context& ctx, const AlsObjective& args) {
  const CsrView& csr = args.interactions;
  const RowLaw law{args.unobserved_weight, args.regularization, args.regularization_exponent};
  const std::int64_t k = args.x.size(1);
  const unsigned row_blocks = blocks_for(csr.rows, kWarps);
  double total = sum_of_blocks(ctx, row_blocks, [&](double* partial) {
    launch("als_row_terms", ctx, row_blocks, kThreads, 0, row_terms, csr, args.x, args.y, law, args.form,
           static_cast<float>(args.unobserved_weight), partial);
  });
  auto counts = Tensor<std::int32_t, 1>::zeros(ctx, {csr.columns}, "als.column_lengths");
  launch("als_count_columns", ctx, static_cast<unsigned>((csr.nnz() + kThreads - 1) / kThreads), kThreads, 0,
         count_columns, csr.ids, counts.data());
  const unsigned column_blocks = blocks_for(csr.columns, kWarps);
  total += sum_of_blocks(ctx, column_blocks, [&](double* partial) {
    launch("als_column_terms", ctx, column_blocks, kThreads, 0, column_terms, static_cast<const std::int32_t*>(counts.data()),
           csr.rows, args.y, law, partial);
  });
  if (args.unobserved_weight > 0.0) {
    Tensor<float, 2> gram_x(ctx, {k, k}, "als.objective");
    Tensor<float, 2> gram_y(ctx, {k, k}, "als.objective");
    kindred::gram(ctx, {.x = args.x, .g = gram_x.view()});
    kindred::gram(ctx, {.x = args.y, .g = gram_y.view()});
    const unsigned blocks = blocks_for(k * k, kThreads);
    total += args.unobserved_weight * sum_of_blocks(ctx, blocks, [&](double* partial) {
               launch("als_trace_terms", ctx, blocks, kThreads, 0, trace_terms, View<const float, 2>(gram_x.view()),
                      View<const float, 2>(gram_y.view()), partial);
             });
  }
  return total;
}

double als_balance(const Context& ctx, const AlsBalance& args) {
  const RowLaw law{args.unobserved_weight, args.regularization, args.regularization_exponent};
  const double penalty_x = penalty(ctx, args.interactions, args.x, law);
  const double penalty_y = penalty(ctx, args.transposed, args.y, law);
  const double factor = std::sqrt(std::sqrt(penalty_y / penalty_x));
  // Nothing to balance where one side is all zero (or the quotient left the range of numbers).
  if (!std::isnormal(factor)) return 1.0;
  const auto scale = [&](View<float, 2> values, double by) {
    launch("als_scale", ctx, static_cast<unsigned>((values.count() + kThreads - 1) / kThreads), kThreads, 0, scale_values,
           values.data(), values.count(), static_cast<float>(by));
  };
  scale(args.x, factor);
  scale(args.y, 1.0 / factor);
  return factor;
}

// A matter of one row, in double: Y and the row are copied to the host and explained there.
double als_explain(const Context& ctx, const AlsExplain& args) {
  const auto host = [&](auto view) {
    std::vector<std::remove_const_t<std::remove_pointer_t<decltype(view.data())>>> copy(
        static_cast<std::size_t>(view.count()));
    ctx.copy_to_host(copy.data(), view.data(), static_cast<std::int64_t>(copy.size() * sizeof(copy[0])));
    return copy;
  };
  const auto offsets = host(args.history.offsets);
  const auto ids = host(args.history.ids);
  const auto y = host(args.y);
  const auto target = host(args.target);
  std::vector<float> values;
  if (args.history.has_values()) values = host(args.history.values);
  std::vector<double> contributions(ids.size());
  AlsExplain on_host = args;
  on_host.history.offsets = {offsets.data(), args.history.offsets.sizes()};
  on_host.history.ids = {ids.data(), args.history.ids.sizes()};
  if (args.history.has_values()) on_host.history.values = {values.data(), args.history.values.sizes()};
  on_host.y = {y.data(), args.y.sizes()};
  on_host.target = {target.data(), args.target.sizes()};
  on_host.contributions = {contributions.data(), args.contributions.sizes()};
  const double score = cpu::als_explain(Context::cpu(1), on_host);
  ctx.copy_from_host(args.contributions.data(), contributions.data(),
                     static_cast<std::int64_t>(contributions.size() * sizeof(double)));
  return score;
}

}  // namespace kindred::cuda
