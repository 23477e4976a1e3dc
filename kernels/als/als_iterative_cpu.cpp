// SPDX-License-Identifier: Apache-2.0
// Solvers that improve a given z.
// pcg: conjugate gradients on a row's system, preconditioned by D = background + l_u, which is diagonal in the rotated
// basis. A product with the system is one pass over the row's entries: t_j = q_j y_j.p, then sum_j t_j y_j.
// subspace: the columns in blocks; each block is solved exactly with the others fixed (iALS++, Rendle et al. 2021).
#include "kernels/als/als_rows.h"
#include "kernels/als/als_targets.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/als/als_iterative_cpu.cpp"
#include "hwy/foreach_target.h"

#include "hwy/cache_control.h"
#include "kernels/als/als_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kindred::cpu {
namespace HWY_NAMESPACE {

constexpr std::int64_t kPrefetchAhead = 8;  // entries
constexpr int kTogether = 4;                // entries whose dot products are reduced together

// dots[i] = sum of all lanes of v[i].
HWY_INLINE void sums_of_four(const Vec v[4], float* HWY_RESTRICT dots) {
  const Wide d;
  const hn::Repartition<double, Wide> pairs;
  const auto low = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v[0], v[1]), hn::InterleaveUpper(d, v[0], v[1])));
  const auto high = hn::BitCast(pairs, hn::Add(hn::InterleaveLower(d, v[2], v[3]), hn::InterleaveUpper(d, v[2], v[3])));
  // Each 128-bit block holds the four sums of its part.
  const Vec sum = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, low, high)),
                          hn::BitCast(d, hn::InterleaveUpper(pairs, low, high)));
  HWY_ALIGN float blocks[kLanes];
  hn::Store(sum, d, blocks);
  const hn::CappedTag<float, 4> quad;
  auto total = hn::Load(quad, blocks);
  HWY_UNROLL(4)
  for (std::int64_t block = 4; block < kLanes; block += 4) total = hn::Add(total, hn::Load(quad, blocks + block));
  hn::Store(total, quad, dots);
}

// out = sum_j ([with_target] r_j - q_j y_j.p) y_j over the row's entries.
template <bool with_target>
HWY_INLINE void entries_pass(const AlsRows& rows, std::int64_t begin, std::int64_t end, const float* HWY_RESTRICT p,
                             float* HWY_RESTRICT out) {
  const Wide d;
  const std::int64_t stride = rows.stride;
  for (std::int64_t k = 0; k < stride; k += kLanes) hn::Store(hn::Zero(d), d, out + k);
  for (std::int64_t entry = begin; entry < end; entry += kTogether) {
    const int count = static_cast<int>(std::min<std::int64_t>(kTogether, end - entry));
    const float* y[kTogether];
    for (int i = 0; i < kTogether; ++i) {
      y[i] = rows.y + rows.csr.ids(entry + std::min(i, count - 1)) * stride;
      if (with_target && entry + kPrefetchAhead + i < end) {
        const float* ahead = rows.y + rows.csr.ids(entry + kPrefetchAhead + i) * stride;
        for (std::int64_t k = 0; k < stride; k += 16) hwy::Prefetch(ahead + k);
      }
    }
    Vec sum[kTogether] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (std::int64_t k = 0; k < stride; k += kLanes) {
      const Vec right = hn::Load(d, p + k);
      HWY_UNROLL(4)
      for (int i = 0; i < kTogether; ++i) sum[i] = hn::MulAdd(hn::Load(d, y[i] + k), right, sum[i]);
    }
    HWY_ALIGN float dots[kTogether];
    sums_of_four(sum, dots);
    Vec weight[kTogether];
    HWY_UNROLL(4)
    for (int i = 0; i < kTogether; ++i) {
      float t = 0.0F;
      if (i < count) {
        const AlsEntry system = als_entry(rows.csr.value(entry + i), rows.form, rows.a0);
        t = (with_target ? system.r : 0.0F) - system.q * dots[i];
      }
      weight[i] = hn::Set(d, t);
    }
    for (std::int64_t k = 0; k < stride; k += kLanes) {
      Vec value = hn::Load(d, out + k);
      HWY_UNROLL(4)
      for (int i = 0; i < kTogether; ++i) value = hn::MulAdd(hn::Load(d, y[i] + k), weight[i], value);
      hn::Store(value, d, out + k);
    }
  }
}

