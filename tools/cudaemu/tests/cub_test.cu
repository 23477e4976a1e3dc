// SPDX-License-Identifier: Apache-2.0
// CUB's device-wide algorithms and BlockReduce against std:: algorithms: cub_test [largest size].
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cub/block/block_reduce.cuh>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_scan.cuh>
#include <cub/device/device_segmented_reduce.cuh>
#include <cub/device/device_select.cuh>
#include <numeric>
#include <string>
#include <vector>

#include "tools/cudaemu/tests/device_array.cuh"

namespace cudaemu_test {

int failures = 0, checks = 0;

void expect(bool right, const std::string& what, int n) {
  ++checks;
  if (right) return;
  ++failures;
  std::printf("differ  %s, n = %d (%s)\n", what.c_str(), n, cudaGetErrorString(cudaPeekAtLastError()));
}

// CUB's two-step protocol: ask for the bytes, then run.
template <class Call>
cudaError_t with_storage(Call call) {
  std::size_t bytes = 0;
  const cudaError_t error = call(nullptr, bytes);
  if (error != cudaSuccess) return error;
  Device<unsigned char> storage(bytes);
  return call(storage.data, bytes);
}

std::vector<int> random_values(int n, unsigned seed, int modulus) {
  std::vector<int> all(n);
  for (int& v : all) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<int>(seed >> 8) % modulus - modulus / 3;
  }
  return all;
}

void sort_pairs(int n) {
  const std::vector<int> keys = random_values(n, 1, 5000);
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  Device<int> in_keys(keys), out_keys(n), in_values(order), out_values(n);
  const cudaError_t error = with_storage([&](void* storage, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortPairs(storage, bytes, in_keys.data, out_keys.data, in_values.data, out_values.data,
                                           n);
  });
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return keys[a] < keys[b]; });
  std::vector<int> sorted(keys);
  std::sort(sorted.begin(), sorted.end());
  expect(error == cudaSuccess && out_keys.host() == sorted && out_values.host() == order, "DeviceRadixSort::SortPairs",
         n);
}

void sort_floats_down(int n) {
  std::vector<float> keys;
  for (const int v : random_values(n, 2, 100000)) keys.push_back(static_cast<float>(v) * 0.125f);
  Device<float> in(keys), out(n);
  const cudaError_t error = with_storage([&](void* storage, std::size_t& bytes) {
    return cub::DeviceRadixSort::SortKeysDescending(storage, bytes, in.data, out.data, n);
  });
  std::sort(keys.begin(), keys.end(), std::greater<float>());
  expect(error == cudaSuccess && out.host() == keys, "DeviceRadixSort::SortKeysDescending", n);
}

void scan(int n) {
  const std::vector<int> values = random_values(n, 3, 100);
  Device<int> in(values), inclusive(n), exclusive(n);
  const cudaError_t first = with_storage([&](void* storage, std::size_t& bytes) {
    return cub::DeviceScan::InclusiveSum(storage, bytes, in.data, inclusive.data, n);
  });
  const cudaError_t second = with_storage([&](void* storage, std::size_t& bytes) {
    return cub::DeviceScan::ExclusiveSum(storage, bytes, in.data, exclusive.data, n);
  });
  std::vector<int> sums(n), before(n);
  std::inclusive_scan(values.begin(), values.end(), sums.begin());
  std::exclusive_scan(values.begin(), values.end(), before.begin(), 0);
  expect(first == cudaSuccess && inclusive.host() == sums, "DeviceScan::InclusiveSum", n);
  expect(second == cudaSuccess && exclusive.host() == before, "DeviceScan::ExclusiveSum", n);
}

struct Even {
  __host__ __device__ bool operator()(int v) const { return v % 2 == 0; }
};

