// SPDX-License-Identifier: Apache-2.0
// The objective, the explanation of a score, and the initial factors: everything of als.h but the half step.
#include "kernels/als/als_formula.h"

#include "kernels/core/parallel.h"
#include "kernels/core/random.h"
#include "kernels/core/single_threaded_blas.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kindred::cpu {

namespace {

constexpr std::int64_t kRowsPerChunk = 256;
constexpr std::int64_t kGramRows = 4096;

double dot(const float* a, const float* b, std::int64_t k) {
  // Eight partial sums, so that the compiler may use vectors without reordering anything.
  double partial[8] = {};
  std::int64_t f = 0;
  for (; f + 8 <= k; f += 8) {
    for (int lane = 0; lane < 8; ++lane) {
      partial[lane] += static_cast<double>(a[f + lane]) * static_cast<double>(b[f + lane]);
    }
  }
  for (; f < k; ++f) partial[0] += static_cast<double>(a[f]) * static_cast<double>(b[f]);
  return ((partial[0] + partial[4]) + (partial[1] + partial[5])) +
         ((partial[2] + partial[6]) + (partial[3] + partial[7]));
}

// Y'Y in double, both triangles.
std::vector<double> gram_in_double(View<const float, 2> y) {
  const std::int64_t k = y.size(1);
  std::vector<double> gram(static_cast<std::size_t>(k * k), 0.0);
  std::vector<double> block(static_cast<std::size_t>(kGramRows * k));
  for (std::int64_t begin = 0; begin < y.size(0); begin += kGramRows) {
    const std::int64_t rows = std::min(kGramRows, y.size(0) - begin);
    std::copy_n(y.row(begin), rows * k, block.begin());
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, static_cast<int>(k), static_cast<int>(rows), 1.0, block.data(),
                static_cast<int>(k), 1.0, gram.data(), static_cast<int>(k));
  }
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t j = 0; j < i; ++j)
      gram[static_cast<std::size_t>(j * k + i)] = gram[static_cast<std::size_t>(i * k + j)];
  }
  return gram;
}

void check_positive_definite(lapack_int info) {
  KINDRED_CHECK(info == 0, "[als_explain] the row's system is not positive definite (pivot {})", info);
}

}  // namespace

double als_objective(const Context& ctx, const AlsObjective& args) {
  const CsrView& csr = args.interactions;
  const std::int64_t k = args.x.size(1);
  const float a0 = static_cast<float>(args.unobserved_weight);
  const auto penalty = [&](std::int64_t length, std::int64_t columns) {
    return als_row_regularization(length, columns, args.unobserved_weight, args.regularization,
                                  args.regularization_exponent);
  };
  double total = parallel_sum(ctx.pool(), csr.rows, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0.0;
    for (std::int64_t row = begin; row < end; ++row) {
      const float* x = args.x.row(row);
      for (std::int64_t entry = csr.begin(row); entry < csr.end(row); ++entry) {
        const float value = csr.value(entry);
        const double score = dot(x, args.y.row(csr.ids(entry)), k);
        const AlsEntry system = als_entry(value, args.form, a0);
        // q s^2 - 2 r s + r: c (s - p)^2 less what the sum over all pairs counts too much.
        sum += (system.q * score - 2.0 * system.r) * score + system.r;
      }
      sum += penalty(csr.length(row), csr.columns) * dot(x, x, k);
    }
    return sum;
  });

  std::vector<std::int64_t> column_length(static_cast<std::size_t>(csr.columns), 0);
  for (const std::int32_t id : csr.ids.span()) ++column_length[static_cast<std::size_t>(id)];
  total += parallel_sum(ctx.pool(), csr.columns, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    double sum = 0.0;
    for (std::int64_t column = begin; column < end; ++column) {
      const float* y = args.y.row(column);
      sum += penalty(column_length[static_cast<std::size_t>(column)], csr.rows) * dot(y, y, k);
    }
    return sum;
  });

  if (args.unobserved_weight > 0.0) {
    Tensor<float, 2> gram_x(ctx, {k, k}, "als.objective");
    Tensor<float, 2> gram_y(ctx, {k, k}, "als.objective");
    kindred::gram(ctx, {.x = args.x, .g = gram_x.view()});
    kindred::gram(ctx, {.x = args.y, .g = gram_y.view()});
    double trace = 0.0;
    for (std::int64_t i = 0; i < k; ++i) trace += dot(gram_x.view().row(i), gram_y.view().row(i), k);
    total += args.unobserved_weight * trace;
  }
  return total;
}

double als_explain(const Context&, const AlsExplain& args) {
  use_single_threaded_blas();
  const CsrView& csr = args.history;
  const std::int64_t k = args.y.size(1);
  const int n = static_cast<int>(k);
  const double penalty = als_row_regularization(csr.nnz(), csr.columns, args.unobserved_weight, args.regularization,
                                                args.regularization_exponent);
  std::vector<double> background = gram_in_double(args.y);
  for (double& value : background) value *= args.unobserved_weight;
  for (std::int64_t f = 0; f < k; ++f) background[static_cast<std::size_t>(f * k + f)] += penalty;

  std::vector<double> system(background);
  std::vector<double> x(static_cast<std::size_t>(k), 0.0);
  std::vector<double> y(static_cast<std::size_t>(k));
  const auto load = [&](std::int32_t item) { std::copy_n(args.y.row(item), k, y.begin()); };
  for (std::int64_t entry = 0; entry < csr.nnz(); ++entry) {
    const AlsEntry e = als_entry(csr.value(entry), args.form, static_cast<float>(args.unobserved_weight));
    load(csr.ids(entry));
    cblas_dsyr(CblasRowMajor, CblasLower, n, e.q, y.data(), 1, system.data(), n);
    cblas_daxpy(n, e.r, y.data(), 1, x.data(), 1);
  }
  check_positive_definite(LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', n, system.data(), n));
  LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', n, 1, system.data(), n, x.data(), n);

  std::copy_n(args.target.data(), k, y.begin());
  const double score = cblas_ddot(n, x.data(), 1, y.data(), 1);
  std::vector<double> direction(y);
  check_positive_definite(LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', n, background.data(), n));
  LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', n, 1, background.data(), n, direction.data(), n);
  for (std::int64_t entry = 0; entry < csr.nnz(); ++entry) {
    const AlsEntry e = als_entry(csr.value(entry), args.form, static_cast<float>(args.unobserved_weight));
    load(csr.ids(entry));
    const double weight = e.r - e.q * cblas_ddot(n, x.data(), 1, y.data(), 1);
    args.contributions(entry) = weight * cblas_ddot(n, direction.data(), 1, y.data(), 1);
  }
  return score;
}

void als_init(const Context& ctx, const AlsInit& args) {
  const std::int64_t k = args.x.size(1);
  const Random random(ctx.seed(), args.purpose);
  const float scale = static_cast<float>(args.stddev / std::sqrt(static_cast<double>(k)));
  parallel_for(ctx.pool(), args.x.size(0), kRowsPerChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t f = 0; f < k; ++f) {
        args.x(row, f) = scale * random.normal(static_cast<std::uint64_t>(row), static_cast<std::uint32_t>(f));
      }
    }
  });
}

}  // namespace kindred::cpu
