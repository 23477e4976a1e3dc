// SPDX-License-Identifier: Apache-2.0
// Building blocks of the row solvers, once per instruction set (Highway): products of a tall panel with itself,
// Cholesky with its substitutions, and the transposition of gathered rows. Sizes are multiples of kAlsPad.
#if defined(KINDRED_ALS_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef KINDRED_ALS_SIMD_INL_H_
#undef KINDRED_ALS_SIMD_INL_H_
#else
#define KINDRED_ALS_SIMD_INL_H_
#endif

#include "kernels/als/als_rows.h"
#include "kernels/als/als_targets.h"

#include "hwy/highway.h"

#include <cmath>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace kindred::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::CappedTag<float, 16>;
using Vec = hn::Vec<Wide>;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(Wide()));
// A tile of the products: kTileRows x (kTileVectors vectors) accumulators stay in registers.
constexpr int kTileRows = 8;
constexpr int kTileVectors = kLanes == 16 ? 3 : 1;

// C[r][v] (+)= sign sum_e a(r, e) b[e][v] for r < kTileRows, e < depth; a(r, e) = a[r * a_row + e * a_step].
template <int kVectors, bool kAdd, bool kNegative>
HWY_INLINE void product_tile(const float* a, std::int64_t a_row, std::int64_t a_step, const float* b,
                             std::int64_t stride, std::int64_t depth, float* c, std::int64_t c_stride) {
  const Wide d;
  Vec sum[kTileRows][kVectors];
  HWY_UNROLL(8)
  for (int r = 0; r < kTileRows; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) sum[r][v] = kAdd ? hn::Load(d, c + r * c_stride + v * kLanes) : hn::Zero(d);
  }
  for (std::int64_t e = 0; e < depth; ++e) {
    Vec right[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) right[v] = hn::Load(d, b + e * stride + v * kLanes);
    HWY_UNROLL(8)
    for (int r = 0; r < kTileRows; ++r) {
      const Vec left = hn::Set(d, a[r * a_row + e * a_step]);
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        sum[r][v] = kNegative ? hn::NegMulAdd(left, right[v], sum[r][v]) : hn::MulAdd(left, right[v], sum[r][v]);
      }
    }
  }
  HWY_UNROLL(8)
  for (int r = 0; r < kTileRows; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) hn::Store(sum[r][v], d, c + r * c_stride + v * kLanes);
  }
}

// kTileRows rows of C, columns [j_begin, j_end): C (+)= sign A B, with A as above.
template <bool kAdd, bool kNegative>
HWY_INLINE void product_strip(const float* a, std::int64_t a_row, std::int64_t a_step, const float* b,
                              std::int64_t stride, std::int64_t depth, std::int64_t j_begin, std::int64_t j_end,
                              float* c, std::int64_t c_stride) {
  std::int64_t j = j_begin;
  if constexpr (kTileVectors > 2) {
    // Four vectors as 2 + 2: a lone vector would wait for its loads.
    for (; j + 3 * kLanes <= j_end && j_end - j != 4 * kLanes; j += 3 * kLanes) {
      product_tile<3, kAdd, kNegative>(a, a_row, a_step, b + j, stride, depth, c + j, c_stride);
    }
    for (; j + 2 * kLanes <= j_end; j += 2 * kLanes) {
      product_tile<2, kAdd, kNegative>(a, a_row, a_step, b + j, stride, depth, c + j, c_stride);
    }
  }
  for (; j < j_end; j += kLanes) {
    product_tile<1, kAdd, kNegative>(a, a_row, a_step, b + j, stride, depth, c + j, c_stride);
  }
}

// Rows [i, i + kTileRows) of C, columns [j_begin, j_end): C (+)= sign panel' panel.
template <bool kAdd, bool kNegative>
HWY_INLINE void product_rows(const float* panel, std::int64_t stride, std::int64_t depth, std::int64_t i,
                             std::int64_t j_begin, std::int64_t j_end, float* c, std::int64_t c_stride) {
  product_strip<kAdd, kNegative>(panel + i, 1, stride, panel, stride, depth, j_begin, j_end, c + i * c_stride,
                                 c_stride);
}

