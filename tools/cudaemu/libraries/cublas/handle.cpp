// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/libraries/cublas/handle.h"

#include <mutex>
#include <set>

#include "tools/cudaemu/libraries/library_seam.h"

namespace cudaemu::cublas {

namespace {

struct Handles {
  std::mutex mutex;
  std::set<Handle*> live;
};

// Never destroyed: programs destroy their handles in destructors of globals.
Handles& handles() {
  static auto* all = new Handles;
  return *all;
}

// Calls body(handle) for a live handle.
template <class Body>
cublasStatus_t with_handle(cublasHandle_t handle, Body body) {
  Handle* found = find_handle(handle);
  return found != nullptr ? body(*found) : CUBLAS_STATUS_NOT_INITIALIZED;
}

template <class T>
cublasStatus_t copy_to(T* out, T value) {
  if (out == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  *out = value;
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
cublasStatus_t set(T& place, T value) {
  place = value;
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

Handle* find_handle(cublasHandle_t handle) {
  auto* candidate = reinterpret_cast<Handle*>(handle);
  const std::lock_guard<std::mutex> guard(handles().mutex);
  return handles().live.count(candidate) != 0 ? candidate : nullptr;
}

cublasStatus_t refuse(const char* call, cublasStatus_t status, const std::string& why) {
  library::report_invalid(std::string(call) + ": " + why + "; cuBLAS returns " + cublasGetStatusName(status));
  return status;
}

}  // namespace cudaemu::cublas

using namespace cudaemu::cublas;

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* out) {
  if (out == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess) return CUBLAS_STATUS_NOT_INITIALIZED;
  auto* handle = new Handle;
  const std::lock_guard<std::mutex> guard(handles().mutex);
  handles().live.insert(handle);
  *out = reinterpret_cast<cublasHandle_t>(handle);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  return with_handle(handle, [](Handle& live) {
    const std::lock_guard<std::mutex> guard(handles().mutex);
    handles().live.erase(&live);
    delete &live;
    return CUBLAS_STATUS_SUCCESS;
  });
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  return with_handle(handle, [&](Handle& live) { return set(live.stream, stream); });
}

cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, cudaStream_t* stream) {
  return with_handle(handle, [&](Handle& live) { return copy_to(stream, live.stream); });
}

// A workspace is not used, but it must be memory of the device.
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  return with_handle(handle, [&](Handle&) {
    if (bytes == 0) return CUBLAS_STATUS_SUCCESS;
    if (workspace == nullptr || !cudaemu::library::on_device(workspace)) {
      return refuse("cublasSetWorkspace", CUBLAS_STATUS_INVALID_VALUE, "the workspace is not device memory");
    }
    if (reinterpret_cast<std::uintptr_t>(workspace) % 256 != 0) {
      return refuse("cublasSetWorkspace", CUBLAS_STATUS_INVALID_VALUE, "the workspace is not aligned to 256 bytes");
    }
    return CUBLAS_STATUS_SUCCESS;
  });
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  return with_handle(handle, [&](Handle& live) { return set(live.math_mode, mode); });
}

cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  return with_handle(handle, [&](Handle& live) { return copy_to(mode, live.math_mode); });
}

cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  return with_handle(handle, [&](Handle& live) { return set(live.pointer_mode, mode); });
}

cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t* mode) {
  return with_handle(handle, [&](Handle& live) { return copy_to(mode, live.pointer_mode); });
}

cublasStatus_t cublasSetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t mode) {
  return with_handle(handle, [&](Handle& live) { return set(live.atomics_mode, mode); });
}

cublasStatus_t cublasGetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t* mode) {
  return with_handle(handle, [&](Handle& live) { return copy_to(mode, live.atomics_mode); });
}

cublasStatus_t cublasSetSmCountTarget(cublasHandle_t handle, int count) {
  return with_handle(handle, [&](Handle& live) { return set(live.sm_count_target, count); });
}

cublasStatus_t cublasGetSmCountTarget(cublasHandle_t handle, int* count) {
  return with_handle(handle, [&](Handle& live) { return copy_to(count, live.sm_count_target); });
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int* version) {
  return copy_to(version, CUBLAS_VER_MAJOR * 10000 + CUBLAS_VER_MINOR * 100 + CUBLAS_VER_PATCH);
}

cublasStatus_t cublasGetProperty(libraryPropertyType type, int* value) {
  switch (type) {
    case MAJOR_VERSION:
      return copy_to(value, CUBLAS_VER_MAJOR);
    case MINOR_VERSION:
      return copy_to(value, CUBLAS_VER_MINOR);
    case PATCH_LEVEL:
      return copy_to(value, CUBLAS_VER_PATCH);
  }
  return CUBLAS_STATUS_INVALID_VALUE;
}

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    case CUBLAS_STATUS_LICENSE_ERROR:
      return "CUBLAS_STATUS_LICENSE_ERROR";
  }
  return "CUBLAS_STATUS_UNKNOWN";
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an invalid value was passed as an argument";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "an absent device architectural feature is required";
    case CUBLAS_STATUS_MAPPING_ERROR:
      return "an access to GPU memory space failed";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the GPU program failed to execute";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "an internal operation failed";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the requested functionality is not supported";
    case CUBLAS_STATUS_LICENSE_ERROR:
      return "the functionality requires a license";
  }
  return "unknown error";
}

}  // extern "C"
