// SPDX-License-Identifier: Apache-2.0
// Dual solves of short rows, one SIMD lane a row: everything is elementwise over lanes, so that products, Cholesky and
// substitutions of a 5 x 5 system run as fast as those of a large one. With s = sqrt q, V = diag(s) Y_u D^-1/2:
//     (I + V V') w = r / s,   z = D^-1/2 V' w
#include "kernels/als/als_rows.h"
#include "kernels/als/als_targets.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/als/als_short_cpu.cpp"
#include "hwy/foreach_target.h"

#include "hwy/cache_control.h"
#include "kernels/als/als_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kindred::cpu {
namespace HWY_NAMESPACE {

constexpr std::int64_t kDepth = 16;  // columns of V in flight: their panel stays in L1
constexpr int kBlock = 4;            // G in blocks of 4 x 4 lanes-vectors

// G (+)= V V' for `depth` columns of V; panel[k][j] and g[i][j] are vectors of lanes; n a multiple of kBlock.
template <bool kFirst>
HWY_INLINE void lanes_gram(const float* HWY_RESTRICT panel, std::int64_t n, std::int64_t depth, float* HWY_RESTRICT g) {
  const Wide d;
  for (std::int64_t i = 0; i < n; i += kBlock) {
    for (std::int64_t j = 0; j <= i; j += kBlock) {
      Vec sum[kBlock][kBlock];
      HWY_UNROLL(4)
      for (int r = 0; r < kBlock; ++r) {
        HWY_UNROLL(4)
        for (int c = 0; c < kBlock; ++c) {
          sum[r][c] = kFirst ? hn::Zero(d) : hn::Load(d, g + ((i + r) * n + j + c) * kLanes);
        }
      }
      const float* left = panel + i * kLanes;
      const float* right = panel + j * kLanes;
      for (std::int64_t k = 0; k < depth; ++k, left += n * kLanes, right += n * kLanes) {
        Vec b[kBlock];
        HWY_UNROLL(4)
        for (int c = 0; c < kBlock; ++c) b[c] = hn::Load(d, right + c * kLanes);
        HWY_UNROLL(4)
        for (int r = 0; r < kBlock; ++r) {
          const Vec a = hn::Load(d, left + r * kLanes);
          HWY_UNROLL(4)
          for (int c = 0; c < kBlock; ++c) sum[r][c] = hn::MulAdd(a, b[c], sum[r][c]);
        }
      }
      HWY_UNROLL(4)
      for (int r = 0; r < kBlock; ++r) {
        HWY_UNROLL(4)
        for (int c = 0; c < kBlock; ++c) hn::Store(sum[r][c], d, g + ((i + r) * n + j + c) * kLanes);
      }
    }
  }
}

// Solves (I + G) w = b in every lane, in place: lower triangle of g [n, n], b [n]. Only the first `size` rows count.
HWY_INLINE void lanes_cholesky_solve(float* HWY_RESTRICT g, std::int64_t n, std::int64_t size, float* HWY_RESTRICT b) {
  const Wide d;
  const Vec one = hn::Set(d, 1.0F);
  const auto at = [&](std::int64_t i, std::int64_t j) { return g + (i * n + j) * kLanes; };
  for (std::int64_t j = 0; j < size; ++j) {
    // Column j of L, four rows at a time; the diagonal keeps 1 / L_jj.
    Vec pivot = hn::Add(one, hn::Load(d, at(j, j)));
    Vec rhs = hn::Load(d, b + j * kLanes);
    for (std::int64_t p = 0; p < j; ++p) {
      const Vec l = hn::Load(d, at(j, p));
      pivot = hn::NegMulAdd(l, l, pivot);
      rhs = hn::NegMulAdd(l, hn::Load(d, b + p * kLanes), rhs);
    }
    const Vec inverse = hn::Div(one, hn::Sqrt(pivot));
    hn::Store(inverse, d, at(j, j));
    hn::Store(hn::Mul(rhs, inverse), d, b + j * kLanes);
    std::int64_t i = j + 1;
    for (; i + 4 <= size; i += 4) {
      Vec sum[4];
      HWY_UNROLL(4)
      for (int r = 0; r < 4; ++r) sum[r] = hn::Load(d, at(i + r, j));
      for (std::int64_t p = 0; p < j; ++p) {
        const Vec l = hn::Load(d, at(j, p));
        HWY_UNROLL(4)
        for (int r = 0; r < 4; ++r) sum[r] = hn::NegMulAdd(hn::Load(d, at(i + r, p)), l, sum[r]);
      }
      HWY_UNROLL(4)
      for (int r = 0; r < 4; ++r) hn::Store(hn::Mul(sum[r], inverse), d, at(i + r, j));
    }
    for (; i < size; ++i) {
      Vec sum = hn::Load(d, at(i, j));
      for (std::int64_t p = 0; p < j; ++p) sum = hn::NegMulAdd(hn::Load(d, at(i, p)), hn::Load(d, at(j, p)), sum);
      hn::Store(hn::Mul(sum, inverse), d, at(i, j));
    }
  }
  for (std::int64_t j = size - 1; j >= 0; --j) {
    const Vec w = hn::Mul(hn::Load(d, b + j * kLanes), hn::Load(d, at(j, j)));
    hn::Store(w, d, b + j * kLanes);
    for (std::int64_t p = 0; p < j; ++p) {
      hn::Store(hn::NegMulAdd(hn::Load(d, at(j, p)), w, hn::Load(d, b + p * kLanes)), d, b + p * kLanes);
    }
  }
}

// kLanes rows, the last of which is the longest.
void solve_short_batch(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  const Wide d;
  const std::int64_t stride = rows.stride;
  const std::int64_t count = end - begin;
  const std::int64_t size = rows.csr.length(rows.order[end - 1]);
  const std::int64_t n = (size + kBlock - 1) / kBlock * kBlock;
  float* panel = scratch.floats(0, stride * n * kLanes);
  float* staging = scratch.floats(1, stride * kLanes);
  float* g = scratch.floats(2, n * n * kLanes);
  float* w = scratch.floats(3, n * kLanes);
  float* root = scratch.floats(4, stride * kLanes);  // D^-1/2
  HWY_ALIGN float penalty[kLanes];
  for (std::int64_t lane = 0; lane < kLanes; ++lane) penalty[lane] = rows.penalty[std::min(begin + lane, end - 1)];
  const Vec l = hn::Load(d, penalty);
  const Vec one = hn::Set(d, 1.0F);
  if (penalty[0] == penalty[kLanes - 1]) {
    // Nearly always: rows of one length share D.
    for (std::int64_t k = 0; k < stride; k += kLanes) {
      hn::Store(hn::Div(one, hn::Sqrt(hn::Add(l, hn::LoadU(d, rows.eigenvalues + k)))), d, staging + k);
    }
    for (std::int64_t k = 0; k < stride; ++k) hn::Store(hn::Set(d, staging[k]), d, root + k * kLanes);
  } else {
    for (std::int64_t k = 0; k < stride; ++k) {
      hn::Store(hn::Div(one, hn::Sqrt(hn::Add(l, hn::Set(d, rows.eigenvalues[k])))), d, root + k * kLanes);
    }
  }

  for (std::int64_t j = 0; j < n; ++j) {
    HWY_ALIGN float scale[kLanes];
    HWY_ALIGN float target[kLanes];
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      scale[lane] = target[lane] = 0.0F;
      const std::int64_t row = rows.order[std::min(begin + lane, end - 1)];
      const std::int64_t entry = rows.csr.begin(row) + j;
      if (lane >= count || entry >= rows.csr.end(row)) continue;
      const AlsEntry system = als_entry(rows.csr.value(entry), rows.form, rows.a0);
      scale[lane] = std::sqrt(system.q);
      target[lane] = scale[lane] > 0.0F ? system.r / scale[lane] : 0.0F;
      // The next entry of this row is needed after those of the other lanes.
      if (entry + 1 < rows.csr.end(row)) {
        const float* next = rows.y + rows.csr.ids(entry + 1) * stride;
        for (std::int64_t k = 0; k < stride; k += 16) hwy::Prefetch(next + k);
      }
      stage_row(rows.y + rows.csr.ids(entry) * stride, stride, lane, staging);
    }
    hn::Store(hn::Load(d, target), d, w + j * kLanes);
    const Vec s = hn::Load(d, scale);
    const auto used = hn::Gt(s, hn::Zero(d));  // other lanes' staging is stale
    for (std::int64_t k = 0; k < stride; k += 4) {
      Vec v[4];
      load_transposed(staging, k, v);
      HWY_UNROLL(4)
      for (int i = 0; i < 4; ++i) {
        const Vec scaled = hn::Mul(hn::Mul(v[i], s), hn::Load(d, root + (k + i) * kLanes));
        hn::Store(hn::IfThenElseZero(used, scaled), d, panel + ((k + i) * n + j) * kLanes);
      }
    }
  }

