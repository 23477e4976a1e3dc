// SPDX-License-Identifier: Apache-2.0
// Thrust on the device against std:: algorithms: thrust_test [largest size].
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sort.h>
#include <thrust/unique.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

namespace cudaemu_test {

int failures = 0, checks = 0;

void expect(bool right, const char* what, int n) {
  ++checks;
  if (right) return;
  ++failures;
  std::printf("differ  %s, n = %d\n", what, n);
}

std::vector<int> random_values(int n, unsigned seed, int modulus) {
  std::vector<int> all(n);
  for (int& v : all) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<int>(seed >> 8) % modulus - modulus / 3;
  }
  return all;
}
std::vector<int> on_host(const thrust::device_vector<int>& values, std::size_t count) {
  std::vector<int> host(count);
  thrust::copy(values.begin(), values.begin() + count, host.begin());
  return host;
}

void sort_by_key(int n, cudaStream_t stream) {
  const std::vector<int> keys = random_values(n, 1, 300);
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  thrust::device_vector<int> device_keys(keys.begin(), keys.end()), device_order(order.begin(), order.end());
  thrust::stable_sort_by_key(thrust::cuda::par.on(stream), device_keys.begin(), device_keys.end(),
                             device_order.begin());
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return keys[a] < keys[b]; });
  expect(on_host(device_order, n) == order, "stable_sort_by_key", n);
}

// A comparison of its own makes Thrust sort by merging.
struct ByLastDigit {
  __host__ __device__ bool operator()(int a, int b) const { return (a & 15) != (b & 15) ? (a & 15) < (b & 15) : a < b; }
};
void merge_sort(int n) {
  std::vector<int> values = random_values(n, 2, 100000);
  thrust::device_vector<int> device(values.begin(), values.end());
  thrust::sort(device.begin(), device.end(), ByLastDigit{});
  std::sort(values.begin(), values.end(), ByLastDigit{});
  expect(on_host(device, n) == values, "sort with a comparison", n);
}

void reduce_by_key(int n) {
  std::vector<int> keys = random_values(n, 3, 40);
  std::sort(keys.begin(), keys.end());
  const std::vector<int> values = random_values(n, 4, 1000);
  thrust::device_vector<int> device_keys(keys.begin(), keys.end()), device_values(values.begin(), values.end());
  thrust::device_vector<int> out_keys(n), out_sums(n);
  const auto end = thrust::reduce_by_key(device_keys.begin(), device_keys.end(), device_values.begin(),
                                         out_keys.begin(), out_sums.begin());
  const std::size_t count = end.first - out_keys.begin();
  std::vector<int> expected_keys, expected_sums;
  for (int i = 0; i < n; ++i) {
    if (i == 0 || keys[i] != keys[i - 1]) {
      expected_keys.push_back(keys[i]);
      expected_sums.push_back(0);
    }
    expected_sums.back() += values[i];
  }
  expect(count == expected_keys.size() && on_host(out_keys, count) == expected_keys &&
             on_host(out_sums, count) == expected_sums,
         "reduce_by_key", n);
}

void unique(int n) {
  std::vector<int> values = random_values(n, 5, 3);
  thrust::device_vector<int> device(values.begin(), values.end());
  const std::size_t count = thrust::unique(device.begin(), device.end()) - device.begin();
  values.erase(std::unique(values.begin(), values.end()), values.end());
  expect(count == values.size() && on_host(device, count) == values, "unique", n);
}

void scan(int n) {
  std::vector<int> values = random_values(n, 6, 1000);
  thrust::device_vector<int> device(values.begin(), values.end()), inclusive(n), exclusive(n);
  thrust::inclusive_scan(device.begin(), device.end(), inclusive.begin());
  thrust::exclusive_scan(device.begin(), device.end(), exclusive.begin(), 17);
  std::vector<int> sums(n), before(n);
  std::inclusive_scan(values.begin(), values.end(), sums.begin());
  std::exclusive_scan(values.begin(), values.end(), before.begin(), 17);
  expect(on_host(inclusive, n) == sums, "inclusive_scan", n);
  expect(on_host(exclusive, n) == before, "exclusive_scan", n);
  expect(thrust::reduce(device.begin(), device.end()) == std::accumulate(values.begin(), values.end(), 0), "reduce", n);
}

int run(int largest) {
  cudaStream_t stream;
  cudaStreamCreate(&stream);
  for (const int n : {0, 1, 31, 32, 33, 1023, 1024, 1025, 100000}) {
    if (n > largest) continue;
    sort_by_key(n, stream);
    merge_sort(n);
    reduce_by_key(n);
    unique(n);
    scan(n);
  }
  cudaStreamDestroy(stream);
  std::printf("{\"checks\": %d, \"differ\": %d}\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace cudaemu_test

int main(int argc, char** argv) { return cudaemu_test::run(argc > 1 ? std::atoi(argv[1]) : 100000); }
