// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_formula.h"

#include "kernels/core/parallel.h"
#include "kernels/core/single_threaded_blas.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <vector>

namespace kindred::cpu {

void als_half_step(const Context& ctx, const AlsHalfStep& args) {
  use_single_threaded_blas();
  const CsrView& csr = args.interactions;
  const std::int64_t k = args.x.size(1);
  const int n = static_cast<int>(k);
  const float a0 = static_cast<float>(args.unobserved_weight);
  Tensor<float, 2> background(ctx, {k, k}, "als.background");
  kindred::gram(ctx, {.x = args.y, .g = background.view()});
  Tensor<float, 2> scratch(ctx, {ctx.threads(), k * k}, "als.primal");
  parallel_for(ctx.pool(), csr.rows, 16, [&](std::int64_t begin, std::int64_t end, int thread) {
    float* a = scratch.view().row(thread);
    for (std::int64_t row = begin; row < end; ++row) {
      float* x = args.x.row(row);
      std::fill_n(x, k, 0.0F);
      if (csr.length(row) == 0) continue;
      const double penalty = als_row_regularization(csr.length(row), csr.columns, args.unobserved_weight,
                                                    args.regularization, args.regularization_exponent);
      for (std::int64_t i = 0; i < k * k; ++i) a[i] = a0 * background.data()[i];
      for (std::int64_t f = 0; f < k; ++f) a[f * k + f] += static_cast<float>(penalty);
      for (std::int64_t entry = csr.begin(row); entry < csr.end(row); ++entry) {
        const AlsEntry e = als_entry(csr.value(entry), args.form, a0);
        const float* y = args.y.row(csr.ids(entry));
        cblas_ssyr(CblasRowMajor, CblasLower, n, e.q, y, 1, a, n);
        cblas_saxpy(n, e.r, y, 1, x, 1);
      }
      const int info = LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', n, a, n);
      if (info != 0) {
        fail(ErrorKind::divergence, "[als_half_step] the system of row {} is not positive definite (pivot {})", row, info);
      }
      LAPACKE_spotrs_work(LAPACK_COL_MAJOR, 'U', n, 1, a, n, x, n);
    }
  });
}

}  // namespace kindred::cpu
