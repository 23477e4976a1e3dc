// SPDX-License-Identifier: Apache-2.0
// Events: a recorded event is an operation that does nothing, so waiting for it is waiting for its place in the order.
#include <cuda_runtime_api.h>

#include <set>
#include <utility>

#include "tools/cudaemu/runtime/capture.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/stream.h"

using namespace cudaemu;

namespace {

struct Event {
  unsigned flags = 0;
  int device = 0;
  OperationPtr recorded;             // null: never recorded, counts as done
  std::shared_ptr<Capture> capture;  // last recorded in a capturing stream
  std::vector<GraphNode*> captured_after;
};

std::set<Event*>& events() {
  static auto* all = new std::set<Event*>;
  return *all;
}

Event* find_event(cudaEvent_t handle, const Lock&) {
  auto* event = reinterpret_cast<Event*>(handle);
  return events().count(event) != 0 ? event : nullptr;
}

// Calls body(event, lock) for a live event.
template <class Body>
cudaError_t with_event(cudaEvent_t handle, Body body) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    Event* event = find_event(handle, lock);
    return event != nullptr ? body(*event, lock) : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t record(Event& event, cudaStream_t handle, Lock& lock) {
  Stream* stream = find_stream(handle, lock);
  if (stream == nullptr || stream->device != event.device) return cudaErrorInvalidResourceHandle;
  if (stream->capture) {
    if (!stream->capture->valid()) return cudaErrorStreamCaptureInvalidated;
    event.capture = stream->capture;
    event.captured_after = stream->captured_after;
    return cudaSuccess;
  }
  if (stream->legacy && forbid_legacy_stream(lock)) return cudaErrorStreamCaptureImplicit;
  event.capture.reset();
  const OperationPtr operation = Scheduler::instance().make(
      {cudaGraphNodeTypeEventRecord, "cudaEventRecord", nullptr, false}, stream->number, predecessors(*stream));
  event.recorded = operation;
  stream->last = operation;
  Scheduler::instance().submit(operation, lock);
  return cudaSuccess;
}

cudaError_t wait_in_stream(Event& event, Stream& stream, Lock& lock) {
  if (event.capture) {
    if (event.capture->ended()) return cudaErrorCapturedEvent;
    if (stream.legacy) return cudaErrorStreamCaptureImplicit;
    if (stream.capture && stream.capture != event.capture) return cudaErrorStreamCaptureMerge;
    if (!event.capture->valid()) return cudaErrorStreamCaptureInvalidated;
    Capture::join(stream, event.capture, event.captured_after);
    return cudaSuccess;
  }
  if (stream.capture) {
    stream.capture->invalidate();
    return cudaErrorStreamCaptureIsolation;
  }
  if (!event.recorded) return cudaSuccess;
  std::vector<OperationPtr> after = predecessors(stream);
  after.push_back(event.recorded);
  const OperationPtr operation = Scheduler::instance().make(
      {cudaGraphNodeTypeWaitEvent, "cudaStreamWaitEvent", nullptr, false}, stream.number, after);
  stream.last = operation;
  Scheduler::instance().submit(operation, lock);
  return cudaSuccess;
}

}  // namespace

extern "C" {

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* out, unsigned flags) {
  return entry([&] {
    constexpr unsigned kKnown = cudaEventBlockingSync | cudaEventDisableTiming | cudaEventInterprocess;
    const bool interprocess_timed = (flags & cudaEventInterprocess) != 0 && (flags & cudaEventDisableTiming) == 0;
    if (out == nullptr || (flags & ~kKnown) != 0 || interprocess_timed) return cudaErrorInvalidValue;
    if (device_count() <= 0) return cudaErrorNoDevice;
    Lock lock = Scheduler::instance().lock();
    auto* event = new Event;
    event->flags = flags;
    event->device = current_device();
    events().insert(event);
    *out = reinterpret_cast<cudaEvent_t>(event);
    return cudaSuccess;
  });
}

cudaError_t cudaEventCreate(cudaEvent_t* out) { return cudaEventCreateWithFlags(out, cudaEventDefault); }

cudaError_t cudaEventDestroy(cudaEvent_t handle) {
  return with_event(handle, [](Event& event, Lock&) {
    events().erase(&event);
    delete &event;
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t handle, cudaStream_t stream) {
  return with_event(handle, [&](Event& event, Lock& lock) { return record(event, stream, lock); });
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t handle, cudaStream_t stream, unsigned flags) {
  return with_event(handle, [&](Event& event, Lock& lock) {
    return flags == cudaEventRecordDefault ? record(event, stream, lock) : cudaErrorNotSupported;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t handle, unsigned flags) {
  return with_event(handle, [&](Event& event, Lock& lock) {
    if (flags != cudaEventWaitDefault) return cudaErrorNotSupported;
    Stream* waiting = find_stream(stream, lock);
    return waiting != nullptr ? wait_in_stream(event, *waiting, lock) : cudaErrorInvalidResourceHandle;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t handle) {
  return with_event(handle, [](Event& event, Lock& lock) {
    if (event.capture) {
      event.capture->invalidate();
      return cudaErrorCapturedEvent;
    }
    Scheduler::instance().wait(OperationPtr(event.recorded), lock);
    return device_fault();
  });
}

cudaError_t cudaEventQuery(cudaEvent_t handle) {
  return with_event(handle, [](Event& event, Lock& lock) {
    if (event.capture) {
      event.capture->invalidate();
      return cudaErrorCapturedEvent;
    }
    return Scheduler::instance().poll(OperationPtr(event.recorded), lock) ? device_fault() : cudaErrorNotReady;
  });
}

// Time of the emulator, which says nothing about a device.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    const Event* a = find_event(start, lock);
    const Event* b = find_event(end, lock);
    if (milliseconds == nullptr) return cudaErrorInvalidValue;
    if (a == nullptr || b == nullptr || ((a->flags | b->flags) & cudaEventDisableTiming) != 0 || !a->recorded ||
        !b->recorded) {
      return cudaErrorInvalidResourceHandle;
    }
    if (!a->recorded->done() || !b->recorded->done()) return cudaErrorNotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(b->recorded->finished - a->recorded->finished).count();
    return cudaSuccess;
  });
}

}  // extern "C"
