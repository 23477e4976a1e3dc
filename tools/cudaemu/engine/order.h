// SPDX-License-Identifier: Apache-2.0
// Which operations of the host program happen before which: streams, events and host waits, as vector clocks.
//
// The runtime calls these when the program *enqueues* (the order that CUDA promises does not depend on when the
// emulator executes), and wraps execution in a RunningOperation, so that accesses of kernels and copies carry the
// operation. Two accesses of operations that neither happens before the other are a race. All host threads count as
// one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cudaemu {

using StreamNumber = std::uint32_t;  // chosen by the runtime, 0 = the legacy default stream; never used twice
using OperationNumber = std::uint32_t;
using StreamClock = std::vector<std::uint32_t>;  // by stream: the last position that is known to be over

// A new operation at the end of `stream`, after all that the stream and the host wait for so far.
// `what`: for messages, e.g. "kernel scale" or "cudaMemcpyAsync".
OperationNumber enqueue_operation(StreamNumber stream, std::string_view what);

// Where a stream is now: what cudaEventRecord keeps.
StreamClock clock_of(StreamNumber stream);
void order_stream_after(StreamNumber stream, const StreamClock& clock);  // cudaStreamWaitEvent, default-stream rules
void order_host_after(const StreamClock& clock);                         // cudaEventSynchronize, cudaStreamSynchronize
void order_host_after_everything();                                      // cudaDeviceSynchronize

// While one lives, the calling thread executes that operation: run() and access_range() belong to it.
class RunningOperation {
 public:
  explicit RunningOperation(OperationNumber operation);
  ~RunningOperation();
  RunningOperation(const RunningOperation&) = delete;
  RunningOperation& operator=(const RunningOperation&) = delete;

 private:
  OperationNumber before_;
};

// A copy, fill or library call reads or writes device or pinned memory; reports races with other streams.
void access_range(const void* address, std::size_t bytes, bool is_write);

}  // namespace cudaemu
