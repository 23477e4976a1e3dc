// SPDX-License-Identifier: Apache-2.0
// The stand-in for libcudart without any device code: order of streams, capture and graphs, copies, memory, errors.
// Needs no nvcc. Run with CUDAEMU_STREAMS=sync and =deferred: what differs between them is asked for here too.
#include <cuda_runtime_api.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tools/cudaemu/runtime/expect.h"

namespace {

using cudaemu::testing::reports;

constexpr int kCount = 1000;
constexpr std::size_t kBytes = kCount * sizeof(float);

bool deferred() {
  const char* mode = std::getenv("CUDAEMU_STREAMS");
  return mode != nullptr && std::string(mode) == "deferred";
}

// Two streams that know nothing of each other, device memory and pinned memory.
struct Fixture {
  float *device = nullptr, *other = nullptr, *in = nullptr, *out = nullptr;
  cudaStream_t first = nullptr, second = nullptr;
  cudaEvent_t event = nullptr;

  Fixture() {
    EXPECT_OK(cudaMalloc(reinterpret_cast<void**>(&device), kBytes));
    EXPECT_OK(cudaMalloc(reinterpret_cast<void**>(&other), kBytes));
    EXPECT_OK(cudaMallocHost(reinterpret_cast<void**>(&in), kBytes));
    EXPECT_OK(cudaHostAlloc(reinterpret_cast<void**>(&out), kBytes, cudaHostAllocDefault));
    for (int i = 0; i < kCount; ++i) in[i] = static_cast<float>(i);
    EXPECT_OK(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
    EXPECT_OK(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
    EXPECT_OK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  }
  ~Fixture() {
    EXPECT_OK(cudaEventDestroy(event));
    EXPECT_OK(cudaStreamDestroy(first));
    EXPECT_OK(cudaStreamDestroy(second));
    EXPECT_OK(cudaFree(device));
    EXPECT_OK(cudaFree(other));
    EXPECT_OK(cudaFreeHost(in));
    EXPECT_OK(cudaFreeHost(out));
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  cudaError_t upload(cudaStream_t stream) {
    return cudaMemcpyAsync(device, in, kBytes, cudaMemcpyHostToDevice, stream);
  }
  cudaError_t download(cudaStream_t stream) {
    return cudaMemcpyAsync(out, device, kBytes, cudaMemcpyDeviceToHost, stream);
  }
};

void add_one(void* value) { ++*static_cast<int*>(value); }

void test_schedule() {
  Fixture f;
  EXPECT_OK(f.upload(f.first));
  EXPECT_OK(f.download(f.first));
  EXPECT(f.out[5] == (deferred() ? 0.0f : 5.0f));
  EXPECT_OK(cudaStreamSynchronize(f.first));
  EXPECT(f.out[5] == 5.0f);
  int called = 0;
  EXPECT_OK(cudaLaunchHostFunc(f.first, add_one, &called));
  EXPECT(called == (deferred() ? 0 : 1));
  EXPECT_OK(cudaDeviceSynchronize());
  EXPECT(called == 1);
  // Polling alone gets there.
  EXPECT_OK(f.upload(f.second));
  EXPECT_OK(cudaEventRecord(f.event, f.second));
  EXPECT(!deferred() || cudaEventQuery(f.event) == cudaErrorNotReady);
  while (cudaEventQuery(f.event) == cudaErrorNotReady) {
  }
  EXPECT(cudaGetLastError() == (deferred() ? cudaErrorNotReady : cudaSuccess));
  for (int i = 0; i < 3000; ++i) EXPECT_OK(cudaMemsetAsync(f.device, 0, 4, f.first));
}

void test_order_of_streams() {
  Fixture f;
  EXPECT_OK(f.upload(f.first));
  EXPECT_OK(cudaEventRecord(f.event, f.first));
  EXPECT_OK(cudaStreamWaitEvent(f.second, f.event, 0));
  EXPECT_OK(f.download(f.second));
  EXPECT_OK(cudaStreamSynchronize(f.second));
  EXPECT(f.out[7] == 7.0f);
  // The legacy stream waits for blocking streams and they for it.
  cudaStream_t blocking = nullptr;
  EXPECT_OK(cudaStreamCreate(&blocking));
  EXPECT_OK(cudaMemsetAsync(f.device, 0, kBytes, blocking));
  EXPECT_OK(cudaMemcpyAsync(f.device, f.in, kBytes / 2, cudaMemcpyHostToDevice, nullptr));
  EXPECT_OK(f.download(blocking));
  EXPECT_OK(cudaStreamSynchronize(blocking));
  EXPECT(f.out[7] == 7.0f && f.out[kCount - 1] == 0.0f);
  EXPECT_OK(cudaStreamDestroy(blocking));
  EXPECT(cudaStreamSynchronize(blocking) == cudaErrorInvalidResourceHandle);
  EXPECT(cudaGetLastError() == cudaErrorInvalidResourceHandle);
}

void test_threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      cudaStream_t stream = nullptr;
      int calls = 0;
      EXPECT_OK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
      for (int round = 0; round < 100; ++round) {
        void* memory = nullptr;
        EXPECT_OK(cudaMallocAsync(&memory, 256, stream));
        EXPECT_OK(cudaMemsetAsync(memory, 1, 256, stream));
        EXPECT_OK(cudaLaunchHostFunc(stream, add_one, &calls));
        EXPECT_OK(cudaFreeAsync(memory, stream));
        if (round % 20 == 0) EXPECT_OK(cudaStreamSynchronize(stream));
      }
      EXPECT_OK(cudaStreamSynchronize(stream));
      EXPECT(calls == 100);
      EXPECT_OK(cudaStreamDestroy(stream));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void test_capture_and_replay() {
  Fixture f;
  int called = 0;
  EXPECT_OK(cudaStreamBeginCapture(f.first, cudaStreamCaptureModeGlobal));
  EXPECT_OK(f.upload(f.first));
  EXPECT_OK(cudaEventRecord(f.event, f.first));
  EXPECT_OK(cudaStreamWaitEvent(f.second, f.event, 0));
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  EXPECT_OK(cudaStreamIsCapturing(f.second, &status));
  EXPECT(status == cudaStreamCaptureStatusActive);
  EXPECT_OK(f.download(f.second));
  EXPECT_OK(cudaLaunchHostFunc(f.first, add_one, &called));
  EXPECT_OK(cudaEventRecord(f.event, f.second));
  EXPECT_OK(cudaStreamWaitEvent(f.first, f.event, 0));
  void* scratch = nullptr;
  EXPECT_OK(cudaMallocAsync(&scratch, 64, f.first));
  EXPECT_OK(cudaFreeAsync(scratch, f.first));
  cudaGraph_t graph = nullptr;
  EXPECT_OK(cudaStreamEndCapture(f.first, &graph));
  EXPECT_OK(cudaStreamIsCapturing(f.second, &status));
  EXPECT(status == cudaStreamCaptureStatusNone);
  std::size_t nodes = 0, roots = 0;
  EXPECT_OK(cudaGraphGetNodes(graph, nullptr, &nodes));
  EXPECT_OK(cudaGraphGetRootNodes(graph, nullptr, &roots));
  EXPECT(nodes == 5 && roots == 1);
  cudaGraphExec_t exec = nullptr;
  EXPECT_OK(cudaGraphInstantiate(&exec, graph, 0));
  EXPECT(called == 0);
  for (int round = 1; round <= 3; ++round) {
    f.in[3] = static_cast<float>(10 * round);
    EXPECT_OK(cudaGraphLaunch(exec, f.first));
    EXPECT_OK(cudaStreamSynchronize(f.first));
    EXPECT(called == round && f.out[3] == static_cast<float>(10 * round));
  }
  // A captured launch is a child graph.
  cudaGraph_t outer = nullptr;
  cudaGraphExec_t outer_exec = nullptr;
  EXPECT_OK(cudaStreamBeginCapture(f.first, cudaStreamCaptureModeThreadLocal));
  EXPECT_OK(cudaGraphLaunch(exec, f.first));
  EXPECT_OK(cudaLaunchHostFunc(f.first, add_one, &called));
  EXPECT_OK(cudaStreamEndCapture(f.first, &outer));
  EXPECT_OK(cudaGraphInstantiate(&outer_exec, outer, 0));
  EXPECT_OK(cudaGraphLaunch(outer_exec, f.second));
  EXPECT_OK(cudaStreamSynchronize(f.second));
  EXPECT(called == 5);
  EXPECT(cudaGraphExecUpdate(exec, outer, nullptr) == cudaErrorGraphExecUpdateFailure);
  EXPECT_OK((cudaGetLastError(), cudaGraphExecUpdate(exec, graph, nullptr)));
  EXPECT_OK(cudaGraphDestroy(outer));
  EXPECT_OK(cudaGraphDestroy(graph));
  EXPECT_OK(cudaGraphExecDestroy(outer_exec));
  EXPECT_OK(cudaGraphExecDestroy(exec));
}

// Each mistake ends the capture with its error.
template <class Body>
cudaError_t capture(Fixture& f, Body body) {
  cudaGraph_t graph = nullptr;
  EXPECT_OK(cudaStreamBeginCapture(f.first, cudaStreamCaptureModeGlobal));
  body();
  const cudaError_t error = cudaStreamEndCapture(f.first, &graph);
  EXPECT((error == cudaSuccess) == (graph != nullptr));
  if (graph != nullptr) EXPECT_OK(cudaGraphDestroy(graph));
  cudaGetLastError();
  return error;
}

void test_capture_mistakes() {
  Fixture f;
  EXPECT(capture(f, [&] { EXPECT_OK(f.upload(f.first)); }) == cudaSuccess);
  EXPECT(capture(f, [&] {
           EXPECT_OK(cudaEventRecord(f.event, f.first));
           EXPECT_OK(cudaStreamWaitEvent(f.second, f.event, 0));
           EXPECT_OK(f.upload(f.second));
         }) == cudaErrorStreamCaptureUnjoined);
  EXPECT(capture(f, [&] {
           void* memory = nullptr;
           EXPECT(cudaMalloc(&memory, 16) == cudaErrorStreamCaptureUnsupported);
         }) == cudaErrorStreamCaptureInvalidated);
  EXPECT(capture(f, [&] { EXPECT(cudaStreamSynchronize(f.first) == cudaErrorStreamCaptureUnsupported); }) ==
         cudaErrorStreamCaptureInvalidated);
  EXPECT_OK(cudaEventRecord(f.event, f.second));
  EXPECT(capture(f, [&] { EXPECT(cudaStreamWaitEvent(f.first, f.event, 0) == cudaErrorStreamCaptureIsolation); }) ==
         cudaErrorStreamCaptureInvalidated);
  EXPECT(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal) == cudaErrorStreamCaptureUnsupported);
  EXPECT(cudaStreamEndCapture(f.first, nullptr) == cudaErrorInvalidValue);
  cudaGetLastError();
}

void test_graph_by_nodes() {
  Fixture f;
  cudaGraph_t graph = nullptr;
  cudaGraphNode_t upload = nullptr, fill = nullptr, download = nullptr, call = nullptr;
  int called = 0;
  EXPECT_OK(cudaGraphCreate(&graph, 0));
  EXPECT_OK(cudaGraphAddMemcpyNode1D(&download, graph, nullptr, 0, f.out, f.device, kBytes, cudaMemcpyDeviceToHost));
  EXPECT_OK(cudaGraphAddMemcpyNode1D(&upload, graph, nullptr, 0, f.device, f.in, kBytes, cudaMemcpyHostToDevice));
  cudaMemsetParams memset_parameters{};
  memset_parameters.dst = f.device;
  memset_parameters.value = 0x3f800000;  // 1.0f
  memset_parameters.elementSize = 4;
  memset_parameters.width = 2;
  memset_parameters.height = 1;
  EXPECT_OK(cudaGraphAddMemsetNode(&fill, graph, &upload, 1, &memset_parameters));
  EXPECT_OK(cudaGraphAddDependencies(graph, &fill, &download, nullptr, 1));
  EXPECT(cudaGraphAddDependencies(graph, &download, &upload, nullptr, 1) == cudaErrorInvalidValue);  // a cycle
  const cudaHostNodeParams host_parameters{add_one, &called};
  EXPECT_OK(cudaGraphAddHostNode(&call, graph, &download, 1, &host_parameters));
  cudaGraphExec_t exec = nullptr;
  EXPECT_OK(cudaGraphInstantiate(&exec, graph, 0));
  EXPECT_OK(cudaGraphLaunch(exec, f.first));
  EXPECT_OK(cudaStreamSynchronize(f.first));
  EXPECT(called == 1 && f.out[0] == 1.0f && f.out[1] == 1.0f && f.out[2] == 2.0f);
  EXPECT_OK(cudaGraphExecDestroy(exec));
  EXPECT_OK(cudaGraphDestroy(graph));
  cudaGetLastError();
}

void test_copies() {
  Fixture f;
  // A pageable source is read by the call, a pageable destination is complete after it.
  std::vector<float> values(kCount, 2.0f);
  EXPECT_OK(cudaMemcpyAsync(f.device, values.data(), kBytes, cudaMemcpyHostToDevice, f.first));
  values.assign(kCount, 0.0f);
  EXPECT_OK(cudaMemcpyAsync(values.data(), f.device, kBytes, cudaMemcpyDeviceToHost, f.first));
  EXPECT(values[5] == 2.0f);
  // Rows of 2 into rows of 4.
  EXPECT_OK(cudaMemset(f.device, 0, kBytes));
  EXPECT_OK(cudaMemcpy2D(f.device, 16, f.in, 8, 8, 3, cudaMemcpyHostToDevice));
  EXPECT_OK(cudaMemset2D(f.device + 1, 16, 0, 4, 3));
  EXPECT_OK(cudaMemcpy(values.data(), f.device, kBytes, cudaMemcpyDeviceToHost));
  EXPECT(values[4] == 2.0f && values[5] == 0.0f && values[6] == 0.0f && values[8] == 4.0f);
  EXPECT(cudaMemcpy2D(f.device, 4, f.in, 8, 8, 3, cudaMemcpyHostToDevice) == cudaErrorInvalidPitchValue);
  EXPECT(cudaGetLastError() == cudaErrorInvalidPitchValue);
  EXPECT_OK(cudaMemcpy(nullptr, nullptr, 0, cudaMemcpyDefault));
}

void test_queries() {
  Fixture f;
  cudaPointerAttributes attributes{};
  EXPECT_OK(cudaPointerGetAttributes(&attributes, f.device + 3));
  EXPECT(attributes.type == cudaMemoryTypeDevice && attributes.devicePointer == f.device + 3);
  EXPECT_OK(cudaPointerGetAttributes(&attributes, f.in));
  EXPECT(attributes.type == cudaMemoryTypeHost);
  EXPECT_OK(cudaPointerGetAttributes(&attributes, &attributes));
  EXPECT(attributes.type == cudaMemoryTypeUnregistered);
  cudaDeviceProp properties{};
  EXPECT_OK(cudaGetDeviceProperties(&properties, 0));
  EXPECT(std::string(properties.name).find("cudaemu") != std::string::npos);
  EXPECT(properties.major == 9 && properties.sharedMemPerBlockOptin == 227 * 1024);
  EXPECT(cudaSetDevice(99) == cudaErrorInvalidDevice && cudaPeekAtLastError() == cudaErrorInvalidDevice);
  EXPECT(cudaGetLastError() == cudaErrorInvalidDevice && cudaGetLastError() == cudaSuccess);
  EXPECT(std::strcmp(cudaGetErrorString(cudaErrorInvalidValue), "invalid argument") == 0);
  void* huge = nullptr;
  EXPECT(cudaMalloc(&huge, std::size_t{1} << 50) == cudaErrorMemoryAllocation && huge == nullptr);
  cudaGetLastError();
}

void test_reports() {
  Fixture f;
  EXPECT_OK(f.upload(f.first));
  EXPECT_OK(cudaDeviceSynchronize());
  EXPECT(reports("invalid free: cudaFree at", [&] { cudaFree(f.device + 1); }));
  EXPECT(reports("freed before", [&] { cudaFree(f.device), cudaFree(f.device); }));
  EXPECT(reports("out of bounds: cudaMemcpy, destination",
                 [&] { cudaMemcpy(f.device, f.in, kBytes + 4, cudaMemcpyHostToDevice); }));
  EXPECT(reports("direction is host to device", [&] { cudaMemcpy(f.out, f.device, 4, cudaMemcpyHostToDevice); }));
  EXPECT(reports("nothing has written", [&] { cudaMemcpy(f.out, f.other, 4, cudaMemcpyDeviceToHost); }));
  EXPECT(reports("use after free", [&] { cudaFree(f.device), cudaMemset(f.device, 0, 4); }));
  EXPECT(reports("host access to device memory", [&] { f.in[0] = *static_cast<volatile float*>(f.device); }));
  EXPECT(reports("cudaMalloc3D has no stand-in", [] { cudaMalloc3D(nullptr, {}); }));
  EXPECT(reports("leak: 8000 bytes of device memory in 2 allocations", [] {}));
  // Two streams, one buffer, no order.
  EXPECT(reports("data race", [&] {
    cudaMemsetAsync(f.device, 0, kBytes, f.first);
    f.download(f.second);
    cudaDeviceSynchronize();
  }));
}

}  // namespace

int main() {
  test_schedule();
  test_order_of_streams();
  test_threads();
  test_capture_and_replay();
  test_capture_mistakes();
  test_graph_by_nodes();
  test_copies();
  test_queries();
  test_reports();
  return cudaemu::testing::result();
}
