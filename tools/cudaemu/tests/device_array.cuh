// SPDX-License-Identifier: Apache-2.0
// Device memory for the length of a scope, with copies from and to vectors.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cudaemu_test {

template <class T>
struct Device {
  T* data = nullptr;
  std::size_t count;
  explicit Device(std::size_t n) : count(n) { cudaMalloc(&data, std::max<std::size_t>(n, 1) * sizeof(T)); }
  explicit Device(const std::vector<T>& host) : Device(host.size()) {
    cudaMemcpy(data, host.data(), count * sizeof(T), cudaMemcpyHostToDevice);
  }
  ~Device() { cudaFree(data); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  std::vector<T> host(std::size_t first) const {
    std::vector<T> values(first);
    cudaMemcpy(values.data(), data, first * sizeof(T), cudaMemcpyDeviceToHost);
    return values;
  }
  std::vector<T> host() const { return host(count); }
};

}  // namespace cudaemu_test
