// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/parallel.h"
#include "kernels/core/tensor.h"
#include "kernels/kmeans/kmeans_formula.h"
#include "kernels/kmeans/kmeans_steps.h"

#include <algorithm>
#include <vector>

namespace kindred::cpu {

namespace {

void bias(const Context& ctx, const KMeansBias& args) {
  parallel_for(ctx.pool(), args.centroids.size(0), 64, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t c = begin; c < end; ++c)
      args.bias(c) = distance_bias(args.centroids.row(c), args.centroids.size(1));
  });
}

// A counting sort: one thread, N steps, little beside the assignment.
void group(const Context&, const KMeansGroup& args) {
  const std::int64_t centroids = args.offsets.size(0) - 1;
  std::fill_n(args.offsets.data(), centroids + 1, 0);
  for (const std::int32_t c : args.assignments.span()) ++args.offsets(c + 1);
  for (std::int64_t c = 0; c < centroids; ++c) args.offsets(c + 1) += args.offsets(c);
  std::vector<std::int64_t> next(args.offsets.data(), args.offsets.data() + centroids);
  for (std::int64_t i = 0; i < args.assignments.size(0); ++i) {
    args.order(next[static_cast<std::size_t>(args.assignments(i))]++) = static_cast<std::int32_t>(i);
  }
}

void update(const Context& ctx, const KMeansUpdate& args) {
  const std::int64_t width = args.points.size(1);
  Tensor<double, 2> scratch(ctx, {ctx.threads(), width}, "kmeans.sums");
  parallel_for(ctx.pool(), args.centroids.size(0), 1, [&](std::int64_t c, std::int64_t, int thread) {
    const std::int64_t begin = args.offsets(c);
    const std::int64_t end = args.offsets(c + 1);
    if (begin == end) return;
    double* sums = scratch.view().row(thread);
    std::fill_n(sums, width, 0.0);
    for (std::int64_t i = begin; i < end; ++i) {
      const float* x = args.points.row(args.order(i));
      for (std::int64_t d = 0; d < width; ++d) sums[d] += x[d];
    }
    const double divisor = centroid_divisor(sums, width, end - begin, args.spherical);
    if (divisor == 0.0) return;
    for (std::int64_t d = 0; d < width; ++d) args.centroids(c, d) = static_cast<float>(sums[d] / divisor);
  });
}

void split(const Context&, const KMeansSplit& args) {
  for (std::int64_t s = 0; s < args.splits.size(0); ++s) {
    float* from = args.centroids.row(args.splits(s, 0));
    float* to = args.centroids.row(args.splits(s, 1));
    for (std::int64_t d = 0; d < args.centroids.size(1); ++d) {
      const float coordinate = from[d];
      to[d] = split_away(coordinate, d, true);
      from[d] = split_away(coordinate, d, false);
    }
  }
}

void normalize(const Context& ctx, const KMeansNormalize& args) {
  parallel_for(ctx.pool(), args.centroids.size(0), 64, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t c = begin; c < end; ++c) kindred::normalize(args.centroids.row(c), args.centroids.size(1));
  });
}

void costs(const Context& ctx, const KMeansCosts& args) {
  const std::int64_t width = args.points.size(1);
  parallel_for(ctx.pool(), args.points.size(0), kKMeansChunk, [&](std::int64_t begin, std::int64_t end, int) {
    double sum = 0.0;
    for (std::int64_t i = begin; i < end; ++i) {
      const float* c = args.centroids.row(args.assignments(i));
      sum +=
          args.spherical ? inner_product(args.points.row(i), c, width) : squared_distance(args.points.row(i), c, width);
    }
    args.chunk_sums(begin / kKMeansChunk) = sum;
  });
}

void nearest(const Context& ctx, const KMeansNearest& args) {
  const std::int64_t width = args.points.size(1);
  const float* seed = args.points.row(args.seed);
  parallel_for(ctx.pool(), args.points.size(0), kKMeansChunk, [&](std::int64_t begin, std::int64_t end, int) {
    double sum = 0.0;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto distance = static_cast<float>(squared_distance(args.points.row(i), seed, width));
      if (args.first || distance < args.nearest(i)) args.nearest(i) = distance;
      sum += args.nearest(i);
    }
    args.chunk_sums(begin / kKMeansChunk) = sum;
  });
}

constexpr KMeansSteps kSteps{bias, group, update, split, normalize, costs, nearest};

}  // namespace

KMeansResult kmeans(const Context& ctx, const KMeans& args) { return kmeans_by_steps(ctx, kSteps, args); }

void kmeans_assign(const Context& ctx, const KMeansAssign& args) { kmeans_assign_by_steps(ctx, kSteps, args); }

}  // namespace kindred::cpu
