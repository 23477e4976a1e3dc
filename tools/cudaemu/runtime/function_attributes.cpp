// SPDX-License-Identifier: Apache-2.0
// Entry points about kernels: attributes, occupancy, names.
#include <cuda_runtime_api.h>

#include <algorithm>

#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/device_limits.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/occupancy.h"
#include "tools/cudaemu/runtime/registry.h"

using namespace cudaemu;

namespace {

// Calls body(entry, traits) for a kernel on the current device.
template <class Body>
cudaError_t with_kernel(const void* function, Body body) {
  return entry([&] {
    KernelEntry* found = find_kernel_entry(function);
    if (found == nullptr) return cudaErrorInvalidDeviceFunction;
    std::shared_ptr<Module> module;
    const Kernel* kernel = load_kernel(*found, current_device(), module);
    return kernel != nullptr ? body(*found, traits(*kernel)) : cudaErrorNoKernelImageForDevice;
  });
}

}  // namespace

extern "C" {

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, const void* function, int threads,
                                                                   std::size_t dynamic_shared_bytes, unsigned) {
  return with_kernel(function, [&](const KernelEntry& found, const KernelTraits& kernel) {
    if (blocks == nullptr || threads < 1) return cudaErrorInvalidValue;
    *blocks = max_resident_blocks(kernel, registers_of(found, kernel), threads, dynamic_shared_bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* function, int threads,
                                                          std::size_t dynamic_shared_bytes) {
  return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads, dynamic_shared_bytes, 0);
}

cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(std::size_t* bytes, const void* function, int blocks,
                                                      int threads) {
  return with_kernel(function, [&](const KernelEntry& found, const KernelTraits& kernel) {
    if (bytes == nullptr || blocks < 1 || threads < 1) return cudaErrorInvalidValue;
    *bytes = 0;
    if (max_resident_blocks(kernel, registers_of(found, kernel), threads, 0) < blocks) return cudaSuccess;
    const std::size_t share = kSharedPerMultiprocessor / static_cast<std::size_t>(blocks) / kSharedUnit * kSharedUnit;
    const std::size_t taken = kSharedReservedPerBlock + kernel.static_shared_bytes;
    if (share > taken) *bytes = std::min(share - taken, kSharedPerBlockOptin - kernel.static_shared_bytes);
    return cudaSuccess;
  });
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* out, const void* function) {
  return with_kernel(function, [&](const KernelEntry& found, const KernelTraits& kernel) {
    if (out == nullptr) return cudaErrorInvalidValue;
    *out = {};
    out->sharedSizeBytes = kernel.static_shared_bytes;
    out->constSizeBytes = kernel.constant_bytes;
    out->localSizeBytes = kernel.local_bytes;
    out->maxThreadsPerBlock = std::min(kMaxThreadsPerBlock, kernel.max_threads_per_block);
    out->numRegs = registers_of(found, kernel);
    out->ptxVersion = out->binaryVersion = 10 * kComputeMajor + kComputeMinor;
    out->maxDynamicSharedSizeBytes = static_cast<int>(dynamic_shared_limit(found, kernel, current_device()));
    out->preferredShmemCarveout = found.preferred_carveout;
    return cudaSuccess;
  });
}

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  return with_kernel(function, [&](KernelEntry& found, const KernelTraits& kernel) {
    switch (attribute) {
      case cudaFuncAttributeMaxDynamicSharedMemorySize:
        if (value < 0 || static_cast<std::size_t>(value) + kernel.static_shared_bytes > kSharedPerBlockOptin) {
          return cudaErrorInvalidValue;
        }
        found.max_dynamic_shared[current_device()] = static_cast<std::size_t>(value);
        return cudaSuccess;
      case cudaFuncAttributePreferredSharedMemoryCarveout:
        if (value < cudaSharedmemCarveoutDefault || value > cudaSharedmemCarveoutMaxShared)
          return cudaErrorInvalidValue;
        found.preferred_carveout = value;
        return cudaSuccess;
      default:
        return cudaErrorInvalidValue;
    }
  });
}

cudaError_t cudaFuncSetCacheConfig(const void* function, cudaFuncCache) {
  return entry([&] { return find_kernel_entry(function) != nullptr ? cudaSuccess : cudaErrorInvalidDeviceFunction; });
}

cudaError_t cudaFuncGetName(const char** name, const void* function) {
  return entry([&] {
    const KernelEntry* found = find_kernel_entry(function);
    if (name == nullptr) return cudaErrorInvalidValue;
    if (found == nullptr) return cudaErrorInvalidDeviceFunction;
    *name = found->name.c_str();
    return cudaSuccess;
  });
}

cudaError_t cudaFuncGetParamInfo(const void* function, std::size_t index, std::size_t* offset, std::size_t* bytes) {
  return with_kernel(function, [&](const KernelEntry&, const KernelTraits& kernel) {
    if (offset == nullptr || index >= kernel.parameters.size()) return cudaErrorInvalidValue;
    *offset = kernel.parameters[index].offset;
    if (bytes != nullptr) *bytes = kernel.parameters[index].bytes;
    return cudaSuccess;
  });
}

cudaError_t cudaGetFuncBySymbol(cudaFunction_t* function, const void* symbol) {
  return entry([&] {
    KernelEntry* found = find_kernel_entry(symbol);
    if (function == nullptr) return cudaErrorInvalidValue;
    if (found == nullptr) return cudaErrorInvalidDeviceFunction;
    *function = reinterpret_cast<cudaFunction_t>(found);
    return cudaSuccess;
  });
}

cudaError_t cudaGetKernel(cudaKernel_t* kernel, const void* symbol) {
  return cudaGetFuncBySymbol(reinterpret_cast<cudaFunction_t*>(kernel), symbol);
}

}  // extern "C"
