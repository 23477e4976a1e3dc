// SPDX-License-Identifier: Apache-2.0
// Stream-ordered allocation and memory pools. Memory is taken when the program asks and given back when its stream
// reaches the free; a pool keeps nothing, so its attributes are kept and otherwise without effect.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/runtime/call_site.h"
#include "tools/cudaemu/runtime/capture.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/free_report.h"
#include "tools/cudaemu/runtime/stream.h"

using namespace cudaemu;

namespace {

struct Pool {
  int device = 0;
  std::map<cudaMemPoolAttr, std::uint64_t> attributes;
};

// Guarded by the scheduler's mutex.
struct Pools {
  std::map<int, Pool> defaults;
  std::map<int, Pool*> current;
  std::set<Pool*> created;
};

Pools& pools() {
  static auto* all = new Pools;
  return *all;
}

Pool* default_pool(int device) {
  Pool& pool = pools().defaults[device];
  pool.device = device;
  return &pool;
}

Pool* current_pool(int device) {
  Pool*& pool = pools().current[device];
  if (pool == nullptr) pool = default_pool(device);
  return pool;
}

Pool* find_pool(cudaMemPool_t handle, const Lock&) {
  auto* pool = reinterpret_cast<Pool*>(handle);
  if (pools().created.count(pool) != 0) return pool;
  for (auto& [device, own] : pools().defaults) {
    if (&own == pool) return pool;
  }
  return nullptr;
}

cudaMemPool_t handle_of(Pool* pool) { return reinterpret_cast<cudaMemPool_t>(pool); }

bool is_32_bit(cudaMemPoolAttr attribute) {
  return attribute == cudaMemPoolReuseFollowEventDependencies || attribute == cudaMemPoolReuseAllowOpportunistic ||
         attribute == cudaMemPoolReuseAllowInternalDependencies;
}

// Memory that a captured graph allocates lives as long as the graph and what was made of it.
struct GraphMemory {
  void* address;
  explicit GraphMemory(void* taken) : address(taken) {}
  ~GraphMemory() { free_device(address); }
  GraphMemory(const GraphMemory&) = delete;
  GraphMemory& operator=(const GraphMemory&) = delete;
};

cudaError_t allocate(void** out, std::size_t bytes, int device, cudaStream_t stream_handle, const std::string& origin) {
  if (out == nullptr) return cudaErrorInvalidValue;
  *out = nullptr;
  Lock lock = Scheduler::instance().lock();
  Stream* stream = find_stream(stream_handle, lock);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (bytes == 0) return cudaSuccess;
  void* address = allocate_device(bytes, device, origin);
  if (address == nullptr) return cudaErrorMemoryAllocation;
  *out = address;
  if (!stream->capture) return cudaSuccess;
  const auto memory = std::make_shared<GraphMemory>(address);
  return capture_work(*stream, {cudaGraphNodeTypeMemAlloc, "cudaMallocAsync", [memory] {}, false});
}

cudaError_t free_in_stream(void* address, cudaStream_t stream, const std::string& origin) {
  const std::optional<Allocation> found = find_allocation(address);
  if (!found || found->kind != MemoryKind::device || !found->alive ||
      found->address != reinterpret_cast<std::uintptr_t>(address)) {
    return report_free(free_device(address), address, origin);
  }
  if (is_capturing(stream)) return enqueue(stream, {cudaGraphNodeTypeMemFree, "cudaFreeAsync", nullptr, false});
  return enqueue(stream, {cudaGraphNodeTypeMemFree, "cudaFreeAsync",
                          [=] {
                            access_range(address, found->bytes, true);
                            report_free(free_device(address), address, origin);
                          },
                          false});
}

}  // namespace