void solve_pcg_row(const AlsRows& rows, std::int64_t position, AlsScratch& scratch) {
  const Wide d;
  const std::int64_t n = rows.stride;
  const std::int64_t row = rows.order[position];
  const std::int64_t begin = rows.csr.begin(row);
  const std::int64_t end = rows.csr.end(row);
  float* diagonal = scratch.floats(0, n);
  float* r = scratch.floats(1, n);
  float* p = scratch.floats(2, n);
  float* ap = scratch.floats(3, n);
  float* z = rows.z + row * n;
  const Vec l = hn::Set(d, rows.penalty[position]);

  entries_pass<true>(rows, begin, end, z, r);
  Vec sum = hn::Zero(d);
  for (std::int64_t k = 0; k < n; k += kLanes) {
    const Vec diag = hn::Add(hn::LoadU(d, rows.eigenvalues + k), l);
    const Vec residual = hn::NegMulAdd(diag, hn::Load(d, z + k), hn::Load(d, r + k));
    const Vec direction = hn::Div(residual, diag);
    hn::Store(diag, d, diagonal + k);
    hn::Store(residual, d, r + k);
    hn::Store(direction, d, p + k);
    sum = hn::MulAdd(residual, direction, sum);
  }
  float rho = hn::GetLane(hn::SumOfLanes(d, sum));
  for (std::int64_t step = 0; step < rows.cg_steps && rho > 0.0F; ++step) {
    entries_pass<false>(rows, begin, end, p, ap);
    sum = hn::Zero(d);
    for (std::int64_t k = 0; k < n; k += kLanes) {
      const Vec direction = hn::Load(d, p + k);
      const Vec product = hn::NegMulAdd(hn::Load(d, diagonal + k), direction, hn::Load(d, ap + k));  // -(A p)
      hn::Store(product, d, ap + k);
      sum = hn::MulAdd(direction, product, sum);
    }
    const float curvature = -hn::GetLane(hn::SumOfLanes(d, sum));
    if (!(curvature > 0.0F)) break;
    const Vec alpha = hn::Set(d, rho / curvature);
    sum = hn::Zero(d);
    for (std::int64_t k = 0; k < n; k += kLanes) {
      hn::Store(hn::MulAdd(alpha, hn::Load(d, p + k), hn::Load(d, z + k)), d, z + k);
      const Vec residual = hn::MulAdd(alpha, hn::Load(d, ap + k), hn::Load(d, r + k));
      hn::Store(residual, d, r + k);
      const Vec scaled = hn::Div(residual, hn::Load(d, diagonal + k));
      hn::Store(scaled, d, ap + k);
      sum = hn::MulAdd(residual, scaled, sum);
    }
    const float next = hn::GetLane(hn::SumOfLanes(d, sum));
    const Vec beta = hn::Set(d, next / rho);
    for (std::int64_t k = 0; k < n; k += kLanes) {
      hn::Store(hn::MulAdd(beta, hn::Load(d, p + k), hn::Load(d, ap + k)), d, p + k);
    }
    rho = next;
  }
}

