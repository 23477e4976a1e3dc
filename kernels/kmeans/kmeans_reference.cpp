// SPDX-License-Identifier: Apache-2.0
#include "kernels/kmeans/kmeans.h"

#include <cmath>
#include <vector>

namespace kindred::reference {

namespace {

using Matrix = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

Matrix to_double(const View<const float, 2>& x) {
  Matrix rows;
  for (std::int64_t i = 0; i < x.size(0); ++i) rows.emplace_back(x.row(i), x.row(i) + x.size(1));
  return rows;
}

}  // namespace

KMeansResult kmeans(const KMeans& args) {
  const bool spherical = args.metric == KMeansMetric::spherical;
  const Matrix points = to_double(args.points);
  Matrix centroids = to_double(args.centroids);
  std::vector<std::size_t> own(points.size(), centroids.size());
  KMeansResult result;
  for (;;) {
    bool changed = false;
    result.objective = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::size_t best = 0;
      double best_cost = 0.0;
      for (std::size_t c = 0; c < centroids.size(); ++c) {
        const double cost = spherical ? -dot(points[i], centroids[c]) : distance(points[i], centroids[c]);
        if (c == 0 || cost < best_cost) {
          best = c;
          best_cost = cost;
        }
      }
      changed = changed || own[i] != best;
      own[i] = best;
      result.objective += spherical ? -best_cost : best_cost;
    }
    result.converged = !changed;
    if (!changed || result.iterations == args.iterations) break;
    ++result.iterations;
    Matrix sums(centroids.size(), std::vector<double>(centroids[0].size()));
    std::vector<double> sizes(centroids.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      ++sizes[own[i]];
      for (std::size_t d = 0; d < points[i].size(); ++d) sums[own[i]][d] += points[i][d];
    }
    for (std::size_t c = 0; c < centroids.size(); ++c) {
      const double divisor = spherical ? std::sqrt(dot(sums[c], sums[c])) : sizes[c];
      for (std::size_t d = 0; divisor > 0.0 && d < sums[c].size(); ++d) centroids[c][d] = sums[c][d] / divisor;
    }
  }
  for (std::int64_t c = 0; c < args.sizes.size(0); ++c) {
    args.sizes(c) = 0;
    for (std::int64_t d = 0; d < args.centroids.size(1); ++d) {
      args.centroids(c, d) = static_cast<float>(centroids[static_cast<std::size_t>(c)][static_cast<std::size_t>(d)]);
    }
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    args.assignments(static_cast<std::int64_t>(i)) = static_cast<std::int32_t>(own[i]);
    ++args.sizes(static_cast<std::int64_t>(own[i]));
  }
  return result;
}

}  // namespace kindred::reference
