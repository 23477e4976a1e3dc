// SPDX-License-Identifier: Apache-2.0
// What CUDA programs use besides opcodes: cooperative groups, streams, events, graphs, variables, calls, printf.
//   features_test           everything that has a right result; exit code 0 or 1
//   features_test printf | assert | trap     one thing whose output or report the caller looks at
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

#include <cassert>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tools/cudaemu/tests/device_array.cuh"

namespace cg = cooperative_groups;

namespace cudaemu_test {

int failures = 0, checks = 0;

void expect(bool right, const char* what) {
  ++checks;
  if (right) return;
  ++failures;
  std::printf("differ  %s (%s)\n", what, cudaGetErrorString(cudaGetLastError()));
}
#define EXPECT(condition) expect(condition, #condition)

// ---- cooperative groups ----

__global__ void tiles(int* out) {
  const cg::thread_block block = cg::this_thread_block();
  const auto eight = cg::tiled_partition<8>(block);
  const auto warp = cg::tiled_partition<32>(block);
  const int rank = block.thread_rank();
  int* mine = out + rank * 8;
  mine[0] = cg::reduce(eight, rank, cg::plus<int>());
  mine[1] = cg::reduce(warp, rank * 7 % 32, cg::greater<int>());
  mine[2] = cg::inclusive_scan(eight, 1);
  mine[3] = eight.shfl(rank, 3);
  mine[4] = eight.any(rank % 8 == 2) + 2 * eight.all(rank < 1000) + 4 * (eight.ballot(rank % 2 == 0) == 0x55);
  mine[5] = eight.shfl_xor(rank, 1);
  mine[6] = -1;
  if (rank % 3 == 0) {
    const cg::coalesced_group third = cg::coalesced_threads();
    mine[6] = third.size() * 100 + third.thread_rank();
  }
  const auto labelled = cg::labeled_partition(warp, rank % 4);
  mine[7] = cg::reduce(labelled, 1, cg::plus<int>());
  block.sync();
}

void cooperative_tiles() {
  constexpr int n = 64;
  Device<int> out(n * 8);
  tiles<<<1, n>>>(out.data);
  const std::vector<int> got = out.host();
  bool sums = true, maxima = true, scans = true, shuffles = true, votes = true, thirds = true, labels = true;
  for (int i = 0; i < n; ++i) {
    const int* mine = &got[i * 8];
    const int base = i / 8 * 8;
    sums = sums && mine[0] == base * 8 + 28;
    maxima = maxima && mine[1] == 31;
    scans = scans && mine[2] == i % 8 + 1;
    shuffles = shuffles && mine[3] == base + 3 && mine[5] == (i ^ 1);
    votes = votes && mine[4] == 7;
    // The lanes of a branch need not arrive together: a group holds at least the caller.
    thirds = thirds && (i % 3 ? mine[6] == -1 : mine[6] >= 100 && mine[6] / 100 <= 11 && mine[6] % 100 < mine[6] / 100);
    labels = labels && mine[7] == 8;
  }
  EXPECT(sums && maxima && scans);
  EXPECT(shuffles && votes);
  EXPECT(thirds && labels);
}

// Each step every block adds its neighbour's value: wrong unless all blocks have finished the step before.
__global__ void relay(int* cells, int steps) {
  const cg::grid_group grid = cg::this_grid();
  const int block = blockIdx.x, blocks = gridDim.x;
  for (int step = 0; step < steps; ++step) {
    int next = 0;
    if (threadIdx.x == 0) next = cells[block] + cells[(block + 1) % blocks];
    grid.sync();
    if (threadIdx.x == 0) cells[block] = next;
    grid.sync();
  }
}

void grid_barrier() {
  const int blocks = 5, steps = 4;
  std::vector<int> expected = {1, 2, 3, 4, 5};
  Device<int> cells(expected);
  int n = steps;
  void* arguments[] = {&cells.data, &n};
  EXPECT(cudaLaunchCooperativeKernel(reinterpret_cast<void*>(relay), dim3(blocks), dim3(64), arguments, 0, nullptr) ==
         cudaSuccess);
  for (int step = 0; step < steps; ++step) {
    const std::vector<int> before = expected;
    for (int b = 0; b < blocks; ++b) expected[b] = before[b] + before[(b + 1) % blocks];
  }
  EXPECT(cells.host() == expected);
}

// ---- variables, calls, shared memory ----

__device__ int counter = 5;
__device__ float table[4] = {1, 2, 3, 4};
__constant__ int offsets[3] = {10, 20, 30};
__device__ int* pointer_to_counter = &counter;

__global__ void use_variables(float* out) {
  out[threadIdx.x] = table[threadIdx.x] + offsets[threadIdx.x % 3];
  if (threadIdx.x == 0) *pointer_to_counter += 1;
  if (out[threadIdx.x] < 0) {
    printf("%d", counter);  // nothing executes this
  }
}

void variables() {
  Device<float> out(4);
  use_variables<<<1, 4>>>(out.data);
  EXPECT(out.host() == (std::vector<float>{11, 22, 33, 14}));
  const int more[2] = {200, 300};
  EXPECT(cudaMemcpyToSymbol(offsets, more, sizeof more, sizeof(int)) == cudaSuccess);
  float* address = nullptr;
  std::size_t bytes = 0;
  EXPECT(cudaGetSymbolAddress(reinterpret_cast<void**>(&address), table) == cudaSuccess);
  EXPECT(cudaGetSymbolSize(&bytes, table) == cudaSuccess && bytes == sizeof table);
  const float value = 0.5f;
  cudaMemcpy(address + 1, &value, sizeof value, cudaMemcpyHostToDevice);
  use_variables<<<1, 4>>>(out.data);
  EXPECT(out.host() == (std::vector<float>{11, 200.5f, 303, 14}));
  int now = 0;
  EXPECT(cudaMemcpyFromSymbol(&now, counter, sizeof now) == cudaSuccess && now == 7);
}

using Function = int (*)(int);
__device__ int doubled(int x) { return 2 * x; }
__device__ int squared(int x) { return x * x; }
__device__ __noinline__ int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }
__device__ __noinline__ int ackermann(int m, int n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
struct Shape {
  __device__ virtual ~Shape() {}
  __device__ virtual int area() const = 0;
};
struct Square : Shape {
  int side;
  __device__ explicit Square(int s) : side(s) {}
  __device__ int area() const override { return side * side; }
};
struct Strip : Shape {
  int length;
  __device__ explicit Strip(int l) : length(l) {}
  __device__ int area() const override { return length; }
};
struct Pair {
  double first;
  int second;
};
__device__ __noinline__ Pair swapped(Pair p, const int* add) { return {double(p.second) + *add, int(p.first)}; }

__global__ void calls(int* out) {
  const int i = threadIdx.x;
  const Function functions[2] = {doubled, squared};
  const Function chosen = functions[i % 2];
  out[i * 5] = chosen(i + 1);
  out[i * 5 + 1] = factorial(i + 1);
  out[i * 5 + 2] = ackermann(2, i);
  Square square(i + 2);
  Strip strip(i);
  const Shape* shape = i % 2 ? static_cast<const Shape*>(&square) : &strip;
  out[i * 5 + 3] = shape->area();
  const int local = i;
  const Pair p = swapped({i + 0.5, 7}, &local);
  out[i * 5 + 4] = int(p.first) * 100 + p.second;
}

void device_calls() {
  constexpr int n = 6;
  Device<int> out(n * 5);
  calls<<<1, n>>>(out.data);
  const std::vector<int> got = out.host();
  bool right = true;
  int product = 1;
  for (int i = 0; i < n; ++i) {
    product *= i + 1;
    const int* mine = &got[i * 5];
    right = right && mine[0] == (i % 2 ? (i + 1) * (i + 1) : 2 * (i + 1)) && mine[1] == product &&
            mine[2] == 2 * i + 3 && mine[3] == (i % 2 ? (i + 2) * (i + 2) : i) && mine[4] == (7 + i) * 100 + i;
  }
  EXPECT(right);
}

// Static and dynamic shared memory side by side; the dynamic part holds two arrays of different types.
__global__ void shared_mix(const int* in, double* out, int n) {
  __shared__ int fixed[64];
  extern __shared__ double dynamic[];
  float* tail = reinterpret_cast<float*>(dynamic + n);
  const int i = threadIdx.x;
  fixed[i] = in[i];
  dynamic[i] = in[i] * 0.5;
  tail[i] = in[i] * 0.25f;
  __syncthreads();
  const int j = n - 1 - i;
  out[i] = fixed[j] + dynamic[j] + tail[j];
}

void shared_memory() {
  const int n = 64;
  std::vector<int> in(n);
  for (int i = 0; i < n; ++i) in[i] = i * i;
  Device<int> device_in(in);
  Device<double> out(n);
  shared_mix<<<1, n, n * 12>>>(device_in.data, out.data, n);
  const std::vector<double> got = out.host();
  bool right = true;
  for (int i = 0; i < n; ++i) right = right && got[i] == in[n - 1 - i] * 1.75;
  EXPECT(right);
  EXPECT(cudaFuncSetAttribute(shared_mix, cudaFuncAttributeMaxDynamicSharedMemorySize, 100 * 1024) == cudaSuccess);
  shared_mix<<<1, n, 100 * 1024>>>(device_in.data, out.data, n);
  EXPECT(cudaGetLastError() == cudaSuccess && cudaDeviceSynchronize() == cudaSuccess);
}

// ---- streams, events, graphs ----

__global__ void fill(int* x, int value, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] = value;
}
__global__ void add(const int* a, const int* b, int* c, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

void streams_and_events() {
  const int n = 300;
  Device<int> a(n), b(n), c(n);
  cudaStream_t s, t;
  cudaEvent_t ready, start;
  cudaStreamCreate(&s);
  cudaStreamCreateWithFlags(&t, cudaStreamNonBlocking);
  cudaEventCreateWithFlags(&ready, cudaEventDisableTiming);
  cudaEventCreate(&start);
  cudaEventRecord(start, s);
  fill<<<3, 128, 0, s>>>(a.data, 3, n);
  fill<<<3, 128, 0, t>>>(b.data, 4, n);
  cudaEventRecord(ready, t);
  cudaStreamWaitEvent(s, ready);
  add<<<3, 128, 0, s>>>(a.data, b.data, c.data, n);
  bool called = false;
  cudaLaunchHostFunc(
      s, [](void* flag) { *static_cast<bool*>(flag) = true; }, &called);
  std::vector<int> got(n);
  cudaMemcpyAsync(got.data(), c.data, n * sizeof(int), cudaMemcpyDeviceToHost, s);
  cudaStreamSynchronize(s);
  EXPECT(called && got == std::vector<int>(n, 7));
  EXPECT(cudaStreamQuery(s) == cudaSuccess && cudaEventQuery(ready) == cudaSuccess);
  // The default stream waits for blocking streams, and they for it.
  fill<<<3, 128, 0, s>>>(a.data, 10, n);
  add<<<3, 128>>>(a.data, b.data, c.data, n);
  add<<<3, 128, 0, s>>>(c.data, b.data, a.data, n);
  EXPECT(c.host() == std::vector<int>(n, 14));
  EXPECT(a.host() == std::vector<int>(n, 18));
  cudaEventDestroy(start);
  cudaEventDestroy(ready);
  cudaStreamDestroy(s);
  cudaStreamDestroy(t);
}

// copy in; fork: two kernels on two streams; join: a third; copy out. Replayed with other data.
void graphs() {
  const int n = 200;
  Device<int> in(n), left(n), right(n), out(n);
  int *host_in = nullptr, *host_out = nullptr;
  cudaMallocHost(&host_in, n * sizeof(int));
  cudaMallocHost(&host_out, n * sizeof(int));
  cudaStream_t s, t;
  cudaEvent_t fork, join;
  cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking);
  cudaStreamCreateWithFlags(&t, cudaStreamNonBlocking);
  cudaEventCreateWithFlags(&fork, cudaEventDisableTiming);
  cudaEventCreateWithFlags(&join, cudaEventDisableTiming);
  EXPECT(cudaStreamBeginCapture(s, cudaStreamCaptureModeThreadLocal) == cudaSuccess);
  cudaMemcpyAsync(in.data, host_in, n * sizeof(int), cudaMemcpyHostToDevice, s);
  cudaEventRecord(fork, s);
  cudaStreamWaitEvent(t, fork);
  add<<<2, 128, 0, s>>>(in.data, in.data, left.data, n);
  fill<<<2, 128, 0, t>>>(right.data, 5, n);
  cudaEventRecord(join, t);
  cudaStreamWaitEvent(s, join);
  add<<<2, 128, 0, s>>>(left.data, right.data, out.data, n);
  cudaMemcpyAsync(host_out, out.data, n * sizeof(int), cudaMemcpyDeviceToHost, s);
  cudaGraph_t graph = nullptr;
  EXPECT(cudaStreamEndCapture(s, &graph) == cudaSuccess && graph != nullptr);
  std::size_t nodes = 0;
  EXPECT(cudaGraphGetNodes(graph, nullptr, &nodes) == cudaSuccess && nodes == 5);
  cudaGraphExec_t replay = nullptr;
  EXPECT(cudaGraphInstantiate(&replay, graph, 0) == cudaSuccess);
  cudaGraphDestroy(graph);
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < n; ++i) host_in[i] = round * 1000 + i;
    EXPECT(cudaGraphLaunch(replay, s) == cudaSuccess);
    cudaStreamSynchronize(s);
    bool right_results = true;
    for (int i = 0; i < n; ++i) right_results = right_results && host_out[i] == 2 * (round * 1000 + i) + 5;
    EXPECT(right_results);
  }
  cudaGraphExecDestroy(replay);
  cudaEventDestroy(fork);
  cudaEventDestroy(join);
  cudaStreamDestroy(s);
  cudaStreamDestroy(t);
  cudaFreeHost(host_in);
  cudaFreeHost(host_out);
}

