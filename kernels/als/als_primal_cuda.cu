// SPDX-License-Identifier: Apache-2.0
// Primal solves, a group of warps a row: 1 warp to K = 64, 4 to 128, 9 to 192, 16 to 256. Resident blocks take work
// items from a counter. Nothing of a row's system goes through global memory, except the partial sums of rows so long
// that several blocks share them; the last of these to arrive adds them up in order of segments, whoever it is.
#include "kernels/als/als_gram_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/cuda/resident_blocks.h"

#include <algorithm>

namespace kindred::cuda {

namespace {

template <typename Shape, int planes, bool weighted>
struct PrimalBlock {
  static constexpr int kGroups = Shape::kGrid == 1 ? 4 : 1;  // rows that a block solves at a time
  static constexpr int kThreads = kGroups * Shape::kThreads;
  static constexpr int kStageBytes = GramStages<Shape, planes>::kBytes;
  static constexpr int kAreaBytes = kStageBytes > Shape::kFactorBytes ? kStageBytes : Shape::kFactorBytes;
  static constexpr int kGroupBytes = kAreaBytes + 4 * Shape::kSize + Shape::kScratchBytes + 64;
  static constexpr int kBytes = kGroups * kGroupBytes;
  // Blocks that a multiprocessor should hold at the least: bounds the registers.
  static constexpr int kResident = Shape::kGrid > 2                                ? 1
                                   : Shape::kGrid == 2 && planes == 1 && !weighted ? 4
                                   : Shape::kGrid == 1 && planes == 2              ? 2
                                                                                   : 3;
};

// One number of thread 0 to the whole group.
template <typename Shape>
__device__ inline int broadcast(int value, int* control, int thread) {
  if constexpr (Shape::kGrid == 1) {
    __syncwarp();
    return __shfl_sync(0xFFFFFFFFU, value, 0);
  } else {
    if (thread == 0) *control = value;
    __syncthreads();
    value = *control;
    __syncthreads();
    return value;
  }
}

// The heavy row that a segment belongs to: the last one that begins at or before it.
__device__ inline int row_of_segment(const std::int32_t* segment_begin, int heavy, int segment) {
  int low = 0;
  int high = heavy;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (segment_begin[middle] <= segment ? low : high) = middle;
  }
  return low;
}

// tile = a0 Y'Y + l_u I: where a whole row's sums begin.
template <typename Shape>
__device__ inline void set_background(const float* background, float penalty, float (&tile)[Shape::kHeld][8],
                                      int thread) {
  const WarpPlace<Shape> place(not_hoisted(thread));
  const int g = place.lane >> 2;
  const int t = place.lane & 3;
#pragma unroll
  for (int a = 0; a < Shape::kSlots; ++a) {
    const float* row = background + (kTile * (a * Shape::kGrid + place.r) + g) * Shape::kSize + kTile * place.c + 2 * t;
#pragma unroll
    for (int b = 0; b <= a; ++b) {
      float(&sum)[8] = tile[triangle(a) + b];
#pragma unroll
      for (int quarter = 0; quarter < 4; ++quarter) {
        const int offset = 8 * (quarter & 1) * Shape::kSize + 8 * (quarter >> 1) + b * kTile * Shape::kGrid;
        const float2 value = __ldg(reinterpret_cast<const float2*>(row + offset));
        sum[2 * quarter] = value.x;
        sum[2 * quarter + 1] = value.y;
      }
    }
    // The diagonal lies in quarters 0 and 3 of the tile (a, a).
    if (place.r == place.c && t == g / 2) {
      float(&sum)[8] = tile[triangle(a) + a];
      const float even = (g & 1) == 0 ? penalty : 0.0F;
      sum[0] += even;
      sum[1] += penalty - even;
      sum[6] += even;
      sum[7] += penalty - even;
    }
  }
}

template <int rows, int columns>
__device__ inline void clear(float (&values)[rows][columns]) {
#pragma unroll
  for (int n = 0; n < rows * columns; ++n) values[n / columns][n % columns] = 0.0F;
}

// The sums of a group in global memory: tiles in the order [number][thread], then b.
template <typename Shape>
struct PartialSums {
  static constexpr int kNumbers = 8 * Shape::kHeld;
  static constexpr std::int64_t kFloats = std::int64_t{kNumbers} * Shape::kThreads + Shape::kSize;

