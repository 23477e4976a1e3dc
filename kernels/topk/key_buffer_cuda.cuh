// SPDX-License-Identifier: Apache-2.0
// What a block does with its buffer of keys (rank_key.h): find the n-th largest, drop some, sort.
// Every function is called by all kThreads threads of the block and ends with a barrier; the buffer lies in shared or
// global memory. Positions within the buffer depend on the order of threads, the set of keys does not.
#pragma once

#include <cstdint>

namespace kindred::cuda {

inline constexpr int kBins = 256;

struct KeyHistogram {
  int bins[kBins];
  int digit;   // of the n-th largest key
  int wanted;  // its place among the keys that share the digits found so far
  int group;   // how many these are
};

// Warp 0 looks for the bin that holds place `wanted` from the top.
__device__ inline void find_digit(KeyHistogram& histogram, int wanted) {
  constexpr int kBinsPerLane = kBins / 32;
  const int lane = static_cast<int>(threadIdx.x);
  const int top = kBins - 1 - lane * kBinsPerLane;
  int sum = 0;
  for (int j = 0; j < kBinsPerLane; ++j) sum += histogram.bins[top - j];
  int through = sum;  // keys in the bins of lanes 0..lane
  for (int distance = 1; distance < 32; distance *= 2) {
    const int other = __shfl_up_sync(0xFFFFFFFFU, through, distance);
    if (lane >= distance) through += other;
  }
  int above = through - sum;
  if (above >= wanted || wanted > through) return;
  for (int j = 0; j < kBinsPerLane; ++j) {
    const int here = histogram.bins[top - j];
    if (wanted <= above + here) {
      histogram.digit = top - j;
      histogram.wanted = wanted - above;
      histogram.group = here;
      return;
    }
    above += here;
  }
}

// The n-th largest of keys[0, count), n <= count, or a smaller number: with kLowest = 0 one that exactly n keys reach,
// else the bits above kLowest (a multiple of 8) of the n-th largest, followed by zeros.
template <int kThreads, int kLowest>
__device__ std::uint64_t nth_key(const std::uint64_t* keys, int count, int n, KeyHistogram& histogram) {
  std::uint64_t prefix = 0;
  int wanted = n;
  for (int shift = 56; shift >= kLowest; shift -= 8) {
    for (int bin = static_cast<int>(threadIdx.x); bin < kBins; bin += kThreads) histogram.bins[bin] = 0;
    __syncthreads();
    const std::uint64_t mask = shift == 56 ? 0 : ~std::uint64_t{0} << (shift + 8);
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
      const std::uint64_t key = keys[i];
      if ((key & mask) == prefix) atomicAdd(&histogram.bins[(key >> shift) & (kBins - 1)], 1);
    }
    __syncthreads();
    if (threadIdx.x < 32) find_digit(histogram, wanted);
    __syncthreads();
    prefix |= static_cast<std::uint64_t>(histogram.digit) << shift;
    wanted = histogram.wanted;
    if (kLowest == 0 && histogram.group == wanted) break;  // all of the group are in
  }
  return prefix;
}

// Of keys[first, count) moves those that stay to keys[first...]; `count`, in shared memory, tells how many keys there
// are before and after.
template <int kThreads, typename Stays>
__device__ void keep_if(std::uint64_t* keys, int first, int& count, const Stays& stays) {
  const int before = count;
  __syncthreads();
  if (threadIdx.x == 0) count = first;
  for (int base = first; base < before; base += kThreads) {
    const int i = base + static_cast<int>(threadIdx.x);
    const std::uint64_t key = i < before ? keys[i] : 0;
    const bool moves = i < before && stays(key);
    __syncthreads();  // a chunk is read before its keys move to the front
    if (moves) keys[atomicAdd(&count, 1)] = key;
  }
  __syncthreads();
}

// Largest first, for few keys: each thread counts the keys above its own. Keys differ, as their items do.
template <int kThreads>
__device__ void sort_few_keys(std::uint64_t* keys, int count) {
  const int thread = static_cast<int>(threadIdx.x);
  std::uint64_t key = 0;
  int place = 0;
  if (thread < count) {
    key = keys[thread];
    for (int i = 0; i < count; ++i) place += keys[i] > key ? 1 : 0;
  }
  __syncthreads();
  if (thread < count) keys[place] = key;
  __syncthreads();
}

// Bitonic, largest first. The buffer must have room for the next power of two; what is above count becomes 0.
template <int kThreads>
__device__ void sort_keys(std::uint64_t* keys, int count) {
  constexpr int kFewKeys = 192;
  if (count <= min(kFewKeys, kThreads)) return sort_few_keys<kThreads>(keys, count);
  unsigned padded = 1;
  while (padded < static_cast<unsigned>(count)) padded *= 2;
  for (unsigned i = static_cast<unsigned>(count) + threadIdx.x; i < padded; i += kThreads) keys[i] = 0;
  __syncthreads();
  for (unsigned size = 2; size <= padded && size != 0; size *= 2) {
    for (unsigned stride = size / 2; stride > 0; stride /= 2) {
      for (unsigned pair = threadIdx.x; pair < padded / 2; pair += kThreads) {
        const unsigned low = 2 * pair - (pair & (stride - 1));
        const std::uint64_t first = keys[low];
        const std::uint64_t second = keys[low + stride];
        const bool descending = (low & size) == 0;
        if (descending ? first < second : first > second) {
          keys[low] = second;
          keys[low + stride] = first;
        }
      }
      __syncthreads();
    }
  }
}

}  // namespace kindred::cuda
