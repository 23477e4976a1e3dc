// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/copy.h"

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/runtime/stream.h"

namespace cudaemu {

namespace {

// What the address belongs to, by CUDA's rules for copies.
enum class Side { kDevice, kPinned, kPageable };

Side side_of(const void* address) {
  if (is_device_address(address)) return Side::kDevice;
  const std::optional<Allocation> found = find_allocation(address);
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  const bool inside = found && found->alive && place >= found->address && place - found->address < found->bytes;
  return inside ? Side::kPinned : Side::kPageable;
}

const char* name_of(cudaMemcpyKind kind) {
  constexpr const char* kNames[] = {"host to host", "host to device", "device to host", "device to device", "default"};
  return kNames[kind];
}

// Pinned memory is of both sides.
bool direction_fits(const Copy& copy) {
  const Side to = side_of(copy.destination), from = side_of(copy.source);
  const bool to_device = copy.kind == cudaMemcpyHostToDevice || copy.kind == cudaMemcpyDeviceToDevice;
  const bool from_device = copy.kind == cudaMemcpyDeviceToHost || copy.kind == cudaMemcpyDeviceToDevice;
  if (copy.kind == cudaMemcpyDefault) return true;
  return to != (to_device ? Side::kPageable : Side::kDevice) && from != (from_device ? Side::kPageable : Side::kDevice);
}

const char* row(const void* first, std::size_t pitch, std::size_t index) {
  return static_cast<const char*>(first) + pitch * index;
}

bool ranges_are_sound(const Copy& copy) {
  const std::string call = copy.call;
  for (std::size_t i = 0; i < copy.height; ++i) {
    if (!check_range(row(copy.destination, copy.destination_pitch, i), copy.width, call + ", destination") ||
        !check_range(row(copy.source, copy.source_pitch, i), copy.width, call + ", source")) {
      return false;
    }
  }
  return true;
}

// Bytes that no kernel wrote reach the host: results that were never computed.
void check_written(const char* call, const void* source, std::size_t bytes) {
  if (!options().checks.unwritten) return;
  const std::optional<std::size_t> unwritten = first_unwritten(source, bytes);
  if (!unwritten) return;
  const char* place = static_cast<const char*>(source) + *unwritten;
  report(ReportKind::unwritten_read,
         std::string(call) + " to the host reads device memory that nothing has written: byte " +
             std::to_string(*unwritten) + " of " + std::to_string(bytes),
         {describe_address(place)}, std::string(call) + std::to_string(reinterpret_cast<std::uintptr_t>(source)));
}

void run_copy(const Copy& copy) {
  if (!ranges_are_sound(copy)) return;
  const bool to_host = side_of(copy.destination) != Side::kDevice;
  for (std::size_t i = 0; i < copy.height; ++i) {
    char* destination = const_cast<char*>(row(copy.destination, copy.destination_pitch, i));
    const char* source = row(copy.source, copy.source_pitch, i);
    access_range(source, copy.width, false);
    access_range(destination, copy.width, true);
    if (to_host) check_written(copy.call, source, copy.width);
    copy_bytes(destination, source, copy.width);
  }
}

// The same copy with its rows taken from a buffer of its own.
Copy stage(const Copy& copy, const std::shared_ptr<std::vector<char>>& buffer) {
  buffer->resize(copy.width * copy.height);
  for (std::size_t i = 0; i < copy.height; ++i) {
    std::memcpy(buffer->data() + i * copy.width, row(copy.source, copy.source_pitch, i), copy.width);
  }
  Copy staged = copy;
  staged.source = buffer->data();
  staged.source_pitch = copy.width;
  return staged;
}

void run_fill(const Fill& fill) {
  for (std::size_t i = 0; i < fill.height; ++i) {
    char* destination = const_cast<char*>(row(fill.destination, fill.pitch, i));
    if (!check_range(destination, fill.width, fill.call)) return;
    access_range(destination, fill.width, true);
    if (fill.element == 1) {
      fill_bytes(destination, fill.value, fill.width);
      continue;
    }
    std::vector<char> pattern(fill.width);
    for (std::size_t at = 0; at < fill.width; at += fill.element) {
      std::memcpy(pattern.data() + at, &fill.value, fill.element);
    }
    copy_bytes(destination, pattern.data(), fill.width);
  }
}

}  // namespace

cudaError_t make_copy_work(const Copy& copy, bool staged, Work& work) {
  if (copy.kind < cudaMemcpyHostToHost || copy.kind > cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  if (copy.width == 0 || copy.height == 0) {
    work = {cudaGraphNodeTypeMemcpy, copy.call, nullptr, false};
    return cudaSuccess;
  }
  if (copy.height > 1 && (copy.width > copy.destination_pitch || copy.width > copy.source_pitch)) {
    return cudaErrorInvalidPitchValue;
  }
  if (copy.destination == nullptr || copy.source == nullptr) return cudaErrorInvalidValue;
  if (!direction_fits(copy)) {
    report(ReportKind::invalid_call,
           std::string(copy.call) + ": direction is " + name_of(copy.kind) + ", but the pointers say otherwise",
           {"destination: " + describe_address(copy.destination), "source: " + describe_address(copy.source)});
    return cudaErrorInvalidValue;
  }
  if (!ranges_are_sound(copy)) return cudaErrorInvalidValue;
  std::shared_ptr<std::vector<char>> buffer;
  Copy kept = copy;
  if (staged) {
    buffer = std::make_shared<std::vector<char>>();
    kept = stage(copy, buffer);
  }
  work = {cudaGraphNodeTypeMemcpy, copy.call, [kept, buffer] { run_copy(kept); }, false};
  return cudaSuccess;
}

cudaError_t make_fill_work(const Fill& fill, Work& work) {
  if (fill.width != 0 && fill.height > 1 && fill.width > fill.pitch) return cudaErrorInvalidPitchValue;
  if (fill.width == 0 || fill.height == 0) {
    work = {cudaGraphNodeTypeMemset, fill.call, nullptr, false};
    return cudaSuccess;
  }
  if (fill.destination == nullptr) return cudaErrorInvalidValue;
  if (side_of(fill.destination) == Side::kPageable) {
    report(ReportKind::invalid_call, std::string(fill.call) + ": destination is host memory",
           {describe_address(fill.destination)});
    return cudaErrorInvalidValue;
  }
  for (std::size_t i = 0; i < fill.height; ++i) {
    if (!check_range(row(fill.destination, fill.pitch, i), fill.width, fill.call)) return cudaErrorInvalidValue;
  }
  work = {cudaGraphNodeTypeMemset, fill.call, [fill] { run_fill(fill); }, false};
  return cudaSuccess;
}

cudaError_t copy_in_stream(const Copy& copy, cudaStream_t stream) {
  const bool captured = is_capturing(stream);
  const bool pageable_source = side_of(copy.source) == Side::kPageable;
  const bool pageable_destination = side_of(copy.destination) == Side::kPageable;
  Work work;
  const cudaError_t error = make_copy_work(copy, !captured && pageable_source && !pageable_destination, work);
  if (error != cudaSuccess) return error;
  if (pageable_destination && !captured) return enqueue_and_wait(stream, std::move(work));
  return enqueue(stream, std::move(work));
}

cudaError_t copy_and_return(const Copy& copy, cudaStream_t stream) {
  Work work;
  const cudaError_t error = make_copy_work(copy, false, work);
  if (error != cudaSuccess) return error;
  const bool within_device = side_of(copy.source) == Side::kDevice && side_of(copy.destination) == Side::kDevice;
  return within_device ? enqueue(stream, std::move(work)) : enqueue_and_wait(stream, std::move(work));
}

cudaError_t fill_in_stream(const Fill& fill, cudaStream_t stream) {
  Work work;
  const cudaError_t error = make_fill_work(fill, work);
  return error != cudaSuccess ? error : enqueue(stream, std::move(work));
}

}  // namespace cudaemu
