// SPDX-License-Identifier: Apache-2.0
// Order of a half step: rows sorted by descending length (stable, so that the order is a function of the lengths
// alone), which of them are short, and the segments of heavy rows. A row is heavy above `segment` = max(8192, nnz /
// 1024) entries: at most 1024 rows and 2048 segments.
#include "kernels/als/als_rows_cuda.cuh"

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"
#include "kernels/core/cuda/launch.cuh"

#include <cub/block/block_scan.cuh>
#include <cub/device/device_radix_sort.cuh>

#include <algorithm>

namespace kindred::cuda {

namespace {

constexpr std::int64_t kLeastSegment = 8192;
constexpr std::int64_t kMostHeavy = 1024;
constexpr int kThreads = 256;
constexpr int kSegmentThreads = 1024;

struct RowLaw {
  double unobserved_weight;
  double regularization;
  double exponent;
};

__global__ void describe_rows(CsrView csr, RowLaw law, std::int32_t* lengths, std::int32_t* rows, float* penalty) {
  const std::int64_t row = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (row >= csr.rows) return;
  const std::int64_t length = csr.length(row);
  lengths[row] = static_cast<std::int32_t>(length);
  rows[row] = static_cast<std::int32_t>(row);
  penalty[row] = static_cast<float>(
      als_row_regularization(length, csr.columns, law.unobserved_weight, law.regularization, law.exponent));
}

// The number of sorted lengths above `bound`.
__device__ std::int32_t count_above(const std::int32_t* lengths, std::int64_t rows, std::int64_t bound) {
  std::int64_t low = 0;
  std::int64_t high = rows;
  while (low < high) {
    const std::int64_t middle = (low + high) / 2;
    if (lengths[middle] > bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return static_cast<std::int32_t>(low);
}

struct ShortSizes {
  std::int64_t entries[kNumShortSizes] = {};
  AlsShortRule rule;
};

// begins and primal of `work`; by one thread.
__device__ void part_short_rows(const std::int32_t* lengths, std::int64_t rows, const ShortSizes& sizes,
                                AlsWork& work) {
  work.begins[0] = count_above(lengths, rows, 0);
  for (int n = 0; n < kNumShortSizes; ++n) {
    const std::int64_t entries = sizes.entries[n];
    work.begins[n + 1] = entries <= sizes.rule.limit ? count_above(lengths, rows, entries) : work.begins[n];
  }
  work.primal = work.begins[kNumShortSizes];
  if (work.begins[0] - work.primal >= sizes.rule.least) return;
  work.primal = work.begins[0];
  for (int n = 0; n < kNumShortSizes; ++n) work.begins[n + 1] = work.primal;
}

// One block.
__global__ void __launch_bounds__(kSegmentThreads)
    cut_segments(const std::int32_t* lengths, std::int64_t rows, std::int64_t segment, ShortSizes sizes,
                 std::int32_t* segment_begin, std::int32_t* arrived, AlsWork* work) {
  using Scan = cub::BlockScan<std::int32_t, kSegmentThreads>;
  __shared__ typename Scan::TempStorage storage;
  __shared__ std::int32_t heavy;
  const int thread = static_cast<int>(threadIdx.x);
  if (thread == 0) heavy = count_above(lengths, rows, segment);
  __syncthreads();
  std::int32_t begin = 0;
  std::int32_t all = 0;
  const std::int64_t own = thread < heavy ? (lengths[thread] + segment - 1) / segment : 0;
  Scan(storage).ExclusiveSum(static_cast<std::int32_t>(own), begin, all);
  if (thread < heavy) {
    segment_begin[thread] = begin;
    arrived[thread] = 0;
  }
  if (thread == 0) {
    segment_begin[heavy] = all;
    AlsWork all_work;
    part_short_rows(lengths, rows, sizes, all_work);
    all_work.heavy = heavy;
    all_work.segments = all;
    *work = all_work;
  }
}

}  // namespace

AlsCudaPlan::AlsCudaPlan(const Context& ctx, const AlsHalfStep& args, AlsShortRule rule) {
  const CsrView& csr = args.interactions;
  segment_ = std::max(kLeastSegment, (csr.nnz() + kMostHeavy - 1) / kMostHeavy);
  most_heavy_ = csr.nnz() / segment_;
  most_segments_ = 2 * most_heavy_;
  const auto rows = static_cast<int>(csr.rows);
  const auto vector = [&](auto zero, std::int64_t size) { return Tensor<decltype(zero), 1>(ctx, {size}, "als.order"); };
  order_ = vector(std::int32_t{}, rows);
  penalty_ = vector(0.0F, rows);
  segment_begin_ = vector(std::int32_t{}, most_heavy_ + 1);
  arrived_ = vector(std::int32_t{}, most_heavy_ + 1);
  work_ = vector(AlsWork{}, 1);
  auto lengths = vector(std::int32_t{}, rows);
  auto sorted_lengths = vector(std::int32_t{}, rows);
  auto unsorted = vector(std::int32_t{}, rows);
  launch("als_describe_rows", ctx, (rows + kThreads - 1) / kThreads, kThreads, 0, describe_rows, csr,
         RowLaw{args.unobserved_weight, args.regularization, args.regularization_exponent}, lengths.data(),
         unsorted.data(), penalty_.data());
  int bits = 1;
  while (bits < 31 && (csr.columns >> bits) != 0) ++bits;
  std::size_t bytes = 0;
  const auto sort = [&](void* storage) {
    KINDRED_CUDA_TRY(cub::DeviceRadixSort::SortPairsDescending(storage, bytes, lengths.data(), sorted_lengths.data(),
                                                               unsorted.data(), order_.data(), rows, 0, bits,
                                                               cuda_stream(ctx)));
  };
  sort(nullptr);
  auto storage = vector(std::byte{}, static_cast<std::int64_t>(bytes));
  sort(storage.data());
  ShortSizes sizes{.entries = {}, .rule = rule};
  std::copy_n(kShortSizes, kNumShortSizes, sizes.entries);
  launch("als_cut_segments", ctx, 1, kSegmentThreads, 0, cut_segments, sorted_lengths.data(), csr.rows, segment_, sizes,
         segment_begin_.data(), arrived_.data(), work_.data());
}

AlsWork AlsCudaPlan::work(const Context& ctx) const {
  AlsWork work;
  ctx.copy_to_host(&work, work_.data(), sizeof(work));
  return work;
}

void AlsCudaPlan::describe(AlsCudaRows& rows) {
  rows.most_rows = rows.csr.rows;
  rows.order = order_.data();
  rows.penalty = penalty_.data();
  rows.segment_begin = segment_begin_.data();
  rows.segment = segment_;
  rows.work = work_.data();
  rows.arrived = arrived_.data();
}

}  // namespace kindred::cuda