// The upper triangle (with some of the lower beside the diagonal) of G (+)= panel' panel; G is [n, g_stride].
template <bool kAdd>
HWY_INLINE void gram_upper(const float* panel, std::int64_t stride, std::int64_t depth, std::int64_t n, float* g,
                           std::int64_t g_stride) {
  for (std::int64_t i = 0; i < n; i += kTileRows) {
    product_rows<kAdd, false>(panel, stride, depth, i, i / kAlsPad * kAlsPad, n, g, g_stride);
  }
}

// Solves G x = b for symmetric positive definite G of n rows, upper triangle, row stride n + kAlsPad, b in column n;
// G is overwritten by U with G = U'U. False when a pivot is not positive. x has n elements.
HWY_INLINE bool cholesky_solve(float* HWY_RESTRICT g, std::int64_t n, float* HWY_RESTRICT x) {
  const Wide d;
  const std::int64_t stride = n + kAlsPad;
  float block[kTileRows][kTileRows];
  float inverse[kTileRows];
  for (std::int64_t k = 0; k < n; k += kTileRows) {
    const std::int64_t first = k / kAlsPad * kAlsPad;
    if (k > 0) product_rows<true, true>(g, stride, k, k, first, stride, g, stride);
    float* rows = g + k * stride;
    // The diagonal block in scalars ...
    for (int i = 0; i < kTileRows; ++i) {
      for (int j = i; j < kTileRows; ++j) block[i][j] = rows[i * stride + k + j];
    }
    HWY_UNROLL(8)
    for (int i = 0; i < kTileRows; ++i) {
      if (!(block[i][i] > 0.0F)) return false;
      inverse[i] = 1.0F / std::sqrt(block[i][i]);
      for (int j = i + 1; j < kTileRows; ++j) block[i][j] *= inverse[i];
      for (int r = i + 1; r < kTileRows; ++r) {
        for (int j = r; j < kTileRows; ++j) block[r][j] -= block[i][r] * block[i][j];
      }
    }
    // ... then the same elimination for all columns to its right.
    for (std::int64_t j = first; j < stride; j += kLanes) {
      Vec row[kTileRows];
      HWY_UNROLL(8)
      for (int i = 0; i < kTileRows; ++i) row[i] = hn::Load(d, rows + i * stride + j);
      HWY_UNROLL(8)
      for (int i = 0; i < kTileRows; ++i) {
        row[i] = hn::Mul(row[i], hn::Set(d, inverse[i]));
        hn::Store(row[i], d, rows + i * stride + j);
        HWY_UNROLL(8)
        for (int r = i + 1; r < kTileRows; ++r) row[r] = hn::NegMulAdd(hn::Set(d, block[i][r]), row[i], row[r]);
      }
    }
  }
  // U x = column n. Elements of x not yet solved are 0, so the sums may start at a whole vector.
  for (std::int64_t i = 0; i < n; ++i) x[i] = 0.0F;
  for (std::int64_t k = n - kTileRows; k >= 0; k -= kTileRows) {
    Vec sum[kTileRows];
    HWY_UNROLL(8)
    for (int i = 0; i < kTileRows; ++i) sum[i] = hn::Zero(d);
    for (std::int64_t j = (k + kTileRows) / kLanes * kLanes; j < n; j += kLanes) {
      const Vec solved = hn::Load(d, x + j);
      HWY_UNROLL(8)
      for (int i = 0; i < kTileRows; ++i) sum[i] = hn::MulAdd(hn::Load(d, g + (k + i) * stride + j), solved, sum[i]);
    }
    float rest[kTileRows];
    for (int i = 0; i < kTileRows; ++i) {
      rest[i] = g[(k + i) * stride + n] - hn::GetLane(hn::SumOfLanes(d, sum[i]));
    }
    for (int i = kTileRows - 1; i >= 0; --i) {
      const float* u = g + (k + i) * stride + k;
      const float value = rest[i] / u[i];
      x[k + i] = value;
      for (int r = 0; r < i; ++r) rest[r] -= g[(k + r) * stride + k + i] * value;
    }
  }
  return true;
}

