// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/stream.h"

#include <map>
#include <set>
#include <utility>

#include "tools/cudaemu/runtime/capture.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/device_limits.h"
#include "tools/cudaemu/runtime/error_state.h"

namespace cudaemu {

namespace {

// All guarded by the scheduler's mutex; never destroyed, since programs use streams in destructors of globals.
struct StreamTable {
  std::set<Stream*> streams;     // created ones and per-thread ones
  std::map<int, Stream> legacy;  // by device
  std::vector<StreamNumber> returned;
  StreamNumber next_number = 1;  // 0 is the legacy stream of device 0
};

StreamTable& table() {
  static auto* streams = new StreamTable;
  return *streams;
}

Stream* legacy_stream(int device) {
  Stream& stream = table().legacy[device];
  if (!stream.legacy) {
    stream.legacy = true;
    stream.device = device;
    stream.number = device == 0 ? 0 : take_stream_number();
  }
  return &stream;
}

Stream* add_stream(unsigned flags, int priority) {
  auto* stream = new Stream;
  stream->number = take_stream_number();
  stream->device = current_device();
  stream->flags = flags;
  stream->priority = priority;
  table().streams.insert(stream);
  return stream;
}

// A thread's own stream outlives it: work in it may still be waiting.
Stream* per_thread_stream(int device) {
  thread_local std::map<int, Stream*> streams;
  Stream*& stream = streams[device];
  if (stream == nullptr) stream = add_stream(cudaStreamDefault, kLeastPriority);
  return stream;
}

// What a wait for the stream waits for.
std::vector<OperationPtr> all_work(const Stream& stream) {
  return stream.legacy ? predecessors(stream) : std::vector<OperationPtr>{stream.last};
}

cudaError_t enqueue_locked(Stream& stream, Work work, OperationPtr& operation, Lock& lock) {
  if (stream.capture) return capture_work(stream, std::move(work));
  if (stream.legacy && forbid_legacy_stream(lock)) return cudaErrorStreamCaptureImplicit;
  operation = Scheduler::instance().make(std::move(work), stream.number, predecessors(stream));
  stream.last = operation;
  Scheduler::instance().submit(operation, lock);
  return cudaSuccess;
}

}  // namespace

StreamNumber take_stream_number() {
  if (table().returned.empty()) return table().next_number++;
  const StreamNumber number = table().returned.back();
  table().returned.pop_back();
  return number;
}

void give_back_stream_number(StreamNumber number) { table().returned.push_back(number); }

Stream* find_stream(cudaStream_t handle, const Lock&) {
  if (handle == nullptr || handle == cudaStreamLegacy) return legacy_stream(current_device());
  if (handle == cudaStreamPerThread) return per_thread_stream(current_device());
  auto* stream = reinterpret_cast<Stream*>(handle);
  return table().streams.count(stream) != 0 ? stream : nullptr;
}

std::vector<OperationPtr> predecessors(const Stream& stream) {
  std::vector<OperationPtr> after = {stream.last};
  if (stream.legacy) {
    for (const Stream* other : table().streams) {
      if (other->device == stream.device && other->blocking()) after.push_back(other->last);
    }
  } else if (stream.blocking()) {
    after.push_back(legacy_stream(stream.device)->last);
  }
  return after;
}

cudaError_t enqueue(cudaStream_t handle, Work work) {
  Lock lock = Scheduler::instance().lock();
  Stream* stream = find_stream(handle, lock);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  OperationPtr operation;
  return enqueue_locked(*stream, std::move(work), operation, lock);
}

cudaError_t enqueue_and_wait(cudaStream_t handle, Work work) {
  Lock lock = Scheduler::instance().lock();
  Stream* stream = find_stream(handle, lock);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (forbid_unsafe_call(lock)) return cudaErrorStreamCaptureUnsupported;
  OperationPtr operation;
  const cudaError_t error = enqueue_locked(*stream, std::move(work), operation, lock);
  if (error != cudaSuccess) return error;
  Scheduler::instance().wait(operation, lock);
  return device_fault();
}

bool is_capturing(cudaStream_t handle) {
  const Lock lock = Scheduler::instance().lock();
  const Stream* stream = find_stream(handle, lock);
  return stream != nullptr && stream->capture != nullptr;
}

void wait_for_device(int device, Lock& lock) {
  // Waiting lets go of the lock, and others may then create streams: what is to be waited for is fixed first.
  std::vector<OperationPtr> last = {legacy_stream(device)->last};
  for (const Stream* stream : table().streams) {
    if (stream->device == device) last.push_back(stream->last);
  }
  for (const OperationPtr& operation : last) Scheduler::instance().wait(operation, lock);
}

}  // namespace cudaemu

