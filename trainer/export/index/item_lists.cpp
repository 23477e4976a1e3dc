// SPDX-License-Identifier: Apache-2.0
#include "trainer/export/index/item_lists.h"

#include "kernels/core/check.h"
#include "kernels/core/parallel.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/kmeans/kmeans.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace kindred {

namespace {

constexpr std::int64_t kSamplePerList = 64;
constexpr std::int64_t kIterations = 10;
constexpr std::int64_t kCodes = 256;
constexpr std::int64_t kSamplePerCode = 64;
constexpr std::int64_t kAssignRows = std::int64_t{1} << 17;  // on the device at once

// `count` different rows of `rows`, each set as likely as any other, ascending: the rows of the smallest random
// numbers.
std::vector<std::int64_t> sample_rows(std::uint64_t seed, const char* purpose, std::int64_t rows, std::int64_t count) {
  std::vector<std::int64_t> sample(static_cast<std::size_t>(rows));
  std::iota(sample.begin(), sample.end(), 0);
  if (count >= rows) return sample;
  const Random random(seed, purpose);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto other = i + static_cast<std::int64_t>(
                               random.below(static_cast<std::uint64_t>(rows - i), static_cast<std::uint64_t>(i)));
    std::swap(sample[static_cast<std::size_t>(i)], sample[static_cast<std::size_t>(other)]);
  }
  sample.resize(static_cast<std::size_t>(count));
  std::sort(sample.begin(), sample.end());
  return sample;
}

std::int64_t lists_for(std::int64_t items, std::int64_t wanted) {
  constexpr std::int64_t kLeastItemsPerList = 16;
  if (wanted == 0) {
    const double by_root = 4.0 * std::sqrt(static_cast<double>(items));
    wanted = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(by_root * 1.4142135)));
    wanted = std::min(wanted, items / kLeastItemsPerList);
  }
  return std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, items));
}

double length_of(const float* row, std::int64_t width) {
  double squares = 0.0;
  for (std::int64_t d = 0; d < width; ++d) squares += static_cast<double>(row[d]) * row[d];
  return std::sqrt(squares);
}

void scale_to_one(float* row, std::int64_t width) {
  const double length = length_of(row, width);
  const auto scale = static_cast<float>(length > 0.0 ? 1.0 / length : 0.0);
  for (std::int64_t d = 0; d < width; ++d) row[d] *= scale;
}

// The centroids of directions, on the device.
Tensor<float, 2> directions(const Context& ctx, View<const float, 2> items, std::int64_t lists) {
  const std::int64_t width = items.size(1);
  const auto rows = sample_rows(ctx.seed(), "export.lists", items.size(0), lists * kSamplePerList);
  const auto count = static_cast<std::int64_t>(rows.size());
  std::vector<float> sample(static_cast<std::size_t>(count * width));
  for (std::int64_t i = 0; i < count; ++i) {
    float* row = sample.data() + i * width;
    std::copy_n(items.row(rows[static_cast<std::size_t>(i)]), width, row);
    scale_to_one(row, width);
  }
  const auto points = Tensor<float, 2>::from_host(ctx, {sample.data(), {count, width}}, "export.sample");
  Tensor<float, 2> centroids(ctx, {lists, width}, "export.centroids");
  Tensor<std::int32_t, 1> assignments(ctx, {count}, "export.assignments");
  Tensor<std::int64_t, 1> sizes(ctx, {lists}, "export.sizes");
  kmeans(ctx, {.points = points.view(),
               .metric = KMeansMetric::spherical,
               .seeding = KMeansSeeding::random,
               .iterations = kIterations,
               .centroids = centroids.view(),
               .assignments = assignments.view(),
               .sizes = sizes.view()});
  return centroids;
}

