// SPDX-License-Identifier: Apache-2.0
// planted_bugs: runs every kernel in its correct form and compares with the host. planted_bugs N: runs defect N.
// Exit code 0: results right and nothing reported; 1: "wrong result"; the emulator ends the process at a report.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/cudaemu/tests/device_array.cuh"
#include "tools/cudaemu/tests/planted_order.cuh"
#include "tools/cudaemu/tests/planted_small.cuh"

namespace cudaemu_test {

template <class T>
std::vector<T> sequence(int n, int modulus, int factor = 7) {
  std::vector<T> all(n);
  for (int i = 0; i < n; ++i) all[i] = static_cast<T>(i * factor % modulus);
  return all;
}
bool close(double a, double b, double tolerance) { return std::fabs(a - b) <= tolerance * (1 + std::fabs(b)); }

// ---- kernels ----

template <int Bug>
struct Reduce {
  static bool run() {
    const std::vector<float> x = sequence<float>(3001, 17);
    Device<float> device_x(x), out(std::vector<float>{0});
    reduce_sum<Bug><<<3, 256>>>(device_x.data, static_cast<int>(x.size()), out.data);
    double expected = 0;
    for (const float v : x) expected += v;
    return out.host()[0] == expected;
  }
};

template <int Bug>
struct Transpose {
  static bool run() {
    const int rows = 45, columns = 70;
    const std::vector<float> in = sequence<float>(rows * columns, 1 << 20);
    Device<float> device_in(in), device_out(in.size());
    transpose<Bug><<<dim3(3, 2), dim3(32, 8)>>>(device_in.data, device_out.data, rows, columns);
    const std::vector<float> out = device_out.host();
    bool right = true;
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) right = right && out[c * rows + r] == in[r * columns + c];
    }
    return right;
  }
};

template <int Bug>
struct Als {
  static bool run() {
    constexpr int F = 16, kTile = 8, kItems = 40;
    const std::vector<int> offsets = {0, 0, 20, 23};
    const std::vector<int> ids = sequence<int>(23, kItems);
    std::vector<float> ratings = sequence<float>(23, 5), items = sequence<float>(kItems * F, 31, 13);
    for (float& v : items) v = (v - 15) * 0.05f;
    Device<float> device_items(items), device_ratings(ratings), device_users(3 * F);
    Device<int> device_offsets(offsets), device_ids(ids);
    als_solve<Bug, F, kTile><<<3, 256, als_shared_bytes<F, kTile>()>>>(
        device_items.data, device_offsets.data, device_ids.data, device_ratings.data, 0.1f, device_users.data);
    const std::vector<float> users = device_users.host();
    // The residual of the normal equations is small.
    bool right = true;
    for (int user = 0; user < 3; ++user) {
      std::vector<double> residual(F);
      for (int f = 0; f < F; ++f) residual[f] = 0.1 * users[user * F + f];
      for (int k = offsets[user]; k < offsets[user + 1]; ++k) {
        double score = -ratings[k];
        for (int f = 0; f < F; ++f) score += double(items[ids[k] * F + f]) * users[user * F + f];
        for (int f = 0; f < F; ++f) residual[f] += score * items[ids[k] * F + f];
      }
      for (const double r : residual) right = right && std::fabs(r) < 1e-4;
    }
    return right;
  }
};

template <int Bug>
struct SegmentGradient {
  static bool run() {
    constexpr int kWidth = 32, kChunk = 16, n = 100, kRows = 12;
    std::vector<int> keys = sequence<int>(n, kRows, 5);
    std::sort(keys.begin(), keys.end());
    const std::vector<int> source = sequence<int>(n, n, 37);
    const std::vector<float> grad = sequence<float>(n * kWidth, 17);
    Device<int> device_keys(keys), device_source(source);
    Device<float> device_grad(grad), table(std::vector<float>(kRows * kWidth));
    segment_gradient<Bug, kWidth, kChunk>
        <<<2, 128>>>(device_keys.data, device_source.data, device_grad.data, n, table.data);
    std::vector<float> expected(kRows * kWidth);
    for (int i = 0; i < n; ++i) {
      for (int c = 0; c < kWidth; ++c) expected[keys[i] * kWidth + c] += grad[source[i] * kWidth + c];
    }
    return table.host() == expected;
  }
};

