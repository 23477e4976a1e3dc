// SPDX-License-Identifier: Apache-2.0
// cudaGetDeviceProperties, cudaDeviceGetAttribute, cudaDeviceGetLimit: all from device_limits.h. An attribute that is
// not listed is a property that the emulator lacks (textures, surfaces, interoperation) and reads 0.
#include <cuda_runtime_api.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/device_limits.h"
#include "tools/cudaemu/runtime/error_state.h"

using namespace cudaemu;

namespace {

constexpr int kL2Bytes = 50 << 20;
constexpr int kPitch = 2147483647;
constexpr int kAlignment = 512;

int attribute(cudaDeviceAttr which, int device) {
  switch (which) {
    case cudaDevAttrMaxThreadsPerBlock:
      return kMaxThreadsPerBlock;
    case cudaDevAttrMaxBlockDimX:
      return kMaxBlockX;
    case cudaDevAttrMaxBlockDimY:
      return kMaxBlockY;
    case cudaDevAttrMaxBlockDimZ:
      return kMaxBlockZ;
    case cudaDevAttrMaxGridDimX:
      return kMaxGridX;
    case cudaDevAttrMaxGridDimY:
      return kMaxGridY;
    case cudaDevAttrMaxGridDimZ:
      return kMaxGridZ;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      return static_cast<int>(kSharedPerBlock);
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return static_cast<int>(kSharedPerBlockOptin);
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      return static_cast<int>(kSharedPerMultiprocessor);
    case cudaDevAttrReservedSharedMemoryPerBlock:
      return static_cast<int>(kSharedReservedPerBlock);
    case cudaDevAttrTotalConstantMemory:
      return static_cast<int>(kConstantMemory);
    case cudaDevAttrWarpSize:
      return kWarpSize;
    case cudaDevAttrMaxPitch:
      return kPitch;
    case cudaDevAttrMaxRegistersPerBlock:
      return kRegistersPerBlock;
    case cudaDevAttrMaxRegistersPerMultiprocessor:
      return kRegistersPerMultiprocessor;
    case cudaDevAttrClockRate:
      return 1980000;
    case cudaDevAttrMemoryClockRate:
      return 2619000;
    case cudaDevAttrGlobalMemoryBusWidth:
      return 5120;
    case cudaDevAttrSingleToDoublePrecisionPerfRatio:
      return 2;
    case cudaDevAttrTextureAlignment:
    case cudaDevAttrSurfaceAlignment:
      return kAlignment;
    case cudaDevAttrTexturePitchAlignment:
      return 32;
    case cudaDevAttrMultiProcessorCount:
      return kMultiprocessors;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      return kMaxThreadsPerMultiprocessor;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      return kMaxBlocksPerMultiprocessor;
    case cudaDevAttrL2CacheSize:
      return kL2Bytes;
    case cudaDevAttrComputeCapabilityMajor:
      return kComputeMajor;
    case cudaDevAttrComputeCapabilityMinor:
      return kComputeMinor;
    case cudaDevAttrPciBusId:
      return device + 1;
    case cudaDevAttrAsyncEngineCount:
      return 3;
    case cudaDevAttrGpuOverlap:
    case cudaDevAttrCanMapHostMemory:
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrStreamPrioritiesSupported:
    case cudaDevAttrGlobalL1CacheSupported:
    case cudaDevAttrLocalL1CacheSupported:
    case cudaDevAttrCanUseHostPointerForRegisteredMem:
    case cudaDevAttrCooperativeLaunch:
    case cudaDevAttrHostRegisterSupported:
    case cudaDevAttrMemoryPoolsSupported:
      return 1;
    case cudaDevAttrHostNumaId:
      return -1;
    default:
      return 0;
  }
}

std::array<std::size_t, 7>& limits() {
  static std::array<std::size_t, 7> values = {1024, 1 << 20, 8 << 20, 0, 2048, 64, 0};
  return values;
}

}  // namespace

extern "C" {

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr which, int device) {
  return entry([&] {
    if (value == nullptr || which <= 0 || which >= cudaDevAttrMax) return cudaErrorInvalidValue;
    if (!is_device(device)) return cudaErrorInvalidDevice;
    *value = attribute(which, device);
    return cudaSuccess;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int device) {
  return entry([&] {
    if (out == nullptr) return cudaErrorInvalidValue;
    if (!is_device(device)) return cudaErrorInvalidDevice;
    cudaDeviceProp p;
    std::memset(&p, 0, sizeof p);
    std::snprintf(p.name, sizeof p.name, "%s", kDeviceName);
    p.uuid.bytes[0] = static_cast<char>(device + 1);
    p.totalGlobalMem = total_device_bytes();
    p.sharedMemPerBlock = kSharedPerBlock;
    p.sharedMemPerBlockOptin = kSharedPerBlockOptin;
    p.sharedMemPerMultiprocessor = kSharedPerMultiprocessor;
    p.reservedSharedMemPerBlock = kSharedReservedPerBlock;
    p.regsPerBlock = kRegistersPerBlock;
    p.regsPerMultiprocessor = kRegistersPerMultiprocessor;
    p.warpSize = kWarpSize;
    p.memPitch = kPitch;
    p.maxThreadsPerBlock = kMaxThreadsPerBlock;
    p.maxThreadsDim[0] = kMaxBlockX;
    p.maxThreadsDim[1] = kMaxBlockY;
    p.maxThreadsDim[2] = kMaxBlockZ;
    p.maxGridSize[0] = kMaxGridX;
    p.maxGridSize[1] = kMaxGridY;
    p.maxGridSize[2] = kMaxGridZ;
    p.totalConstMem = kConstantMemory;
    p.major = kComputeMajor;
    p.minor = kComputeMinor;
    p.textureAlignment = p.surfaceAlignment = kAlignment;
    p.texturePitchAlignment = 32;
    p.multiProcessorCount = kMultiprocessors;
    p.maxThreadsPerMultiProcessor = kMaxThreadsPerMultiprocessor;
    p.maxBlocksPerMultiProcessor = kMaxBlocksPerMultiprocessor;
    p.memoryBusWidth = attribute(cudaDevAttrGlobalMemoryBusWidth, device);
    p.l2CacheSize = kL2Bytes;
    p.pciBusID = device + 1;
    p.asyncEngineCount = 3;
    p.canMapHostMemory = p.concurrentKernels = p.unifiedAddressing = p.streamPrioritiesSupported = 1;
    p.globalL1CacheSupported = p.localL1CacheSupported = p.canUseHostPointerForRegisteredMem = 1;
    p.cooperativeLaunch = p.hostRegisterSupported = p.memoryPoolsSupported = 1;
    p.hostNumaId = -1;
    *out = p;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetLimit(std::size_t* value, cudaLimit which) {
  return entry([&] {
    if (value == nullptr) return cudaErrorInvalidValue;
    if (static_cast<std::size_t>(which) >= limits().size()) return cudaErrorUnsupportedLimit;
    *value = limits()[which];
    return cudaSuccess;
  });
}

// Kept and given back; none of them limits the emulator.
cudaError_t cudaDeviceSetLimit(cudaLimit which, std::size_t value) {
  return entry([&] {
    if (static_cast<std::size_t>(which) >= limits().size()) return cudaErrorUnsupportedLimit;
    limits()[which] = value;
    return cudaSuccess;
  });
}

}  // extern "C"