void solve_subspace_row(const AlsRows& rows, std::int64_t position, AlsScratch& scratch) {
  const Wide d;
  const std::int64_t n = rows.stride;
  const std::int64_t row = rows.order[position];
  const std::int64_t begin = rows.csr.begin(row);
  const std::int64_t length = rows.csr.length(row);
  const std::int64_t widest = std::min(n, als_padded(rows.block_size));
  float* g = scratch.floats(0, widest * (widest + kAlsPad));
  float* panel = scratch.floats(1, widest * kAlsPad);
  float* step = scratch.floats(2, widest);
  float* rest = scratch.floats(3, length);  // r_j - q_j y_j.z
  float* z = rows.z + row * n;
  const float penalty = rows.penalty[position];
  const auto entry_row = [&](std::int64_t j) { return rows.y + rows.csr.ids(begin + j) * n; };
  const auto dot = [&](const float* a, const float* b, std::int64_t size) {
    Vec sum = hn::Zero(d);
    for (std::int64_t k = 0; k < size; k += kLanes) sum = hn::MulAdd(hn::Load(d, a + k), hn::Load(d, b + k), sum);
    return hn::GetLane(hn::SumOfLanes(d, sum));
  };
  for (std::int64_t j = 0; j < length; ++j) {
    const AlsEntry system = als_entry(rows.csr.value(begin + j), rows.form, rows.a0);
    rest[j] = system.r - system.q * dot(entry_row(j), z, n);
  }
  for (std::int64_t first = 0; first < n; first += widest) {
    const std::int64_t width = std::min(widest, n - first);
    const std::int64_t g_stride = width + kAlsPad;
    for (std::int64_t i = 0; i < width; ++i) {
      const float* background = rows.background + (first + i) * n;
      float* out = g + i * g_stride;
      for (std::int64_t k = 0; k < width; k += kLanes) hn::Store(hn::Load(d, background + first + k), d, out + k);
      for (std::int64_t k = width; k < g_stride; k += kLanes) hn::Store(hn::Zero(d), d, out + k);
      out[width] = -dot(background, z, n) - penalty * z[first + i];
      out[i] += penalty;
    }
    // Panels of entries, positive and negative q apart.
    for (const bool negative : {false, true}) {
      std::int64_t count = 0;
      const auto flush = [&] {
        for (std::int64_t i = 0; i < width && count > 0; i += kTileRows) {
          const std::int64_t from = i / kAlsPad * kAlsPad;
          if (negative) {
            product_rows<true, true>(panel, width, count, i, from, width, g, g_stride);
          } else {
            product_rows<true, false>(panel, width, count, i, from, width, g, g_stride);
          }
        }
        count = 0;
      };
      for (std::int64_t j = 0; j < length; ++j) {
        const AlsEntry system = als_entry(rows.csr.value(begin + j), rows.form, rows.a0);
        const float* y = entry_row(j) + first;
        if (!negative) {
          for (std::int64_t i = 0; i < width; ++i) g[i * g_stride + width] += rest[j] * y[i];
        }
        if ((system.q < 0.0F) != negative || system.q == 0.0F) continue;
        const Vec scale = hn::Set(d, std::sqrt(std::abs(system.q)));
        for (std::int64_t k = 0; k < width; k += kLanes) {
          hn::Store(hn::Mul(scale, hn::Load(d, y + k)), d, panel + count * width + k);
        }
        if (++count == kAlsPad) flush();
      }
      flush();
    }
    if (!cholesky_solve(g, width, step)) {
      fail(ErrorKind::divergence, "[als_half_step] a block of the system of row {} is not positive definite", row);
    }
    for (std::int64_t k = 0; k < width; ++k) z[first + k] += step[k];
    for (std::int64_t j = 0; j < length; ++j) {
      const AlsEntry system = als_entry(rows.csr.value(begin + j), rows.form, rows.a0);
      rest[j] -= system.q * dot(entry_row(j) + first, step, width);
    }
  }
}

void solve_pcg(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  for (std::int64_t position = begin; position < end; ++position) solve_pcg_row(rows, position, scratch);
}

void solve_subspace(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  for (std::int64_t position = begin; position < end; ++position) solve_subspace_row(rows, position, scratch);
}

}  // namespace HWY_NAMESPACE
}  // namespace kindred::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kindred::cpu {
HWY_EXPORT(solve_pcg);
HWY_EXPORT(solve_subspace);
void als_solve_pcg(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(solve_pcg)(rows, begin, end, scratch);
}
void als_solve_subspace(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(solve_subspace)(rows, begin, end, scratch);
}
}  // namespace kindred::cpu
#endif
