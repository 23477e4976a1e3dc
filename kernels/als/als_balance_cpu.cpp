// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_formula.h"
#include "kernels/core/parallel.h"

#include <algorithm>
#include <array>

namespace kindred::cpu {

namespace {

constexpr std::int64_t kRowsAtOnce = 256;

double squared_length(const float* row, std::int64_t size) {
  std::array<double, 8> sums{};
  std::int64_t k = 0;
  for (; k + 8 <= size; k += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const double value = row[k + static_cast<std::int64_t>(lane)];
      sums[lane] += value * value;
    }
  }
  for (; k < size; ++k) sums[0] += static_cast<double>(row[k]) * row[k];
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

// sum_u l_u |x_u|^2 over the rows of csr.
double penalty(const Context& ctx, const CsrView& csr, View<const float, 2> x, const AlsBalance& args) {
  return parallel_sum(ctx.pool(), csr.rows, kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0.0;
    for (std::int64_t row = begin; row < end; ++row) {
      sum += als_row_regularization(csr.length(row), csr.columns, args.unobserved_weight, args.regularization,
                                    args.regularization_exponent) *
             squared_length(x.row(row), x.size(1));
    }
    return sum;
  });
}

void scale(const Context& ctx, View<float, 2> x, float factor) {
  parallel_for(ctx.pool(), x.size(0), kRowsAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    std::for_each(x.row(begin), x.row(end - 1) + x.size(1), [factor](float& value) { value *= factor; });
  });
}

}  // namespace

double als_balance(const Context& ctx, const AlsBalance& args) {
  const double penalty_x = penalty(ctx, args.interactions, args.x, args);
  const double penalty_y = penalty(ctx, args.transposed, args.y, args);
  const double factor = std::sqrt(std::sqrt(penalty_y / penalty_x));
  // Nothing to balance where one side is all zero (or the quotient left the range of numbers).
  if (!std::isnormal(factor)) return 1.0;
  scale(ctx, args.x, static_cast<float>(factor));
  scale(ctx, args.y, static_cast<float>(1.0 / factor));
  return factor;
}

}  // namespace kindred::cpu
