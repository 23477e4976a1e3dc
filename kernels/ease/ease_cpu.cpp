// SPDX-License-Identifier: Apache-2.0
// X'X + lambda I, its inverse, and B, all in the memory of `weights`.
#include "kernels/ease/ease.h"

#include "kernels/core/tensor.h"
#include "kernels/ease/spd_inverse.h"

#include <algorithm>

namespace kindred::cpu {

namespace {

// The lower triangle of X'X + lambda I: row i is the sum of the rows of item i's users.
void regularized_gram(const Context& ctx, const Ease& args) {
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
      std::transform(sum, sum + item + 1, args.weights.row(item), [](double x) { return static_cast<float>(x); });
    }
  });
}

// The lower triangle of -P to B, both triangles: B_ij = -P_ij / P_jj.
void divide_by_diagonal(const Context& ctx, View<float, 2> weights) {
  constexpr std::int64_t kTile = 64;
  const std::int64_t size = weights.size(0);
  Tensor<float, 1> diagonal(ctx, {size}, "ease.diagonal");
  for (std::int64_t i = 0; i < size; ++i) diagonal.data()[i] = -weights(i, i);
  const std::int64_t count = (size + kTile - 1) / kTile;
  parallel_for(ctx.pool(), count, 1, [&](std::int64_t tile_row, std::int64_t, int) {
    const std::int64_t row_end = std::min(size, (tile_row + 1) * kTile);
    for (std::int64_t tile_column = 0; tile_column <= tile_row; ++tile_column) {
      for (std::int64_t i = tile_row * kTile; i < row_end; ++i) {
        const std::int64_t column_end = std::min(i, (tile_column + 1) * kTile);
        for (std::int64_t j = tile_column * kTile; j < column_end; ++j) {
          const float value = weights(i, j);
          weights(j, i) = value / diagonal.data()[i];
          weights(i, j) = value / diagonal.data()[j];
        }
      }
    }
  });
  for (std::int64_t i = 0; i < size; ++i) weights(i, i) = 0.0F;
}

}  // namespace

void ease(const Context& ctx, const Ease& args) {
  regularized_gram(ctx, args);
  negative_spd_inverse(ctx, args.weights);
  divide_by_diagonal(ctx, args.weights);
}

}  // namespace kindred::cpu
