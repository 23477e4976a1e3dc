// SPDX-License-Identifier: Apache-2.0
// One group of warps a row: the l x l system goes from the gathered entries to its last pivot in registers, as in
// als_primal_cuda.cu, only that here the products run over factors, not over entries. Slices of 64 factors of all
// entries are gathered with cp.async; each thread scales what it has copied itself; then all multiply.
#include "kernels/als/als_short_cuda.cuh"

#include "kernels/als/als_gram_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"

#include <algorithm>

namespace kindred::cuda {

namespace {

constexpr int kSlice = 64;  // factors
constexpr int kSliceChunks = kSlice / 8;

template <typename Shape, int planes>
struct ShortBlock {
  static constexpr int kGroups = Shape::kGrid == 1 ? 4 : 1;  // rows that a block solves at a time
  static constexpr int kThreads = kGroups * Shape::kThreads;
  static constexpr int kEntryBytes =
      2 * kSlice * planes + 16;  // an odd number of 16 bytes: ldmatrix meets no bank twice
  static constexpr int kStageBytes = Shape::kSize * kEntryBytes;
  static constexpr int kStages = 2 * kStageBytes <= Shape::kFactorBytes ? 2 : 1;
  static constexpr int kAreaBytes =
      kStages * kStageBytes > Shape::kFactorBytes ? kStages* kStageBytes : Shape::kFactorBytes;
  // ids, roots and right-hand side of the entries
  static constexpr int kGroupBytes = kAreaBytes + 12 * Shape::kSize + Shape::kScratchBytes;
  static constexpr int kBytes = kGroups * kGroupBytes;
  static constexpr int kResident = Shape::kGrid > 3 ? 1 : Shape::kGrid == 3 ? 2 : Shape::kSlots > 2 ? 3 : 4;
  static_assert(Shape::kThreads % kSliceChunks == 0);
  static_assert(32 * Shape::kThreads <= kAreaBytes, "the partial sums of z");
};

struct ShortRow {
  std::int64_t begin;
  int length;
  float penalty;