// Sums in double, in ascending order of the items: one thread, little beside the assignment.
std::vector<float> weighted_means(View<const float, 2> items, const std::vector<std::int32_t>& place,
                                  const std::vector<float>& without_items, std::int64_t lists) {
  const std::int64_t width = items.size(1);
  std::vector<double> sums(static_cast<std::size_t>(lists * width));
  std::vector<std::int64_t> counts(static_cast<std::size_t>(lists));
  for (std::int64_t item = 0; item < items.size(0); ++item) {
    const std::int64_t list = place[static_cast<std::size_t>(item)];
    double* sum = sums.data() + list * width;
    const float* row = items.row(item);
    const double length = length_of(row, width);
    for (std::int64_t d = 0; d < width; ++d) sum[d] += length * row[d];
    ++counts[static_cast<std::size_t>(list)];
  }
  std::vector<float> centroids(without_items);
  for (std::int64_t list = 0; list < lists; ++list) {
    const auto count = static_cast<double>(counts[static_cast<std::size_t>(list)]);
    for (std::int64_t d = 0; count > 0 && d < width; ++d) {
      const auto at = static_cast<std::size_t>(list * width + d);
      centroids[at] = static_cast<float>(sums[at] / count);
    }
  }
  return centroids;
}

}  // namespace

ItemLists make_item_lists(const Context& ctx, View<const float, 2> items, std::int64_t lists) {
  ItemLists result;
  result.lists = lists_for(items.size(0), lists);
  const Tensor<float, 2> centroids = directions(ctx, items, result.lists);
  result.place.resize(static_cast<std::size_t>(items.size(0)));
  for (std::int64_t begin = 0; begin < items.size(0); begin += kAssignRows) {
    const auto block = items.slice(begin, std::min(items.size(0), begin + kAssignRows));
    const auto points = Tensor<float, 2>::from_host(ctx, block, "export.items");
    Tensor<std::int32_t, 1> assignments(ctx, {block.size(0)}, "export.assignments");
    kmeans_assign(ctx, {.points = points.view(),
                        .centroids = centroids.view(),
                        .metric = KMeansMetric::spherical,
                        .assignments = assignments.view()});
    ctx.copy_to_host(result.place.data() + begin, assignments.data(), block.size(0) * 4);
  }
  result.centroids = weighted_means(items, result.place, centroids.to_host(ctx), result.lists);
  return result;
}

std::vector<float> make_codebooks(const Context& ctx, View<const float, 2> items, const ItemLists& lists,
                                  std::int64_t segments) {
  const std::int64_t width = items.size(1);
  if (segments < 1 || width % segments != 0) {
    fail(ErrorKind::usage, "export.index.segments: {} does not divide the vector's length {}; expected one that does",
         segments, width);
  }
  if (items.size(0) < kCodes) {
    fail(ErrorKind::usage, "export.index.type: ivf_pq needs {} items for its codes, there are {}; expected flat",
         kCodes, items.size(0));
  }
  const std::int64_t part = width / segments;
  const auto rows = sample_rows(ctx.seed(), "export.codes", items.size(0), kCodes * kSamplePerCode);
  const auto count = static_cast<std::int64_t>(rows.size());
  std::vector<float> books(static_cast<std::size_t>(segments * kCodes * part));
  std::vector<float> residuals(static_cast<std::size_t>(count * part));
  Tensor<float, 2> points(ctx, {count, part}, "export.sample");
  Tensor<float, 2> centroids(ctx, {kCodes, part}, "export.codes");
  Tensor<std::int32_t, 1> assignments(ctx, {count}, "export.assignments");
  Tensor<std::int64_t, 1> sizes(ctx, {kCodes}, "export.sizes");
  for (std::int64_t segment = 0; segment < segments; ++segment) {
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t item = rows[static_cast<std::size_t>(i)];
      const std::int64_t list = lists.place[static_cast<std::size_t>(item)];
      const float* x = items.row(item) + segment * part;
      const float* centroid = lists.centroids.data() + list * width + segment * part;
      for (std::int64_t d = 0; d < part; ++d) residuals[static_cast<std::size_t>(i * part + d)] = x[d] - centroid[d];
    }
    ctx.copy_from_host(points.data(), residuals.data(), points.bytes());
    kmeans(ctx, {.points = points.view(),
                 .metric = KMeansMetric::euclidean,
                 .seeding = KMeansSeeding::random,
                 .iterations = 3 * kIterations,
                 .centroids = centroids.view(),
                 .assignments = assignments.view(),
                 .sizes = sizes.view()});
    ctx.copy_to_host(books.data() + segment * kCodes * part, centroids.data(), centroids.bytes());
  }
  return books;
}

}  // namespace kindred
