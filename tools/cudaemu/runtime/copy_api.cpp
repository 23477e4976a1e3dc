// SPDX-License-Identifier: Apache-2.0
// Entry points for copies and fills.
#include <cuda_runtime_api.h>

#include "tools/cudaemu/runtime/copy.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/registry.h"
#include "tools/cudaemu/runtime/stream.h"

using namespace cudaemu;

namespace {

// The bytes [offset, offset + count) of a variable; null when the symbol is unknown or the range leaves it.
cudaError_t place_in_symbol(const void* symbol, std::size_t count, std::size_t offset, char*& place) {
  const Variable* variable = load_variable(symbol, current_device());
  if (variable == nullptr) return cudaErrorInvalidSymbol;
  if (offset > variable->bytes || count > variable->bytes - offset) return cudaErrorInvalidValue;
  place = static_cast<char*>(variable->address) + offset;
  return cudaSuccess;
}

cudaError_t copy_to_symbol(const char* call, const void* symbol, const void* source, std::size_t count,
                           std::size_t offset, cudaMemcpyKind kind, cudaStream_t stream, bool asynchronous) {
  return entry([&] {
    char* place = nullptr;
    if (const cudaError_t error = place_in_symbol(symbol, count, offset, place); error != cudaSuccess) return error;
    const Copy copy{call, place, source, count, 1, 0, 0, kind};
    return asynchronous ? copy_in_stream(copy, stream) : copy_and_return(copy, stream);
  });
}

cudaError_t copy_from_symbol(const char* call, void* destination, const void* symbol, std::size_t count,
                             std::size_t offset, cudaMemcpyKind kind, cudaStream_t stream, bool asynchronous) {
  return entry([&] {
    char* place = nullptr;
    if (const cudaError_t error = place_in_symbol(symbol, count, offset, place); error != cudaSuccess) return error;
    const Copy copy{call, destination, place, count, 1, 0, 0, kind};
    return asynchronous ? copy_in_stream(copy, stream) : copy_and_return(copy, stream);
  });
}

}  // namespace

extern "C" {

cudaError_t cudaMemcpy(void* destination, const void* source, std::size_t count, cudaMemcpyKind kind) {
  return entry([&] { return copy_and_return({"cudaMemcpy", destination, source, count, 1, 0, 0, kind}, nullptr); });
}

cudaError_t cudaMemcpy_ptds(void* destination, const void* source, std::size_t count, cudaMemcpyKind kind) {
  return entry([&] {
    return copy_and_return({"cudaMemcpy", destination, source, count, 1, 0, 0, kind}, cudaStreamPerThread);
  });
}

cudaError_t cudaMemcpyAsync(void* destination, const void* source, std::size_t count, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return entry([&] { return copy_in_stream({"cudaMemcpyAsync", destination, source, count, 1, 0, 0, kind}, stream); });
}

cudaError_t cudaMemcpy2D(void* destination, std::size_t destination_pitch, const void* source, std::size_t source_pitch,
                         std::size_t width, std::size_t height, cudaMemcpyKind kind) {
  return entry([&] {
    return copy_and_return({"cudaMemcpy2D", destination, source, width, height, destination_pitch, source_pitch, kind},
                           nullptr);
  });
}

cudaError_t cudaMemcpy2DAsync(void* destination, std::size_t destination_pitch, const void* source,
                              std::size_t source_pitch, std::size_t width, std::size_t height, cudaMemcpyKind kind,
                              cudaStream_t stream) {
  return entry([&] {
    return copy_in_stream(
        {"cudaMemcpy2DAsync", destination, source, width, height, destination_pitch, source_pitch, kind}, stream);
  });
}

cudaError_t cudaMemcpyPeerAsync(void* destination, int destination_device, const void* source, int source_device,
                                std::size_t count, cudaStream_t stream) {
  return entry([&] {
    if (!is_device(destination_device) || !is_device(source_device)) return cudaErrorInvalidDevice;
    return copy_in_stream({"cudaMemcpyPeerAsync", destination, source, count, 1, 0, 0, cudaMemcpyDeviceToDevice},
                          stream);
  });
}

cudaError_t cudaMemcpyPeer(void* destination, int destination_device, const void* source, int source_device,
                           std::size_t count) {
  return cudaMemcpyPeerAsync(destination, destination_device, source, source_device, count, nullptr);
}

cudaError_t cudaMemcpyToSymbol(const void* symbol, const void* source, std::size_t count, std::size_t offset,
                               cudaMemcpyKind kind) {
  return copy_to_symbol("cudaMemcpyToSymbol", symbol, source, count, offset, kind, nullptr, false);
}

cudaError_t cudaMemcpyToSymbolAsync(const void* symbol, const void* source, std::size_t count, std::size_t offset,
                                    cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_to_symbol("cudaMemcpyToSymbolAsync", symbol, source, count, offset, kind, stream, true);
}

cudaError_t cudaMemcpyFromSymbol(void* destination, const void* symbol, std::size_t count, std::size_t offset,
                                 cudaMemcpyKind kind) {
  return copy_from_symbol("cudaMemcpyFromSymbol", destination, symbol, count, offset, kind, nullptr, false);
}

cudaError_t cudaMemcpyFromSymbolAsync(void* destination, const void* symbol, std::size_t count, std::size_t offset,
                                      cudaMemcpyKind kind, cudaStream_t stream) {
  return copy_from_symbol("cudaMemcpyFromSymbolAsync", destination, symbol, count, offset, kind, stream, true);
}

cudaError_t cudaGetSymbolAddress(void** address, const void* symbol) {
  return entry([&] {
    char* place = nullptr;
    const cudaError_t error = place_in_symbol(symbol, 0, 0, place);
    if (error == cudaSuccess) *address = place;
    return error;
  });
}

cudaError_t cudaGetSymbolSize(std::size_t* bytes, const void* symbol) {
  return entry([&] {
    const Variable* variable = load_variable(symbol, current_device());
    if (variable == nullptr) return cudaErrorInvalidSymbol;
    *bytes = variable->bytes;
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* destination, int value, std::size_t count, cudaStream_t stream) {
  return entry([&] { return fill_in_stream({"cudaMemsetAsync", destination, value, 1, count, 1, 0}, stream); });
}

// Asynchronous to the host, as CUDA's.
cudaError_t cudaMemset(void* destination, int value, std::size_t count) {
  return entry([&] { return fill_in_stream({"cudaMemset", destination, value, 1, count, 1, 0}, nullptr); });
}

cudaError_t cudaMemset_ptds(void* destination, int value, std::size_t count) {
  return entry([&] { return fill_in_stream({"cudaMemset", destination, value, 1, count, 1, 0}, cudaStreamPerThread); });
}

cudaError_t cudaMemset2DAsync(void* destination, std::size_t pitch, int value, std::size_t width, std::size_t height,
                              cudaStream_t stream) {
  return entry([&] {
    return fill_in_stream({"cudaMemset2DAsync", destination, value, 1, width, height, pitch}, stream);
  });
}

cudaError_t cudaMemset2D(void* destination, std::size_t pitch, int value, std::size_t width, std::size_t height) {
  return entry([&] { return fill_in_stream({"cudaMemset2D", destination, value, 1, width, height, pitch}, nullptr); });
}

}  // extern "C"
