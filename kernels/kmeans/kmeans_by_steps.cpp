// SPDX-License-Identifier: Apache-2.0
// Lloyd's iteration and the seeding, for both back ends. What is decided on the host (which seed comes next, which
// cluster is split) is decided from numbers that are the same on both.
#include "kernels/kmeans/kmeans_steps.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gather_rows/gather_rows.h"
#include "kernels/kmeans/kmeans_formula.h"
#include "kernels/topk/topk.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <queue>
#include <unordered_set>
#include <utility>
#include <vector>

namespace kindred {

namespace {

std::int64_t chunks_of(std::int64_t points) { return (points + kKMeansChunk - 1) / kKMeansChunk; }

// Scratch of one assignment.
class Assigner {
 public:
  Assigner(const Context& ctx, const KMeansSteps& steps, std::int64_t points, std::int64_t centroids,
           KMeansMetric metric)
      : ctx_(ctx), steps_(steps), scores_(ctx, {points, 1}, "kmeans.scores") {
    if (metric == KMeansMetric::euclidean) bias_ = Tensor<float, 1>(ctx, {centroids}, "kmeans.bias");
  }

  void assign(const View<const float, 2>& points, const View<const float, 2>& centroids,
              const View<std::int32_t, 1>& assignments) {
    TopK best{.queries = points,
              .items = centroids,
              .top_items = {assignments.data(), {assignments.size(0), 1}},
              .top_scores = scores_.view()};
    if (bias_.size(0) > 0) {
      steps_.bias(ctx_, {.centroids = centroids, .bias = bias_.view()});
      best.item_bias = bias_.view();
    }
    topk(ctx_, best);
  }

 private:
  const Context& ctx_;
  const KMeansSteps& steps_;
  Tensor<float, 2> scores_;
  Tensor<float, 1> bias_;
};

// C of N numbers, each set as likely as any other (Floyd), ascending.
std::vector<std::int32_t> distinct_rows(const Random& random, std::int64_t points, std::int64_t centroids) {
  std::unordered_set<std::int32_t> chosen;
  for (std::int64_t last = points - centroids; last < points; ++last) {
    const auto bound = static_cast<std::uint64_t>(last) + 1;
    const auto draw = static_cast<std::int32_t>(random.below(bound, static_cast<std::uint64_t>(last)));
    chosen.insert(chosen.count(draw) == 0 ? draw : static_cast<std::int32_t>(last));
  }
  std::vector<std::int32_t> rows(chosen.begin(), chosen.end());
  std::sort(rows.begin(), rows.end());
  return rows;
}

// The place where the running sum first exceeds target; where rounding lets none, the last positive one.
template <typename T>
std::pair<std::size_t, double> find_weight(const std::vector<T>& weights, double target) {
  std::size_t last = 0;
  double before_last = 0.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto weight = static_cast<double>(weights[i]);
    if (weight > 0.0) {
      last = i;
      before_last = sum;
      if (sum + weight > target) break;
    }
    sum += weight;
  }
  return {last, target - before_last};
}

std::vector<std::int32_t> plus_plus_rows(const Context& ctx, const KMeansSteps& steps, const Random& random,
                                         const View<const float, 2>& points, std::int64_t centroids) {
  const std::int64_t count = points.size(0);
  Tensor<float, 1> nearest(ctx, {count}, "kmeans.nearest");
  Tensor<double, 1> chunk_sums(ctx, {chunks_of(count)}, "kmeans.nearest");
  std::vector<std::int32_t> rows;
  rows.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(count), 0)));
  while (static_cast<std::int64_t>(rows.size()) < centroids) {
    steps.nearest(ctx, {.points = points,
                        .seed = rows.back(),
                        .first = rows.size() == 1,
                        .nearest = nearest.view(),
                        .chunk_sums = chunk_sums.view()});
    const std::vector<double> sums = chunk_sums.to_host(ctx);
    double total = 0.0;
    for (const double sum : sums) total += sum;
    if (!(total > 0.0 && total < std::numeric_limits<double>::infinity())) {
      // All points are seeds already (or are not finite, which the assignment reports).
      rows.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(count), rows.size())));
      continue;
    }
    const auto [chunk, rest] = find_weight(sums, random.uniform(rows.size()) * total);
    const std::int64_t first = static_cast<std::int64_t>(chunk) * kKMeansChunk;
    std::vector<float> distances(static_cast<std::size_t>(std::min(kKMeansChunk, count - first)));
    ctx.copy_to_host(distances.data(), nearest.data() + first, static_cast<std::int64_t>(distances.size() * 4));
    rows.push_back(static_cast<std::int32_t>(first + static_cast<std::int64_t>(find_weight(distances, rest).first)));
  }
  return rows;
}

void seed_centroids(const Context& ctx, const KMeansSteps& steps, const KMeans& args) {
  if (args.seeding == KMeansSeeding::given) return;
  const Random random(ctx.seed(), "kmeans.seeds");
  const std::int64_t centroids = args.centroids.size(0);
  const auto rows = args.seeding == KMeansSeeding::random ? distinct_rows(random, args.points.size(0), centroids)
                                                          : plus_plus_rows(ctx, steps, random, args.points, centroids);
  const auto device_rows = Tensor<std::int32_t, 1>::from_host(ctx, {rows.data(), {centroids}}, "kmeans.seeds");
  gather_rows(ctx, {.source = args.points, .rows = device_rows.view(), .out = args.centroids});
  if (args.metric == KMeansMetric::spherical) steps.normalize(ctx, {.centroids = args.centroids});
}

