// SPDX-License-Identifier: Apache-2.0
// Tiles of fixed size, one single-threaded BLAS call each.
#include "kernels/gemm/gemm.h"

#include "kernels/core/parallel.h"
#include "kernels/core/single_threaded_blas.h"
#include "kernels/core/tensor.h"

#include <algorithm>
#include <vector>

namespace kindred::cpu {

namespace {

constexpr std::int64_t kTileRows = 256;
constexpr std::int64_t kTileColumns = 1024;
constexpr std::int64_t kGramRows = 65536;  // rows summed in fp32 before the sum goes on in fp64
constexpr std::int64_t kGramTile = 256;    // columns of one tile of the Gram matrix

std::int64_t tiles(std::int64_t size, std::int64_t tile) { return (size + tile - 1) / tile; }

}  // namespace

void gemm(const Context& ctx, const Gemm& args) {
  use_single_threaded_blas();
  const std::int64_t m = args.c.size(0);
  const std::int64_t n = args.c.size(1);
  const std::int64_t k = args.a.size(args.transpose_a ? 0 : 1);
  const std::int64_t column_tiles = tiles(n, kTileColumns);
  parallel_for(ctx.pool(), tiles(m, kTileRows) * column_tiles, 1, [&](std::int64_t tile, std::int64_t, int) {
    const std::int64_t row = tile / column_tiles * kTileRows;
    const std::int64_t column = tile % column_tiles * kTileColumns;
    const std::int64_t rows = std::min(kTileRows, m - row);
    const std::int64_t columns = std::min(kTileColumns, n - column);
    const float* a = args.a.data() + (args.transpose_a ? row : row * args.a.size(1));
    const float* b = args.b.data() + (args.transpose_b ? column * args.b.size(1) : column);
    cblas_sgemm(CblasRowMajor, args.transpose_a ? CblasTrans : CblasNoTrans,
                args.transpose_b ? CblasTrans : CblasNoTrans, static_cast<int>(rows), static_cast<int>(columns),
                static_cast<int>(k), args.alpha, a, static_cast<int>(std::max<std::int64_t>(1, args.a.size(1))), b,
                static_cast<int>(std::max<std::int64_t>(1, args.b.size(1))), args.beta, args.c.row(row) + column,
                static_cast<int>(n));
  });
}

void gram(const Context& ctx, const Gram& args) {
  use_single_threaded_blas();
  const std::int64_t rows = args.x.size(0);
  const std::int64_t k = args.x.size(1);
  const std::int64_t side = tiles(k, kGramTile);
  // One job a tile of the lower triangle; each adds its blocks of rows in order.
  std::vector<std::pair<std::int64_t, std::int64_t>> lower;
  for (std::int64_t i = 0; i < side; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) lower.emplace_back(i * kGramTile, j * kGramTile);
  }
  // Few tiles (small K) would leave threads idle: the blocks of rows are jobs too, summed afterwards in order.
  const std::int64_t blocks = std::max<std::int64_t>(1, tiles(rows, kGramRows));
  const std::int64_t wave = std::min<std::int64_t>(blocks, 8);  // blocks in flight; does not change the sums
  Tensor<float, 2> partial(ctx, {wave, k * k}, "gram.partial");
  Tensor<double, 1> total = Tensor<double, 1>::zeros(ctx, {k * k}, "gram.total");
  for (std::int64_t first = 0; first < blocks; first += wave) {
    const std::int64_t count = std::min(wave, blocks - first);
    const std::int64_t jobs = count * static_cast<std::int64_t>(lower.size());
    parallel_for(ctx.pool(), jobs, 1, [&](std::int64_t job, std::int64_t, int) {
      const std::int64_t block = job / static_cast<std::int64_t>(lower.size());
      const auto [i, j] = lower[static_cast<std::size_t>(job % static_cast<std::int64_t>(lower.size()))];
      const std::int64_t row = (first + block) * kGramRows;
      const std::int64_t height = std::min(kGramRows, rows - row);
      float* out = partial.view().row(block) + i * k + j;
      const std::int64_t tile_rows = std::min(kGramTile, k - i);
      const std::int64_t tile_columns = std::min(kGramTile, k - j);
      const float* x = args.x.data() + row * k;
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, static_cast<int>(tile_rows), static_cast<int>(tile_columns),
                  static_cast<int>(height), 1.0F, x + i, static_cast<int>(k), x + j, static_cast<int>(k), 0.0F, out,
                  static_cast<int>(k));
    });
    parallel_for(ctx.pool(), k, 16, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) {
        for (std::int64_t block = 0; block < count; ++block) {
          const float* source = partial.view().row(block) + i * k;
          for (std::int64_t j = 0; j <= i; ++j) total.data()[i * k + j] += static_cast<double>(source[j]);
        }
      }
    });
  }
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      args.g(i, j) = args.g(j, i) = static_cast<float>(total.data()[i * k + j]);
    }
  }
}

}  // namespace kindred::cpu
