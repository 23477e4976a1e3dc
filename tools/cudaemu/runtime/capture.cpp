// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/capture.h"

#include <algorithm>
#include <utility>

#include "tools/cudaemu/runtime/error_state.h"

namespace cudaemu {

namespace {

unsigned long long captures_begun = 0;
std::vector<Capture*> active_captures;
thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;
thread_local int captures_of_thread = 0;

// Appends those of `more` that are not there.
void unite(std::vector<GraphNode*>& nodes, const std::vector<GraphNode*>& more) {
  for (GraphNode* node : more) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  }
}

}  // namespace

Capture::Capture(Stream& origin, cudaStreamCaptureMode mode)
    : origin_(&origin), mode_(mode), id_(++captures_begun), graph_(std::make_unique<Graph>()) {
  active_captures.push_back(this);
  ++captures_of_thread;
}

void Capture::join(Stream& stream, const std::shared_ptr<Capture>& capture, const std::vector<GraphNode*>& after) {
  if (!stream.capture) {
    stream.capture = capture;
    stream.captured_after.clear();
    capture->streams_.push_back(&stream);
  }
  unite(stream.captured_after, after);
}

std::unique_ptr<Graph> Capture::finish() {
  for (Stream* stream : streams_) {
    stream->captured_after.clear();
    if (stream != origin_) stream->capture.reset();
  }
  active_captures.erase(std::find(active_captures.begin(), active_captures.end(), this));
  --captures_of_thread;
  return std::move(graph_);
}

cudaError_t capture_work(Stream& stream, Work work) {
  Capture& capture = *stream.capture;
  if (!capture.valid()) return cudaErrorStreamCaptureInvalidated;
  stream.captured_after = {capture.graph().add(std::move(work), stream.captured_after)};
  return cudaSuccess;
}

cudaError_t invalidate_capture(Stream& stream) {
  stream.capture->invalidate();
  return cudaErrorStreamCaptureUnsupported;
}

bool forbid_unsafe_call(const Lock&) {
  if (thread_mode == cudaStreamCaptureModeRelaxed) return false;
  bool forbidden = false;
  for (Capture* capture : active_captures) {
    const bool concerns = capture->mode() == cudaStreamCaptureModeGlobal
                              ? thread_mode == cudaStreamCaptureModeGlobal || captures_of_thread > 0
                              : capture->mode() == cudaStreamCaptureModeThreadLocal && captures_of_thread > 0;
    if (concerns) capture->invalidate();
    forbidden = forbidden || concerns;
  }
  return forbidden;
}

bool forbid_legacy_stream(const Lock&) {
  bool forbidden = false;
  for (Capture* capture : active_captures) {
    if (!capture->origin().blocking()) continue;
    capture->invalidate();
    forbidden = true;
  }
  return forbidden;
}

}  // namespace cudaemu

using namespace cudaemu;

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode mode) {
  return entry([&] {
    if (mode > cudaStreamCaptureModeRelaxed) return cudaErrorInvalidValue;
    Lock lock = Scheduler::instance().lock();
    Stream* stream = find_stream(handle, lock);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (stream->legacy) return cudaErrorStreamCaptureUnsupported;
    if (stream->capture) return cudaErrorIllegalState;
    Capture::join(*stream, std::make_shared<Capture>(*stream, mode), {});
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* out) {
  return entry([&] {
    if (out == nullptr) return cudaErrorInvalidValue;
    *out = nullptr;
    Lock lock = Scheduler::instance().lock();
    Stream* stream = find_stream(handle, lock);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (!stream->capture) return cudaErrorIllegalState;
    const std::shared_ptr<Capture> capture = stream->capture;
    if (&capture->origin() != stream) return cudaErrorStreamCaptureUnmatched;
    const std::vector<GraphNode*> joined = stream->captured_after;
    std::unique_ptr<Graph> graph = capture->finish();
    stream->capture.reset();
    if (!capture->valid()) return cudaErrorStreamCaptureInvalidated;
    for (GraphNode* leaf : graph->leaves()) {
      if (std::find(joined.begin(), joined.end(), leaf) == joined.end()) return cudaErrorStreamCaptureUnjoined;
    }
    *out = reinterpret_cast<cudaGraph_t>(graph.release());
    return cudaSuccess;
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  return entry([&] {
    if (status == nullptr) return cudaErrorInvalidValue;
    Lock lock = Scheduler::instance().lock();
    Stream* stream = find_stream(handle, lock);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    if (stream->legacy && forbid_legacy_stream(lock)) return cudaErrorStreamCaptureImplicit;
    *status = !stream->capture           ? cudaStreamCaptureStatusNone
              : stream->capture->valid() ? cudaStreamCaptureStatusActive
                                         : cudaStreamCaptureStatusInvalidated;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t handle, cudaStreamCaptureStatus* status, unsigned long long* id,
                                     cudaGraph_t* graph, const cudaGraphNode_t** dependencies,
                                     const cudaGraphEdgeData** edges, std::size_t* num_dependencies) {
  return entry([&] {
    if (status == nullptr) return cudaErrorInvalidValue;
    Lock lock = Scheduler::instance().lock();
    Stream* stream = find_stream(handle, lock);
    if (stream == nullptr) return cudaErrorInvalidResourceHandle;
    Capture* capture = stream->capture.get();
    *status = capture == nullptr ? cudaStreamCaptureStatusNone
              : capture->valid() ? cudaStreamCaptureStatusActive
                                 : cudaStreamCaptureStatusInvalidated;
    if (capture == nullptr) return cudaSuccess;
    if (id != nullptr) *id = capture->id();
    if (graph != nullptr) *graph = reinterpret_cast<cudaGraph_t>(&capture->graph());
    if (dependencies != nullptr) {
      *dependencies = reinterpret_cast<const cudaGraphNode_t*>(stream->captured_after.data());
    }
    if (edges != nullptr) *edges = nullptr;
    if (num_dependencies != nullptr) *num_dependencies = stream->captured_after.size();
    return cudaSuccess;
  });
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  return entry([&] {
    if (mode == nullptr || *mode > cudaStreamCaptureModeRelaxed) return cudaErrorInvalidValue;
    std::swap(*mode, thread_mode);
    return cudaSuccess;
  });
}

}  // extern "C"
