// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/single_threaded_blas.h"
#include "kernels/core/tensor.h"
#include "kernels/procrustes/procrustes.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace kindred::cpu {

namespace {

constexpr std::int64_t kRowsAtOnce = 256;

// Adds x' y of the rows [begin, end) to sum [K, K].
void add_products(const OrthogonalProcrustes& args, std::int64_t begin, std::int64_t end, double* sum) {
  const std::int64_t k = args.x.size(1);
  std::vector<double> x(static_cast<std::size_t>(kRowsAtOnce * k));
  std::vector<double> y(x.size());
  for (std::int64_t row = begin; row < end; row += kRowsAtOnce) {
    const std::int64_t rows = std::min(kRowsAtOnce, end - row);
    std::copy(args.x.row(row), args.x.row(row) + rows * k, x.begin());
    std::copy(args.y.row(row), args.y.row(row) + rows * k, y.begin());
    const int order = static_cast<int>(k);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, order, order, static_cast<int>(rows), 1.0, x.data(), order,
                y.data(), order, 1.0, sum, order);
  }
}

}  // namespace

void orthogonal_procrustes(const Context& ctx, const OrthogonalProcrustes& args) {
  use_single_threaded_blas();
  const std::int64_t n = args.x.size(0);
  const std::int64_t k = args.x.size(1);
  constexpr std::int64_t kMostScratch = std::int64_t{512} << 20;
  const std::int64_t chunks = std::clamp<std::int64_t>(kMostScratch / (8 * k * k), 1, 8);
  Tensor<double, 3> partial = Tensor<double, 3>::zeros(ctx, {chunks, k, k}, "procrustes.products");
  double* products = partial.data();
  parallel_for(ctx.pool(), chunks, 1, [&](std::int64_t chunk, std::int64_t, int) {
    add_products(args, n * chunk / chunks, n * (chunk + 1) / chunks, products + chunk * k * k);
  });
  for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
    for (std::int64_t i = 0; i < k * k; ++i) products[i] += products[chunk * k * k + i];
  }
  if (!std::all_of(products, products + k * k, [](double value) { return std::isfinite(value); })) {
    fail(ErrorKind::divergence, "[orthogonal_procrustes] the vectors are not finite");
  }
  Tensor<double, 2> u(ctx, {k, k}, "procrustes.u");
  Tensor<double, 2> vt(ctx, {k, k}, "procrustes.vt");
  std::vector<double> singular(static_cast<std::size_t>(k));
  const auto order = static_cast<lapack_int>(k);
  const lapack_int info = LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'A', order, order, products, order, singular.data(),
                                         u.data(), order, vt.data(), order);
  if (info != 0) {
    fail(ErrorKind::divergence, "[orthogonal_procrustes] X'Y has no singular value decomposition (LAPACK dgesdd: {})",
         info);
  }
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, order, order, order, 1.0, u.data(), order, vt.data(), order,
              0.0, products, order);
  for (std::int64_t i = 0; i < k * k; ++i) args.rotation.data()[i] = static_cast<float>(products[i]);
}

}  // namespace kindred::cpu
