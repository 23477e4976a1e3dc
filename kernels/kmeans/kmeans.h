// SPDX-License-Identifier: Apache-2.0
// k-means: C centroids for N points, by Lloyd's iteration. Makes the coarse lists of inverted-file indices.
//     euclidean   assigns x to argmin_c |x - c|^2, a centroid is the mean of its points;  objective sum |x - c|^2
//     spherical   assigns x to argmax_c <x, c>, a centroid is the sum of its points, scaled to length 1;
//                 objective sum <x, c>. Points are taken as they are: for cosines give rows of length 1.
// N points, D width (1..16384), C centroids (1..N).
//   points      [N, D]  in     centroids  [C, D]  out; with KMeansSeeding::given in and out
//   assignments [N]     out    sizes      [C]     out, of the assignments
// Assignment: the product of kernels/topk with one place; equal scores go to the lower centroid. NaN is
// Error(divergence). A centroid without points takes half of the largest cluster (of the lowest, where sizes are
// equal): it becomes a copy of that cluster's centroid, and the two move apart by 2^-10 of themselves; the next
// assignment shares the points. It may still have none at the end, if there are fewer distinct points than centroids.
// Seeding: C distinct points at random, or k-means++ (Arthur and Vassilvitskii, SODA 2007: the next seed with
// probability proportional to the squared distance to the nearest one), by Philox from the context's seed. Ends when no
// assignment changes, or after `iterations` updates. Waits for the device. Deterministic: sums in double, in ascending
// order of the points; the same bits for any number of threads, and on CPU and CUDA. Cost: 2 N C D flops an iteration;
// k-means++ as much again, without the speed of a matrix product. Scratch: topk's (with 8 N bytes), 20 N + 8 C bytes.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <cstdint>

namespace kindred {

enum class KMeansMetric { euclidean, spherical };
enum class KMeansSeeding { random, plus_plus, given };

struct KMeans {
  View<const float, 2> points;
  KMeansMetric metric = KMeansMetric::euclidean;
  KMeansSeeding seeding = KMeansSeeding::random;
  std::int64_t iterations = 25;
  View<float, 2> centroids;
  View<std::int32_t, 1> assignments;
  View<std::int64_t, 1> sizes;
};

struct KMeansResult {
  double objective = 0.0;
  std::int64_t iterations = 0;  // updates of the centroids
  bool converged = false;       // the last assignment changed nothing
  std::int64_t splits = 0;      // centroids without points that were given half of another's
};

KMeansResult kmeans(const Context& ctx, const KMeans& args);

// The assignment alone, for points that come later.
struct KMeansAssign {
  View<const float, 2> points;
  View<const float, 2> centroids;
  KMeansMetric metric = KMeansMetric::euclidean;
  View<std::int32_t, 1> assignments;
};
void kmeans_assign(const Context& ctx, const KMeansAssign& args);

namespace cpu {
KMeansResult kmeans(const Context& ctx, const KMeans& args);
void kmeans_assign(const Context& ctx, const KMeansAssign& args);
}  // namespace cpu

namespace cuda {
KMeansResult kmeans(const Context& ctx, const KMeans& args);
void kmeans_assign(const Context& ctx, const KMeansAssign& args);
}  // namespace cuda

namespace reference {
// Plain loops in double, from given centroids; clusters without points keep their centroid.
KMeansResult kmeans(const KMeans& args);
}  // namespace reference

}  // namespace kindred
