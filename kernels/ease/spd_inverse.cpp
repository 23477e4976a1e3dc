// SPDX-License-Identifier: Apache-2.0
#include "kernels/ease/spd_inverse.h"

#include "kernels/core/single_threaded_blas.h"
#include "kernels/core/tensor.h"

#include <algorithm>
#include <vector>

namespace kindred::cpu {

namespace {

constexpr std::int64_t kBlock = 512;

std::int64_t blocks(std::int64_t size) { return (size + kBlock - 1) / kBlock; }
std::int64_t width(std::int64_t block, std::int64_t size) { return std::min(kBlock, size - block * kBlock); }

// inverse = D^-1 of the diagonal block that starts at `first`, in fp64 and rounded; both triangles.
void invert_pivot(View<float, 2> a, std::int64_t first, std::int64_t n, double* work, float* inverse) {
  for (std::int64_t i = 0; i < n; ++i) std::copy_n(a.row(first + i) + first, i + 1, work + i * n);
  const auto order = static_cast<lapack_int>(n);
  lapack_int info = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', order, work, order);
  if (info == 0) info = LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'L', order, work, order);
  if (info != 0) {
    fail(ErrorKind::divergence,
         "inverse: row {} of the {} x {} matrix has no positive pivot in fp32; a larger model.regularization makes it "
         "invertible", first + info - 1, a.size(0), a.size(0));
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      inverse[i * n + j] = inverse[j * n + i] = static_cast<float>(work[i * n + j]);
    }
  }
}

}  // namespace

std::int64_t spd_inverse_workspace_bytes(std::int64_t size, int) {
  const std::int64_t widest = std::min(size, kBlock);
  return checked_mul(2 * widest * sizeof(float), size) + widest * widest * (sizeof(float) + sizeof(double));
}

void negative_spd_inverse(const Context& ctx, View<float, 2> a) {
  use_single_threaded_blas();
  const std::int64_t size = a.size(0);
  const std::int64_t count = blocks(size);
  const std::int64_t widest = std::min(size, kBlock);
  Tensor<float, 1> column(ctx, {size * widest}, "spd_inverse.column");  // A_ik of all i, [size, n]
  Tensor<float, 1> scaled(ctx, {size * widest}, "spd_inverse.scaled");  // A_ik D^-1
  Tensor<float, 1> inverse(ctx, {widest * widest}, "spd_inverse.pivot");
  Tensor<double, 1> work(ctx, {widest * widest}, "spd_inverse.pivot_work");
  std::vector<std::pair<std::int64_t, std::int64_t>> tiles;  // of the lower triangle
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) tiles.emplace_back(i, j);
  }

  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t first = k * kBlock;
    const std::int64_t n = width(k, size);
    invert_pivot(a, first, n, work.data(), inverse.data());

    parallel_for(ctx.pool(), count, 1, [&](std::int64_t i, std::int64_t, int) {
      if (i == k) return;
      const std::int64_t row = i * kBlock;
      const std::int64_t rows = width(i, size);
      float* block = column.data() + row * n;
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < n; ++c) {
          block[r * n + c] = i > k ? a(row + r, first + c) : a(first + c, row + r);
        }
      }
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(rows), static_cast<int>(n),
                  static_cast<int>(n), 1.0F, block, static_cast<int>(n), inverse.data(), static_cast<int>(n), 0.0F,
                  scaled.data() + row * n, static_cast<int>(n));
    });

    parallel_for(ctx.pool(), static_cast<std::int64_t>(tiles.size()), 1, [&](std::int64_t tile, std::int64_t, int) {
      const auto [i, j] = tiles[static_cast<std::size_t>(tile)];
      const std::int64_t row = i * kBlock;
      const std::int64_t col = j * kBlock;
      if (i == k && j == k) {
        for (std::int64_t r = 0; r < n; ++r) {
          for (std::int64_t c = 0; c < n; ++c) a(row + r, col + c) = -inverse.data()[r * n + c];
        }
      } else if (j == k) {
        for (std::int64_t r = 0; r < width(i, size); ++r) {
          std::copy_n(scaled.data() + (row + r) * n, n, a.row(row + r) + col);
        }
      } else if (i == k) {
        for (std::int64_t r = 0; r < n; ++r) {
          for (std::int64_t c = 0; c < width(j, size); ++c) a(row + r, col + c) = scaled.data()[(col + c) * n + r];
        }
      } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(width(i, size)),
                    static_cast<int>(width(j, size)), static_cast<int>(n), -1.0F, scaled.data() + row * n,
                    static_cast<int>(n), column.data() + col * n, static_cast<int>(n), 1.0F, a.row(row) + col,
                    static_cast<int>(size));
      }
    });
  }
}

}  // namespace kindred::cpu
