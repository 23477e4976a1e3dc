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

// C = alpha A B (or A B') + beta C; A and B compact, rows of C ldc apart.
struct Tile {
  CBLAS_TRANSPOSE transpose_b = CblasNoTrans;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
};
void multiply(const Tile& t, float alpha, const float* a, const float* b, float beta, float* c, std::int64_t ldc) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, t.transpose_b, static_cast<int>(t.m), static_cast<int>(t.n),
              static_cast<int>(t.k), alpha, a, static_cast<int>(t.k), b,
              static_cast<int>(t.transpose_b == CblasTrans ? t.k : t.n), beta, c, static_cast<int>(ldc));
}
void multiply(const Tile& t, double alpha, const double* a, const double* b, double beta, double* c, std::int64_t ldc) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, t.transpose_b, static_cast<int>(t.m), static_cast<int>(t.n),
              static_cast<int>(t.k), alpha, a, static_cast<int>(t.k), b,
              static_cast<int>(t.transpose_b == CblasTrans ? t.k : t.n), beta, c, static_cast<int>(ldc));
}

// inverse = D^-1 of the diagonal block that starts at `first`, in fp64 and rounded; both triangles.
template <typename T>
void invert_pivot(View<T, 2> a, std::int64_t first, std::int64_t n, double* work, T* inverse) {
  for (std::int64_t i = 0; i < n; ++i) std::copy_n(a.row(first + i) + first, i + 1, work + i * n);
  const auto order = static_cast<lapack_int>(n);
  lapack_int info = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', order, work, order);
  if (info == 0) info = LAPACKE_dpotri(LAPACK_ROW_MAJOR, 'L', order, work, order);
  if (info != 0) {
    fail(ErrorKind::divergence,
         "inverse: row {} of the {} x {} matrix has no positive pivot in fp{}; a larger model.regularization makes "
         "it invertible",
         first + info - 1, a.size(0), a.size(0), 8 * sizeof(T));
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      inverse[i * n + j] = inverse[j * n + i] = static_cast<T>(work[i * n + j]);
    }
  }
}

}  // namespace

template <typename T>
std::int64_t spd_inverse_workspace_bytes(std::int64_t size) {
  const std::int64_t widest = std::min(size, kBlock);
  return checked_mul(2 * widest * sizeof(T), size) + widest * widest * (sizeof(T) + sizeof(double));
}

template <typename T>
void negative_spd_inverse(const Context& ctx, View<T, 2> a) {
  use_single_threaded_blas();
  const std::int64_t size = a.size(0);
  const std::int64_t count = blocks(size);
  const std::int64_t widest = std::min(size, kBlock);
  Tensor<T, 1> column(ctx, {size * widest}, "spd_inverse.column");  // A_ik of all i, [size, n]
  Tensor<T, 1> scaled(ctx, {size * widest}, "spd_inverse.scaled");  // A_ik D^-1
  Tensor<T, 1> inverse(ctx, {widest * widest}, "spd_inverse.pivot");
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
      T* block = column.data() + row * n;
      for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < n; ++c) {
          block[r * n + c] = i > k ? a(row + r, first + c) : a(first + c, row + r);
        }
      }
      multiply({CblasNoTrans, rows, n, n}, T{1}, block, inverse.data(), T{0}, scaled.data() + row * n, n);
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
        multiply({CblasTrans, width(i, size), width(j, size), n}, T{-1}, scaled.data() + row * n,
                 column.data() + col * n, T{1}, a.row(row) + col, size);
      }
    });
  }
}

template void negative_spd_inverse(const Context&, View<float, 2>);
template void negative_spd_inverse(const Context&, View<double, 2>);
template std::int64_t spd_inverse_workspace_bytes<float>(std::int64_t);
template std::int64_t spd_inverse_workspace_bytes<double>(std::int64_t);

}  // namespace kindred::cpu
