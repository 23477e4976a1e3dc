// SPDX-License-Identifier: Apache-2.0
// Direct solves of one row at a time.
// Primal: G = B + l_u I + Y_u' diag(q) Y_u, K x K. Dual: with s = sqrt q, V = diag(s) Y_u D^-1/2, l x l:
//     (I + V V') w = r / s,   z = D^-1/2 V' w
// Both are the product of a panel with itself (rows of the panel: entries, or columns of V), then Cholesky.
#include "kernels/als/als_rows.h"
#include "kernels/als/als_targets.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/als/als_direct_cpu.cpp"
#include "hwy/foreach_target.h"

#include "hwy/cache_control.h"
#include "kernels/als/als_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kindred::cpu {
namespace HWY_NAMESPACE {

constexpr std::int64_t kPanelRows = 64;     // entries gathered at a time: the panel stays in cache
constexpr std::int64_t kPrefetchAhead = 6;  // entries

HWY_INLINE void prefetch_row(const AlsRows& rows, std::int64_t entry, std::int64_t end) {
  if (entry >= end) return;
  const float* row = rows.y + rows.csr.ids(entry) * rows.stride;
  for (std::int64_t k = 0; k < rows.stride; k += 16) hwy::Prefetch(row + k);
}

// Right-hand side sum_j r_j y_j for entries [begin, end), added to b; the panel becomes sqrt(q) y, rows of q = 0 zeros.
// Negative q go to a second panel. Returns {rows of the first, rows of the second}.
struct PanelRows {
  std::int64_t positive = 0;
  std::int64_t negative = 0;
};

HWY_INLINE PanelRows gather_panel(const AlsRows& rows, std::int64_t begin, std::int64_t end, std::int64_t row_end,
                                  float* HWY_RESTRICT positive, float* HWY_RESTRICT negative, float* HWY_RESTRICT b) {
  const Wide d;
  PanelRows count;
  for (std::int64_t entry = begin; entry < end; ++entry) {
    prefetch_row(rows, entry + kPrefetchAhead, row_end);
    const AlsEntry system = als_entry(rows.csr.value(entry), rows.form, rows.a0);
    const float* y = rows.y + rows.csr.ids(entry) * rows.stride;
    float* out =
        system.q < 0.0F ? negative + count.negative++ * rows.stride : positive + count.positive++ * rows.stride;
    const Vec scale = hn::Set(d, std::sqrt(std::abs(system.q)));
    const Vec r = hn::Set(d, system.r);
    for (std::int64_t k = 0; k < rows.stride; k += kLanes) {
      const Vec value = hn::Load(d, y + k);
      hn::Store(hn::Mul(value, scale), d, out + k);
      hn::Store(hn::MulAdd(value, r, hn::Load(d, b + k)), d, b + k);
    }
  }
  return count;
}

void solve_primal_row(const AlsRows& rows, std::int64_t position, AlsScratch& scratch) {
  const Wide d;
  const std::int64_t n = rows.stride;
  const std::int64_t g_stride = n + kAlsPad;
  const std::int64_t row = rows.order[position];
  float* g = scratch.floats(0, n * g_stride);
  float* positive = scratch.floats(1, kPanelRows * n);
  float* negative = scratch.floats(2, kPanelRows * n);
  float* b = scratch.floats(3, n);
  const float penalty = rows.penalty[position];
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i / kAlsPad * kAlsPad; j < g_stride; j += kLanes) {
      hn::Store(rows.background != nullptr && j < n ? hn::Load(d, rows.background + i * n + j) : hn::Zero(d), d,
                g + i * g_stride + j);
    }
    if (rows.background == nullptr) g[i * g_stride + i] = rows.eigenvalues[i];
    g[i * g_stride + i] += penalty;
    b[i] = 0.0F;
  }
  const std::int64_t end = rows.csr.end(row);
  for (std::int64_t entry = rows.csr.begin(row); entry < end; entry += kPanelRows) {
    const PanelRows count = gather_panel(rows, entry, std::min(end, entry + kPanelRows), end, positive, negative, b);
    gram_upper<true>(positive, n, count.positive, n, g, g_stride);
    for (std::int64_t i = 0; i < n && count.negative > 0; i += kTileRows) {
      product_rows<true, true>(negative, n, count.negative, i, i / kAlsPad * kAlsPad, n, g, g_stride);
    }
  }
  for (std::int64_t i = 0; i < n; ++i) g[i * g_stride + n] = b[i];
  if (!cholesky_solve(g, n, rows.z + row * n)) {
    fail(ErrorKind::divergence, "[als_half_step] the system of row {} is not positive definite", row);
  }
}

