// SPDX-License-Identifier: Apache-2.0
// Selection of the best k of each row of a block of scores: each score is read once and compared with its row's
// threshold; the few above are appended to a buffer of keys, and a full buffer is cut back to the best k + 1, the worst
// of which is the next threshold. Candidates come in ascending item order, so a later score equal to the threshold
// loses. The first threshold comes from a look at the start of the row. Excluded items and NaNs are sorted out when the
// buffer is cut, by all threads side by side.
//
// Screened rows: the buffer holds approximations a with |a - e| <= E of the exact scores e (both scaled). Let A be the
// n-th largest a, n = k + 1. At least n candidates have e >= A - E, so any candidate of the exact best n has e >= A - E
// and a >= A - 2 E: those alone are kept, scored exactly and ranked. A row in which too many are that close, or in
// which the hardware breaks the bound, is listed for the exact path.
#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/tensor.h"
#include "kernels/topk/key_buffer_cuda.cuh"
#include "kernels/topk/load_factors_cuda.cuh"
#include "kernels/topk/rank_key.h"
#include "kernels/topk/topk_cuda.cuh"

#include <algorithm>
#include <bit>

namespace kindred::cuda {

namespace {

constexpr int kValues = 8;  // scores of a thread in one step
// Threads of a block: one warp for short rows, more for long ones, and the most where there are few rows to share.
constexpr int kWarp = 32;
constexpr int kNarrow = 128;
constexpr int kWide = 256;
constexpr std::int64_t kShortRow = 1024;
constexpr std::int64_t kLongRow = 4096;
constexpr std::int64_t kFewPlaces = 64;
constexpr std::int64_t kFewRows = 512;
constexpr int kResident = 768;                     // threads of a multiprocessor that the registers must do for
constexpr int kRescoredFactors = 32;               // factors of a candidate that are staged at a time
constexpr int kTileStride = kRescoredFactors + 4;  // 16-byte rows that spread over the banks
constexpr int rescored(int threads) { return threads < 128 ? threads : 128; }  // candidates scored at a time
constexpr std::int64_t tile_bytes(int threads) {
  return static_cast<std::int64_t>(sizeof(float)) * (rescored(threads) * kTileStride + kRescoredFactors);
}
constexpr std::int64_t kMostSharedBytes = 64 << 10;

// Sizes that follow from the call.
struct SelectPlan {
  int threads = kNarrow;
  std::int64_t keep = 0;          // k + 1, or all candidates: one more than k tells whether the boundary is tied
  std::int64_t capacity = 0;      // keys of a row's buffer
  std::int64_t limit = 0;         // more keys than this leave no room for the next step
  std::int64_t sample = 0;        // candidates that the first threshold comes from; 0: there is none
  std::int64_t room = 0;          // screened: keys that may be scored exactly; the tile of factors lies behind them
  std::int64_t shared_bytes = 0;  // 0: the buffers lie in global memory
  std::uint64_t* keys = nullptr;  // then [rows, capacity]
};

// ---- device helpers ------------------------------------------------------------------------------------------------

// The first place in ids[begin, end) that is not below id.
__device__ std::int64_t lower_bound(const std::int32_t* ids, std::int64_t begin, std::int64_t end, std::int32_t id) {
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    if (ids[middle] < id) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

__device__ std::int32_t item_of_candidate(const SelectRows& args, std::int64_t candidate) {
  return args.allowed == nullptr ? static_cast<std::int32_t>(candidate) : args.allowed[candidate];
}

// Value j of a thread in the step that starts at `first` belongs to this candidate: groups of four side by side.
template <int kThreads>
__device__ std::int64_t candidate_of(std::int64_t first, int j) {
  return first + (j / 4) * 4 * kThreads + static_cast<std::int64_t>(threadIdx.x) * 4 + j % 4;
}

// -inf where there is no candidate: it never passes.
template <int kThreads>
__device__ void load_scores(const SelectRows& args, const float* scores, std::int64_t first, bool vectors,
                            float (&values)[kValues]) {
  if (vectors && first + kValues * kThreads <= args.candidates) {
    const auto* fours = reinterpret_cast<const float4*>(scores + first) + threadIdx.x;
#pragma unroll
    for (int group = 0; group < kValues; group += 4) {
      const float4 four = fours[group / 4 * kThreads];
      values[group] = four.x;
      values[group + 1] = four.y;
      values[group + 2] = four.z;
      values[group + 3] = four.w;
    }
    return;
  }
#pragma unroll
  for (int j = 0; j < kValues; ++j) {
    const std::int64_t c = candidate_of<kThreads>(first, j);
    values[j] = c >= args.candidates ? -__builtin_huge_valf() : scores[args.by_item ? item_of_candidate(args, c) : c];
  }
}

template <int kThreads>
__device__ void add_bias(const SelectRows& args, float scale, std::int64_t first, float (&values)[kValues]) {
#pragma unroll
  for (int j = 0; j < kValues; ++j) {
    const std::int64_t candidate = candidate_of<kThreads>(first, j);
    if (candidate < args.candidates) values[j] = fmaf(args.candidate_bias[candidate], scale, values[j]);
  }
}

// The score that a key stands for; a key cut short may lie below all scores, among NaNs.
__device__ float lower_score(std::uint64_t key) {
  return key < rank_key(-__builtin_huge_valf(), -1) ? -__builtin_huge_valf() : score_of(key);
}

// The threshold below which nothing matters once n candidates reach `score`. Screened: score is an approximation.
__device__ float threshold_below(float score, float twice_error) {
  return nextafterf(__fsub_rd(score, twice_error), -__builtin_huge_valf());
}

// A first threshold, from the start of the row: the largest scores of groups of candidates. If n + x groups reach a
// score, and x candidates are excluded, then n candidates that may be ranked reach it. -inf if there are too few
// groups.
template <int kThreads>
__device__ float first_threshold(const SelectRows& args, const float* scores, bool vectors, const RowBound& bound,
                                 std::int64_t sample, std::int64_t n, std::uint64_t* keys, KeyHistogram& histogram) {
  const bool many = n > kThreads / 2;
  if (n > kThreads * kValues / 2) return -__builtin_huge_valf();
  float largest[kValues];
  for (float& score : largest) score = -__builtin_huge_valf();
  for (std::int64_t first = 0; first < sample; first += kValues * kThreads) {
    float values[kValues];
    load_scores<kThreads>(args, scores, first, vectors, values);
    if (args.candidate_bias != nullptr) add_bias<kThreads>(args, bound.scale, first, values);
#pragma unroll
    for (int j = 0; j < kValues; ++j) largest[j] = fmaxf(largest[j], values[j]);
  }
  const int thread = static_cast<int>(threadIdx.x);
  if (many) {
#pragma unroll
    for (int j = 0; j < kValues; ++j) keys[j * kThreads + thread] = rank_key(largest[j], 0);
  } else {
#pragma unroll
    for (int j = 1; j < kValues; ++j) largest[0] = fmaxf(largest[0], largest[j]);
    keys[thread] = rank_key(largest[0], 0);
  }
  __syncthreads();
  constexpr int kCoarse = 48;  // 16 bits tell enough
  const std::uint64_t nth =
      nth_key<kThreads, kCoarse>(keys, many ? kThreads * kValues : kThreads, static_cast<int>(n), histogram);
  return lower_score(nth);
}

// Appends the scores above the threshold, and NaNs; returns the last slot taken by this thread, or -1.
template <int kThreads>
__device__ int append(std::int64_t first, float threshold, const float (&values)[kValues], std::uint64_t* keys,
                      int& count) {
  unsigned passing = 0;
#pragma unroll
  for (int j = 0; j < kValues; ++j) {
    if (!(values[j] <= threshold)) passing |= 1U << j;
  }
  int slot = -1;
  while (passing != 0) {
    const int j = 31 - __clz(static_cast<int>(passing));
    passing ^= 1U << j;
    float value = values[0];
#pragma unroll
    for (int i = 1; i < kValues; ++i) value = i == j ? values[i] : value;
    slot = atomicAdd(&count, 1);
    keys[slot] = rank_key(value, static_cast<std::int32_t>(candidate_of<kThreads>(first, j)));
  }
  return slot;
}

// What a row excludes, and where its NaNs are reported.
struct RowFilter {
  const SelectRows& args;
  std::int64_t row;
  std::int64_t begin = 0;  // of the row's excluded ids
  std::int64_t end = 0;
  __device__ RowFilter(const SelectRows& select, std::int64_t of_row) : args(select), row(of_row) {
    if (args.excluded_offsets == nullptr) return;
    begin = args.excluded_offsets[row];
    end = args.excluded_offsets[row + 1];
  }
  __device__ std::int64_t excluded_below(std::int32_t item) const {
    return lower_bound(args.excluded_ids, begin, end, item) - begin;
  }
  // Whether a buffered key may be ranked.
  __device__ bool operator()(std::uint64_t key) const {
    const std::int32_t item = item_of_candidate(args, item_of(key));
    const std::int64_t place = lower_bound(args.excluded_ids, begin, end, item);
    if (place < end && args.excluded_ids[place] == item) return false;
    const float score = score_of(key);
    if (score == score) return true;
    atomicMin(&args.outcome->first_nan, (static_cast<unsigned long long>(row) << 31) | static_cast<unsigned>(item));
    return false;
  }
};

// Drops what the filter rejects among keys[checked, count), then all but the n largest, or but what may still be among
// the exact best n. Returns the threshold that follows from it; the old one where there are too few keys.
template <int kThreads, bool kScreened>
__device__ float cut(std::uint64_t* keys, int& count, int checked, const RowFilter& filter, int n, float threshold,
                     float twice_error, KeyHistogram& histogram) {
  keep_if<kThreads>(keys, checked, count, filter);
  if (count <= n) return threshold;
  const std::uint64_t nth = nth_key < kThreads, kScreened ? 32 : 0 > (keys, count, n, histogram);
  if (kScreened) {
    threshold = threshold_below(lower_score(nth), twice_error);
    keep_if<kThreads>(keys, 0, count, [&](std::uint64_t key) { return score_of(key) > threshold; });
    return threshold;
  }
  keep_if<kThreads>(keys, 0, count, [&](std::uint64_t key) { return key >= nth; });
  return lower_score(nth);
}

// Replaces the approximations of keys[0, count) by exact scores: the chain of fused multiply-adds of each candidate in
// one thread, factors staged through shared memory. Tells whether all approximations were within the bound.
template <int kThreads>
__device__ bool rescore(const SelectRows& args, std::int64_t row, const RowBound& bound, std::uint64_t* keys, int count,
                        float* tile) {
  constexpr int kRescored = rescored(kThreads);
  constexpr int kLoaders = kRescoredFactors / 4;    // threads that load a candidate's factors of a chunk
  constexpr int kLoadedRows = kThreads / kLoaders;  // candidates that are loaded side by side
  const float* query = args.queries + row * args.factors;
  const bool vectors = factors_in_vectors(args.items, args.factors) && factors_in_vectors(args.queries, args.factors);
  const int thread = static_cast<int>(threadIdx.x);
  const int depth = thread % kLoaders * 4;
  float* query_tile = tile + kRescored * kTileStride;
  const auto load = [&](const float* source, std::int64_t k) {
    return vectors ? load_factors<true>(source, k + depth, args.factors)
                   : load_factors<false>(source, k + depth, args.factors);
  };
  bool within = true;
  for (int base = 0; base < count; base += kRescored) {
    const int candidates = min(kRescored, count - base);
    const float* rows[kRescored / kLoadedRows];
#pragma unroll
    for (int i = 0; i < kRescored / kLoadedRows; ++i) {
      const int c = thread / kLoaders + i * kLoadedRows;
      rows[i] = nullptr;
      if (c < candidates) {
        rows[i] = args.items + item_of_candidate(args, item_of(keys[base + c])) * args.factors;
      }
    }
    float score = 0.0F;
    for (std::int64_t k = 0; k < args.factors; k += kRescoredFactors) {
      __syncthreads();  // the tile has been read
      if (thread < kLoaders) *reinterpret_cast<float4*>(query_tile + depth) = load(query, k);
#pragma unroll
      for (int i = 0; i < kRescored / kLoadedRows; ++i) {
        const int c = thread / kLoaders + i * kLoadedRows;
        if (c < candidates) *reinterpret_cast<float4*>(tile + c * kTileStride + depth) = load(rows[i], k);
      }
      __syncthreads();
      if (thread < candidates) {
        // Beyond the last factor both are 0, which changes no sum but a -0, and -0 counts as +0.
#pragma unroll
        for (int d = 0; d < kRescoredFactors; d += 4) {
          const float4 q = *reinterpret_cast<const float4*>(query_tile + d);
          const float4 y = *reinterpret_cast<const float4*>(tile + thread * kTileStride + d);
          score = __fmaf_rn(q.x, y.x, score);
          score = __fmaf_rn(q.y, y.y, score);
          score = __fmaf_rn(q.z, y.z, score);
          score = __fmaf_rn(q.w, y.w, score);
        }
      }
    }
    if (thread < candidates) {
      const std::int32_t candidate = item_of(keys[base + thread]);
      const float approximation = score_of(keys[base + thread]);
      if (args.item_bias != nullptr) score = __fadd_rn(score, args.item_bias[item_of_candidate(args, candidate)]);
      within = within && fabsf(fmaf(score, bound.scale, -approximation)) <= bound.error;
      keys[base + thread] = rank_key(score, candidate);
    }
  }
  return __syncthreads_and(within) != 0;
}

// ---- kernels -------------------------------------------------------------------------------------------------------

// One block a row; dynamic shared memory holds the buffer of keys and, screened, the tile of factors.
template <int kThreads, bool kScreened>
__global__ void __launch_bounds__(kThreads, kResident / kThreads) select_rows_kernel(SelectRows args, SelectPlan plan) {
  extern __shared__ __align__(16) std::uint64_t shared_keys[];
  __shared__ KeyHistogram histogram;
  __shared__ int count;
  const std::int64_t block_row = blockIdx.x;
  const std::int64_t row = args.rows(block_row);
  const int thread = static_cast<int>(threadIdx.x);
  std::uint64_t* keys = plan.keys == nullptr ? shared_keys : plan.keys + block_row * plan.capacity;
  const auto keep = static_cast<int>(plan.keep);

  const auto leave_to_exact_path = [&] {
    if (thread == 0) args.unscreened_rows[atomicAdd(&args.outcome->unscreened, 1ULL)] = row;
  };
  RowBound bound;
  if (kScreened) {
    bound = args.bounds[block_row];
    if (!(bound.error >= 0.0F)) return leave_to_exact_path();
  }
  const float twice_error = kScreened ? 2.0F * bound.error : 0.0F;

  const RowFilter filter(args, row);
  const float* scores = args.scores + block_row * args.stride;
  const bool vectors = !args.by_item && args.stride % 4 == 0 && reinterpret_cast<std::uintptr_t>(args.scores) % 16 == 0;
  float threshold = -__builtin_huge_valf();
  if (plan.sample > 0) {
    const std::int64_t excluded = filter.excluded_below(item_of_candidate(args, plan.sample - 1) + 1);
    threshold = threshold_below(
        first_threshold<kThreads>(args, scores, vectors, bound, plan.sample, keep + excluded, keys, histogram),
        twice_error);
  }
  if (thread == 0) count = 0;
  __syncthreads();
  int checked = 0;  // keys that have passed the filter
  for (std::int64_t first = 0; first < args.candidates; first += kValues * kThreads) {
    float values[kValues];
    load_scores<kThreads>(args, scores, first, vectors, values);
    if (args.candidate_bias != nullptr) add_bias<kThreads>(args, bound.scale, first, values);
    const int slot = append<kThreads>(first, threshold, values, keys, count);
    // Whoever took the last slots knows that the buffer is full; the barrier's vote tells all.
    if (__syncthreads_or(slot >= plan.limit) != 0) {
      threshold = cut<kThreads, kScreened>(keys, count, checked, filter, keep, threshold, twice_error, histogram);
      checked = count;
      if (kScreened && checked > plan.limit) return leave_to_exact_path();
      __syncthreads();  // all have read count before it grows again
    }
  }

  cut<kThreads, kScreened>(keys, count, checked, filter, keep, threshold, twice_error, histogram);
  const int kept = count;
  if (kScreened) {
    if (kept > plan.room) return leave_to_exact_path();
    if (!rescore<kThreads>(args, row, bound, keys, kept, reinterpret_cast<float*>(keys + plan.room))) {
      return leave_to_exact_path();
    }
  }
  sort_keys<kThreads>(keys, kept);
  for (std::int64_t place = thread; place < args.k; place += kThreads) {
    const std::int64_t out = row * args.k + place;
    args.top_items[out] = place < kept ? item_of_candidate(args, item_of(keys[place])) : -1;
    args.top_scores[out] = place < kept ? score_of(keys[place]) : -__builtin_huge_valf();
  }
  if (thread == 0 && kept > args.k && score_of(keys[args.k - 1]) == score_of(keys[args.k])) {
    atomicAdd(&args.outcome->tied, 1ULL);
  }
}

// ---- launcher ------------------------------------------------------------------------------------------------------

std::int64_t next_power_of_2(std::int64_t n) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)));
}