  __device__ ShortRow(const AlsShortRows& in, std::int64_t position) {
    const std::int32_t row = in.rows.order[position];
    begin = in.rows.csr.begin(row);
    length = static_cast<int>(in.rows.csr.end(row) - begin);
    penalty = in.rows.penalty[row];
  }
};

// 1 / sqrt(s_k + l_u) of 8 factors from k on.
__device__ inline void inverse_roots(const float* spectrum, int k, float penalty, float (&d)[8]) {
  const float4 low = __ldg(reinterpret_cast<const float4*>(spectrum + k));
  const float4 high = __ldg(reinterpret_cast<const float4*>(spectrum + k + 4));
  const float s[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
  for (int n = 0; n < 8; ++n) d[n] = rsqrtf(s[n] + penalty);
}

// 8 numbers of an entry become V's.
template <int planes>
__device__ inline void scale_chunk(uint4 (&chunk)[planes], const float (&d)[8], float root) {
  std::uint32_t* hi = &chunk[0].x;
  std::uint32_t* lo = &chunk[planes - 1].x;
#pragma unroll
  for (int n = 0; n < 4; ++n) scale_pair<planes>(hi[n], lo[n], root * d[2 * n], root * d[2 * n + 1]);
}

template <int planes>
__device__ inline const __nv_bfloat16* chunk_address(const AlsShortRows& in, std::int32_t id, int plane, int k) {
  return in.rows.y + (std::int64_t{id} * planes + plane) * in.size + k;
}

// Factors [64 slice, 64 slice + 64) of all entries; zeros beyond them.
template <typename Shape, int planes>
__device__ inline void copy_slice(const AlsShortRows& in, const std::int32_t* ids, int slice, std::uint32_t stage,
                                  int thread) {
  using Block = ShortBlock<Shape, planes>;
  const int chunk = thread % kSliceChunks;
  if (kSlice * slice < in.size) {
#pragma unroll 2
    for (int entry = thread / kSliceChunks; entry < Shape::kSize; entry += Shape::kThreads / kSliceChunks) {
      const std::int32_t id = ids[entry];
#pragma unroll
      for (int plane = 0; plane < planes; ++plane) {
        copy_async(stage + entry * Block::kEntryBytes + 2 * kSlice * plane + 16 * chunk,
                   chunk_address<planes>(in, id < 0 ? 0 : id, plane, kSlice * slice + 8 * chunk), id >= 0);
      }
    }
  }
  commit_copies();
}

// What this thread has copied becomes V's.
template <typename Shape, int planes>
__device__ inline void scale_slice(const AlsShortRows& in, const ShortRow& row, const float* root, int slice,
                                   std::byte* stage, int thread) {
  using Block = ShortBlock<Shape, planes>;
  const int chunk = thread % kSliceChunks;
  float d[8];
  inverse_roots(in.spectrum, kSlice * slice + 8 * chunk, row.penalty, d);
#pragma unroll 1
  for (int entry = thread / kSliceChunks; entry < row.length; entry += Shape::kThreads / kSliceChunks) {
    std::byte* at = stage + entry * Block::kEntryBytes + 16 * chunk;
    uint4 numbers[planes];
#pragma unroll
    for (int plane = 0; plane < planes; ++plane) {
      numbers[plane] = *reinterpret_cast<const uint4*>(at + 2 * kSlice * plane);
    }
    scale_chunk<planes>(numbers, d, root[entry]);
#pragma unroll
    for (int plane = 0; plane < planes; ++plane) *reinterpret_cast<uint4*>(at + 2 * kSlice * plane) = numbers[plane];
  }
}

// tile += V V' over a slice, in the first `side` tile rows.
template <typename Shape, int planes>
__device__ inline void multiply_slice(std::uint32_t stage, float (&tile)[Shape::kHeld][8], int side, int thread) {
  using Block = ShortBlock<Shape, planes>;
  const WarpPlace<Shape> place(not_hoisted(thread));
  const int lane = place.lane;
  const std::uint32_t left_lane = stage + ((lane & 7) + (lane & 8)) * Block::kEntryBytes + 16 * (lane >> 4);
  const std::uint32_t right_lane = stage + ((lane & 7) + 8 * (lane >> 4)) * Block::kEntryBytes + 16 * ((lane >> 3) & 1);
#pragma unroll 1
  for (int k = 0; k < kSlice / kTile; ++k) {
    const auto load_right = [&](int b, RightFragment(&fragment)[planes]) {
      const int j = b * Shape::kGrid + place.c;
#pragma unroll
      for (int plane = 0; plane < planes; ++plane) {
        fragment[plane] = load_matrix<RightFragment>(right_lane + kTile * j * Block::kEntryBytes + 2 * kSlice * plane +
                                                     2 * kTile * k);
      }
    };
    RightFragment right[planes == 1 ? Shape::kSlots : 1][planes];
    if constexpr (planes == 1) {
#pragma unroll
      for (int b = 0; b < Shape::kSlots; ++b) load_right(b, right[b]);
    }
#pragma unroll
    for (int a = 0; a < Shape::kSlots; ++a) {
      const int i = a * Shape::kGrid + place.r;
      if (i >= side) continue;
      LeftFragment left[planes];
#pragma unroll
      for (int plane = 0; plane < planes; ++plane) {
        left[plane] =
            load_matrix<LeftFragment>(left_lane + kTile * i * Block::kEntryBytes + 2 * kSlice * plane + 2 * kTile * k);
      }
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

template <typename Shape>
__device__ inline void set_identity(float (&tile)[Shape::kHeld][8], int thread) {
  const WarpPlace<Shape> place(not_hoisted(thread));
  const int g = place.lane >> 2;
  const int t = place.lane & 3;
#pragma unroll
  for (int n = 0; n < 8 * Shape::kHeld; ++n) tile[n / 8][n % 8] = 0.0F;
  if (place.r != place.c || t != g / 2) return;
  const float even = (g & 1) == 0 ? 1.0F : 0.0F;
#pragma unroll
  for (int a = 0; a < Shape::kSlots; ++a) {
    float(&sum)[8] = tile[triangle(a) + a];
    sum[0] = sum[6] = even;
    sum[1] = sum[7] = 1.0F - even;
  }
}

// z = D^-1/2 V' u: a thread takes 8 factors and, where there are more threads than that, a part of the entries.
template <typename Shape, int planes>
__device__ inline void expand(const AlsShortRows& in, const ShortRow& row, const std::int32_t* ids, const float* root,
                              const float* u, float* partial, float* z, int thread) {
  const int chunks = in.size / 8;
  const int parts = chunks < Shape::kThreads ? Shape::kThreads / chunks : 1;
  const int part = parts == 1 ? 0 : thread / chunks;
#pragma unroll 1
  for (int chunk = thread - part * chunks; chunk < chunks && part < parts; chunk += Shape::kThreads) {
    float d[8];
    inverse_roots(in.spectrum, 8 * chunk, row.penalty, d);
    float sum[8] = {};
#pragma unroll 4
    for (int entry = part; entry < row.length; entry += parts) {
      uint4 numbers[planes];
#pragma unroll
      for (int plane = 0; plane < planes; ++plane) {
        numbers[plane] = __ldg(reinterpret_cast<const uint4*>(chunk_address<planes>(in, ids[entry], plane, 8 * chunk)));
      }
      scale_chunk<planes>(numbers, d, root[entry]);
      const std::uint32_t* hi = &numbers[0].x;
      const std::uint32_t* lo = &numbers[planes - 1].x;
      const float factor = u[entry];
#pragma unroll
      for (int n = 0; n < 4; ++n) {
        const float first = planes == 1 ? low_bf16(hi[n]) : low_bf16(hi[n]) + low_bf16(lo[n]);
        const float second = planes == 1 ? high_bf16(hi[n]) : high_bf16(hi[n]) + high_bf16(lo[n]);
        sum[2 * n] = fmaf(first, factor, sum[2 * n]);
        sum[2 * n + 1] = fmaf(second, factor, sum[2 * n + 1]);
      }
    }
#pragma unroll
    for (int n = 0; n < 8; ++n) sum[n] *= d[n];
    float* to = (parts == 1 ? z : partial + part * in.size) + 8 * chunk;
    *reinterpret_cast<float4*>(to) = {sum[0], sum[1], sum[2], sum[3]};
    *reinterpret_cast<float4*>(to + 4) = {sum[4], sum[5], sum[6], sum[7]};
    if (parts > 1) break;
  }
  if (parts == 1) return;
  group_barrier<Shape>();
  for (int f = thread; f < in.size; f += Shape::kThreads) {
    float sum = partial[f];
    for (int n = 1; n < parts; ++n) sum += partial[n * in.size + f];
    z[f] = sum;
  }
}

template <typename Shape, int planes>
__global__ void __launch_bounds__(ShortBlock<Shape, planes>::kThreads, ShortBlock<Shape, planes>::kResident)
    solve_short(AlsShortRows in, std::int64_t begin, std::int64_t end) {
  using Block = ShortBlock<Shape, planes>;
  extern __shared__ __align__(128) std::byte shared[];
  const int thread = static_cast<int>(threadIdx.x) % Shape::kThreads;
  const int group = Block::kGroups == 1 ? 0 : static_cast<int>(threadIdx.x) / Shape::kThreads;
  const std::int64_t position = begin + std::int64_t{blockIdx.x} * Block::kGroups + group;
  if (position >= end) return;  // a whole group, which shares no barrier with others
  std::byte* area = shared + group * Block::kGroupBytes;
  float* x = reinterpret_cast<float*>(area + Block::kAreaBytes);
  float* scratch = x + Shape::kSize;
  float* root = scratch + Shape::kScratchFloats;
  auto* ids = reinterpret_cast<std::int32_t*>(root + Shape::kSize);

  const ShortRow row(in, position);
  for (int entry = thread; entry < Shape::kSize; entry += Shape::kThreads) {
    const bool present = entry < row.length;
    const float value =
        present && in.rows.csr.has_values() ? __ldg(in.rows.csr.values.data() + row.begin + entry) : 1.0F;
    const AlsEntry own = als_entry(value, in.rows.form, in.rows.a0);
    root[entry] = present ? sqrtf(own.q) : 0.0F;
    x[entry] = present && own.r > 0.0F ? own.r / sqrtf(own.q) : 0.0F;
    ids[entry] = present ? __ldg(in.rows.csr.ids.data() + row.begin + entry) : -1;
  }
  group_barrier<Shape>();
  const int side = (row.length + kTile - 1) / kTile;  // tile rows with entries
  const int slices = in.size / kSlice;
  const std::uint32_t ring = shared_address(area);
#pragma unroll
  for (int slice = 0; slice < Block::kStages; ++slice) {
    copy_slice<Shape, planes>(in, ids, slice, ring + slice * Block::kStageBytes, thread);
  }
  float tile[Shape::kHeld][8];
  set_identity<Shape>(tile, thread);
#pragma unroll 1
  for (int slice = 0; slice < slices; ++slice) {
    const int offset = slice % Block::kStages * Block::kStageBytes;
    wait_for_copies<Block::kStages - 1>();
    scale_slice<Shape, planes>(in, row, root, slice, area + offset, not_hoisted(thread));
    group_barrier<Shape>();
    multiply_slice<Shape, planes>(ring + offset, tile, side, thread);
    group_barrier<Shape>();
    copy_slice<Shape, planes>(in, ids, slice + Block::kStages, ring + offset, not_hoisted(thread));
  }
  wait_for_copies<0>();
  group_barrier<Shape>();
  solve_system<Shape>(tile, area, scratch, x, thread, side);
  // Read again rather than kept in registers.
  const std::int64_t again = begin + std::int64_t{not_hoisted(static_cast<int>(blockIdx.x))} * Block::kGroups + group;
  expand<Shape, planes>(in, ShortRow(in, again), ids, root, x, reinterpret_cast<float*>(area),
                        in.z + (again - in.first) * in.size, not_hoisted(thread));
}

template <typename Shape, int planes>
void launch_short(const Context& ctx, const AlsShortRows& rows, std::int64_t begin, std::int64_t end) {
  using Block = ShortBlock<Shape, planes>;
  launch("als_short", ctx, (end - begin + Block::kGroups - 1) / Block::kGroups, Block::kThreads, Block::kBytes,
         solve_short<Shape, planes>, rows, begin, end);
}

template <int planes>
void launch_limit(const Context& ctx, const AlsShortRows& rows, int limit, std::int64_t begin, std::int64_t end) {
  switch (limit) {
    case 32:
      return launch_short<SystemShape<1, 2>, planes>(ctx, rows, begin, end);
    case 64:
      return launch_short<SystemShape<1, 4>, planes>(ctx, rows, begin, end);
    case 128:
      return launch_short<SystemShape<2, 4>, planes>(ctx, rows, begin, end);
    case 192:
      return launch_short<SystemShape<3, 4>, planes>(ctx, rows, begin, end);
    case 256:
      return launch_short<SystemShape<4, 4>, planes>(ctx, rows, begin, end);
    default:
      fail(ErrorKind::internal, "no kernel for rows of up to {} entries", limit);
  }
}

}  // namespace

std::int64_t als_short_limit(std::int64_t k) {
  std::int64_t limit = 0;
  for (const int size : kShortSizes) {
    if (4 * size <= 3 * k) limit = size;
  }
  return limit;
}

void als_solve_short(const Context& ctx, const AlsShortRows& rows, int limit, std::int64_t begin, std::int64_t end,
                     bool precise) {
  precise ? launch_limit<2>(ctx, rows, limit, begin, end) : launch_limit<1>(ctx, rows, limit, begin, end);
}

}  // namespace kindred::cuda