void solve_dual_row(const AlsRows& rows, std::int64_t position, AlsScratch& scratch) {
  const Wide d;
  const std::int64_t stride = rows.stride;
  const std::int64_t row = rows.order[position];
  const std::int64_t begin = rows.csr.begin(row);
  const std::int64_t length = rows.csr.length(row);
  const std::int64_t n = als_padded(length);
  const std::int64_t g_stride = n + kAlsPad;
  float* g = scratch.floats(0, n * g_stride);
  float* panel = scratch.floats(1, stride * n);  // V', [stride, n]
  float* staging = scratch.floats(2, stride * kLanes);
  float* w = scratch.floats(3, n);
  float* root = scratch.floats(4, stride);
  float* scale = scratch.floats(5, n);
  const Vec one = hn::Set(d, 1.0F);
  const Vec l = hn::Set(d, rows.penalty[position]);
  for (std::int64_t k = 0; k < stride; k += kLanes) {
    hn::Store(hn::Div(one, hn::Sqrt(hn::Add(hn::LoadU(d, rows.eigenvalues + k), l))), d, root + k);
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i / kAlsPad * kAlsPad; j < g_stride; j += kLanes)
      hn::Store(hn::Zero(d), d, g + i * g_stride + j);
    g[i * g_stride + i] = 1.0F;
    scale[i] = 0.0F;
  }
  for (std::int64_t j = 0; j < length; ++j) {
    const AlsEntry system = als_entry(rows.csr.value(begin + j), rows.form, rows.a0);
    scale[j] = std::sqrt(system.q);
    g[j * g_stride + n] = scale[j] > 0.0F ? system.r / scale[j] : 0.0F;
  }
  for (std::int64_t j = 0; j < n; j += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      // Beyond the row's end: any row of Y, scaled by 0.
      const std::int64_t entry = begin + std::min(j + lane, length - 1);
      prefetch_row(rows, entry + kPrefetchAhead, begin + length);
      stage_row(rows.y + rows.csr.ids(entry) * stride, stride, lane, staging);
    }
    const Vec s = hn::Load(d, scale + j);
    for (std::int64_t k = 0; k < stride; k += 4) {
      Vec v[4];
      load_transposed(staging, k, v);
      HWY_UNROLL(4)
      for (int i = 0; i < 4; ++i) {
        hn::Store(hn::Mul(hn::Mul(v[i], s), hn::Set(d, root[k + i])), d, panel + (k + i) * n + j);
      }
    }
  }
  for (std::int64_t k = 0; k < stride; k += kPanelRows) {
    gram_upper<true>(panel + k * n, n, std::min(kPanelRows, stride - k), n, g, g_stride);
  }
  if (!cholesky_solve(g, n, w)) {
    fail(ErrorKind::divergence, "[als_half_step] the dual system of row {} is not positive definite", row);
  }
  // z = D^-1/2 V' w, four vectors of z at a time, from the gathered rows themselves.
  float* z = rows.z + row * stride;
  for (std::int64_t j = 0; j < length; ++j) w[j] *= scale[j];
  for (std::int64_t k = 0; k < stride; k += 4 * kLanes) {
    const int vectors = static_cast<int>(std::min<std::int64_t>(4, (stride - k) / kLanes));
    Vec sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (std::int64_t j = 0; j < length; ++j) {
      const float* y = rows.y + rows.csr.ids(begin + j) * stride + k;
      const Vec weight = hn::Set(d, w[j]);
      if (vectors == 4) {
        HWY_UNROLL(4)
        for (int v = 0; v < 4; ++v) sum[v] = hn::MulAdd(hn::Load(d, y + v * kLanes), weight, sum[v]);
      } else {
        for (int v = 0; v < vectors; ++v) sum[v] = hn::MulAdd(hn::Load(d, y + v * kLanes), weight, sum[v]);
      }
    }
    for (int v = 0; v < vectors; ++v) {
      const Vec inverse_root = hn::Load(d, root + k + v * kLanes);
      hn::Store(hn::Mul(sum[v], hn::Mul(inverse_root, inverse_root)), d, z + k + v * kLanes);
    }
  }
}

void solve_primal(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  for (std::int64_t position = begin; position < end; ++position) solve_primal_row(rows, position, scratch);
}

void solve_dual(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  for (std::int64_t position = begin; position < end; ++position) solve_dual_row(rows, position, scratch);
}

}  // namespace HWY_NAMESPACE
}  // namespace kindred::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kindred::cpu {
HWY_EXPORT(solve_primal);
HWY_EXPORT(solve_dual);
void als_solve_primal(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(solve_primal)(rows, begin, end, scratch);
}
void als_solve_dual(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(solve_dual)(rows, begin, end, scratch);
}
}  // namespace kindred::cpu
#endif
