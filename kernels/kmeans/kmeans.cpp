// SPDX-License-Identifier: Apache-2.0
#include "kernels/kmeans/kmeans.h"

#include <limits>

namespace kindred {

namespace {

constexpr std::int64_t kMostPoints = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostWidth = 16384;

void check_points(const char* name, const View<const float, 2>& points, const View<const float, 2>& centroids,
                  const View<std::int32_t, 1>& assignments) {
  KINDRED_CHECK(points.size(0) <= kMostPoints, "[{}] {} points, their numbers have 31 bits", name, points.size(0));
  KINDRED_CHECK(points.size(1) >= 1 && points.size(1) <= kMostWidth, "[{}] width {}, expected 1 to {}", name,
                points.size(1), kMostWidth);
  KINDRED_CHECK(points.size(1) == centroids.size(1), "[{}] points have {} coordinates, centroids {}", name,
                points.size(1), centroids.size(1));
  KINDRED_CHECK(centroids.size(0) >= 1, "[{}] no centroids", name);
  KINDRED_CHECK(assignments.size(0) == points.size(0), "[{}] {} assignments for {} points", name, assignments.size(0),
                points.size(0));
}

}  // namespace

KMeansResult kmeans(const Context& ctx, const KMeans& args) {
  check_points("kmeans", args.points, args.centroids, args.assignments);
  KINDRED_CHECK(args.centroids.size(0) <= args.points.size(0), "[kmeans] {} centroids for {} points",
                args.centroids.size(0), args.points.size(0));
  KINDRED_CHECK(args.sizes.size(0) == args.centroids.size(0), "[kmeans] {} sizes for {} centroids", args.sizes.size(0),
                args.centroids.size(0));
  KINDRED_CHECK(args.iterations >= 0, "[kmeans] {} iterations", args.iterations);
  return ctx.device().type == DeviceType::cpu ? cpu::kmeans(ctx, args) : cuda::kmeans(ctx, args);
}

void kmeans_assign(const Context& ctx, const KMeansAssign& args) {
  check_points("kmeans_assign", args.points, args.centroids, args.assignments);
  if (args.points.size(0) == 0) return;
  ctx.device().type == DeviceType::cpu ? cpu::kmeans_assign(ctx, args) : cuda::kmeans_assign(ctx, args);
}

}  // namespace kindred
