// SPDX-License-Identifier: Apache-2.0
// Streams: what a cudaStream_t means, and enqueueing into it. Handles: 0 and cudaStreamLegacy are the device's legacy
// default stream, cudaStreamPerThread the calling thread's own; others come from cudaStreamCreate*.
// Legacy rules: work in the legacy stream waits for all blocking streams of the device, and they for it.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>
#include <vector>

#include "tools/cudaemu/runtime/scheduler.h"

namespace cudaemu {

struct GraphNode;
class Capture;

struct Stream {
  StreamNumber number = 0;
  int device = 0;
  unsigned flags = cudaStreamDefault;
  int priority = 0;
  bool legacy = false;
  OperationPtr last;

  std::shared_ptr<Capture> capture;        // null: not capturing
  std::vector<GraphNode*> captured_after;  // what the next captured node comes after

  bool blocking() const { return !legacy && (flags & cudaStreamNonBlocking) == 0; }
};

using Lock = Scheduler::Lock;

// Null when the handle names no stream.
Stream* find_stream(cudaStream_t handle, const Lock& lock);
// The stream's legacy-order predecessors and its own last operation.
std::vector<OperationPtr> predecessors(const Stream& stream);

// A new stream number, or one that its stream or graph has given back.
StreamNumber take_stream_number();
void give_back_stream_number(StreamNumber number);

// Puts `work` at the end of a stream, or into the graph that the stream is captured into.
cudaError_t enqueue(cudaStream_t handle, Work work);
// The same, and waits for it; an error while the stream is captured.
cudaError_t enqueue_and_wait(cudaStream_t handle, Work work);
// False also when the handle names no stream.
bool is_capturing(cudaStream_t handle);
// Waits for all work of all streams of a device.
void wait_for_device(int device, Lock& lock);

}  // namespace cudaemu