SelectPlan plan_with(int threads, std::int64_t candidates, std::int64_t k, bool screened) {
  SelectPlan plan;
  plan.threads = threads;
  plan.keep = std::min(k + 1, candidates);
  const std::int64_t step = std::int64_t{threads} * kValues;
  const std::int64_t sorted = next_power_of_2(plan.keep);
  const std::int64_t bounded = std::max(plan.keep + step + std::max(step, plan.keep) / 2, sorted);
  plan.capacity = std::min(bounded, std::max(candidates, sorted));
  plan.limit = candidates <= plan.capacity ? candidates : plan.capacity - step;
  // The more of the row is looked at twice, the fewer candidates pass: about keep candidates / sample.
  if (candidates >= 2 * plan.keep && plan.capacity >= step)
    plan.sample = std::min(candidates, (candidates / 4 / step + 1) * step);
  plan.shared_bytes = plan.capacity * std::int64_t{sizeof(std::uint64_t)};
  if (screened) {
    plan.room = std::min(4 * sorted, next_power_of_2(plan.capacity + 1) / 2);
    plan.shared_bytes =
        std::max(plan.shared_bytes, plan.room * std::int64_t{sizeof(std::uint64_t)} + tile_bytes(threads));
  }
  return plan;
}

SelectPlan plan_selection(std::int64_t rows, std::int64_t candidates, std::int64_t k, bool screened) {
  const bool short_rows = candidates <= kShortRow && k <= kFewPlaces;
  const bool wide = candidates > kLongRow && rows < kFewRows;
  SelectPlan plan = plan_with(short_rows ? kWarp : wide ? kWide : kNarrow, candidates, k, screened);
  if (plan.shared_bytes > kMostSharedBytes && !screened) {
    plan = plan_with(kWide, candidates, k, screened);
    plan.shared_bytes = 0;
  }
  return plan;
}

