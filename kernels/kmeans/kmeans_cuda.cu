// SPDX-License-Identifier: Apache-2.0
// The same sums in the same order as the CPU's (kmeans_formula.h): the bits are equal.
#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/tensor.h"
#include "kernels/kmeans/kmeans_formula.h"
#include "kernels/kmeans/kmeans_steps.h"

#include <cub/device/device_radix_sort.cuh>

#include <algorithm>
#include <bit>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;

// ---- kernels -------------------------------------------------------------------------------------------------------

// One thread a centroid.
__global__ void __launch_bounds__(kThreads)
    bias_kernel(const float* centroids, float* bias, std::int64_t count, std::int64_t width) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (c < count) bias[c] = distance_bias(centroids + c * width, width);
}

__global__ void __launch_bounds__(kThreads) number_kernel(std::int32_t* numbers, std::int64_t count) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < count) numbers[i] = static_cast<std::int32_t>(i);
}

// One thread an offset: the first place in the ascending assignments that is not below its centroid.
__global__ void __launch_bounds__(kThreads)
    offsets_kernel(const std::int32_t* sorted, std::int64_t points, std::int64_t* offsets, std::int64_t count) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (c >= count) return;
  std::int64_t begin = 0;
  std::int64_t end = points;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    if (sorted[middle] < c) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  offsets[c] = begin;
}

// One block a centroid, a thread every kThreads-th coordinate; the sums lie in shared memory (8 bytes a coordinate).
__global__ void __launch_bounds__(kThreads) update_kernel(KMeansUpdate args) {
  extern __shared__ double sums[];
  __shared__ double divisor;
  const std::int64_t width = args.points.size(1);
  const std::int64_t c = blockIdx.x;
  const std::int64_t begin = args.offsets(c);
  const std::int64_t end = args.offsets(c + 1);
  if (begin == end) return;
  for (std::int64_t d = threadIdx.x; d < width; d += blockDim.x) {
    const float* column = args.points.data() + d;
    double sum = 0.0;
    std::int64_t i = begin;
    for (; i + 4 <= end; i += 4) {  // four loads on their way at once
      float x[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) x[j] = column[args.order(i + j) * width];
#pragma unroll
      for (int j = 0; j < 4; ++j) sum += x[j];
    }
    for (; i < end; ++i) sum += column[args.order(i) * width];
    sums[d] = sum;
  }
  __syncthreads();
  if (threadIdx.x == 0) divisor = centroid_divisor(sums, width, end - begin, args.spherical);
  __syncthreads();
  if (divisor == 0.0) return;
  for (std::int64_t d = threadIdx.x; d < width; d += blockDim.x) {
    args.centroids(c, d) = static_cast<float>(sums[d] / divisor);
  }
}

// One thread a coordinate, for all splits in their order.
__global__ void __launch_bounds__(kThreads) split_kernel(KMeansSplit args) {
  const std::int64_t d = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (d >= args.centroids.size(1)) return;
  for (std::int64_t s = 0; s < args.splits.size(0); ++s) {
    float& from = args.centroids(args.splits(s, 0), d);
    const float coordinate = from;
    args.centroids(args.splits(s, 1), d) = split_away(coordinate, d, true);
    from = split_away(coordinate, d, false);
  }
}

// One thread a centroid.
__global__ void __launch_bounds__(kThreads) normalize_kernel(KMeansNormalize args) {
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (c < args.centroids.size(0)) kindred::normalize(args.centroids.row(c), args.centroids.size(1));
}

// The costs of a block's points, one a thread, added by its first thread.
__device__ void add_chunk(double* costs, double cost, std::int64_t points, double* chunk_sums) {
  costs[threadIdx.x] = cost;
  __syncthreads();
  if (threadIdx.x != 0) return;
  const std::int64_t count = min(kKMeansChunk, points - static_cast<std::int64_t>(blockIdx.x) * kKMeansChunk);
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) sum += costs[i];
  chunk_sums[blockIdx.x] = sum;
}

// One thread a point.
__global__ void __launch_bounds__(kKMeansChunk) costs_kernel(KMeansCosts args) {
  __shared__ double costs[kKMeansChunk];
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kKMeansChunk + threadIdx.x;
  double cost = 0.0;
  if (i < args.points.size(0)) {
    const float* x = args.points.row(i);
    const float* c = args.centroids.row(args.assignments(i));
    const std::int64_t width = args.points.size(1);
    cost = args.spherical ? inner_product(x, c, width) : squared_distance(x, c, width);
  }
  add_chunk(costs, cost, args.points.size(0), args.chunk_sums.data());
}

