// SPDX-License-Identifier: Apache-2.0
// Work that is captured once and launched many times with one call.
//     CudaGraph graph(ctx, [&] { ...operations on ctx... });      graph.launch(ctx);
// The work may launch kernels, copy on the device and call cuBLAS (whose handle was asked for before). It may not
// allocate, copy from or to the host, or wait: memory is taken before and must outlive the graph.
#pragma once

#include "kernels/core/cuda/cuda_check.h"
#include "kernels/core/cuda/cuda_context.h"

#include <utility>

namespace kindred::cuda {

class CudaGraph {
 public:
  CudaGraph() = default;
  template <typename Work>
  CudaGraph(const Context& ctx, Work&& work) {
    const cudaStream_t stream = cuda_stream(ctx);
    KINDRED_CUDA_TRY(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      cudaGetLastError();
      throw;
    }
    KINDRED_CUDA_TRY(cudaStreamEndCapture(stream, &graph));
    const cudaError_t code = cudaGraphInstantiate(&executable_, graph, 0);
    cudaGraphDestroy(graph);
    if (code != cudaSuccess) cuda_failed("cudaGraphInstantiate", code, __FILE__, __LINE__);
  }
  CudaGraph(CudaGraph&& other) noexcept : executable_(std::exchange(other.executable_, nullptr)) {}
  CudaGraph& operator=(CudaGraph&& other) noexcept {
    std::swap(executable_, other.executable_);
    return *this;
  }
  ~CudaGraph() {
    if (executable_ != nullptr) cudaGraphExecDestroy(executable_);
  }

  bool captured() const { return executable_ != nullptr; }
  void launch(const Context& ctx) const {
    KINDRED_CHECK(captured(), "[CudaGraph] launched before anything was captured");
    KINDRED_CUDA_TRY(cudaGraphLaunch(executable_, cuda_stream(ctx)));
  }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

}  // namespace kindred::cuda