using namespace cudaemu;

namespace {

cudaError_t create_stream(cudaStream_t* out, unsigned flags, int priority) {
  if (out == nullptr || (flags & ~static_cast<unsigned>(cudaStreamNonBlocking)) != 0) return cudaErrorInvalidValue;
  if (device_count() <= 0) return cudaErrorNoDevice;
  Lock lock = Scheduler::instance().lock();
  priority = priority > kLeastPriority ? kLeastPriority : priority < kGreatestPriority ? kGreatestPriority : priority;
  *out = reinterpret_cast<cudaStream_t>(add_stream(flags, priority));
  return cudaSuccess;
}

// Calls body(stream) under the lock.
template <class Body>
cudaError_t with_stream(cudaStream_t handle, Body body) {
  return entry([&] {
    Lock lock = Scheduler::instance().lock();
    Stream* stream = find_stream(handle, lock);
    return stream != nullptr ? body(*stream, lock) : cudaErrorInvalidResourceHandle;
  });
}

}  // namespace

extern "C" {

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return entry([&] { return create_stream(stream, cudaStreamDefault, kLeastPriority); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return entry([&] { return create_stream(stream, flags, kLeastPriority); });
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  return entry([&] { return create_stream(stream, flags, priority); });
}

// CUDA lets queued work finish by itself; here nobody could wait for it later, so it runs now. The host is not ordered
// after it: that it was destroyed is no synchronisation.
cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  if (handle == nullptr || handle == cudaStreamLegacy || handle == cudaStreamPerThread) {
    return remember(cudaErrorInvalidResourceHandle);
  }
  return with_stream(handle, [](Stream& stream, Lock& lock) {
    if (stream.capture) return cudaErrorStreamCaptureUnsupported;
    table().streams.erase(&stream);
    const OperationPtr last = stream.last;
    const StreamNumber number = stream.number;
    delete &stream;
    if (last) Scheduler::instance().finish(last, lock);
    give_back_stream_number(number);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  return with_stream(handle, [](Stream& stream, Lock& lock) {
    if (stream.capture) return invalidate_capture(stream);
    for (const OperationPtr& operation : all_work(stream)) Scheduler::instance().wait(operation, lock);
    return device_fault();
  });
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
  return with_stream(handle, [](Stream& stream, Lock& lock) {
    if (stream.capture) return invalidate_capture(stream);
    for (const OperationPtr& operation : all_work(stream)) {
      if (!Scheduler::instance().poll(operation, lock)) return cudaErrorNotReady;
    }
    return device_fault();
  });
}

cudaError_t cudaDeviceSynchronize() {
  return entry([] {
    Lock lock = Scheduler::instance().lock();
    if (forbid_unsafe_call(lock)) return cudaErrorStreamCaptureUnsupported;
    wait_for_device(current_device(), lock);
    return device_fault();
  });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  return entry([&] {
    if (function == nullptr) return cudaErrorInvalidValue;
    return enqueue(stream, {cudaGraphNodeTypeHost, "host function", [=] { function(data); }, true});
  });
}

cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback, void* data, unsigned flags) {
  return entry([&] {
    if (callback == nullptr || flags != 0) return cudaErrorInvalidValue;
    return enqueue(stream,
                   {cudaGraphNodeTypeHost, "stream callback", [=] { callback(stream, device_fault(), data); }, true});
  });
}

cudaError_t cudaStreamGetFlags(cudaStream_t handle, unsigned* flags) {
  return with_stream(handle, [&](Stream& stream, Lock&) {
    if (flags == nullptr) return cudaErrorInvalidValue;
    *flags = stream.flags;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetPriority(cudaStream_t handle, int* priority) {
  return with_stream(handle, [&](Stream& stream, Lock&) {
    if (priority == nullptr) return cudaErrorInvalidValue;
    *priority = stream.priority;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetId(cudaStream_t handle, unsigned long long* id) {
  return with_stream(handle, [&](Stream& stream, Lock&) {
    if (id == nullptr) return cudaErrorInvalidValue;
    *id = stream.number + 1;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetDevice(cudaStream_t handle, int* device) {
  return with_stream(handle, [&](Stream& stream, Lock&) {
    if (device == nullptr) return cudaErrorInvalidValue;
    *device = stream.device;
    return cudaSuccess;
  });
}

}  // extern "C"