// ---- memory calls ----

void memory_calls() {
  const int rows = 5, columns = 7;
  std::size_t pitch = 0;
  int* pitched = nullptr;
  EXPECT(cudaMallocPitch(&pitched, &pitch, columns * sizeof(int), rows) == cudaSuccess &&
         pitch >= columns * sizeof(int));
  std::vector<int> in(rows * columns), out(rows * columns);
  for (int i = 0; i < rows * columns; ++i) in[i] = i;
  EXPECT(cudaMemcpy2D(pitched, pitch, in.data(), columns * 4, columns * 4, rows, cudaMemcpyHostToDevice) ==
         cudaSuccess);
  EXPECT(cudaMemcpy2D(out.data(), columns * 4, pitched, pitch, columns * 4, rows, cudaMemcpyDeviceToHost) ==
         cudaSuccess);
  EXPECT(in == out);
  EXPECT(cudaMemset2D(pitched, pitch, 0, 8, rows) == cudaSuccess);
  cudaMemcpy2D(out.data(), columns * 4, pitched, pitch, columns * 4, rows, cudaMemcpyDeviceToHost);
  EXPECT(out[columns] == 0 && out[columns + 1] == 0 && out[columns + 2] == in[columns + 2]);
  cudaFree(pitched);
  cudaStream_t s;
  cudaStreamCreate(&s);
  int* from_pool = nullptr;
  EXPECT(cudaMallocAsync(&from_pool, 400, s) == cudaSuccess);
  fill<<<1, 100, 0, s>>>(from_pool, 9, 100);
  std::vector<int> nines(100);
  cudaMemcpyAsync(nines.data(), from_pool, 400, cudaMemcpyDeviceToHost, s);
  EXPECT(cudaFreeAsync(from_pool, s) == cudaSuccess);
  cudaStreamSynchronize(s);
  EXPECT(nines == std::vector<int>(100, 9));
  cudaStreamDestroy(s);
  cudaPointerAttributes attributes{};
  Device<int> device(4);
  EXPECT(cudaPointerGetAttributes(&attributes, device.data) == cudaSuccess && attributes.type == cudaMemoryTypeDevice);
  std::size_t free_bytes = 0, total_bytes = 0;
  EXPECT(cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess && free_bytes < total_bytes);
}