// One thread a point.
__global__ void __launch_bounds__(kKMeansChunk) nearest_kernel(KMeansNearest args) {
  __shared__ double costs[kKMeansChunk];
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kKMeansChunk + threadIdx.x;
  float nearest = 0.0F;
  if (i < args.points.size(0)) {
    nearest = static_cast<float>(squared_distance(args.points.row(i), args.points.row(args.seed), args.points.size(1)));
    if (!args.first && !(nearest < args.nearest(i))) nearest = args.nearest(i);
    args.nearest(i) = nearest;
  }
  add_chunk(costs, nearest, args.points.size(0), args.chunk_sums.data());
}

std::int64_t blocks(std::int64_t threads) { return (threads + kThreads - 1) / kThreads; }

// ---- launchers -----------------------------------------------------------------------------------------------------

void bias(const Context& ctx, const KMeansBias& args) {
  launch("kmeans_bias", ctx, blocks(args.bias.size(0)), kThreads, 0, bias_kernel, args.centroids.data(),
         args.bias.data(), args.centroids.size(0), args.centroids.size(1));
}

void group(const Context& ctx, const KMeansGroup& args) {
  const std::int64_t points = args.assignments.size(0);
  const auto centroids = static_cast<std::uint64_t>(args.offsets.size(0) - 1);
  Tensor<std::int32_t, 1> numbers(ctx, {points}, "kmeans.group");
  Tensor<std::int32_t, 1> sorted(ctx, {points}, "kmeans.group");
  launch("kmeans_number", ctx, blocks(points), kThreads, 0, number_kernel, numbers.data(), points);
  // Stable, so the points of a centroid stay in ascending order.
  const auto sort = [&](void* scratch, std::size_t& bytes) {
    KINDRED_CUDA_TRY(cub::DeviceRadixSort::SortPairs(scratch, bytes, args.assignments.data(), sorted.data(),
                                                     numbers.data(), args.order.data(), points, 0,
                                                     std::bit_width(centroids), cuda_stream(ctx)));
  };
  std::size_t bytes = 0;
  sort(nullptr, bytes);
  const Buffer scratch = ctx.allocate(std::max<std::int64_t>(1, static_cast<std::int64_t>(bytes)), "kmeans.group");
  sort(scratch.data(), bytes);
  launch("kmeans_offsets", ctx, blocks(args.offsets.size(0)), kThreads, 0, offsets_kernel, sorted.data(), points,
         args.offsets.data(), args.offsets.size(0));
}

void update(const Context& ctx, const KMeansUpdate& args) {
  const std::int64_t width = args.points.size(1);
  const std::int64_t threads = std::min<std::int64_t>(kThreads, (width + 31) / 32 * 32);
  launch("kmeans_update", ctx, args.centroids.size(0), threads, width * std::int64_t{sizeof(double)}, update_kernel,
         args);
}

void split(const Context& ctx, const KMeansSplit& args) {
  launch("kmeans_split", ctx, blocks(args.centroids.size(1)), kThreads, 0, split_kernel, args);
}

void normalize(const Context& ctx, const KMeansNormalize& args) {
  launch("kmeans_normalize", ctx, blocks(args.centroids.size(0)), kThreads, 0, normalize_kernel, args);
}

void costs(const Context& ctx, const KMeansCosts& args) {
  launch("kmeans_costs", ctx, args.chunk_sums.size(0), kKMeansChunk, 0, costs_kernel, args);
}

void nearest(const Context& ctx, const KMeansNearest& args) {
  launch("kmeans_nearest", ctx, args.chunk_sums.size(0), kKMeansChunk, 0, nearest_kernel, args);
}

constexpr KMeansSteps kSteps{bias, group, update, split, normalize, costs, nearest};

}  // namespace

KMeansResult kmeans(const Context& ctx, const KMeans& args) { return kmeans_by_steps(ctx, kSteps, args); }

void kmeans_assign(const Context& ctx, const KMeansAssign& args) { kmeans_assign_by_steps(ctx, kSteps, args); }

}  // namespace kindred::cuda
