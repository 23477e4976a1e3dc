// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/device.h"

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>

#include "tools/cudaemu/runtime/device_limits.h"
#include "tools/cudaemu/runtime/error_state.h"

namespace cudaemu {

namespace {

thread_local int chosen_device = 0;

cudaError_t copy_to(int* out, int value) {
  if (out == nullptr) return cudaErrorInvalidValue;
  *out = value;
  return cudaSuccess;
}

}  // namespace

int device_count() {
  static const int count = [] {
    const char* text = std::getenv("CUDAEMU_DEVICES");
    return text != nullptr ? std::atoi(text) : 1;
  }();
  return count;
}

int current_device() { return chosen_device; }

bool is_device(int device) { return device >= 0 && device < device_count(); }

}  // namespace cudaemu

using namespace cudaemu;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  return entry([&] {
    if (count == nullptr) return cudaErrorInvalidValue;
    *count = device_count();
    return device_count() > 0 ? cudaSuccess : cudaErrorNoDevice;
  });
}

cudaError_t cudaSetDevice(int device) {
  return entry([&] {
    if (device_count() <= 0) return cudaErrorNoDevice;
    if (!is_device(device)) return cudaErrorInvalidDevice;
    chosen_device = device;
    return cudaSuccess;
  });
}

cudaError_t cudaGetDevice(int* device) {
  return entry([&] { return device_count() > 0 ? copy_to(device, chosen_device) : cudaErrorNoDevice; });
}

cudaError_t cudaInitDevice(int device, unsigned, unsigned) {
  return entry([&] { return is_device(device) ? cudaSuccess : cudaErrorInvalidDevice; });
}

cudaError_t cudaSetValidDevices(int*, int) {
  return entry([] { return cudaSuccess; });
}

cudaError_t cudaChooseDevice(int* device, const cudaDeviceProp*) {
  return entry([&] { return copy_to(device, 0); });
}

cudaError_t cudaSetDeviceFlags(unsigned) {
  return entry([] { return cudaSuccess; });
}

cudaError_t cudaGetDeviceFlags(unsigned* flags) {
  return entry([&] {
    if (flags == nullptr) return cudaErrorInvalidValue;
    *flags = cudaDeviceMapHost;
    return cudaSuccess;
  });
}

cudaError_t cudaDriverGetVersion(int* version) {
  return entry([&] { return copy_to(version, kCudaVersion); });
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  return entry([&] { return copy_to(version, kCudaVersion); });
}

cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  return entry([&] {
    if (least != nullptr) *least = kLeastPriority;
    if (greatest != nullptr) *greatest = kGreatestPriority;
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetPCIBusId(char* text, int length, int device) {
  return entry([&] {
    if (!is_device(device)) return cudaErrorInvalidDevice;
    if (text == nullptr || length < 13) return cudaErrorInvalidValue;
    std::snprintf(text, static_cast<std::size_t>(length), "0000:%02X:00.0", device + 1);
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetByPCIBusId(int* device, const char* text) {
  return entry([&] {
    unsigned domain = 0, bus = 0;
    if (text == nullptr || std::sscanf(text, "%x:%x:", &domain, &bus) != 2) return cudaErrorInvalidValue;
    const int index = static_cast<int>(bus) - 1;
    return is_device(index) ? copy_to(device, index) : cudaErrorInvalidDevice;
  });
}

// All devices share one address space here, as on a node with NVLink.
cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int peer) {
  return entry([&] {
    if (!is_device(device) || !is_device(peer)) return cudaErrorInvalidDevice;
    return copy_to(can, device != peer);
  });
}

cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned flags) {
  return entry([&] {
    if (flags != 0) return cudaErrorInvalidValue;
    return is_device(peer) && peer != current_device() ? cudaSuccess : cudaErrorInvalidDevice;
  });
}

cudaError_t cudaDeviceDisablePeerAccess(int peer) {
  return entry([&] { return is_device(peer) ? cudaSuccess : cudaErrorInvalidDevice; });
}

// Caches are not emulated; the calls are accepted.
cudaError_t cudaDeviceSetCacheConfig(cudaFuncCache) {
  return entry([] { return cudaSuccess; });
}

cudaError_t cudaDeviceGetCacheConfig(cudaFuncCache* config) {
  return entry([&] {
    if (config == nullptr) return cudaErrorInvalidValue;
    *config = cudaFuncCachePreferNone;
    return cudaSuccess;
  });
}

cudaError_t cudaCtxResetPersistingL2Cache() {
  return entry([] { return cudaSuccess; });
}

cudaError_t cudaProfilerStart() {
  return entry([] { return cudaSuccess; });
}

cudaError_t cudaProfilerStop() {
  return entry([] { return cudaSuccess; });
}

}  // extern "C"