void select(int n) {
  const std::vector<int> values = random_values(n, 4, 1000);
  Device<int> in(values), out(n), count(1);
  const cudaError_t error = with_storage([&](void* storage, std::size_t& bytes) {
    return cub::DeviceSelect::If(storage, bytes, in.data, out.data, count.data, n, Even{});
  });
  std::vector<int> expected;
  std::copy_if(values.begin(), values.end(), std::back_inserter(expected), Even{});
  const int selected = count.host()[0];
  expect(error == cudaSuccess && selected == static_cast<int>(expected.size()) && out.host(expected.size()) == expected,
         "DeviceSelect::If", n);
}

// Segments of 0, 1, 2, ... values.
void segmented_reduce(int n) {
  const std::vector<int> values = random_values(n, 5, 1000);
  std::vector<int> offsets{0};
  while (offsets.back() < n) offsets.push_back(std::min(n, offsets.back() + static_cast<int>(offsets.size()) - 1));
  const int segments = static_cast<int>(offsets.size()) - 1;
  Device<int> in(values), device_offsets(offsets), out(segments);
  const cudaError_t error = with_storage([&](void* storage, std::size_t& bytes) {
    return cub::DeviceSegmentedReduce::Sum(storage, bytes, in.data, out.data, segments, device_offsets.data,
                                           device_offsets.data + 1);
  });
  std::vector<int> expected;
  for (int s = 0; s < segments; ++s) {
    expected.push_back(std::accumulate(values.begin() + offsets[s], values.begin() + offsets[s + 1], 0));
  }
  expect(error == cudaSuccess && out.host() == expected, "DeviceSegmentedReduce::Sum", n);
}

constexpr int kThreads = 128;

template <cub::BlockReduceAlgorithm kAlgorithm, bool kBarrier>
__global__ void block_sums(const int* in, int n, int* sums, int* maxima) {
  using Reduce = cub::BlockReduce<int, kThreads, kAlgorithm>;
  __shared__ typename Reduce::TempStorage storage;
  int sum = 0, largest = -1000000;
  for (int i = blockIdx.x * kThreads + threadIdx.x; i < n; i += gridDim.x * kThreads) {
    sum += in[i];
    largest = max(largest, in[i]);
  }
  sum = Reduce(storage).Sum(sum);  // BUG storage: data race
  if constexpr (kBarrier) __syncthreads();
  // BUG storage: data race
  largest = Reduce(storage).Reduce(largest, [](int a, int b) { return a > b ? a : b; });
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = sum;
    maxima[blockIdx.x] = largest;
  }
}

template <cub::BlockReduceAlgorithm kAlgorithm, bool kBarrier = true>
void block_reduce(int n, const char* what) {
  const std::vector<int> values = random_values(n, 6, 1000);
  Device<int> in(values), sums(3), maxima(3);
  block_sums<kAlgorithm, kBarrier><<<3, kThreads>>>(in.data, n, sums.data, maxima.data);
  const std::vector<int> sum = sums.host(), largest = maxima.host();
  const int expected = values.empty() ? -1000000 : *std::max_element(values.begin(), values.end());
  expect(std::accumulate(sum.begin(), sum.end(), 0) == std::accumulate(values.begin(), values.end(), 0) &&
             *std::max_element(largest.begin(), largest.end()) == expected,
         what, n);
}

int run(int largest) {
  for (const int n : {0, 1, 31, 32, 33, 1023, 1024, 1025, 100000}) {
    if (n > largest) continue;
    sort_pairs(n);
    sort_floats_down(n);
    scan(n);
    select(n);
    segmented_reduce(n);
    block_reduce<cub::BLOCK_REDUCE_WARP_REDUCTIONS>(n, "BlockReduce, warp reductions");
    block_reduce<cub::BLOCK_REDUCE_RAKING>(n, "BlockReduce, raking");
  }
  std::printf("{\"checks\": %d, \"differ\": %d}\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace cudaemu_test

int main(int argc, char** argv) {
  using namespace cudaemu_test;
  if (argc > 1 && std::string(argv[1]) == "storage") {  // the storage is used twice without a barrier between
    block_reduce<cub::BLOCK_REDUCE_RAKING, false>(1000, "BlockReduce, one storage");
    return failures;
  }
  return run(argc > 1 ? std::atoi(argv[1]) : 100000);
}