void queries() {
  int count = 0, blocks = 0, least = 0, best = 0;
  EXPECT(cudaGetDeviceCount(&count) == cudaSuccess && count >= 1);
  cudaDeviceProp properties{};
  EXPECT(cudaGetDeviceProperties(&properties, 0) == cudaSuccess && properties.major >= 8 && properties.warpSize == 32);
  EXPECT(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, fill, 128, 0) == cudaSuccess && blocks >= 1);
  EXPECT(cudaOccupancyMaxPotentialBlockSize(&least, &best, fill) == cudaSuccess && best >= 32 && least >= 1);
  cudaFuncAttributes attributes{};
  EXPECT(cudaFuncGetAttributes(&attributes, shared_mix) == cudaSuccess && attributes.sharedSizeBytes == 256);
  EXPECT(std::string(cudaGetErrorName(cudaErrorInvalidValue)) == "cudaErrorInvalidValue");
  EXPECT(cudaSetDevice(99) == cudaErrorInvalidDevice && cudaGetLastError() == cudaErrorInvalidDevice);
  EXPECT(cudaGetLastError() == cudaSuccess);
}

// ---- what the caller looks at ----

__global__ void say(int n, const char* word) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) printf("thread %d of %d: %5.2f %s %x %c %lld%%\n", i, n, i * 1.5, word, 255 - i, 'a' + i, 1ll << (40 + i));
}
__global__ void check_positive(const int* x) {
  assert(x[threadIdx.x] > 0);  // BUG assert: assertion failed
}
__global__ void stop(const int* x) {
  if (x[threadIdx.x] < 0) __trap();  // BUG trap: trap
}