  lanes_gram<true>(panel, n, kDepth, g);
  for (std::int64_t k = kDepth; k < stride; k += kDepth) lanes_gram<false>(panel + k * n * kLanes, n, kDepth, g);
  lanes_cholesky_solve(g, n, size, w);

  for (std::int64_t k = 0; k < stride; k += 4) {
    Vec z[4];
    HWY_UNROLL(4)
    for (int i = 0; i < 4; ++i) z[i] = hn::Zero(d);
    for (std::int64_t j = 0; j < size; ++j) {
      const Vec weight = hn::Load(d, w + j * kLanes);
      HWY_UNROLL(4)
      for (int i = 0; i < 4; ++i) z[i] = hn::MulAdd(hn::Load(d, panel + ((k + i) * n + j) * kLanes), weight, z[i]);
    }
    HWY_UNROLL(4)
    for (int i = 0; i < 4; ++i) z[i] = hn::Mul(z[i], hn::Load(d, root + (k + i) * kLanes));
    store_transposed(z, k, staging);
  }
  for (std::int64_t lane = 0; lane < count; ++lane) {
    unstage_row(staging, stride, lane, rows.z + rows.order[begin + lane] * stride);
  }
}

void solve_short(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  for (std::int64_t first = begin; first < end; first += kLanes) {
    solve_short_batch(rows, first, std::min(end, first + kLanes), scratch);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kindred::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kindred::cpu {
HWY_EXPORT(solve_short);
void als_solve_short(const AlsRows& rows, std::int64_t begin, std::int64_t end, AlsScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(solve_short)(rows, begin, end, scratch);
}
}  // namespace kindred::cpu
#endif