  __device__ static void store(float* to, const float (&tile)[Shape::kHeld][8], const float* b, int thread) {
#pragma unroll
    for (int n = 0; n < kNumbers; ++n) to[n * Shape::kThreads + thread] = tile[n / 8][n % 8];
    for (int f = thread; f < Shape::kSize; f += Shape::kThreads) to[kNumbers * Shape::kThreads + f] = b[f];
  }
  __device__ static void add(const float* from, float (&tile)[Shape::kHeld][8], float* b, int thread) {
#pragma unroll
    for (int n = 0; n < kNumbers; ++n) tile[n / 8][n % 8] += __ldcg(from + n * Shape::kThreads + thread);
    for (int f = thread; f < Shape::kSize; f += Shape::kThreads) b[f] += __ldcg(from + kNumbers * Shape::kThreads + f);
  }
};

template <typename Shape, int planes, bool weighted>
__global__ void __launch_bounds__(PrimalBlock<Shape, planes, weighted>::kThreads,
                                  PrimalBlock<Shape, planes, weighted>::kResident) solve_rows(AlsCudaRows rows) {
  using Block = PrimalBlock<Shape, planes, weighted>;
  extern __shared__ __align__(128) std::byte shared[];
  const int thread = static_cast<int>(threadIdx.x) % Shape::kThreads;
  std::byte* area = shared + static_cast<int>(threadIdx.x) / Shape::kThreads * Block::kGroupBytes;
  float* x = reinterpret_cast<float*>(area + Block::kAreaBytes);
  float* scratch = x + Shape::kSize;
  int* control = reinterpret_cast<int*>(scratch + Shape::kScratchFloats);
  const int heavy = rows.work->heavy;
  const int segments = rows.work->segments;
  const int items = segments + rows.work->primal - heavy;

  int item = broadcast<Shape>(thread == 0 ? atomicAdd(&rows.work->next, 1) : 0, control, thread);
  while (item < items) {
    const int upcoming = thread == 0 ? atomicAdd(&rows.work->next, 1) : 0;  // its answer is waited for at the end
    const bool whole = item >= segments;
    const int position = whole ? heavy + item - segments : row_of_segment(rows.segment_begin, heavy, item);
    const std::int32_t row = rows.order[position];
    std::int64_t begin = rows.csr.begin(row);
    std::int64_t end = rows.csr.end(row);
    float tile[Shape::kHeld][8];
    if (whole) {
      set_background<Shape>(rows.background, rows.penalty[row], tile, thread);
    } else {
      begin += (item - rows.segment_begin[position]) * rows.segment;
      end = begin + rows.segment < end ? begin + rows.segment : end;
      clear(tile);
    }
    add_entries<Shape, planes, weighted>(rows, begin, static_cast<int>(end - begin), tile, x, area, thread);
    bool solve = true;
    if (!whole) {
      const int first = rows.segment_begin[position];
      const int last = rows.segment_begin[position + 1] - 1;
      PartialSums<Shape>::store(rows.partial + item * PartialSums<Shape>::kFloats, tile, x, thread);
      __threadfence();
      group_barrier<Shape>();
      const int before = broadcast<Shape>(thread == 0 ? atomicAdd(rows.arrived + position, 1) : 0, control, thread);
      solve = before == last - first;
      if (solve) {
        __threadfence();
        set_background<Shape>(rows.background, rows.penalty[row], tile, thread);
        for (int f = thread; f < Shape::kSize; f += Shape::kThreads) x[f] = 0.0F;
        for (int s = first; s <= last; ++s) {
          PartialSums<Shape>::add(rows.partial + s * PartialSums<Shape>::kFloats, tile, x, thread);
        }
        group_barrier<Shape>();
      }
    }
    if (solve) {
      solve_system<Shape>(tile, area, scratch, x, thread);
      for (int f = thread; f < rows.k; f += Shape::kThreads) rows.x[std::int64_t{row} * rows.k + f] = rows.scale * x[f];
    }
    item = broadcast<Shape>(upcoming, control, thread);
  }
}

template <typename Shape, int planes, bool weighted>
void launch_rows(const Context& ctx, AlsCudaRows rows, std::int64_t most_segments) {
  using Block = PrimalBlock<Shape, planes, weighted>;
  Tensor<float, 1> partial(ctx, {checked_mul(most_segments, PartialSums<Shape>::kFloats)}, "als.partial_sums");
  rows.partial = partial.data();
  const std::int64_t useful = (rows.most_rows + most_segments + Block::kGroups - 1) / Block::kGroups;
  const std::int64_t resident =
      resident_blocks(ctx, solve_rows<Shape, planes, weighted>, Block::kThreads, Block::kBytes, rows.spared);
  launch("als_primal", ctx, std::min(resident, useful), Block::kThreads, Block::kBytes,
         solve_rows<Shape, planes, weighted>, rows);
}

template <int planes, bool weighted>
void launch_size(const Context& ctx, const AlsCudaRows& rows, std::int64_t most_segments) {
  switch (als_primal_size(rows.k)) {
    case 32:
      return launch_rows<SystemShape<1, 2>, planes, weighted>(ctx, rows, most_segments);
    case 64:
      return launch_rows<SystemShape<1, 4>, planes, weighted>(ctx, rows, most_segments);
    case 128:
      return launch_rows<SystemShape<2, 4>, planes, weighted>(ctx, rows, most_segments);
    case 192:
      return launch_rows<SystemShape<3, 4>, planes, weighted>(ctx, rows, most_segments);
    default:
      return launch_rows<SystemShape<4, 4>, planes, weighted>(ctx, rows, most_segments);
  }
}

}  // namespace

std::int64_t als_primal_size(std::int64_t k) { return k <= 32 ? 32 : (k + 63) / 64 * 64; }

void als_solve_primal(const Context& ctx, AlsCudaRows rows, std::int64_t most_segments, bool precise) {
  KINDRED_ASSERT(rows.k <= kMostPrimalFactors);
  if (rows.plain) {
    precise ? launch_size<2, false>(ctx, rows, most_segments) : launch_size<1, false>(ctx, rows, most_segments);
  } else {
    precise ? launch_size<2, true>(ctx, rows, most_segments) : launch_size<1, true>(ctx, rows, most_segments);
  }
}

}  // namespace kindred::cuda