// Pairs (from, to): every centroid without points takes half of the largest cluster, as it is after the earlier pairs.
std::vector<std::int32_t> choose_splits(const std::vector<std::int64_t>& offsets) {
  using Cluster = std::pair<std::int64_t, std::int64_t>;  // size, -centroid: the lower first where sizes are equal
  std::priority_queue<Cluster> largest;
  const auto centroids = static_cast<std::int64_t>(offsets.size()) - 1;
  for (std::int64_t c = 0; c < centroids; ++c) {
    largest.emplace(offsets[static_cast<std::size_t>(c + 1)] - offsets[static_cast<std::size_t>(c)], -c);
  }
  std::vector<std::int32_t> splits;
  for (std::int64_t c = 0; c < centroids; ++c) {
    if (offsets[static_cast<std::size_t>(c + 1)] > offsets[static_cast<std::size_t>(c)]) continue;
    const auto [size, from] = largest.top();
    if (size < 2) break;  // nothing left to share
    largest.pop();
    largest.emplace(size - size / 2, from);
    largest.emplace(size / 2, -c);
    splits.push_back(static_cast<std::int32_t>(-from));
    splits.push_back(static_cast<std::int32_t>(c));
  }
  return splits;
}

class Lloyd {
 public:
  Lloyd(const Context& ctx, const KMeansSteps& steps, const KMeans& args)
      : ctx_(ctx),
        steps_(steps),
        args_(args),
        spherical_(args.metric == KMeansMetric::spherical),
        assigner_(ctx, steps, args.points.size(0), args.centroids.size(0), args.metric),
        order_(ctx, {args.points.size(0)}, "kmeans.order"),
        offsets_(ctx, {args.centroids.size(0) + 1}, "kmeans.offsets") {}

  KMeansResult run() {
    KMeansResult result;
    std::vector<std::int32_t> before;
    for (bool split = false;;) {
      assigner_.assign(args_.points, args_.centroids, args_.assignments);
      std::vector<std::int32_t> now(static_cast<std::size_t>(args_.points.size(0)));
      ctx_.copy_to_host(now.data(), args_.assignments.data(), args_.assignments.size(0) * 4);
      result.converged = result.iterations > 0 && !split && now == before;
      group();
      if (result.converged || result.iterations == args_.iterations) break;
      before = std::move(now);
      const std::int64_t splits = update();
      split = splits > 0;
      result.splits += splits;
      ++result.iterations;
    }
    write_sizes();
    result.objective = objective();
    return result;
  }

 private:
  void group() {
    steps_.group(ctx_, {.assignments = args_.assignments, .order = order_.view(), .offsets = offsets_.view()});
  }

  // Returns how many clusters were split.
  std::int64_t update() {
    steps_.update(ctx_, {.points = args_.points,
                         .order = order_.view(),
                         .offsets = offsets_.view(),
                         .spherical = spherical_,
                         .centroids = args_.centroids});
    const std::vector<std::int32_t> splits = choose_splits(offsets_.to_host(ctx_));
    const auto count = static_cast<std::int64_t>(splits.size()) / 2;
    if (count == 0) return 0;
    const auto device_splits = Tensor<std::int32_t, 2>::from_host(ctx_, {splits.data(), {count, 2}}, "kmeans.splits");
    steps_.split(ctx_, {.splits = device_splits.view(), .centroids = args_.centroids});
    if (spherical_) steps_.normalize(ctx_, {.centroids = args_.centroids});
    return count;
  }

  void write_sizes() {
    const std::vector<std::int64_t> offsets = offsets_.to_host(ctx_);
    std::vector<std::int64_t> sizes(offsets.size() - 1);
    for (std::size_t c = 0; c < sizes.size(); ++c) sizes[c] = offsets[c + 1] - offsets[c];
    ctx_.copy_from_host(args_.sizes.data(), sizes.data(), args_.sizes.size(0) * 8);
  }

  double objective() {
    Tensor<double, 1> sums(ctx_, {chunks_of(args_.points.size(0))}, "kmeans.costs");
    steps_.costs(ctx_, {.points = args_.points,
                        .centroids = args_.centroids,
                        .assignments = args_.assignments,
                        .spherical = spherical_,
                        .chunk_sums = sums.view()});
    double total = 0.0;
    for (const double sum : sums.to_host(ctx_)) total += sum;
    return total;
  }

  const Context& ctx_;
  const KMeansSteps& steps_;
  const KMeans& args_;
  bool spherical_;
  Assigner assigner_;
  Tensor<std::int32_t, 1> order_;
  Tensor<std::int64_t, 1> offsets_;
};

}  // namespace

KMeansResult kmeans_by_steps(const Context& ctx, const KMeansSteps& steps, const KMeans& args) {
  seed_centroids(ctx, steps, args);
  return Lloyd(ctx, steps, args).run();
}

void kmeans_assign_by_steps(const Context& ctx, const KMeansSteps& steps, const KMeansAssign& args) {
  Assigner(ctx, steps, args.points.size(0), args.centroids.size(0), args.metric)
      .assign(args.points, args.centroids, args.assignments);
}

}  // namespace kindred
