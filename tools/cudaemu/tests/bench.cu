// SPDX-License-Identifier: Apache-2.0
// How fast the emulator is, kernel by kernel: bench [scale]. Prints "name seconds rate unit" of the fastest of three
// runs. Only calls that any stand-in has: speed_against.sh runs it on two of them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tools/cudaemu/tests/planted_kernels.cuh"

namespace cudaemu_test {

__global__ void saxpy(float a, const float* x, float* y, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] += a * x[i];
}
__global__ void barriers(float* y, int times) {
  __shared__ float s[256];
  s[threadIdx.x] = 1;
  for (int i = 0; i < times; ++i) __syncthreads();
  y[blockIdx.x * blockDim.x + threadIdx.x] = s[threadIdx.x];
}
__global__ void shuffles(float* y, int times) {
  float v = threadIdx.x;
  for (int i = 0; i < times; ++i) v = __shfl_xor_sync(kFullMask, v, 1 + i % 16);
  y[blockIdx.x * blockDim.x + threadIdx.x] = v;
}
__global__ void atomics(float* y, int times) {
  for (int i = 0; i < times; ++i) atomicAdd(&y[(threadIdx.x * 7 + i) & 1023], 1.0f);
}

template <class Launch>
void measure(const char* name, double work, const char* unit, Launch launch) {
  double best = 1e30;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto begun = std::chrono::steady_clock::now();
    launch();
    cudaDeviceSynchronize();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  std::printf("%-10s %.6f %.3f %s\n", name, best, work / best / 1e6, unit);
  std::fflush(stdout);
}

template <class T>
T* device_copy(const std::vector<T>& host) {
  void* data = nullptr;
  cudaMalloc(&data, host.size() * sizeof(T));
  cudaMemcpy(data, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice);
  return static_cast<T*>(data);
}

int run(double scale) {
  const int n = std::max(256, static_cast<int>(262144 * scale) / 256 * 256);
  const int blocks = std::max(1, static_cast<int>(16 * scale));
  float* x = device_copy(std::vector<float>(1 << 20, 0.0f));
  float* y = device_copy(std::vector<float>(1 << 20, 0.0f));
  measure("saxpy", n, "M threads/s", [&] { saxpy<<<n / 256, 256>>>(2.0f, x, y, n); });
  const double calls = blocks * 256.0 * 50;
  measure("barrier", calls, "M thread barriers/s", [&] { barriers<<<blocks, 256>>>(y, 50); });
  measure("shuffle", calls, "M lane shuffles/s", [&] { shuffles<<<blocks, 256>>>(y, 50); });
  measure("atomic", calls, "M atomics/s", [&] { atomics<<<blocks, 256>>>(y, 50); });
  measure("reduce", n, "M elements/s", [&] { reduce_sum<0><<<64, 256>>>(x, n, y); });
  const int side = 256;
  measure("transpose", side * side, "M elements/s",
          [&] { transpose<0><<<dim3(side / 32, side / 32), dim3(32, 8)>>>(x, y, side, side); });
  {
    constexpr int F = 32, kTile = 16, kRatings = 64;
    const int users = std::max(1, static_cast<int>(30 * scale));
    std::vector<int> offsets, ids;
    for (int u = 0; u <= users; ++u) offsets.push_back(u * kRatings);
    for (int i = 0; i < users * kRatings; ++i) ids.push_back(i * 31 % 1000);
    int *device_offsets = device_copy(offsets), *device_ids = device_copy(ids);
    float* ratings = device_copy(std::vector<float>(ids.size(), 1.0f));
    measure("als", users * 1e6, "users/s", [&] {
      als_solve<0, F, kTile>
          <<<users, 256, als_shared_bytes<F, kTile>()>>>(x, device_offsets, device_ids, ratings, 0.1f, y);
    });
    cudaFree(device_offsets);
    cudaFree(device_ids);
    cudaFree(ratings);
  }
  {
    const int entries = std::max(16, static_cast<int>(5000 * scale));
    std::vector<int> keys, source;
    for (int i = 0; i < entries; ++i) keys.push_back(i / 5), source.push_back(static_cast<int>(i * 7919ll % entries));
    int *device_keys = device_copy(keys), *device_source = device_copy(source);
    measure("segments", entries, "M entries/s", [&] {
      segment_gradient<0, 64, 16><<<((entries + 15) / 16 + 3) / 4, 128>>>(device_keys, device_source, x, entries, y);
    });
    cudaFree(device_keys);
    cudaFree(device_source);
  }
  {
    const int m = 128, k = 128;
    const auto* a = reinterpret_cast<const __nv_bfloat16*>(x);
    measure("gemm", 2.0 * m * m * k, "MFLOP/s", [&] { gemm_bf16<0><<<dim3(m / 64, m / 64), 128>>>(a, a, y, m, k); });
  }
  cudaFree(x);
  cudaFree(y);
  return cudaGetLastError() == cudaSuccess ? 0 : 1;
}

}  // namespace cudaemu_test

int main(int argc, char** argv) { return cudaemu_test::run(argc > 1 ? std::atof(argv[1]) : 1.0); }
