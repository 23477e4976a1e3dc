// SPDX-License-Identifier: Apache-2.0
// Stream capture: work enqueued into a capturing stream becomes a node of a graph. Capture spreads to other streams
// when they wait for an event recorded in a capturing stream, and must be joined back the same way.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <vector>

#include "tools/cudaemu/runtime/graph.h"
#include "tools/cudaemu/runtime/stream.h"

namespace cudaemu {

class Capture {
 public:
  Capture(Stream& origin, cudaStreamCaptureMode mode);

  Stream& origin() const { return *origin_; }
  bool valid() const { return valid_; }
  bool ended() const { return graph_ == nullptr; }
  void invalidate() { valid_ = false; }
  cudaStreamCaptureMode mode() const { return mode_; }
  unsigned long long id() const { return id_; }
  Graph& graph() { return *graph_; }

  // The stream's next nodes come after what it has and `after`.
  static void join(Stream& stream, const std::shared_ptr<Capture>& capture, const std::vector<GraphNode*>& after);
  std::unique_ptr<Graph> finish();  // all streams leave

 private:
  Stream* origin_;
  cudaStreamCaptureMode mode_;
  unsigned long long id_;
  bool valid_ = true;
  std::unique_ptr<Graph> graph_;
  std::vector<Stream*> streams_;
};

// Adds a node after the stream's last, as the stream's new last.
cudaError_t capture_work(Stream& stream, Work work);
// A call on a capturing stream that capture forbids: the capture is void, the call returns an error.
cudaError_t invalidate_capture(Stream& stream);
// A call that could wait for captured work, while somebody captures in global mode (or this thread in thread-local
// mode): voids the capture and is true.
bool forbid_unsafe_call(const Lock& lock);
// Work in the legacy stream would have to wait for a blocking stream that is captured.
bool forbid_legacy_stream(const Lock& lock);

}  // namespace cudaemu