template <int Bug>
struct Gemm {
  static bool run() {
    const int m = 64, n = 64, k = 96;
    std::vector<__nv_bfloat16> a, b;
    for (int i = 0; i < m * k; ++i) a.push_back(__float2bfloat16(float(i * 7 % 33 - 16) / 8));
    for (int i = 0; i < n * k; ++i) b.push_back(__float2bfloat16(float(i * 5 % 33 - 16) / 8));
    Device<__nv_bfloat16> device_a(a), device_b(b);
    Device<float> device_c(m * n);
    gemm_bf16<Bug><<<dim3(n / 64, m / 64), 128>>>(device_a.data, device_b.data, device_c.data, n, k);
    const std::vector<float> c = device_c.host();
    bool right = true;
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) {
        float expected = 0;
        for (int q = 0; q < k; ++q) expected += __bfloat162float(a[i * k + q]) * __bfloat162float(b[j * k + q]);
        right = right && close(c[i * n + j], expected, 1e-5);
      }
    }
    return right;
  }
};

template <int Bug>
struct WarpScan {
  static bool run() {
    const std::vector<int> in = sequence<int>(512, 13);
    Device<int> device_in(in), device_out(in.size());
    warp_scan<Bug><<<2, 256>>>(device_in.data, device_out.data);
    const std::vector<int> out = device_out.host();
    int sum = 0;
    bool right = true;
    for (int i = 0; i < 512; ++i) {
      sum = (i % 32 ? sum : 0) + in[i];
      right = right && out[i] == sum;
    }
    return right;
  }
};

template <int Bug>
struct Scale {
  static bool run() {
    const int n = 1000;
    std::vector<float> x = sequence<float>(n, 101);
    Device<float> device(n);
    if (Bug != 22) cudaMemcpy(device.data, x.data(), n * sizeof(float), cudaMemcpyHostToDevice);
    float* target = device.data;
    if (Bug == 20) {
      cudaMalloc(&target, n * sizeof(float));
      cudaMemcpy(target, x.data(), n * sizeof(float), cudaMemcpyHostToDevice);
      cudaFree(target);
    }
    if (Bug == 21) target = x.data();
    scale<Bug><<<4, 256>>>(target, 3.0f, n);
    if (Bug == 19) {
      scale4<<<1, 256>>>(reinterpret_cast<float4*>(device.data + 1), 2.0f, n / 4 - 1);
    } else {
      scale4<<<1, 256>>>(reinterpret_cast<float4*>(device.data), 2.0f, n / 4);
    }
    const std::vector<float> got = device.host();
    bool right = true;
    for (int i = 0; i < n; ++i) right = right && got[i] == 6 * x[i];
    return right;
  }
};

template <int Bug>
struct Strided {
  static bool run() {
    const int n = 200;
    const std::vector<float> x = sequence<float>(16 * n, 1 << 20);
    Device<float> device_x(x), device_y(n);
    strided<Bug><<<2, 128>>>(device_x.data, device_y.data, n, 1 << 24);
    const std::vector<float> y = device_y.host();
    bool right = true;
    for (int i = 0; i < n; ++i) right = right && y[i] == x[16 * i];
    return right;
  }
};

template <int Bug>
struct LastBlock {
  static bool run() {
    const std::vector<int> x = sequence<int>(1000, 19);
    Device<int> device_x(x), parts(8), out(1);
    Device<unsigned> finished(std::vector<unsigned>{0});
    last_block_sum<Bug><<<8, 32>>>(device_x.data, 1000, parts.data, finished.data, out.data);
    int expected = 0;
    for (const int v : x) expected += v;
    return out.host()[0] == expected;
  }
};

template <int Bug>
struct Histogram {
  static bool run() {
    const int bins = 200, n = 1000;
    const std::vector<unsigned char> values = sequence<unsigned char>(n, bins, 11);
    Device<unsigned char> device_values(values);
    Device<unsigned> counts(bins);
    const std::size_t shared_bytes = Bug == 24 ? (bins - 1) * 4 : Bug == 26 ? 60 * 1024 : bins * 4;
    // BUG 25 host: invalid launch | invalid call | wrong result
    // BUG 26 host: invalid launch | invalid call | wrong result
    histogram<Bug><<<1, Bug == 25 ? 2048 : 256, shared_bytes>>>(device_values.data, n, counts.data, bins);
    std::vector<unsigned> expected(bins);
    for (const unsigned char v : values) ++expected[v];
    return counts.host() == expected;
  }
};

template <int Bug>
struct Reverse {
  static bool run() {
    const int n = 100;
    const std::vector<float> x = sequence<float>(n, 1000);
    Device<float> device_x(x), device_y(n);
    reverse<Bug><<<1, 128>>>(device_x.data, device_y.data, n);
    std::vector<float> y = device_y.host();
    std::reverse(y.begin(), y.end());
    return y == x;
  }
};

template <int Bug>
struct HandOver {
  static bool run() {
    Device<int> value(std::vector<int>{0}), flag(std::vector<int>{0}), out(std::vector<int>{0});
    hand_over<Bug><<<2, 1>>>(value.data, flag.data, out.data);
    return out.host()[0] == 42;
  }
};