extern "C" {

cudaError_t cudaMallocAsync(void** out, std::size_t bytes, cudaStream_t stream) {
  const std::string origin = call_site("cudaMallocAsync", __builtin_return_address(0));
  return entry([&] { return allocate(out, bytes, current_device(), stream, origin); });
}

cudaError_t cudaMallocFromPoolAsync(void** out, std::size_t bytes, cudaMemPool_t handle, cudaStream_t stream) {
  const std::string origin = call_site("cudaMallocFromPoolAsync", __builtin_return_address(0));
  return entry([&] {
    int device = 0;
    {
      const Lock lock = Scheduler::instance().lock();
      const Pool* pool = find_pool(handle, lock);
      if (pool == nullptr) return cudaErrorInvalidValue;
      device = pool->device;
    }
    return allocate(out, bytes, device, stream, origin);
  });
}

cudaError_t cudaFreeAsync(void* address, cudaStream_t stream) {
  const std::string origin = call_site("cudaFreeAsync", __builtin_return_address(0));
  return entry([&] { return address != nullptr ? free_in_stream(address, stream, origin) : cudaSuccess; });
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  return entry([&] {
    if (pool == nullptr) return cudaErrorInvalidValue;
    if (!is_device(device)) return cudaErrorInvalidDevice;
    const Lock lock = Scheduler::instance().lock();
    *pool = handle_of(default_pool(device));
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetMemPool(cudaMemPool_t* pool, int device) {
  return entry([&] {
    if (pool == nullptr) return cudaErrorInvalidValue;
    if (!is_device(device)) return cudaErrorInvalidDevice;
    const Lock lock = Scheduler::instance().lock();
    *pool = handle_of(current_pool(device));
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceSetMemPool(int device, cudaMemPool_t handle) {
  return entry([&] {
    if (!is_device(device)) return cudaErrorInvalidDevice;
    const Lock lock = Scheduler::instance().lock();
    Pool* pool = find_pool(handle, lock);
    if (pool == nullptr || pool->device != device) return cudaErrorInvalidValue;
    pools().current[device] = pool;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t* out, const cudaMemPoolProps* properties) {
  return entry([&] {
    if (out == nullptr || properties == nullptr || properties->allocType != cudaMemAllocationTypePinned ||
        properties->location.type != cudaMemLocationTypeDevice || !is_device(properties->location.id)) {
      return cudaErrorInvalidValue;
    }
    if (properties->handleTypes != cudaMemHandleTypeNone) return cudaErrorNotSupported;
    const Lock lock = Scheduler::instance().lock();
    auto* pool = new Pool;
    pool->device = properties->location.id;
    pools().created.insert(pool);
    *out = handle_of(pool);
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolDestroy(cudaMemPool_t handle) {
  return entry([&] {
    const Lock lock = Scheduler::instance().lock();
    auto* pool = reinterpret_cast<Pool*>(handle);
    if (pools().created.erase(pool) == 0) return cudaErrorInvalidValue;
    for (auto& [device, current] : pools().current) {
      if (current == pool) current = nullptr;
    }
    delete pool;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t handle, std::size_t) {
  return entry([&] {
    const Lock lock = Scheduler::instance().lock();
    return find_pool(handle, lock) != nullptr ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t handle, cudaMemPoolAttr attribute, void* value) {
  return entry([&] {
    const Lock lock = Scheduler::instance().lock();
    Pool* pool = find_pool(handle, lock);
    if (pool == nullptr || value == nullptr) return cudaErrorInvalidValue;
    pool->attributes[attribute] = is_32_bit(attribute) ? static_cast<std::uint64_t>(*static_cast<int*>(value))
                                                       : *static_cast<std::uint64_t*>(value);
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t handle, cudaMemPoolAttr attribute, void* value) {
  return entry([&] {
    const Lock lock = Scheduler::instance().lock();
    Pool* pool = find_pool(handle, lock);
    if (pool == nullptr || value == nullptr) return cudaErrorInvalidValue;
    if (is_32_bit(attribute)) {
      const auto set = pool->attributes.find(attribute);
      *static_cast<int*>(value) = set == pool->attributes.end() ? 1 : static_cast<int>(set->second);
      return cudaSuccess;
    }
    const bool in_use = attribute == cudaMemPoolAttrUsedMemCurrent || attribute == cudaMemPoolAttrReservedMemCurrent ||
                        attribute == cudaMemPoolAttrUsedMemHigh || attribute == cudaMemPoolAttrReservedMemHigh;
    *static_cast<std::uint64_t*>(value) = in_use ? used_device_bytes(pool->device) : pool->attributes[attribute];
    return cudaSuccess;
  });
}

// One address space for all devices: access is always there.
cudaError_t cudaMemPoolSetAccess(cudaMemPool_t handle, const cudaMemAccessDesc*, std::size_t) {
  return cudaMemPoolTrimTo(handle, 0);
}

cudaError_t cudaMemPoolGetAccess(cudaMemAccessFlags* flags, cudaMemPool_t handle, cudaMemLocation*) {
  if (flags != nullptr) *flags = cudaMemAccessFlagsProtReadWrite;
  return cudaMemPoolTrimTo(handle, 0);
}

}  // extern "C"
