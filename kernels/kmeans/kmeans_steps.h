// SPDX-License-Identifier: Apache-2.0
// The steps of k-means that differ between the back ends, and what puts them together, once for both.
#pragma once

#include "kernels/kmeans/kmeans.h"

#include <cstdint>

namespace kindred {

// bias(c) = -|c|^2 / 2
struct KMeansBias {
  View<const float, 2> centroids;
  View<float, 1> bias;
};

// The points of centroid c, ascending: order[offsets(c), offsets(c + 1)).
struct KMeansGroup {
  View<const std::int32_t, 1> assignments;
  View<std::int32_t, 1> order;    // [N]
  View<std::int64_t, 1> offsets;  // [C + 1]
};

// Means or directions of the groups; a centroid without points stays.
struct KMeansUpdate {
  View<const float, 2> points;
  View<const std::int32_t, 1> order;
  View<const std::int64_t, 1> offsets;
  bool spherical = false;
  View<float, 2> centroids;
};

// For each row (from, to) of splits, one after the other: `to` becomes a copy of `from`, then the two move apart.
struct KMeansSplit {
  View<const std::int32_t, 2> splits;  // [S, 2]
  View<float, 2> centroids;
};

// Scales each centroid to length 1; one of length 0 stays.
struct KMeansNormalize {
  View<float, 2> centroids;
};

// Sums over chunks of kKMeansChunk points of |x - c|^2, spherical <x, c>, with each point's own centroid.
struct KMeansCosts {
  View<const float, 2> points;
  View<const float, 2> centroids;
  View<const std::int32_t, 1> assignments;
  bool spherical = false;
  View<double, 1> chunk_sums;
};

// nearest(i) = min(nearest(i), |x_i - seed|^2), without the old value where `first`; and its sums over chunks.
struct KMeansNearest {
  View<const float, 2> points;
  std::int64_t seed = 0;  // a row of points
  bool first = false;
  View<float, 1> nearest;
  View<double, 1> chunk_sums;
};

// A back end's steps.
struct KMeansSteps {
  void (*bias)(const Context&, const KMeansBias&);
  void (*group)(const Context&, const KMeansGroup&);
  void (*update)(const Context&, const KMeansUpdate&);
  void (*split)(const Context&, const KMeansSplit&);
  void (*normalize)(const Context&, const KMeansNormalize&);
  void (*costs)(const Context&, const KMeansCosts&);
  void (*nearest)(const Context&, const KMeansNearest&);
};

KMeansResult kmeans_by_steps(const Context& ctx, const KMeansSteps& steps, const KMeans& args);
void kmeans_assign_by_steps(const Context& ctx, const KMeansSteps& steps, const KMeansAssign& args);

}  // namespace kindred
