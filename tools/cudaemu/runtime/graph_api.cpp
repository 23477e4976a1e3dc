// SPDX-License-Identifier: Apache-2.0
// Entry points for graphs as a whole: create, instantiate, launch, update, inspect.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <set>

#include "tools/cudaemu/runtime/capture.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/graph.h"

using namespace cudaemu;

namespace {

Graph* graph_of(cudaGraph_t handle) { return reinterpret_cast<Graph*>(handle); }

std::set<GraphExec*>& executables() {
  static auto* all = new std::set<GraphExec*>;
  return *all;
}

GraphExec* find_executable(cudaGraphExec_t handle, const Lock&) {
  auto* exec = reinterpret_cast<GraphExec*>(handle);
  return executables().count(exec) != 0 ? exec : nullptr;
}

cudaError_t instantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long flags) {
  if (out == nullptr || graph == nullptr) return cudaErrorInvalidValue;
  constexpr unsigned long long kHarmless = cudaGraphInstantiateFlagAutoFreeOnLaunch | cudaGraphInstantiateFlagUpload |
                                           cudaGraphInstantiateFlagUseNodePriority;
  if ((flags & ~kHarmless) != 0) return cudaErrorNotSupported;
  Lock lock = Scheduler::instance().lock();
  auto* exec = new GraphExec(*graph_of(graph));
  executables().insert(exec);
  *out = reinterpret_cast<cudaGraphExec_t>(exec);
  return cudaSuccess;
}

// The two-call protocol of CUDA's lists: `out` null asks for the number.
cudaError_t copy_nodes(const std::vector<GraphNode*>& nodes, cudaGraphNode_t* out, std::size_t* count) {
  if (count == nullptr) return cudaErrorInvalidValue;
  if (out != nullptr) {
    for (std::size_t i = 0; i < *count; ++i) {
      out[i] = i < nodes.size() ? reinterpret_cast<cudaGraphNode_t>(nodes[i]) : nullptr;
    }
    *count = std::min(*count, nodes.size());
  } else {
    *count = nodes.size();
  }
  return cudaSuccess;
}

}  // namespace

extern "C" {

cudaError_t cudaGraphCreate(cudaGraph_t* out, unsigned flags) {
  return entry([&] {
    if (out == nullptr || flags != 0) return cudaErrorInvalidValue;
    *out = reinterpret_cast<cudaGraph_t>(new Graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return entry([&] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    Lock lock = Scheduler::instance().lock();
    delete graph_of(graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphClone(cudaGraph_t* out, cudaGraph_t original) {
  return entry([&] {
    if (out == nullptr || original == nullptr) return cudaErrorInvalidValue;
    *out = reinterpret_cast<cudaGraph_t>(graph_of(original)->clone().release());
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long flags) {
  return entry([&] { return instantiate(out, graph, flags); });
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long flags) {
  return entry([&] { return instantiate(out, graph, flags); });
}

cudaError_t cudaGraphInstantiateWithParams(cudaGraphExec_t* out, cudaGraph_t graph,
                                           cudaGraphInstantiateParams* parameters) {
  return entry([&] {
    if (parameters == nullptr) return cudaErrorInvalidValue;
    const cudaError_t error = instantiate(out, graph, parameters->flags);
    parameters->result_out = error == cudaSuccess ? cudaGraphInstantiateSuccess : cudaGraphInstantiateError;
    parameters->errNode_out = nullptr;
    return error;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t handle) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    GraphExec* exec = find_executable(handle, lock);
    if (exec == nullptr) return cudaErrorInvalidValue;
    executables().erase(exec);
    delete exec;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphUpload(cudaGraphExec_t handle, cudaStream_t stream) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    if (find_executable(handle, lock) == nullptr) return cudaErrorInvalidValue;
    return find_stream(stream, lock) != nullptr ? cudaSuccess : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t handle, cudaStream_t stream_handle) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    GraphExec* exec = find_executable(handle, lock);
    if (exec == nullptr) return cudaErrorInvalidValue;
    Stream* stream = find_stream(stream_handle, lock);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (stream->capture) {
      const cudaError_t error = capture_work(*stream, {cudaGraphNodeTypeGraph, "child graph", nullptr, false});
      if (error == cudaSuccess) stream->captured_after.front()->child = exec->source().clone();
      return error;
    }
    if (stream->legacy && forbid_legacy_stream(lock)) return cudaErrorStreamCaptureImplicit;
    exec->launch(*stream, lock);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecUpdate(cudaGraphExec_t handle, cudaGraph_t graph, cudaGraphExecUpdateResultInfo* result) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    GraphExec* exec = find_executable(handle, lock);
    if (exec == nullptr || graph == nullptr) return cudaErrorInvalidValue;
    const bool updated = exec->update(*graph_of(graph));
    if (result != nullptr) {
      *result = {};
      result->result = updated ? cudaGraphExecUpdateSuccess : cudaGraphExecUpdateErrorTopologyChanged;
    }
    return updated ? cudaSuccess : cudaErrorGraphExecUpdateFailure;
  });
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  return entry([&] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    std::vector<GraphNode*> all;
    for (const auto& node : graph_of(graph)->nodes) all.push_back(node.get());
    return copy_nodes(all, nodes, count);
  });
}

cudaError_t cudaGraphGetRootNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  return entry([&] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    std::vector<GraphNode*> roots;
    for (const auto& node : graph_of(graph)->nodes) {
      if (node->after.empty()) roots.push_back(node.get());
    }
    return copy_nodes(roots, nodes, count);
  });
}

cudaError_t cudaGraphNodeGetDependencies(cudaGraphNode_t node, cudaGraphNode_t* dependencies, cudaGraphEdgeData* edges,
                                         std::size_t* count) {
  return entry([&] {
    if (node == nullptr) return cudaErrorInvalidValue;
    if (edges != nullptr && count != nullptr) std::fill_n(edges, *count, cudaGraphEdgeData{});
    return copy_nodes(reinterpret_cast<GraphNode*>(node)->after, dependencies, count);
  });
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType* type) {
  return entry([&] {
    if (node == nullptr || type == nullptr) return cudaErrorInvalidValue;
    *type = reinterpret_cast<GraphNode*>(node)->work.type;
    return cudaSuccess;
  });
}

}  // extern "C"