// A real instruction of a kind that this project does not use; only a kernel that runs it may stop.
__global__ void multimem(unsigned* x) {
  unsigned d;
  // BUG instruction: unsupported instruction
  asm volatile("multimem.ld_reduce.relaxed.sys.global.add.u32 %0, [%1];" : "=r"(d) : "l"(x) : "memory");
  x[1] = d;
}

int special(const std::string& what) {
  if (what == "devices") {
    int count = 0;
    cudaGetDeviceCount(&count);
    std::printf("%d devices\n", count);
    return 0;
  }
  if (what == "call") {
    cudaTextureObject_t texture = 0;
    // BUG call host: unsupported call
    cudaCreateTextureObject(&texture, nullptr, nullptr, nullptr);
    return 0;
  }
  const std::vector<int> values = {1, 2, -3, 4};
  Device<int> x(values);
  if (what == "printf") {
    const char word[] = "word";
    Device<char> device_word(std::vector<char>(word, word + sizeof word));
    say<<<1, 3>>>(3, device_word.data);
  }
  if (what == "assert") check_positive<<<1, 4>>>(x.data);
  if (what == "trap") stop<<<1, 4>>>(x.data);
  if (what == "instruction") multimem<<<1, 1>>>(reinterpret_cast<unsigned*>(x.data));
  const cudaError_t error = cudaDeviceSynchronize();
  std::printf("then %s\n", cudaGetErrorName(error));
  return error == cudaSuccess ? 0 : 3;
}

int run_all() {
  cooperative_tiles();
  grid_barrier();
  variables();
  device_calls();
  shared_memory();
  streams_and_events();
  graphs();
  memory_calls();
  queries();
  std::printf("{\"checks\": %d, \"differ\": %d}\n", checks, failures);
  return failures == 0 && checks > 0 ? 0 : 1;
}

}  // namespace cudaemu_test

int main(int argc, char** argv) { return argc > 1 ? cudaemu_test::special(argv[1]) : cudaemu_test::run_all(); }
