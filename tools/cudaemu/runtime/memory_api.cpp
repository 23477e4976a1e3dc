// SPDX-License-Identifier: Apache-2.0
// Entry points for memory: device, pinned, registered, managed; what a pointer is; leaks at the end of the process.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/runtime/call_site.h"
#include "tools/cudaemu/runtime/capture.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/free_report.h"
#include "tools/cudaemu/runtime/stream.h"

using namespace cudaemu;

namespace {

// Pitch of rows, as devices align them for coalesced access.
constexpr std::size_t kPitchAlignment = 512;

cudaError_t allocate(void** out, std::size_t bytes, const std::string& origin) {
  if (out == nullptr) return cudaErrorInvalidValue;
  *out = nullptr;
  if (device_count() <= 0) return cudaErrorNoDevice;
  {
    const Lock lock = Scheduler::instance().lock();
    if (forbid_unsafe_call(lock)) return cudaErrorStreamCaptureUnsupported;
  }
  if (bytes == 0) return cudaSuccess;
  *out = allocate_device(bytes, current_device(), origin);
  return *out != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t allocate_on_host(void** out, std::size_t bytes, MemoryKind kind, const std::string& origin) {
  if (out == nullptr) return cudaErrorInvalidValue;
  *out = nullptr;
  if (device_count() <= 0) return cudaErrorNoDevice;
  if (bytes == 0) return kind == MemoryKind::managed ? cudaErrorInvalidValue : cudaSuccess;
  *out = allocate_host(bytes, kind, origin);
  return *out != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}

// Freeing waits for all work of the device, since some of it may use the memory.
cudaError_t wait_before_free() {
  Lock lock = Scheduler::instance().lock();
  if (forbid_unsafe_call(lock)) return cudaErrorStreamCaptureUnsupported;
  wait_for_device(current_device(), lock);
  return cudaSuccess;
}

// The live allocation that an address lies in.
std::optional<Allocation> allocation_around(const void* address) {
  std::optional<Allocation> found = find_allocation(address);
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  if (found && found->alive && place >= found->address && place - found->address < found->bytes) return found;
  return std::nullopt;
}

// Device memory only, as compute-sanitizer's leak check; runs after the program's own destructors.
[[gnu::destructor]] void report_leaks() {
  if (!options().checks.leak) return;
  constexpr std::size_t kListed = 10;
  const std::vector<Allocation> leaked = live_allocations(MemoryKind::device);
  if (leaked.empty()) return;
  std::size_t bytes = 0;
  std::vector<std::string> details;
  for (const Allocation& allocation : leaked) {
    bytes += allocation.bytes;
    if (details.size() < kListed) {
      details.push_back(std::to_string(allocation.bytes) + " bytes on device " + std::to_string(allocation.device) +
                        ", allocation #" + std::to_string(allocation.number) + ": " + allocation.origin);
    }
  }
  if (leaked.size() > kListed) details.push_back("and " + std::to_string(leaked.size() - kListed) + " more");
  report(ReportKind::leak,
         std::to_string(bytes) + " bytes of device memory in " + std::to_string(leaked.size()) +
             (leaked.size() == 1 ? " allocation" : " allocations") + " were never freed",
         details);
}

}  // namespace

extern "C" {

cudaError_t cudaMalloc(void** out, std::size_t bytes) {
  const std::string origin = call_site("cudaMalloc", __builtin_return_address(0));
  return entry([&] { return allocate(out, bytes, origin); });
}

cudaError_t cudaMallocPitch(void** out, std::size_t* pitch, std::size_t width, std::size_t height) {
  const std::string origin = call_site("cudaMallocPitch", __builtin_return_address(0));
  return entry([&] {
    if (pitch == nullptr) return cudaErrorInvalidValue;
    *pitch = (width + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
    return allocate(out, *pitch * height, origin);
  });
}

cudaError_t cudaMallocManaged(void** out, std::size_t bytes, unsigned flags) {
  const std::string origin = call_site("cudaMallocManaged", __builtin_return_address(0));
  return entry([&] {
    if (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost) return cudaErrorInvalidValue;
    return allocate_on_host(out, bytes, MemoryKind::managed, origin);
  });
}

cudaError_t cudaFree(void* address) {
  const std::string origin = call_site("cudaFree", __builtin_return_address(0));
  return entry([&] {
    if (address == nullptr) return cudaSuccess;
    if (const cudaError_t error = wait_before_free(); error != cudaSuccess) return error;
    const std::optional<Allocation> found = find_allocation(address);
    const bool managed = found && found->kind == MemoryKind::managed;
    return report_free(managed ? free_host(address) : free_device(address), address, origin);
  });
}

cudaError_t cudaMallocHost(void** out, std::size_t bytes) {
  const std::string origin = call_site("cudaMallocHost", __builtin_return_address(0));
  return entry([&] { return allocate_on_host(out, bytes, MemoryKind::pinned, origin); });
}

cudaError_t cudaHostAlloc(void** out, std::size_t bytes, unsigned flags) {
  const std::string origin = call_site("cudaHostAlloc", __builtin_return_address(0));
  return entry([&] {
    constexpr unsigned kKnown = cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined;
    if ((flags & ~kKnown) != 0) return cudaErrorInvalidValue;
    return allocate_on_host(out, bytes, MemoryKind::pinned, origin);
  });
}

cudaError_t cudaFreeHost(void* address) {
  const std::string origin = call_site("cudaFreeHost", __builtin_return_address(0));
  return entry([&] {
    if (address == nullptr) return cudaSuccess;
    if (const cudaError_t error = wait_before_free(); error != cudaSuccess) return error;
    return report_free(free_host(address), address, origin);
  });
}

cudaError_t cudaHostRegister(void* address, std::size_t bytes, unsigned) {
  const std::string origin = call_site("cudaHostRegister", __builtin_return_address(0));
  return entry([&] {
    if (address == nullptr || bytes == 0 || is_device_address(address)) return cudaErrorInvalidValue;
    return register_host(address, bytes, origin) ? cudaSuccess : cudaErrorHostMemoryAlreadyRegistered;
  });
}

cudaError_t cudaHostUnregister(void* address) {
  return entry([&] {
    if (const cudaError_t error = wait_before_free(); error != cudaSuccess) return error;
    return unregister_host(address) ? cudaSuccess : cudaErrorHostMemoryNotRegistered;
  });
}

// Host memory that the device may touch has one address for both.
cudaError_t cudaHostGetDevicePointer(void** out, void* address, unsigned flags) {
  return entry([&] {
    if (out == nullptr || flags != 0 || is_device_address(address)) return cudaErrorInvalidValue;
    if (!allocation_around(address)) return cudaErrorInvalidValue;
    *out = address;
    return cudaSuccess;
  });
}

cudaError_t cudaHostGetFlags(unsigned* flags, void* address) {
  return entry([&] {
    if (flags == nullptr || is_device_address(address) || !allocation_around(address)) return cudaErrorInvalidValue;
    *flags = cudaHostAllocMapped;
    return cudaSuccess;
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  return entry([&] {
    if (free_bytes == nullptr || total_bytes == nullptr) return cudaErrorInvalidValue;
    *total_bytes = total_device_bytes();
    *free_bytes = *total_bytes - used_device_bytes(current_device());
    return cudaSuccess;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* out, const void* address) {
  return entry([&] {
    if (out == nullptr) return cudaErrorInvalidValue;
    *out = {};
    const std::optional<Allocation> found = allocation_around(address);
    if (!found) {
      out->type = cudaMemoryTypeUnregistered;
      out->device = cudaInvalidDeviceId;
      out->hostPointer = is_device_address(address) ? nullptr : const_cast<void*>(address);
      return cudaSuccess;
    }
    const bool on_device = found->kind == MemoryKind::device || found->kind == MemoryKind::module_variable;
    out->type = on_device                            ? cudaMemoryTypeDevice
                : found->kind == MemoryKind::managed ? cudaMemoryTypeManaged
                                                     : cudaMemoryTypeHost;
    out->device = found->device;
    out->devicePointer = const_cast<void*>(address);
    out->hostPointer = on_device ? nullptr : const_cast<void*>(address);
    return cudaSuccess;
  });
}

// Ends all work and frees all memory of the device; streams and events stay usable here.
cudaError_t cudaDeviceReset() {
  {
    Lock lock = Scheduler::instance().lock();
    wait_for_device(current_device(), lock);
  }
  for (const Allocation& allocation : live_allocations(MemoryKind::device)) {
    if (allocation.device == current_device()) free_device(reinterpret_cast<void*>(allocation.address));
  }
  cudaGetLastError();
  return cudaSuccess;
}

}  // extern "C"