// Transposition of kLanes gathered rows, in two steps. First each row is stored in pieces of four floats ...
// staging holds stride * kLanes floats.
HWY_INLINE void stage_row(const float* HWY_RESTRICT row, std::int64_t stride, std::int64_t lane,
                          float* HWY_RESTRICT staging) {
  const hn::CappedTag<float, 4> quad;
  float* out = staging + (lane % 4) * kLanes + lane / 4 * 4;
  for (std::int64_t k = 0; k < stride; k += 4) hn::Store(hn::LoadU(quad, row + k), quad, out + k * kLanes);
}

// ... so that four vectors hold a 4 x kLanes tile whose 4 x 4 blocks need transposing: out[i] = element k + i of rows.
HWY_INLINE void load_transposed(const float* HWY_RESTRICT staging, std::int64_t k, Vec out[4]) {
  const Wide d;
  const hn::Repartition<double, Wide> pairs;
  const float* tile = staging + k * kLanes;
  const Vec v0 = hn::Load(d, tile);
  const Vec v1 = hn::Load(d, tile + kLanes);
  const Vec v2 = hn::Load(d, tile + 2 * kLanes);
  const Vec v3 = hn::Load(d, tile + 3 * kLanes);
  const auto t0 = hn::BitCast(pairs, hn::InterleaveLower(d, v0, v1));
  const auto t1 = hn::BitCast(pairs, hn::InterleaveUpper(d, v0, v1));
  const auto t2 = hn::BitCast(pairs, hn::InterleaveLower(d, v2, v3));
  const auto t3 = hn::BitCast(pairs, hn::InterleaveUpper(d, v2, v3));
  out[0] = hn::BitCast(d, hn::InterleaveLower(pairs, t0, t2));
  out[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, t0, t2));
  out[2] = hn::BitCast(d, hn::InterleaveLower(pairs, t1, t3));
  out[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, t1, t3));
}

// The other way: kLanes results of four elements each back to rows, staged so that unstage_row reads quads.
HWY_INLINE void store_transposed(const Vec in[4], std::int64_t k, float* HWY_RESTRICT staging) {
  const Wide d;
  const hn::Repartition<double, Wide> pairs;
  const auto t0 = hn::BitCast(pairs, hn::InterleaveLower(d, in[0], in[1]));
  const auto t1 = hn::BitCast(pairs, hn::InterleaveUpper(d, in[0], in[1]));
  const auto t2 = hn::BitCast(pairs, hn::InterleaveLower(d, in[2], in[3]));
  const auto t3 = hn::BitCast(pairs, hn::InterleaveUpper(d, in[2], in[3]));
  float* tile = staging + k * kLanes;
  hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, t0, t2)), d, tile);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, t0, t2)), d, tile + kLanes);
  hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, t1, t3)), d, tile + 2 * kLanes);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, t1, t3)), d, tile + 3 * kLanes);
}

HWY_INLINE void unstage_row(const float* HWY_RESTRICT staging, std::int64_t stride, std::int64_t lane,
                            float* HWY_RESTRICT row) {
  const hn::CappedTag<float, 4> quad;
  const float* in = staging + (lane % 4) * kLanes + lane / 4 * 4;
  for (std::int64_t k = 0; k < stride; k += 4) hn::StoreU(hn::Load(quad, in + k * kLanes), quad, row + k);
}

}  // namespace HWY_NAMESPACE
}  // namespace kindred::cpu
HWY_AFTER_NAMESPACE();

#endif