template <int Bug>
struct TwoLocks {
  static bool run() {
    Device<int> locks(std::vector<int>{0, 0}), sum(std::vector<int>{0});
    two_locks<Bug><<<1, 32>>>(locks.data, sum.data);
    return sum.host()[0] == 3;
  }
};

template <int Bug>
struct HandThrough {
  static bool run() {
    const int rounds = 4;
    const std::vector<int> in = sequence<int>(rounds * 64, 1000);
    Device<int> device_in(in), device_out(in.size());
    hand_through<Bug><<<1, 128>>>(device_in.data, device_out.data, rounds);
    const std::vector<int> out = device_out.host();
    bool right = true;
    for (int i = 0; i < rounds * 64; ++i) right = right && out[i] == in[i / 64 * 64 + 63 - i % 64];
    return right;
  }
};

template <int Bug>
struct PassOn {
  static bool run() {
    const int blocks = Bug == 32 ? 1 << 20 : 6;
    Device<int> cells(blocks), out(std::vector<int>(blocks, 0));
    void* arguments[] = {&cells.data, &out.data};
    // BUG 32 host: invalid launch | invalid call | wrong result
    cudaLaunchCooperativeKernel(reinterpret_cast<void*>(pass_on<Bug>), dim3(blocks), dim3(64), arguments, 0, nullptr);
    const std::vector<int> got = out.host();
    bool right = true;
    for (int i = 0; i < blocks; ++i) right = right && got[i] == 100 + (i + 1) % blocks;
    return right;
  }
};

template <int Bug>
struct Pick {
  static bool run() {
    const int n = 32;
    const std::vector<float> x = sequence<float>(n * 8, 1 << 20);
    const std::vector<int> which(n, 3);
    Device<float> device_x(x), device_y(n);
    Device<int> device_which(which);
    pick<Bug><<<1, 32>>>(device_x.data, device_which.data, device_y.data, n);
    const std::vector<float> y = device_y.host();
    bool right = true;
    for (int i = 0; i < n; ++i) right = right && y[i] == x[i * 8 + 1];  // 1 * 3 & 7 is 3
    return right;
  }
};

// ---- orders of accesses ----

template <int Bug>
struct OwnBytes {
  static bool run() {
    Device<unsigned char> bytes(256), out(256);
    own_bytes<Bug><<<2, 128>>>(bytes.data, out.data);
    const std::vector<unsigned char> got = out.host(), written = bytes.host();
    bool right = true;
    for (int i = 0; i < 256; ++i) right = right && got[i] == (i % 128 ^ 1) && written[i] == i % 128 + 1;
    return right;
  }
};

template <int Bug>
struct Messages {
  static bool run() {
    Device<int> cells(std::vector<int>(6, 0));
    release_acquire<Bug><<<2, 1>>>(cells.data, cells.data + 1, cells.data + 2);
    volatile_flag<Bug><<<2, 1>>>(cells.data + 3, cells.data + 4, cells.data + 5);
    return cells.host() == std::vector<int>{7, 1, 7, 8, 1, 8};
  }
};

template <int Bug>
struct BlockVote {
  static bool run() {
    const std::vector<int> x = sequence<int>(128, 100);
    Device<int> device_x(x), out(128);
    block_vote<Bug><<<1, 128>>>(device_x.data, out.data);
    const std::vector<int> got = out.host();
    bool right = true;
    for (int i = 0; i < 128; ++i) right = right && got[i] == x[127 - i] + 1;
    return right;
  }
};

template <int Bug>
struct TileExchange {
  static bool run() {
    const std::vector<int> x = sequence<int>(64, 100);
    Device<int> device_x(x), out(64);
    tile_exchange<Bug><<<1, 64>>>(device_x.data, out.data);
    const std::vector<int> got = out.host();
    bool right = true;
    for (int i = 0; i < 64; ++i) {
      int sum = 0;
      for (int j = 0; j < 8; ++j) sum += x[i / 8 * 8 + j];
      right = right && got[i] == sum;
    }
    return right;
  }
};

template <int Bug>
struct Counted {
  static bool run() {
    Device<int> out(1);
    counted<Bug><<<1, 96>>>(out.data);
    return out.host()[0] == 1096;
  }
};

// ---- streams and host calls ----

