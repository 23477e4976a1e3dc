// SPDX-License-Identifier: Apache-2.0
// Products with whole factor matrices: Y'Y and rotations. Up to kAlsOwnProducts columns with the register tiles of the
// row solvers (the matrix on the right stays in cache, so nothing needs packing), above through kernels/gemm.
#include "kernels/als/als_basis.h"

#include "kernels/als/als_targets.h"
#include "kernels/core/parallel.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/als/als_basis_cpu.cpp"
#include "hwy/foreach_target.h"

#include "kernels/als/als_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kindred::cpu {
namespace HWY_NAMESPACE {

void gram_block(const float* y, std::int64_t stride, std::int64_t rows, float* g) {
  constexpr std::int64_t kDepth = 64;  // rows of Y in L1
  gram_upper<false>(y, stride, std::min(kDepth, rows), stride, g, stride);
  for (std::int64_t row = kDepth; row < rows; row += kDepth) {
    gram_upper<true>(y + row * stride, stride, std::min(kDepth, rows - row), stride, g, stride);
  }
}

// to [rows, stride] = from [rows, from_stride] matrix [depth, stride]. `edge` holds kTileRows * stride floats.
void rotate_block(const float* from, std::int64_t from_stride, std::int64_t rows, const float* matrix,
                  std::int64_t depth, std::int64_t stride, float* to, std::int64_t to_stride, float* edge) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(to) % 64 == 0;
  for (std::int64_t row = 0; row < rows; row += kTileRows) {
    const std::int64_t count = std::min<std::int64_t>(kTileRows, rows - row);
    const bool whole = count == kTileRows && to_stride == stride && aligned;
    // The last rows, and rows that are not padded or aligned, go through `edge`; the last rows are read again from
    // kTileRows rows further up where there are such, else one by one.
    const std::int64_t source = count == kTileRows || rows < kTileRows ? row : rows - kTileRows;
    const std::int64_t skip = row - source;
    float* out = whole ? to + row * to_stride : edge;
    const std::int64_t a_row = rows < kTileRows ? 0 : from_stride;
    if (a_row != 0) {
      product_strip<false, false>(from + source * from_stride, a_row, 1, matrix, stride, depth, 0, stride, out, stride);
      if (!whole) {
        for (std::int64_t r = 0; r < count; ++r)
          std::copy_n(edge + (skip + r) * stride, to_stride, to + (row + r) * to_stride);
      }
    } else {
      for (std::int64_t r = 0; r < count; ++r) {
        product_strip<false, false>(from + (row + r) * from_stride, 0, 1, matrix, stride, depth, 0, stride, edge,
                                    stride);
        std::copy_n(edge, to_stride, to + (row + r) * to_stride);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kindred::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kindred::cpu {

HWY_EXPORT(gram_block);
HWY_EXPORT(rotate_block);

namespace {

constexpr std::int64_t kGramRows = 1024;   // summed in fp32; their sums go on in fp64
constexpr std::int64_t kRotateRows = 256;  // a chunk of work

}  // namespace

void als_gram(const Context& ctx, View<const float, 2> y, View<float, 2> g) {
  const std::int64_t stride = y.size(1);
  if (stride > kAlsOwnProducts) {
    kindred::gram(ctx, {.x = y, .g = g});
    return;
  }
  constexpr std::int64_t kWave = 32;  // blocks in flight: bounds the memory
  Tensor<float, 2> partial(ctx, {kWave, stride * stride}, "als.gram");
  std::vector<double> total(static_cast<std::size_t>(stride * stride), 0.0);
  for (std::int64_t first = 0; first < y.size(0); first += kWave * kGramRows) {
    const std::int64_t rows = std::min(kWave * kGramRows, y.size(0) - first);
    parallel_for(ctx.pool(), rows, kGramRows, [&](std::int64_t begin, std::int64_t end, int) {
      HWY_DYNAMIC_DISPATCH(gram_block)
      (y.row(first + begin), stride, end - begin, partial.view().row(begin / kGramRows));
    });
    parallel_for(ctx.pool(), stride, 32, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t block = 0; block * kGramRows < rows; ++block) {
        const float* source = partial.view().row(block);
        for (std::int64_t i = begin; i < end; ++i) {
          for (std::int64_t j = i; j < stride; ++j) {
            total[static_cast<std::size_t>(i * stride + j)] += static_cast<double>(source[i * stride + j]);
          }
        }
      }
    });
  }
  for (std::int64_t i = 0; i < stride; ++i) {
    for (std::int64_t j = i; j < stride; ++j) {
      g(i, j) = g(j, i) = static_cast<float>(total[static_cast<std::size_t>(i * stride + j)]);
    }
  }
}

void als_rotate(const Context& ctx, View<const float, 2> from, View<const float, 2> matrix, View<float, 2> to) {
  const std::int64_t stride = matrix.size(1);
  const bool padded_output = to.size(1) == stride;
  if (stride > kAlsOwnProducts) {
    KINDRED_ASSERT(padded_output || stride > to.size(1));
    if (padded_output) {
      kindred::gemm(ctx, {.a = from, .b = matrix, .c = to});
      return;
    }
  }
  Tensor<float, 2> edge(ctx, {ctx.threads(), 8 * stride}, "als.rotate");
  parallel_for(ctx.pool(), from.size(0), kRotateRows, [&](std::int64_t begin, std::int64_t end, int thread) {
    HWY_DYNAMIC_DISPATCH(rotate_block)
    (from.row(begin), from.size(1), end - begin, matrix.data(), matrix.size(0), stride, to.row(begin), to.size(1),
     edge.view().row(thread));
  });
}

}  // namespace kindred::cpu
#endif
