// SPDX-License-Identifier: Apache-2.0
// Entry points that build a graph node by node, without capture.
#include <cuda_runtime_api.h>

#include <utility>

#include "tools/cudaemu/runtime/copy.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/graph.h"
#include "tools/cudaemu/runtime/launch.h"

using namespace cudaemu;

namespace {

// Adds a node after those given; `error` is that of making its work.
cudaError_t add(cudaGraphNode_t* out, cudaGraph_t handle, const cudaGraphNode_t* after, std::size_t count,
                cudaError_t error, Work work, std::unique_ptr<Graph> child = nullptr) {
  if (error != cudaSuccess) return error;
  auto* graph = reinterpret_cast<Graph*>(handle);
  if (out == nullptr || graph == nullptr || (after == nullptr && count != 0)) return cudaErrorInvalidValue;
  std::vector<GraphNode*> dependencies;
  for (std::size_t i = 0; i < count; ++i) {
    auto* node = reinterpret_cast<GraphNode*>(after[i]);
    if (!graph->contains(node)) return cudaErrorInvalidValue;
    dependencies.push_back(node);
  }
  GraphNode* node = graph->add(std::move(work), std::move(dependencies));
  node->child = std::move(child);
  *out = reinterpret_cast<cudaGraphNode_t>(node);
  return cudaSuccess;
}

cudaError_t kernel_work(const cudaKernelNodeParams* parameters, Work& work) {
  if (parameters == nullptr) return cudaErrorInvalidValue;
  if (parameters->extra != nullptr) return cudaErrorNotSupported;
  return make_kernel_work(parameters->func,
                          {parameters->gridDim, parameters->blockDim, parameters->sharedMemBytes, false},
                          parameters->kernelParams, work);
}

bool comes_after(const GraphNode* node, const GraphNode* earlier) {
  if (node == earlier) return true;
  for (const GraphNode* direct : node->after) {
    if (comes_after(direct, earlier)) return true;
  }
  return false;
}

}  // namespace

extern "C" {

cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after,
                                  std::size_t count) {
  return entry([&] { return add(out, graph, after, count, cudaSuccess, {}); });
}

cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after,
                                   std::size_t count, const cudaKernelNodeParams* parameters) {
  return entry([&] {
    Work work;
    const cudaError_t error = kernel_work(parameters, work);
    return add(out, graph, after, count, error, std::move(work));
  });
}

cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after,
                                     std::size_t count, void* destination, const void* source, std::size_t bytes,
                                     cudaMemcpyKind kind) {
  return entry([&] {
    Work work;
    const cudaError_t error = make_copy_work({"memcpy node", destination, source, bytes, 1, 0, 0, kind}, false, work);
    return add(out, graph, after, count, error, std::move(work));
  });
}

cudaError_t cudaGraphAddMemsetNode(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after,
                                   std::size_t count, const cudaMemsetParams* parameters) {
  return entry([&] {
    if (parameters == nullptr) return cudaErrorInvalidValue;
    const std::size_t element = parameters->elementSize;
    if (element != 1 && element != 2 && element != 4) return cudaErrorInvalidValue;
    Work work;
    const cudaError_t error =
        make_fill_work({"memset node", parameters->dst, static_cast<int>(parameters->value), element,
                        parameters->width * element, parameters->height, parameters->pitch},
                       work);
    return add(out, graph, after, count, error, std::move(work));
  });
}

cudaError_t cudaGraphAddHostNode(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after,
                                 std::size_t count, const cudaHostNodeParams* parameters) {
  return entry([&] {
    if (parameters == nullptr || parameters->fn == nullptr) return cudaErrorInvalidValue;
    const cudaHostNodeParams kept = *parameters;
    return add(out, graph, after, count, cudaSuccess,
               {cudaGraphNodeTypeHost, "host function", [kept] { kept.fn(kept.userData); }, true});
  });
}

cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after,
                                       std::size_t count, cudaGraph_t child) {
  return entry([&] {
    if (child == nullptr) return cudaErrorInvalidValue;
    return add(out, graph, after, count, cudaSuccess, {cudaGraphNodeTypeGraph, "child graph", nullptr, false},
               reinterpret_cast<Graph*>(child)->clone());
  });
}

cudaError_t cudaGraphAddDependencies(cudaGraph_t handle, const cudaGraphNode_t* from, const cudaGraphNode_t* to,
                                     const cudaGraphEdgeData*, std::size_t count) {
  return entry([&] {
    auto* graph = reinterpret_cast<Graph*>(handle);
    if (graph == nullptr || (count != 0 && (from == nullptr || to == nullptr))) return cudaErrorInvalidValue;
    for (std::size_t i = 0; i < count; ++i) {
      auto* earlier = reinterpret_cast<GraphNode*>(from[i]);
      auto* later = reinterpret_cast<GraphNode*>(to[i]);
      if (!graph->contains(earlier) || !graph->contains(later) || comes_after(earlier, later)) {
        return cudaErrorInvalidValue;
      }
      later->after.push_back(earlier);
    }
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                             const cudaKernelNodeParams* parameters) {
  return entry([&] {
    if (exec == nullptr) return cudaErrorInvalidValue;
    Work* place = reinterpret_cast<GraphExec*>(exec)->work_of(reinterpret_cast<GraphNode*>(node));
    if (place == nullptr || place->type != cudaGraphNodeTypeKernel) return cudaErrorInvalidValue;
    Work work;
    const cudaError_t error = kernel_work(parameters, work);
    if (error == cudaSuccess) *place = std::move(work);
    return error;
  });
}

}  // extern "C"