template <int Bug>
struct Streams {
  static bool run() {
    const int n = 1000;
    cudaStream_t first, second;
    cudaEvent_t copied, ready;
    cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking);
    cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking);
    cudaEventCreateWithFlags(&copied, cudaEventDisableTiming);
    cudaEventCreateWithFlags(&ready, cudaEventDisableTiming);
    float* host = nullptr;
    cudaMallocHost(&host, n * sizeof(float));
    std::fill(host, host + n, 1.0f);
    bool right = true;
    {
      Device<float> device(n), other(n);
      cudaMemcpyAsync(device.data, host, n * sizeof(float), cudaMemcpyHostToDevice, first);
      cudaEventRecord(copied, first);
      cudaStreamWaitEvent(second, copied);
      scale<Bug><<<4, 256, 0, first>>>(device.data, 3.0f, n);
      cudaEventRecord(ready, first);
      if (Bug != 35 && Bug != 42) cudaStreamWaitEvent(second, ready);
      if (Bug != 42) scale<Bug><<<4, 256, 0, second>>>(device.data, 2.0f, n);
      // BUG 42 host: data race
      cudaMemcpyAsync(other.data, device.data, n * sizeof(float), cudaMemcpyDeviceToDevice, second);
      // BUG 36 host deferred: data race | wrong result
      cudaMemcpyAsync(host, other.data, n * sizeof(float), cudaMemcpyDeviceToHost, second);
      if (Bug != 36) cudaStreamSynchronize(second);
      const float expected = Bug == 42 ? 3.0f : 6.0f;  // without the race
      for (int i = 0; i < n; ++i) right = right && host[i] == expected;
      cudaDeviceSynchronize();
    }
    cudaFreeHost(host);
    cudaEventDestroy(copied);
    cudaEventDestroy(ready);
    cudaStreamDestroy(first);
    cudaStreamDestroy(second);
    return right;
  }
};

template <int Bug>
struct HostCalls {
  static bool run() {
    const int n = 256;
    std::vector<float> x = sequence<float>(n, 1000), back(n);
    float* device = nullptr;
    cudaMalloc(&device, n * sizeof(float));
    // BUG 39 host: out of bounds | invalid call
    cudaMemcpy(device, x.data(), (n + (Bug == 39 ? 1 : 0)) * sizeof(float), cudaMemcpyHostToDevice);
    // BUG 37 host: host access to device memory
    if (Bug == 37) back[0] = *static_cast<volatile float*>(device);
    // BUG 40 host: invalid call | host access to device memory | out of bounds | wrong result
    cudaMemcpy(back.data(), device, n * sizeof(float), Bug == 40 ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost);
    // BUG 41 host: leak
    if (Bug != 41) cudaFree(device);
    // BUG 38 host: invalid free
    if (Bug == 38) cudaFree(device);
    return back == x;
  }
};

struct Variant {
  int bug;
  const char* name;
  bool (*run)();
};
std::vector<Variant> variants;
template <template <int> class Scenario, int... Bugs>
void add(const char* name) {
  (variants.push_back({Bugs, name, Scenario<Bugs>::run}), ...);
}

int run(int bug) {
  add<Reduce, 0, 1, 2, 3, 4, 5, 6, 7>("block reduction");
  add<Transpose, 0, 8, 9, 10>("tiled transpose");
  add<Als, 0, 11>("ALS");
  add<Gemm, 0, 12, 13, 14>("tensor-core GEMM");
  add<SegmentGradient, 0, 15>("segmented gradient");
  add<Strided, 0, 16>("strided copy");
  add<LastBlock, 0, 17, 18>("last-block sum");
  add<Scale, 0, 19, 20, 21, 22>("scale");
  add<Histogram, 0, 23, 24, 25, 26>("histogram");
  add<WarpScan, 0, 27>("warp scan");
  add<Reverse, 0, 28>("reverse");
  add<HandOver, 0, 29>("flag between blocks");
  add<TwoLocks, 0, 30>("two locks");
  add<HandThrough, 0, 31>("named barriers");
  add<PassOn, 0, 32, 33>("grid barrier");
  add<Pick, 0, 34>("window on the stack");
  add<OwnBytes, 0, 43>("own bytes");
  add<Messages, 0, 44, 45>("messages between blocks");
  add<BlockVote, 0, 46>("vote of a block");
  add<TileExchange, 0, 47>("tiles of eight lanes");
  add<Counted, 0, 48>("counter in shared memory");
  add<Streams, 0, 35, 36, 42>("streams");
  add<HostCalls, 0, 37, 38, 39, 40, 41>("host calls");
  int failures = 0, runs = 0;
  for (const Variant& variant : variants) {
    if (variant.bug != bug) continue;
    ++runs;
    const bool right = variant.run();
    const cudaError_t error = cudaGetLastError();
    if (right && error == cudaSuccess) continue;
    std::printf("wrong result: %s (%s)\n", variant.name, cudaGetErrorString(error));
    ++failures;
  }
  std::printf("%d scenarios, %d wrong\n", runs, failures);
  return runs > 0 && failures == 0 ? 0 : 1;
}

}  // namespace cudaemu_test

int main(int argc, char** argv) { return cudaemu_test::run(argc > 1 ? std::atoi(argv[1]) : 0); }
