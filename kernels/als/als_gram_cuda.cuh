// SPDX-License-Identifier: Apache-2.0
// The sums of a row's system, straight into the registers of a group of warps:
//     S += sum_j q_j y_j y_j'       b += sum_j r_j y_j       over entries [begin, end)
// Rows of the bf16 mirror of Y are gathered with cp.async, 32 entries a stage, several stages ahead; a stage's rows lie
// 16 bytes more than their length apart, so that ldmatrix meets no bank twice. Both factors of a product are the same
// fragments. b is three more columns of the product: r as three bf16 numbers, exact to fp32. Sums in ascending order of
// entries.
#pragma once

#include "kernels/als/als_cholesky_cuda.cuh"
#include "kernels/als/als_rows_cuda.cuh"

namespace kindred::cuda {

constexpr int kStageEntries = 32;

template <typename Shape, int planes>
struct GramStages {
  static constexpr int kChunks = Shape::kSize * planes / 8;  // 16-byte pieces of an entry
  static constexpr int kEntryBytes = 16 * kChunks + 16;
  static constexpr int kStageBytes = kStageEntries * kEntryBytes;
  static constexpr int kFitting = Shape::kFactorBytes / kStageBytes;  // in the memory that L takes afterwards
  static constexpr int kStages = kFitting < 3 ? 3 : kFitting > 6 ? 6 : kFitting;
  static constexpr int kBytes = kStages * kStageBytes;
};

// 16 bytes from global to shared memory; zeros where !present.
__device__ inline void copy_async(std::uint32_t to, const void* from, bool present) {
  const int bytes = present ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int pending>
__device__ inline void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

template <typename Shape, int planes>
__device__ inline void gather_stage(const __nv_bfloat16* y, std::uint32_t stage, std::int32_t id, int thread) {
  using Stages = GramStages<Shape, planes>;
#pragma unroll
  for (int first = 0; first < kStageEntries * Stages::kChunks; first += Shape::kThreads) {
    const int piece = first + thread;
    const int entry = piece / Stages::kChunks;
    const int chunk = piece % Stages::kChunks;
    const std::int32_t row = __shfl_sync(0xFFFFFFFFU, id, entry & 31);
    if (kStageEntries * Stages::kChunks % Shape::kThreads != 0 && piece >= kStageEntries * Stages::kChunks) continue;
    const std::int64_t from_chunk = std::int64_t{row < 0 ? 0 : row} * Stages::kChunks + chunk;
    copy_async(stage + entry * Stages::kEntryBytes + 16 * chunk, y + 8 * from_chunk, row >= 0);
  }
}

// What the entries of one group of 16 add, for this lane's columns of a fragment: the root of |q| with the sign of q,
// and r as a right fragment.
struct EntryWeights {
  float root[4];
  std::uint32_t r0;
  std::uint32_t r1;
};

template <int planes>
__device__ inline EntryWeights entry_weights(AlsEntry own, int first, int lane) {
  EntryWeights weights;
  float r[4];
  const float own_root = copysignf(sqrtf(fabsf(own.q)), own.q);
  const float own_r = planes == 2 ? own.r : own.r > 0.0F ? own.r / own_root : 0.0F;
#pragma unroll
  for (int n = 0; n < 4; ++n) {
    const int source = first + 2 * (lane & 3) + (n & 1) + 8 * (n >> 1);
    weights.root[n] = __shfl_sync(0xFFFFFFFFU, own_root, source);
    r[n] = __shfl_sync(0xFFFFFFFFU, own_r, source);
  }
  const int column = lane >> 2;
#pragma unroll
  for (int n = 0; n < 4; ++n) {
    const float hi = low_bf16(pack_bf16(r[n], 0.0F));
    const float middle = low_bf16(pack_bf16(r[n] - hi, 0.0F));
    r[n] = column == 0 ? hi : column == 1 ? middle : column == 2 ? r[n] - hi - middle : 0.0F;
  }
  weights.r0 = pack_bf16(r[0], r[1]);
  weights.r1 = pack_bf16(r[2], r[3]);
  return weights;
}

// Two neighbouring columns times their weights, one or two planes.
template <int planes>
__device__ inline void scale_pair(std::uint32_t& hi, std::uint32_t& lo, float first, float second) {
  if constexpr (planes == 1) {
    hi = pack_bf16(low_bf16(hi) * first, high_bf16(hi) * second);
  } else {
    split_bf16((low_bf16(hi) + low_bf16(lo)) * first, (high_bf16(hi) + high_bf16(lo)) * second, hi, lo);
  }
}

// Both fragments of q y y' times the root of |q|, and the left one times the sign: rounded alike on both sides, q > 0
// gives a matrix that is symmetric and positive semidefinite in whatever it is rounded to. (Rounded q y on one side
// alone is off by 2^-9 q |y|^2 in any direction, and l_u may be less.)
template <int planes>
__device__ inline void scale_left(LeftFragment (&f)[planes], const float (&root)[4]) {
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    const int n = 2 * (quarter >> 1);
    scale_pair<planes>(f[0].quarter[quarter], f[planes - 1].quarter[quarter], root[n], root[n + 1]);
  }
}
template <int planes>
__device__ inline void scale_right(RightFragment (&f)[planes], const float (&root)[4]) {
#pragma unroll
  for (int quarter = 0; quarter < 4; ++quarter) {
    const int n = 2 * (quarter & 1);
    scale_pair<planes>(f[0].quarter[quarter], f[planes - 1].quarter[quarter], fabsf(root[n]), fabsf(root[n + 1]));
  }
}

// The three columns of the sums of one tile row added up.
__device__ inline void store_rhs(const float (&sum)[4], float* b, int lane) {
  const float third0 = __shfl_down_sync(0xFFFFFFFFU, sum[0], 1);
  const float third1 = __shfl_down_sync(0xFFFFFFFFU, sum[2], 1);
  if ((lane & 3) == 0) {
    b[lane >> 2] = sum[0] + sum[1] + third0;
    b[8 + (lane >> 2)] = sum[2] + sum[3] + third1;
  }
}

// Adds `count` entries from `begin` on to the group's tiles, and writes their part of the right-hand side to b [kSize].
// Not weighted: q = r = 1 for every entry.
template <typename Shape, int planes, bool weighted>
__device__ inline void add_entries(const AlsCudaRows& rows, std::int64_t begin, int count,
                                   float (&tile)[Shape::kHeld][8], float* b_out, std::byte* shared, int group_thread) {
  using Stages = GramStages<Shape, planes>;
  constexpr int kAhead = Stages::kStages - 1;
  const int thread = not_hoisted(group_thread);
  const WarpPlace<Shape> place(thread);
  const int lane = place.lane;
  const std::int32_t* ids = rows.csr.ids.data() + begin;
  const int stages = (count + kStageEntries - 1) / kStageEntries;
  const std::uint32_t ring = shared_address(shared);
  // Each lane reads the id of one entry of a stage, two stages before it is needed.
  const auto id_of = [&](int stage) {
    const int entry = kStageEntries * stage + lane;
    return entry < count ? __ldg(ids + entry) : -1;
  };
  std::int32_t id = id_of(0);
  std::int32_t id_next = id_of(1);
  const auto gather = [&](int stage) {
    if (stage < stages) {
      gather_stage<Shape, planes>(rows.y, ring + stage % Stages::kStages * Stages::kStageBytes, id, thread);
      id = id_next;
      id_next = id_of(stage + 2);
    }
    commit_copies();
  };
#pragma unroll 1
  for (int stage = 0; stage < kAhead; ++stage) gather(stage);
  const auto value_of = [&](int stage) {
    const int entry = kStageEntries * stage + lane;
    return rows.csr.has_values() && entry < count ? __ldg(rows.csr.values.data() + begin + entry) : 1.0F;
  };
  float value = weighted ? value_of(0) : 1.0F;
  float rhs[Shape::kSlots][4] = {};
  // The row of 16 bytes (an entry's 8 factors) that this lane gives for a transposed load.
  const int left_lane = ((lane & 7) + 8 * (lane >> 4)) * Stages::kEntryBytes + 2 * ((lane & 8) + kTile * place.r);
  const int right_lane = ((lane & 7) + (lane & 8)) * Stages::kEntryBytes + 16 * (lane >> 4) + 2 * kTile * place.c;
#pragma unroll 1
  for (int stage = 0; stage < stages; ++stage) {
    wait_for_copies<kAhead - 1>();
    group_barrier<Shape>();  // everybody's copies have landed, and the stage before is free
    gather(stage + kAhead);
    const AlsEntry entry = als_entry(value, rows.form, rows.a0);
    if constexpr (weighted) value = value_of(stage + 1);
    const int left_over = count - stage * kStageEntries;
#pragma unroll 1
    for (int first = 0; first < kStageEntries && first < left_over; first += kTile) {
      const std::uint32_t base = ring + stage % Stages::kStages * Stages::kStageBytes + first * Stages::kEntryBytes;
      const std::uint32_t left_base = base + left_lane;
      const std::uint32_t right_base = base + right_lane;
      constexpr int kSlotBytes = 2 * kTile * Shape::kGrid;
      constexpr int kPlane = 2 * Shape::kSize;
      EntryWeights weights;
      if constexpr (weighted) {
        weights = entry_weights<planes>(entry, first, lane);
      } else {
        weights.r0 = weights.r1 = lane < 4 ? 0x3F803F80U : 0U;
      }
      const auto load_right = [&](int b, RightFragment(&fragment)[planes]) {
#pragma unroll
        for (int plane = 0; plane < planes; ++plane) {
          fragment[plane] = load_matrix_transposed<RightFragment>(right_base + b * kSlotBytes + plane * kPlane);
        }
        if constexpr (weighted) scale_right<planes>(fragment, weights.root);
      };
      // One plane of all columns stays in registers; two would not fit, and are read again for each row of tiles.
      RightFragment right[planes == 1 ? Shape::kSlots : 1][planes];
      if constexpr (planes == 1) {
#pragma unroll
        for (int b = 0; b < Shape::kSlots; ++b) load_right(b, right[b]);
      }
#pragma unroll
      for (int a = 0; a < Shape::kSlots; ++a) {
        LeftFragment left[planes];
#pragma unroll
        for (int plane = 0; plane < planes; ++plane) {
          left[plane] = load_matrix_transposed<LeftFragment>(left_base + a * kSlotBytes + plane * kPlane);
        }
        if constexpr (weighted && planes == 1) scale_left<planes>(left, weights.root);
        if (place.holds_rhs()) {
#pragma unroll
          for (int plane = 0; plane < planes; ++plane) {
            multiply_add(rhs[a], left[plane], weights.r0, weights.r1);
          }
        }
        if constexpr (weighted && planes == 2) scale_left<planes>(left, weights.root);
#pragma unroll
        for (int b = 0; b <= a; ++b) {
          if (!place.holds(a, b)) continue;
          if constexpr (planes == 1) {
            multiply_add(tile[triangle(a) + b], left[0], right[b][0]);
          } else {
            load_right(b, right[0]);
            multiply_add(tile[triangle(a) + b], Split<LeftFragment>{left[0], left[1]},
                         Split<RightFragment>{right[0][0], right[0][1]});
          }
        }
      }
    }
  }
  if (place.holds_rhs()) {
#pragma unroll
    for (int a = 0; a < Shape::kSlots; ++a) store_rhs(rhs[a], b_out + kTile * (a * Shape::kGrid + place.r), lane);
  }
  wait_for_copies<0>();
  group_barrier<Shape>();
}

}  // namespace kindred::cuda