template <bool kScreened>
void select_block(const Context& ctx, const SelectRows& args, const SelectPlan& plan) {
  auto* kernel = select_rows_kernel<kNarrow, kScreened>;
  if (plan.threads == kWarp) kernel = select_rows_kernel<kWarp, kScreened>;
  if (plan.threads == kWide) kernel = select_rows_kernel<kWide, kScreened>;
  launch("topk_select", ctx, args.rows.count, plan.threads, plan.shared_bytes, kernel, args, plan);
}

}  // namespace

void select_rows(const Context& ctx, const SelectRows& args) {
  const bool screened = args.bounds != nullptr;
  SelectPlan plan = plan_selection(args.rows.count, args.candidates, args.k, screened);
  Tensor<std::uint64_t, 2> keys;
  if (plan.shared_bytes == 0) {
    keys = Tensor<std::uint64_t, 2>(ctx, {args.rows.count, plan.capacity}, "topk.candidates");
    plan.keys = keys.data();
  }
  if (screened) {
    select_block<true>(ctx, args, plan);
  } else {
    select_block<false>(ctx, args, plan);
  }
}

bool can_screen(std::int64_t candidates, std::int64_t k) {
  constexpr std::int64_t kLeastSpread = 8;  // candidates for each place: else most must be scored exactly anyway
  return candidates >= kLeastSpread * (k + 1) &&
         plan_selection(1, candidates, k, true).shared_bytes <= kMostSharedBytes;
}

std::int64_t select_bytes_per_row(std::int64_t candidates, std::int64_t k) {
  const SelectPlan plan = plan_selection(1, candidates, k, false);
  return plan.shared_bytes == 0 ? plan.capacity * std::int64_t{sizeof(std::uint64_t)} : 0;
}

}  // namespace kindred::cuda
