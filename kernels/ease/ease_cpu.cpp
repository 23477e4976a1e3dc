// SPDX-License-Identifier: Apache-2.0
// X'X + lambda I, its negative inverse in place (spd_inverse.h), and B from that.
#include "kernels/ease/ease.h"

#include "kernels/core/tensor.h"
#include "kernels/ease/spd_inverse.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kindred::cpu {

namespace {

constexpr double kWorstError = 1e-3;  // of an element of B; those that matter are 0.01 to 1

// The lower triangle of X'X + lambda I: row i is the sum of the rows of item i's users.
template <typename T>
void regularized_gram(const Context& ctx, const Ease& args, View<T, 2> gram) {
  const CsrView& by_user = args.x;
  const CsrView& by_item = args.x_transposed;
  Tensor<double, 2> sums(ctx, {ctx.threads(), by_user.columns}, "ease.sums");
  parallel_for(ctx.pool(), by_user.columns, 8, [&](std::int64_t begin, std::int64_t end, int thread) {
    double* sum = sums.view().row(thread);
    for (std::int64_t item = begin; item < end; ++item) {
      std::fill_n(sum, item + 1, 0.0);
      for (std::int64_t entry = by_item.begin(item); entry < by_item.end(item); ++entry) {
        const double weight = std::max(0.0F, by_item.value(entry));
        const std::int64_t user = by_item.ids(entry);
        for (std::int64_t other = by_user.begin(user); other < by_user.end(user); ++other) {
          if (by_user.ids(other) > item) break;
          sum[by_user.ids(other)] += weight * static_cast<double>(std::max(0.0F, by_user.value(other)));
        }
      }
      sum[item] += args.regularization;
      std::transform(sum, sum + item + 1, gram.row(item), [](double x) { return static_cast<T>(x); });
    }
  });
}

// Estimates the error that fp32 left in column `item` of B. With p = P e_item and the residual r = e_item - A p in
// fp64 (A = X'X + lambda I, through x), one step of refinement would add P r to p. `inverse` holds -P below.
double column_error(const Context& ctx, const Ease& args, View<const float, 2> inverse, std::int64_t item) {
  const std::int64_t size = inverse.size(0);
  const auto element = [&](std::int64_t i, std::int64_t j) {
    return -static_cast<double>(i >= j ? inverse(i, j) : inverse(j, i));
  };
  std::vector<double> residual(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i)
    residual[static_cast<std::size_t>(i)] = -args.regularization * element(i, item);
  residual[static_cast<std::size_t>(item)] += 1.0;
  for (std::int64_t user = 0; user < args.x.rows; ++user) {
    double product = 0.0;
    for (std::int64_t entry = args.x.begin(user); entry < args.x.end(user); ++entry) {
      product += std::max(0.0F, args.x.value(entry)) * element(args.x.ids(entry), item);
    }
    for (std::int64_t entry = args.x.begin(user); entry < args.x.end(user); ++entry) {
      residual[static_cast<std::size_t>(args.x.ids(entry))] -= std::max(0.0F, args.x.value(entry)) * product;
    }
  }
  // P r by columns of a block of rows: row i of the lower triangle, and below it column i.
  constexpr std::int64_t kRows = 256;
  std::vector<double> worst(static_cast<std::size_t>((size + kRows - 1) / kRows));
  parallel_for(ctx.pool(), size, kRows, [&](std::int64_t begin, std::int64_t end, int) {
    std::vector<double> step(static_cast<std::size_t>(end - begin));
    for (std::int64_t j = 0; j < size; ++j) {
      for (std::int64_t i = begin; i < end; ++i) {
        step[static_cast<std::size_t>(i - begin)] += element(i, j) * residual[static_cast<std::size_t>(j)];
      }
    }
    double& largest = worst[static_cast<std::size_t>(begin / kRows)];
    for (const double value : step) largest = std::max(largest, std::isfinite(value) ? std::abs(value) : HUGE_VAL);
  });
  return *std::max_element(worst.begin(), worst.end()) / element(item, item);
}

void check_accuracy(const Context& ctx, const Ease& args, View<const float, 2> inverse) {
  const std::int64_t size = inverse.size(0);
  std::int64_t most_popular = 0;
  for (std::int64_t item = 0; item < size; ++item) {
    if (args.x_transposed.length(item) > args.x_transposed.length(most_popular)) most_popular = item;
  }
  for (const std::int64_t item : {most_popular, std::int64_t{0}, size / 2, size - 1}) {
    const double error = column_error(ctx, args, inverse, item);
    if (!(error <= kWorstError)) {
      fail(ErrorKind::divergence,
           "ease: with regularization {} the inverse of {} items is not accurate in fp32 (weights of item row {} are "
           "off "
           "by about {:.1e}, {:.0e} is allowed); choose a larger model.regularization",
           args.regularization, size, item, error, kWorstError);
    }
  }
}

// -P, of which the lower triangle is given, to B: B_ij = -P_ij / P_jj. May be the same memory.
template <typename T>
void divide_by_diagonal(const Context& ctx, View<const T, 2> inverse, View<float, 2> weights) {
  constexpr std::int64_t kTile = 64;
  const std::int64_t size = weights.size(0);
  Tensor<T, 1> diagonal(ctx, {size}, "ease.diagonal");
  for (std::int64_t i = 0; i < size; ++i) diagonal.data()[i] = -inverse(i, i);
  const std::int64_t count = (size + kTile - 1) / kTile;
  parallel_for(ctx.pool(), count, 1, [&](std::int64_t tile_row, std::int64_t, int) {
    const std::int64_t row_end = std::min(size, (tile_row + 1) * kTile);
    for (std::int64_t tile_column = 0; tile_column <= tile_row; ++tile_column) {
      for (std::int64_t i = tile_row * kTile; i < row_end; ++i) {
        const std::int64_t column_end = std::min(i, (tile_column + 1) * kTile);
        for (std::int64_t j = tile_column * kTile; j < column_end; ++j) {
          const T value = inverse(i, j);
          weights(j, i) = static_cast<float>(value / diagonal.data()[i]);
          weights(i, j) = static_cast<float>(value / diagonal.data()[j]);
        }
      }
    }
  });
  for (std::int64_t i = 0; i < size; ++i) weights(i, i) = 0.0F;
}

}  // namespace

void ease(const Context& ctx, const Ease& args) {
  const std::int64_t items = args.weights.size(0);
  if (items <= args.fp64_items) {
    Tensor<double, 2> inverse(ctx, {items, items}, "ease.inverse");
    regularized_gram(ctx, args, inverse.view());
    negative_spd_inverse(ctx, inverse.view());
    divide_by_diagonal<double>(ctx, inverse.view(), args.weights);
  } else {
    regularized_gram(ctx, args, args.weights);
    negative_spd_inverse(ctx, args.weights);
    check_accuracy(ctx, args, args.weights);
    divide_by_diagonal<float>(ctx, args.weights, args.weights);
  }
}

}  // namespace kindred::cpu
